"""The comparison in words: what is called alike, best, fastest, unbeaten, told apart, steady, and what is warned of."""

import numpy as np
import pytest

from tdabench.embedding import reading
from tdabench.embedding.comparison import Candidate, Result
from tdabench.processes.timing import Timing

STEADY = [{"1,1": 0.6, "1,0": 0.2}] * 5
SECONDS = {"PCA": [0.01, 0.012, 0.011], "LLE": [1.0, 1.1, 1.05], "t-SNE": [9.0, 9.5, 9.2]}
TRUST = {"PCA": [0.80, 0.81, 0.79], "LLE": [0.70, 0.71, 0.70], "t-SNE": [0.97, 0.98, 0.97]}
AGAIN = [1.02, 0.95, 1.1]


def told(seconds=SECONDS, trust=TRUST, again=AGAIN):
    return reading.compared({title: trust[title] for title in seconds}, trust, seconds, again)


@pytest.mark.parametrize(
    "one, other, noise, expected",
    [
        ([1, 2, 3], [0, 1, 2], 0, False),
        ([0, 1, 2], [1, 2, 3], 0, False),
        ([1, 2, 3], [2, 1, 2], 0, True),  # the pairs disagree
        ([1, 2, 3], [1, 1, 2], 0, True),  # a tie is no difference
        ([1, 2, 3], [0.995, 1.995, 2.995], 0.01, True),  # within the noise
        ([1, 2, 3], [0.9, 1.9, 2.9], 0.01, False),
    ],
)
def test_two_series_are_alike_when_their_pairs_disagree_or_stay_within_the_noise(one, other, noise, expected):
    assert reading.alike(one, other, noise) is expected


def test_the_best_comes_first_with_those_alike_with_it():
    values = {"a": [0.5, 0.6], "b": [0.9, 0.8], "c": [0.85, 0.85], "d": [0.895, 0.795]}
    assert reading.best(values, 0.01) == ["b", "c", "d"]
    assert reading.best(values, 0) == ["b", "c"]


def test_a_method_is_beaten_by_what_matches_it_in_both_and_exceeds_it_in_one():
    speed = {title: -np.log(seconds) for title, seconds in SECONDS.items()}
    assert reading.unbeaten(TRUST, speed, 0) == ["PCA", "t-SNE"]
    as_good = TRUST | {"LLE": TRUST["PCA"]}
    assert reading.unbeaten(as_good, speed, 0) == ["PCA", "t-SNE"]  # slower, and no better
    two = {title: as_good[title] for title in ("PCA", "LLE")}
    assert reading.unbeaten(two, speed, np.log(200)) == ["PCA", "LLE"]  # alike in both
    between = TRUST | {"LLE": [0.85, 0.99, 0.85]}  # alike with both others, which are not alike with each other
    assert reading.unbeaten(between, speed, 0) == ["PCA", "LLE", "t-SNE"]


def test_the_noise_is_the_largest_factor_either_way():
    assert reading.noise_factor([0.5, 1.2, 1.0]) == 2
    assert reading.noise_factor([]) == 1


def test_best_fastest_and_unbeaten_are_told():
    best, fastest, both = told()
    assert best == (
        "Neighbourhoods are kept best by t-SNE (trustworthiness 0.97, continuity 0.97), least by LLE "
        "(trustworthiness 0.70, continuity 0.70)."
    )
    assert fastest == "Fastest is PCA (0.011 s); t-SNE is slowest, 836 (792-900) times as long."
    assert both.startswith("None is both best kept and fastest; nothing beats PCA or t-SNE in one of the two")


def test_one_that_is_both_is_named():
    assert told(trust=TRUST | {"PCA": [0.99, 0.99, 0.98]})[-1] == "PCA: best kept and fastest."


def test_seconds_within_the_noise_are_alike():
    _, fastest, both = told(again=[1.0, 0.01, 1.0])
    assert fastest == "Fastest is PCA (0.011 s), alike with LLE; t-SNE is slowest, 836 (792-900) times as long."
    assert "nothing beats PCA or t-SNE in one" in both  # LLE is no faster than PCA, and keeps less


def test_rounds_that_disagree_are_alike():
    seconds = SECONDS | {"LLE": [0.02, 0.011, 0.02]}
    assert "alike with LLE" in told(seconds)[1]


def test_all_alike_has_no_least():
    (best, *_) = told(trust={title: [0.9, 0.9, 0.9] for title in SECONDS})
    assert best.endswith("alike with LLE and t-SNE.") and "least" not in best


def test_one_round_tells_no_order_of_seconds():
    said = told({title: [seconds[0]] for title, seconds in SECONDS.items()}, again=[1.0])
    assert said[1:] == ["Each method was timed once, so no order of seconds is told."]


@pytest.mark.parametrize("seconds, word", [({}, "No method"), ({"PCA": [0.1]}, "Only PCA")])
def test_nothing_is_compared_without_two_results(seconds, word):
    (said,) = told(seconds)
    assert said.startswith(word) and said.endswith("so nothing is compared.")


def test_a_label_is_told_apart_only_above_permutation_on_every_half():
    permuted = {"PCA": [0.3, 0.36], "LLE": [0.3, 0.36]}
    accuracy = {"PCA": [0.90, 0.91], "LLE": [0.9, 0.35]}
    said = reading.label_told("kind", 3, accuracy, permuted, [0.95, 0.96])
    assert "above chance after PCA, best after PCA, less well than the columns" in said
    assert "balanced accuracy 0.91, the columns themselves 0.95, labels permuted 0.33" in said
    said = reading.label_told("kind", 3, {"PCA": [0.3, 0.36]}, permuted, [0.33, 0.34])
    assert "after no method" in said and "no colours are to be read" in said
    both = {"PCA": [0.90, 0.91], "LLE": [0.91, 0.90]}
    said = reading.label_told("kind", 3, both, permuted, [0.9, 0.9])
    assert "after all 2 methods, best after PCA, alike with LLE, as well as the columns" in said
    assert "better than the columns" in reading.label_told("kind", 3, both, permuted, [0.5, 0.5])


def test_steady_is_the_suites_rule():
    assert reading.steady(STEADY) == "1,1"
    assert reading.steady([{"1,1": 0.24}] * 5) is None  # too short
    assert reading.steady([*STEADY[:4], {"1,0": 0.9, "1,1": 0.1}]) == "1,1"  # four seeds of five
    assert reading.steady([*STEADY[:3], {"1,0": 0.9}, {"2,0": 0.9}]) is None


def test_what_keeps_the_topology_and_what_tears_it():
    after = {"LLE": STEADY, "t-SNE": [{"3,0": 0.5}] * 5, "PCA": [{"1,0": 0.1}] * 5}
    assert reading.topology_told(STEADY, after) == (
        "The table reads 1 piece, 1 loop; the same after LLE, otherwise after t-SNE (3 pieces, no loops), nothing "
        "steady after PCA. More pieces than the table reads: nothing is to be concluded from gaps in t-SNE."
    )
    assert "not steady" in reading.topology_told([{"1,1": 0.1}], after)


def test_the_graph_in_words():
    summary = {"nodes": 40, "edges": 60, "b0": 1, "b1": 1, "flares": 2, "largest component share": 1.0}
    said = reading.graph_told(summary, 0.25)
    assert said.startswith("TDA's graph of 40 nodes has one component, 1 loop and 2 flares of at least 25%")
    said = reading.graph_told(summary | {"b0": 3, "b1": 0, "largest component share": 0.9}, 0.25)
    assert "3 components, the largest with 90% of the rows, no loops" in said


def result(title, reason="", of=""):
    return Result(Candidate(title, "pca"), [Timing(kind="error" if reason else "", reason=reason)], None, of)


def test_failures_are_told_with_their_reasons_and_what_helped():
    found = [result("LTSA", "ValueError: bad"), result("LTSA, dense solver", of="LTSA"), result("t-SNE", "over 60 s"),
             result("LLE", "singular"), result("LLE, regularised", "singular too", of="LLE")]  # fmt: skip
    said = reading.failures_told({entry.candidate.title: entry for entry in found})
    assert said == (
        "No result: LTSA (ValueError: bad; but LTSA (dense solver) gave one); t-SNE (over 60 s); LLE (singular; nor "
        "did LLE (regularised))."
    )
    assert reading.failures_told({"PCA": result("PCA")}) == ""


def test_what_not_to_conclude():
    assert reading.cautions(1000, 5, AGAIN) == []
    said = " ".join(reading.cautions(30, 40, [1.0, 2.0], sampled_of=90))
    for words in ("Of 90 rows a seeded sample of 30", "30 rows are few", "more columns (40) than rows (30)",
                  "up to a factor of 2"):  # fmt: skip
        assert words in said
