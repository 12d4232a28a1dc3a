"""Methods in turn: the order, the pairs, going on after an interruption, tries again, and what does not count."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tdabench.embedding import comparison, embed
from tdabench.embedding.comparison import Candidate, candidates, compare, forget, ratios, rows, spread
from tdabench.embedding.embedded import Embedded
from tdabench.errors import BadInput
from tdabench.processes.timing import ERROR, MEMORY, TIME, Timing, WorkLimits

POINTS = np.random.default_rng(0).normal(size=(20, 3))
A, B, C = (Candidate(title, "pca", {"as": title}) for title in "abc")
BROKEN = Timing(kind=ERROR, reason="ValueError: singular")


class Clock:
    """In place of processes: seconds(told, turn) -> seconds, or a Timing; told: what its options say, or {}."""

    def __init__(self):
        self.seconds = lambda told, turn: 1.0
        self.output = lambda told: Embedded(POINTS[:, :2], note=told.get("as", ""))
        self.calls, self.given = [], []  # the options of each call; what else it was given

    def __call__(self, points, method, options, dimensions, neighbours, seed, limits, output):
        turn = self.calls.count(options)
        self.given.append((np.load(points).shape, method, dimensions, neighbours, seed, limits))
        found = self.seconds(options, turn)
        self.calls.append(options)
        if not isinstance(found, Timing):
            found = Timing(found, found / 2, 100.0 + turn, 10.0 + turn, {"lens": found / 4})
        if found.kind:
            return found, None
        embedded = self.output(options)
        embedded.save(output)
        return found, embedded

    @property
    def order(self):
        return "".join(options["as"] for options in self.calls)


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(comparison, "measure", made := Clock())
    return made


def test_the_order_turns_from_round_to_round(clock, tmp_path):
    clock.seconds = lambda told, turn: (1 + turn) * {"a": 1.0, "b": 2.0, "c": 4.0}[told["as"]]
    found = compare(POINTS, [A, B, C], tmp_path, rounds=4)
    assert clock.order == "abc" + "bca" + "cab" + "abc"
    assert list(found) == ["a", "b", "c"]
    assert found["b"].wall_s == [2, 4, 6, 8]  # by round, whatever its place in it
    assert (found["b"].peak_mib, found["b"].rise_mib) == ([100, 101, 102, 103], [10, 11, 12, 13])
    assert ratios(found, "c", "b") == [2, 2, 2, 2]
    assert np.array_equal(found["a"].embedded.coordinates, POINTS[:, :2])
    assert found["a"].embedded.stages == {"lens": 0.25}  # of the first round, as the embedding is


def test_every_measurement_is_of_the_same_points_and_parameters(clock, tmp_path):
    limits = WorkLimits(threads=1, time_s=5, memory_gib=2)
    compare(POINTS, [A, B], tmp_path, 2, neighbours=7, dimensions=1, seed=9, limits=limits)
    assert clock.given == [((20, 3), "pca", 1, 7, 9, limits)] * 4


def test_what_was_measured_is_not_measured_again(clock, tmp_path):
    clock.seconds = lambda told, turn: turn + (0.5 if told["as"] == "a" else 0.25)
    first = compare(POINTS, [A, B], tmp_path, rounds=2)
    again = compare(POINTS, [A, B], tmp_path, rounds=2)
    assert clock.order == "abba"
    assert {title: one.measurements for title, one in again.items()} == {
        title: one.measurements for title, one in first.items()
    }
    assert np.array_equal(again["b"].embedded.coordinates, first["b"].embedded.coordinates)
    assert again["b"].embedded.note == "b"
    assert compare(POINTS, [A, B, C], tmp_path, rounds=3)["a"].wall_s == [0.5, 1.5, 2.5]
    assert clock.order == "abba" + "c" + "c" + "cab"  # a round more, and one more method: these alone


def test_failures_are_not_measured_again_either(clock, tmp_path):
    clock.seconds = lambda told, turn: BROKEN if told["as"] == "a" else 1.0
    for _ in range(2):
        assert compare(POINTS, [A, B], tmp_path, rounds=2)["a"].reason == "ValueError: singular"
    assert clock.order == "abb"


@pytest.mark.parametrize(
    "other",
    [
        {"points": POINTS + 1}, {"neighbours": 5}, {"dimensions": 1}, {"seed": 1}, {"limits": WorkLimits(time_s=5)},
        {"asked": [replace(A, options={"as": "b"})]}, {"asked": [replace(A, method="tsne")]},
    ],
)  # fmt: skip
def test_of_other_points_or_parameters_nothing_is_taken_over(clock, tmp_path, other):
    compare(**{"points": POINTS, "asked": [A], "folder": tmp_path, "rounds": 1})
    compare(**{"points": POINTS, "asked": [A], "folder": tmp_path, "rounds": 1} | other)
    assert len(clock.calls) == 2


def test_an_interrupted_comparison_goes_on(clock, tmp_path):
    def stop(told, turn):
        if len(clock.calls) == 4:
            raise KeyboardInterrupt
        return 1.0 + turn

    clock.seconds = stop
    with pytest.raises(KeyboardInterrupt):
        compare(POINTS, [A, B, C], tmp_path, rounds=2)
    clock.seconds = lambda told, turn: 1.0 + turn
    found = compare(POINTS, [A, B, C], tmp_path, rounds=2)
    assert clock.order == "abc" + "b" + "ca"
    assert all(one.wall_s == [1, 2] for one in found.values())


def test_an_answer_that_was_not_written_whole_does_not_count(clock, tmp_path):
    compare(POINTS, [A], tmp_path, rounds=1)
    (told,) = tmp_path.rglob("*.json")
    told.rename(told.with_suffix(".partial"))  # its writing was interrupted
    compare(POINTS, [A], tmp_path, rounds=1)
    assert clock.order == "aa"


@pytest.mark.parametrize(
    ("method", "tries"),
    [("hessian_lle", [{"eigen_solver": "dense"}]), ("lle", [{"eigen_solver": "dense"}, {"reg": 0.1}]), ("pca", [])],
)
def test_after_an_error_it_is_tried_again_in_the_documented_ways(clock, tmp_path, method, tries):
    clock.seconds = lambda told, turn: BROKEN if told == {"tol": 1e-3} else 1.0
    asked = [Candidate("one", method, {"tol": 1e-3}), B]
    found = compare(POINTS, asked, tmp_path, rounds=2)
    names = {"eigen_solver": "one, dense solver", "reg": "one, regularised"}
    titles = [names[key] for retry in tries for key in retry]
    assert list(found) == ["one", *titles, "b"]
    assert [found[title].candidate.options for title in titles] == [{"tol": 1e-3} | retry for retry in tries]
    assert [one.of for one in found.values()] == ["", *["one"] * len(tries), ""]
    assert (found["one"].wall_s, found["one"].embedded, found["one"].counts) == ([], None, False)
    assert all(found[title].wall_s == [1, 1] and found[title].counts for title in [*titles, "b"])


def test_a_try_that_fails_is_a_row_and_not_tried_again(clock, tmp_path):
    clock.seconds = lambda told, turn: BROKEN
    found = compare(POINTS, [Candidate("one", "lle")], tmp_path, rounds=3)
    assert list(found) == ["one", "one, dense solver", "one, regularised"]
    assert {one.reason for one in found.values()} == {"ValueError: singular"}
    assert len(clock.calls) == 3


@pytest.mark.parametrize(("kind", "reason"), [(TIME, "over 5 s"), (MEMORY, "out of memory: more than 8.0 GiB")])
def test_what_reached_a_limit_is_not_tried_in_another_way(clock, tmp_path, kind, reason):
    clock.seconds = lambda told, turn: Timing(kind=kind, reason=reason)
    found = compare(POINTS, [Candidate("one", "lle")], tmp_path, rounds=3)
    assert {title: one.reason for title, one in found.items()} == {"one": reason}
    assert len(clock.calls) == 1


def test_what_fails_in_a_later_round_has_failed(clock, tmp_path):
    cut = Timing(kind=TIME, reason="over 5 s")
    clock.seconds = lambda told, turn: cut if (told["as"], turn) == ("b", 1) else 1.0
    found = compare(POINTS, [A, B, C], tmp_path, rounds=4)
    assert clock.order == "abc" + "bca" + "ac" + "ca"  # the others take turns without it
    assert (found["b"].reason, found["b"].embedded, found["b"].wall_s) == ("over 5 s", None, [])
    assert found["b"].measurements == [cut]
    assert found["a"].wall_s == found["c"].wall_s == [1] * 4
    assert ratios(found, "b", "a") == ratios(found, "a", "b") == []


def test_when_all_have_failed_no_round_follows(clock, tmp_path):
    clock.seconds = lambda told, turn: BROKEN
    assert {one.reason for one in compare(POINTS, [A, B], tmp_path, rounds=3).values()} == {BROKEN.reason}
    assert clock.order == "ab"


def test_another_engines_time_counts_only_with_the_same_output(clock, tmp_path):
    asked = [A, replace(B, same_as="a"), replace(C, same_as="a")]
    other = {"a": POINTS[:, :2], "b": POINTS[:, :2] * [3, -3], "c": POINTS[:, 1:]}
    clock.output = lambda told: Embedded(other[told["as"]])
    found = compare(POINTS, asked, tmp_path, rounds=1)
    assert found["a"].apart is None
    assert found["b"].apart < 1e-9 and found["b"].counts and ratios(found, "b", "a") == [1]
    assert found["c"].apart > 0.1 and not found["c"].counts and ratios(found, "c", "a") == []
    assert found["c"].wall_s == [1]  # it is there, and not compared
    table = {row["method"]: row for row in rows(found, to=("a",))}
    assert table["c"]["note"] == f"differs from a by {found['c'].apart:.2g}" and table["c"]["to a"] == "-"


def test_a_table_of_it(clock, tmp_path):
    def seconds(told, turn):
        return {"PCA": [1.0, 2.0, 4.0], "TDA": [30.0, 20.0, 10.0], "LLE": [BROKEN]}[told["as"]][turn]

    clock.seconds = seconds
    clock.output = lambda told: Embedded(POINTS[:, :2], note="3 nodes" if told["as"] == "TDA" else "")
    asked = [Candidate(title, "pca", {"as": title}) for title in ("PCA", "TDA", "LLE")]
    found = compare(POINTS, asked, tmp_path, rounds=3)
    pca, tda, lle = rows(found)
    assert list(pca) == ["method", "seconds", "peak MiB", "to PCA", "to LLE", "note"]
    assert list(pca.values()) == ["PCA", "2 (1-4)", "11 (10-12)", "1 (1-1)", "-", ""]
    assert list(tda.values()) == ["TDA", "20 (10-30)", "11 (10-12)", "10 (2.5-30)", "-", "3 nodes"]
    assert list(lle.values()) == ["LLE", "-", "-", "-", "-", "no result: ValueError: singular"]
    assert "to b" not in rows(found, to=("b",))[0]  # what was not compared has no column


def test_ratios_of_what_is_not_there(clock, tmp_path):
    found = compare(POINTS, [A], tmp_path, rounds=1)
    assert ratios(found, "a", "b") == ratios(found, "b", "a") == []


def test_a_spread_is_the_median_with_its_range():
    assert spread([3, 1, 200]) == "3 (1-200)"
    assert spread([0.12345]) == "0.123 (0.123-0.123)"
    assert spread([1.4, 2.6], 0) == "2 (1-3)"
    assert spread([]) == "-"


def test_candidates_are_titled_and_one_may_come_again():
    found = candidates(["pca", "lle"], again="pca")
    assert [(one.title, one.method, one.same_as) for one in found] == [
        ("PCA", "pca", ""), ("LLE", "lle", ""), ("PCA, again", "pca", "PCA"),
    ]  # fmt: skip
    with pytest.raises(BadInput, match="there is no 'som'"):
        candidates(["som"])


@pytest.mark.parametrize(
    ("asked", "keys", "said"),
    [
        ([A, B, replace(C, title="a")], {}, "the title 'a' is there twice"),
        ([A], {"rounds": 0}, "rounds: a whole number from 1 on is needed, not 0"),
        ([A], {"neighbours": 20}, "neighbours: 20 of each of 20 points"),
        ([Candidate("a", "som")], {}, "there is no 'som'"),
    ],
)
def test_what_cannot_be_compared_is_refused(clock, tmp_path, asked, keys, said):
    with pytest.raises(BadInput, match=said):
        compare(POINTS, asked, tmp_path, **keys)
    assert not clock.calls


def test_every_measurement_is_reported_once(clock, tmp_path):
    clock.seconds = lambda told, turn: BROKEN if told["as"] == "b" else 0.12345
    said = []
    for _ in range(2):
        compare(POINTS, [A, B], tmp_path, rounds=2, report=said.append)
    assert [line for line in said if " left" not in line] == [
        "a, 20 points, round 1 of 2: 0.123 s", "b, 20 points, round 1 of 2: ValueError: singular",
        "a, 20 points, round 2 of 2: 0.123 s",
    ]  # fmt: skip
    assert "20 points: 1 of 2 rounds, about 0:00 left" in said


def test_the_first_rounds_outputs_are_kept_until_they_are_forgotten(clock, tmp_path):
    compare(POINTS, [A, B], tmp_path / "kept", rounds=3)
    assert len(list(tmp_path.rglob("*.npz"))) == 2
    assert len(list(tmp_path.rglob("*.json"))) == 6
    assert all(json.loads(path.read_text())["wall_s"] == 1 for path in tmp_path.rglob("*.json"))
    forget(tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
    forget(tmp_path / "kept")  # nothing to forget is no fault
    assert compare(POINTS, [A], tmp_path / "kept", rounds=1)["a"].wall_s == [1]


def test_a_method_of_ones_own_is_compared_in_processes_of_its_own(drop, tmp_path):
    drop("halves", '"""A half. Nobody 1900."""\nTITLE = "half"\nRETRIES = {"whole": {"part": 1.0}}\n\n\n'
                   "def embed(points, dimensions, neighbours, seed, part=0.5):\n"
                   '    assert part == 1, "in part it fails"\n'
                   "    return part * points[:, :dimensions]\n")  # fmt: skip
    found = compare(POINTS, candidates(["halves"]), tmp_path, rounds=1)
    assert found["half"].reason == "AssertionError: in part it fails"
    whole = found["half, whole"]
    assert whole.of == "half" and len(whole.wall_s) == 1 and whole.wall_s[0] > 0
    assert np.array_equal(whole.embedded.coordinates, embed("halves", POINTS, part=1.0).coordinates)
