"""Claims and verdicts: each test on both sides of its margin, parts, controls, and whatever else is measured."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdabench.claims.criteria import TESTS, median
from tdabench.claims.judge import VERDICTS, check_claim, judge, unjudged
from tdabench.errors import BadRequest
from tdabench.structure import write

MARGINS = {
    "betti": {"run": 0.25, "seeds": 0.8},
    "at_least": {"below": 0.25},
    "at_most": {"above": 0.25},
    "equals": {"within": 0.5},
    "ratio": {"factor": 1.0},
    "order": {"seeds": 0.75},
    "trend": {"tau": 0.5},
    "covers": {},
    "rows_equal": {},
}
PUBLISHED = {
    "betti": [1, 1],
    "at_least": 1,
    "at_most": 1,
    "equals": 3,
    "ratio": 4,
    "order": ["a", "b", "c"],
    "trend": "rises",
    "covers": 1.9,
    "rows_equal": 10,
}
CIRCLE, BLOB = {"1,1": 0.6, "1,0": 0.2}, {"1,1": 0.2, "1,0": 0.6}


def claim(test, **keys):
    return {
        "id": "X1", "says": "Something", "source": "a page", "evidence": "read", "published": PUBLISHED[test],
        "measurement": "m", "test": test, "margin": MARGINS[test], "why": "because",
    } | keys  # fmt: skip


def verdict(test, measured, **keys):
    return judge(claim(test, **keys), {"m": measured})


def circles(bearing_out, of=5):
    return [CIRCLE] * bearing_out + [BLOB] * (of - bearing_out)


def test_every_test_is_tested_here():
    assert set(MARGINS) == set(PUBLISHED) == set(TESTS)


@pytest.mark.parametrize(
    ("test", "measured", "expected"),
    [
        ("betti", circles(5), "reproduced"),
        ("betti", circles(4), "reproduced"),
        ("betti", circles(3), "partly"),
        ("betti", circles(2), "not reproduced"),
        ("betti", [{"1,1": 0.25, "1,0": 0.2}], "reproduced"),
        ("betti", [{"1,1": 0.2499, "1,0": 0.2}], "not reproduced"),
        ("betti", [{"1,1": 0.4, "1,0": 0.5}], "not reproduced"),
        ("betti", [{"1,0": 1.0}], "not reproduced"),
        ("at_least", 0.75, "reproduced"),
        ("at_least", 0.7499, "not reproduced"),
        ("at_least", [0.7, 0.8, 0.1], "not reproduced"),
        ("at_least", [0.7, 0.8, 5], "reproduced"),
        ("at_least", [0.7, 0.8], "reproduced"),
        ("covers", {"value": 2.0, "low": 1.9, "high": 2.2}, "reproduced"),
        ("covers", {"value": 2.0, "low": 1.91, "high": 2.2}, "not reproduced"),
        ("covers", {"value": 1.5, "low": 1.4, "high": 1.9}, "reproduced"),
        ("covers", {"value": 1.5, "low": 1.4, "high": 1.89}, "not reproduced"),
        ("at_most", 1.25, "reproduced"),
        ("at_most", 1.2501, "not reproduced"),
        ("at_most", [-7, 1.2, 9], "reproduced"),
        ("equals", 2.5, "reproduced"),
        ("equals", 3.5, "reproduced"),
        ("equals", 3.5001, "not reproduced"),
        ("equals", [0, 3, 100], "reproduced"),
        ("ratio", {"numerator": 4, "denominator": 1}, "reproduced"),
        ("ratio", {"numerator": 2, "denominator": 1}, "reproduced"),
        ("ratio", {"numerator": 8, "denominator": 1}, "reproduced"),
        ("ratio", {"numerator": 8.001, "denominator": 1}, "not reproduced"),
        ("ratio", {"numerator": 1.999, "denominator": 1}, "not reproduced"),
        ("ratio", {"numerator": [1, 40, 9], "denominator": [1, 10, 2]}, "reproduced"),
        ("order", {"a": 1, "b": 2, "c": 3}, "reproduced"),
        ("order", {"a": 1, "b": 2, "c": 2}, "not reproduced"),
        ("order", {"a": [1, 1, 1, 9], "b": [2] * 4, "c": [3] * 4}, "reproduced"),
        ("order", {"a": [1, 1, 9, 9], "b": [2] * 4, "c": [3] * 4}, "partly"),
        ("order", {"a": [1, 9, 9, 9], "b": [2] * 4, "c": [3] * 4}, "not reproduced"),
        ("order", {"a": 1, "b": 2, "c": 3, "unclaimed": 0}, "reproduced"),
        ("trend", [1, 2, 3], "reproduced"),
        ("trend", [1, 2, 5, 4, 3], "not reproduced"),  # tau 0.4
        ("trend", [1, 2, 3, 5, 4], "reproduced"),  # tau 0.8
        ("trend", [3, 2, 1], "not reproduced"),
        ("trend", [7, 7, 7], "not reproduced"),
        ("rows_equal", {"equal": 10, "of": 10}, "reproduced"),
        ("rows_equal", {"equal": 9, "of": 10}, "partly"),
        ("rows_equal", {"equal": 5, "of": 10}, "partly"),
        ("rows_equal", {"equal": 4, "of": 10}, "not reproduced"),
        ("rows_equal", {"equal": 9, "of": 9}, "partly"),
    ],
)
def test_each_side_of_a_margin(test, measured, expected):
    assert verdict(test, measured).verdict == expected


def test_a_falling_trend_is_another_claim():
    assert verdict("trend", [3, 2, 1], published="falls").verdict == "reproduced"
    assert verdict("trend", [1, 2, 3], published="falls").verdict == "not reproduced"


def test_without_a_margin_equality_is_exact():
    assert verdict("equals", 25, published=25, margin={}).verdict == "reproduced"
    assert verdict("equals", 24, published=25, margin=None).verdict == "not reproduced"


def test_a_list_of_numbers_is_compared_number_by_number():
    keys = {"published": [1.0, 2.0], "margin": {"within": 0.01}}
    assert verdict("equals", [1.009, 1.991], **keys).verdict == "reproduced"
    assert verdict("equals", [1.0, 2.02], **keys).verdict == "not reproduced"
    shorter = verdict("equals", [1.0], **keys)
    assert shorter.verdict == "failed" and "2 numbers" in shorter.reason


def test_one_of_several_vectors_bears_a_claim_out():
    several = [[1, 0, 0], [1, 1, 0]]
    for vector in ("1,0,0", "1,1,0"):
        assert verdict("betti", [{vector: 0.9, "1,2,1": 0.1}], published=several).verdict == "reproduced"
    assert verdict("betti", [{"1,2,1": 0.9}], published=several).verdict == "not reproduced"


def test_betti_reads_the_vector_with_the_longest_run_and_its_span_over_seeds():
    found = verdict("betti", [{"1,1": 0.5, "1,0": 0.4}, {"1,1": 0.8}, {"1,0": 0.7, "1,1": 0.1}])
    assert found.measured == [1, 1]
    assert found.interval == [0.1, 0.8]
    assert "(1, 1) on 2 of 3 seeds" in found.reason
    assert verdict("betti", circles(2)).measured == [1, 0]
    assert "(1, 0)" in verdict("betti", circles(2)).reason


@pytest.mark.parametrize("test", ["at_least", "at_most", "equals"])
def test_numbers_are_read_by_their_median_and_span_over_seeds(test):
    found = verdict(test, [5, 1, 2])
    assert found.measured == 2
    assert found.interval == [1, 5]


def test_ratios_are_taken_seed_by_seed():
    found = verdict("ratio", {"numerator": [2, 30, 8], "denominator": [1, 10, 1]})
    assert found.measured == 3
    assert found.interval == [2, 8]


def test_without_a_claim_the_reading_is_told_and_nothing_judged():
    for margin in (MARGINS["betti"], None):
        found = verdict("betti", circles(4), published=None, margin=margin)
        assert (found.verdict, found.measured, found.published) == ("no claim", [1, 1], None)
    parts = judge(claim("betti", published=None, measurement={"mine": "m", "yours": "m"}), {"m": circles(4)})
    assert parts.verdict == "no claim"


def test_without_a_claim_nothing_stands_out_or_fails_to():
    unclaimed = claim("betti", published=None, controls={"gaussian": "g"})
    found = judge(unclaimed, {"m": circles(5), "g": [BLOB] * 5})
    assert (found.verdict, found.control) == ("no claim", None)
    assert found.controls["gaussian"].measured == [1, 0]  # it is measured and told all the same
    assert judge(unclaimed | {"controls": {}}, {"m": circles(5)}).control is None


# What is not a measurement


@pytest.mark.parametrize("test", TESTS)
def test_what_was_not_run_says_why(test):
    found = verdict(test, {"not_run": "gudhi is not installed"})
    assert (found.verdict, found.reason, found.measured) == ("not run", "gudhi is not installed", None)


@pytest.mark.parametrize("test", TESTS)
def test_a_missing_measurement_is_not_run_and_named(test):
    found = judge(claim(test, measurement="k300.runs"), {"k300": {"run": 3}})
    assert found.verdict == "not run" and found.reason == "k300.runs was not measured (k300 has run)"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), None, True, "three"])
@pytest.mark.parametrize(
    ("test", "place"),
    [
        ("betti", lambda x: [{"1,1": x}]),
        ("at_least", lambda x: [1, x]),
        ("at_most", lambda x: x),
        ("equals", lambda x: [x, 1]),
        ("ratio", lambda x: {"numerator": [x], "denominator": [1]}),
        ("ratio", lambda x: {"numerator": [1], "denominator": [x]}),
        ("order", lambda x: {"a": 1, "b": x, "c": 3}),
        ("trend", lambda x: [1, 2, x]),
        ("rows_equal", lambda x: {"equal": 10, "of": x}),
    ],
)
def test_what_is_no_finite_number_fails_with_a_reason(test, place, number):
    found = verdict(test, place(number))
    assert found.verdict == "failed"
    assert "finite number" in found.reason and repr(number) in found.reason


@pytest.mark.parametrize(
    ("test", "measured"),
    [
        ("betti", []), ("betti", [0.5]), ("betti", [{}]), ("betti", {"1,1": 0.5}),
        ("at_least", []), ("equals", {"a": 1}),
        ("ratio", {"numerator": [1]}), ("ratio", {"numerator": [1, 2], "denominator": [1]}), ("ratio", 2),
        ("ratio", {"numerator": [1], "denominator": [0]}),
        ("order", {"a": 1, "b": 2}), ("order", {"a": [1, 2], "b": [2], "c": [3]}), ("order", 7),
        ("trend", [1, 2]), ("rows_equal", {"equal": 3}), ("rows_equal", {"equal": 3, "of": 0}),
    ],
)  # fmt: skip
def test_a_measurement_of_another_kind_fails_with_a_reason(test, measured):
    found = verdict(test, measured)
    assert found.verdict == "failed"
    assert found.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-9, 9) | st.sampled_from(["", "a", "1,1"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["a", "b", "c", "1,1", "numerator", "denominator", "equal", "of"]), inner),
    max_leaves=12,
)


@given(st.sampled_from(sorted(TESTS)), JSON)
@settings(max_examples=300)
def test_whatever_is_measured_a_verdict_comes_back(test, measured):
    found = verdict(test, measured, controls={"itself": "m"})
    assert found.verdict in VERDICTS
    assert found.verdict != "failed" or found.reason
    json.dumps(write(found), allow_nan=False)


@given(st.integers(1, 40), st.integers(0, 40), st.floats(0.5, 1))
def test_a_betti_verdict_goes_by_the_share_of_seeds(seeds, bearing_out, required):
    bearing_out = min(bearing_out, seeds)
    found = verdict("betti", circles(bearing_out, seeds), margin={"run": 0.25, "seeds": required}).verdict
    share = bearing_out / seeds
    assert found == ("reproduced" if share >= required else "partly" if share >= 0.5 else "not reproduced")


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=15), st.floats(-1e6, 1e6))
def test_at_least_and_at_most_agree_only_at_equality(numbers, limit):
    both = {test: verdict(test, numbers, published=limit, margin={}).verdict for test in ("at_least", "at_most")}
    assert (both["at_least"] == "reproduced") == (median(numbers) >= limit)
    assert (both["at_most"] == "reproduced") == (median(numbers) <= limit)


@given(st.permutations(["a", "b", "c", "d"]))
def test_one_order_of_all_is_the_published_one(names):
    measured = {name: place for place, name in enumerate(names)}
    found = verdict("order", measured, published=["a", "b", "c", "d"])
    assert (found.verdict == "reproduced") == (names == ["a", "b", "c", "d"])
    assert found.measured == names


# Parts

PARTS = {"published": {"torus": [1, 1], "bottle": [1, 0]}, "measurement": {"torus": "t", "bottle": "b"}}


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        ({"t": [CIRCLE], "b": [BLOB]}, "reproduced"),
        ({"t": [CIRCLE], "b": [CIRCLE]}, "partly"),
        ({"t": [BLOB], "b": [CIRCLE]}, "not reproduced"),
        ({"t": circles(3), "b": [BLOB]}, "partly"),
    ],
)
def test_a_claim_of_parts_holds_when_all_parts_hold(measured, expected):
    found = judge(claim("betti", **PARTS), measured)
    assert found.verdict == expected
    assert set(found.measured) == set(found.interval) == {"torus", "bottle"}
    assert "torus:" in found.reason and "bottle:" in found.reason


def test_a_part_that_was_not_measured_is_named_and_not_taken_as_reproduced():
    found = judge(claim("betti", **PARTS), {"t": [CIRCLE], "b": {"not_run": "no bottle at hand"}})
    assert found.verdict == "partly"
    assert "no bottle at hand" in found.reason
    assert judge(claim("betti", **PARTS), {"t": [BLOB]}).verdict == "not reproduced"


def test_a_claim_without_any_of_its_parts_is_not_run():
    found = judge(claim("betti", **PARTS), {"b": {"not_run": "no bottle at hand"}})
    assert found.verdict == "not run"
    assert "torus: t was not measured" in found.reason and "no bottle at hand" in found.reason


def test_one_name_stands_for_the_measurements_of_all_parts():
    split = claim("equals", published={"x": 1, "y": 2}, measurement="size")
    assert judge(split, {"size": {"x": 1, "y": 2}}).verdict == "reproduced"
    assert judge(split, {"size": {"x": 1, "y": 9}}).verdict == "partly"
    levels = claim("equals", published={"0.95": 1, "0.98": 2}, measurement="of.levels")
    assert judge(levels, {"of": {"levels": {"0,95": 1, "0,98": 2}}}).verdict == "reproduced"


def test_sentences_are_looked_up_by_their_paths():
    told = claim("equals", sentence="about.it", stand_in="note.of")
    measured = {"m": 3, "about": {"it": "in a few words"}, "note": {"of": "a stand-in"}}
    assert judge(told, measured).verdict == "partly"
    assert judge(told, measured).reason.endswith("in a few words")
    assert judge(told, {"m": 3}).verdict == "reproduced"


def test_one_published_value_stands_for_all_parts():
    split = claim("equals", measurement={"x": "left", "y": "right"})
    assert judge(split, {"left": 3, "right": 3}).verdict == "reproduced"
    assert judge(split, {"left": 3, "right": 4}).verdict == "partly"


# Controls


def with_control(data, control, **keys):
    return judge(claim("betti", controls={"gaussian": "g"}, **keys), {"m": data} | ({"g": control} if control else {}))


def test_a_claim_stands_out_from_a_control_that_does_not_bear_it_out():
    found = with_control(circles(5), [BLOB] * 5)
    assert (found.verdict, found.control) == ("reproduced", "stands out")
    assert found.controls["gaussian"].measured == [1, 0]
    assert "gaussian: (1, 1) on 0 of 5 seeds" in found.reason


def test_a_claim_that_its_control_bears_out_as_well_does_not_stand_out():
    found = with_control(circles(5), circles(5))
    assert (found.verdict, found.control) == ("reproduced", "does not stand out")


def test_one_seed_of_the_control_as_good_as_the_median_of_the_data_is_enough():
    blob = {"1,1": 0.6, "1,0": 0.7}
    assert with_control(circles(5), [BLOB] * 4 + [blob]).control == "does not stand out"


def test_a_claim_that_is_not_borne_out_does_not_stand_out():
    found = with_control([BLOB] * 5, [{"1,0": 1.0}] * 5)
    assert (found.verdict, found.control) == ("not reproduced", "does not stand out")


@pytest.mark.parametrize("control", [None, {"not_run": "no time"}, [{"1,1": float("nan")}], [3]])
def test_a_control_that_was_not_measured_lets_nothing_stand_out(control):
    found = with_control(circles(5), control)
    assert (found.verdict, found.control) == ("reproduced", "does not stand out")
    assert "not measured" in found.controls["gaussian"].detail
    assert "not measured" in found.reason


def test_a_claim_stands_out_when_it_does_from_every_control():
    two = claim("betti", controls={"gaussian": "g", "shuffled": "s"})
    good, bad = circles(5), [BLOB] * 5
    assert judge(two, {"m": good, "g": bad, "s": bad}).control == "stands out"
    mixed = judge(two, {"m": good, "g": bad, "s": good})
    assert mixed.control == "does not stand out"
    assert {name: control.result for name, control in mixed.controls.items()} == {
        "gaussian": "stands out",
        "shuffled": "does not stand out",
    }


def test_a_control_may_have_the_parts_of_its_claim():
    split = claim("betti", **PARTS, controls={"gaussian": {"torus": "gt", "bottle": "gb"}})
    data = {"t": [CIRCLE], "b": [BLOB]}
    assert judge(split, data | {"gt": [BLOB], "gb": [CIRCLE]}).control == "stands out"
    assert judge(split, data | {"gt": [CIRCLE], "gb": [BLOB]}).control == "does not stand out"


def test_without_controls_none_is_needed():
    assert verdict("equals", 3).control == "none needed"


def test_a_smaller_number_stands_out_where_at_most_is_claimed():
    found = judge(claim("at_most", controls={"random": "r"}), {"m": [0.5, 0.6], "r": [2.0, 3.0]})
    assert (found.verdict, found.control) == ("reproduced", "stands out")


# The row


def test_at_most_partly_caps_a_verdict_and_raises_none():
    assert verdict("equals", 3, at_most="partly").verdict == "partly"
    assert verdict("equals", 9, at_most="partly").verdict == "not reproduced"


def test_a_note_is_part_of_the_reason():
    assert "JPEG leaves traces" in verdict("betti", circles(5), note="JPEG leaves traces").reason


def test_a_row_carries_what_was_claimed_and_fits_into_json():
    row = write(judge(claim("betti", **PARTS, controls={"g": "t"}), {"t": [CIRCLE], "b": [BLOB]}))
    for key in ("id", "says", "source", "evidence", "published", "margin", "why"):
        assert row[key] == claim("betti", **PARTS)[key]
    assert json.loads(json.dumps(row)) == row


def test_a_claim_nobody_judged_still_has_its_row():
    row = unjudged(claim("ratio"), "failed", "over its time limit")
    assert (row.verdict, row.reason, row.measured) == ("failed", "over its time limit", None)
    assert row.published == 4


# Claims that cannot be judged


@pytest.mark.parametrize("test", TESTS)
def test_a_whole_claim_is_let_in(test):
    check_claim(claim(test), "a page")
    check_claim(claim(test, controls={"gaussian": "g"}, note="mind", at_most="partly"), "a page")


@pytest.mark.parametrize("key", sorted(claim("equals")))
def test_a_claim_that_lacks_something_is_refused_before_a_run(key):
    broken = claim("equals")
    del broken[key]
    with pytest.raises(BadRequest, match=f"conf/mine.yaml: claim .*lacks {key}"):
        check_claim(broken, "conf/mine.yaml")


@pytest.mark.parametrize(
    ("words", "broken"),
    [
        ("a text is needed as says, why", {"says": 5, "why": True}),
        ("test 'bettii' is none of betti, at_least", {"test": "bettii"}),
        ("its margin lacks run, seeds", {"margin": {}}),
        ("its margin lacks seeds", {"margin": {"run": 0.25}}),
        ("knows no margin belwo", {"test": "at_least", "margin": {"belwo": 0.1}}),
        ("parts differ: bottle", {"published": {"torus": [1, 1], "bottle": [1, 1]}, "measurement": {"torus": "t"}}),
        ("parts differ: tours", {"published": {"torus": [1, 1]}, "measurement": {"torus": "t", "tours": "t"}}),
    ],
)
def test_a_claim_that_makes_no_sense_is_refused_before_a_run(words, broken):
    with pytest.raises(BadRequest, match=f"conf/mine.yaml: claim X1: .*{words}"):
        check_claim(claim("betti") | broken, "conf/mine.yaml")


def test_data_that_stand_in_for_the_published_ones_reproduce_a_claim_at_most_partly():
    asked = claim("at_least", stand_in="note")
    assert judge(asked, {"m": 1, "note": "not the official crops"}).verdict == "partly"
    assert judge(asked, {"m": 1, "note": ""}).verdict == "reproduced"
    assert judge(asked, {"m": 0, "note": "not the official crops"}).verdict == "not reproduced"


def test_a_strict_margin_does_not_count_a_tie():
    assert verdict("at_least", 1.0, margin={"strict": True}).verdict == "not reproduced"
    assert verdict("at_least", 1.001, margin={"strict": True}).verdict == "reproduced"


def test_what_all_parts_end_in_is_said_once():
    asked = claim("at_least", published={"a": 1, "b": 1}, margin={})
    assert judge(asked, {"m": {"a": 2, "b": 3}}).reason == "a: 2, b: 3; of each at least 1 claimed"
    apart = claim("at_least", published={"a": 1, "b": 2}, margin={})
    assert judge(apart, {"m": {"a": 2, "b": 3}}).reason == "a: 2, at least 1 claimed; b: 3, at least 2 claimed"
