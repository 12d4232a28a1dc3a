"""Trustworthiness, continuity and the vote of neighbours: against scikit-learn, and against every order among ties."""

from itertools import combinations, permutations

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn import manifold
from sklearn.neighbors import KNeighborsClassifier

from tdabench.embedding.embedded import Embedded
from tdabench.embedding.quality import (
    continuity,
    judge,
    label_accuracy,
    random_trustworthiness,
    sample_rows,
    trustworthiness,
)
from tdabench.errors import BadInput
from tdabench.mapper.nerve import MapperGraph


def cloud(count=120, width=4, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width))


def apart(points):
    return cdist(points, points)


def in_one_order(before, after, k, old_order, new_order):
    """The definition, with ties broken by two orders of the rows."""
    count, penalty = len(before), 0
    for row in range(count):
        others = [other for other in range(count) if other != row]
        ranked = sorted(others, key=lambda other: (before[row, other], old_order[other]))
        near = sorted(others, key=lambda other: (after[row, other], new_order[other]))[:k]
        penalty += sum(max(0, ranked.index(other) + 1 - k) for other in near)
    return 1 - 2 * penalty / (count * k * (2 * count - 3 * k - 1))


@pytest.mark.parametrize("k", [1, 5, 20])
def test_without_ties_it_is_scikit_learns(k):
    points = cloud()
    flat = points[:, :2]
    before, after = apart(points), apart(flat)
    assert trustworthiness(before, after, k) == pytest.approx(manifold.trustworthiness(points, flat, n_neighbors=k))
    assert continuity(before, after, k) == pytest.approx(manifold.trustworthiness(flat, points, n_neighbors=k))


def test_what_moves_nothing_keeps_every_neighbour():
    before = apart(cloud())
    assert trustworthiness(before, 7 * before, 10) == 1
    assert continuity(before, before**2, 10) == 1


def test_a_fold_brings_strangers_near_and_a_cut_tears_neighbours_apart():
    line = np.linspace(-1, 1, 101)[:, None] + 1e-4 * cloud(101, 1)
    folded, cut = np.abs(line), line + 5 * (line > 0)
    before = apart(line)
    assert trustworthiness(before, apart(folded), 5) < 0.8 < 0.95 < continuity(before, apart(folded), 5)
    assert continuity(before, apart(cut), 5) < trustworthiness(before, apart(cut), 5)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("k", [1, 2])
def test_with_ties_it_is_the_mean_over_every_order(seed, k):
    random = np.random.default_rng(seed)
    before, after = (apart(random.integers(0, 3, size=(6, 1)).astype(float)) for _ in range(2))
    after[after == 2] = np.inf  # another component
    orders = list(permutations(range(6)))
    plain = apart(cloud(6, 1, seed))  # without ties, so that the orders of the other side are all there are
    mean = np.mean([in_one_order(plain, after, k, orders[0], order) for order in orders])
    assert trustworthiness(plain, after, k) == pytest.approx(mean)
    mean = np.mean([in_one_order(before, plain, k, order, orders[0]) for order in orders])
    assert trustworthiness(before, plain, k) == pytest.approx(mean)


def test_ties_on_both_sides_are_broken_independently():
    before, after = apart(np.array([[0.0], [0], [0], [1]])), apart(np.array([[0.0], [1], [0], [0]]))
    orders = list(permutations(range(4)))
    mean = np.mean([in_one_order(before, after, 1, old, new) for old in orders for new in orders])
    assert trustworthiness(before, after, 1) == pytest.approx(mean)


def test_points_at_one_place_score_what_a_random_embedding_scores_about_one_half():
    before, k = apart(cloud(200)), 10
    level = random_trustworthiness(200, k)
    assert 0.5 < level < 0.53
    assert trustworthiness(before, np.zeros_like(before), k) == pytest.approx(level)
    assert continuity(before, np.zeros_like(before), k) == pytest.approx(level)
    strewn = [apart(cloud(200, 2, seed)) for seed in range(1, 11)]
    assert np.mean([trustworthiness(before, after, k) for after in strewn]) == pytest.approx(level, abs=0.01)
    assert np.mean([continuity(before, after, k) for after in strewn]) == pytest.approx(level, abs=0.01)


def test_no_method_gets_above_the_ceiling_that_duplicates_set():
    points = np.repeat(cloud(20), 8, axis=0)
    before = apart(points)
    ceiling = trustworthiness(before, before, 5)
    assert ceiling < 1
    jittered = apart(points + 1e-6 * cloud(160, 4, 1))
    assert trustworthiness(before, jittered, 5) == pytest.approx(ceiling)
    assert trustworthiness(before, apart(points[:, :2]), 5) <= ceiling + 1e-12


def test_components_that_are_infinitely_apart_are_farther_than_all_else():
    points = np.concatenate([cloud(30), cloud(30) + 50])
    before = apart(points)
    after = np.where(before > 25, np.inf, before)
    assert trustworthiness(before, after, 10) == 1
    assert continuity(before, after, 10) == 1


@pytest.mark.parametrize("k", [1, 4, 7])
def test_the_vote_without_ties_is_scikit_learns(k):
    points, labels = cloud(90), np.random.default_rng(2).integers(0, 2, 90)
    right = []
    for row in range(90):
        rest = np.delete(np.arange(90), row)
        # k odd: two labels cannot draw; k = 4: a draw counts one half
        votes = KNeighborsClassifier(k).fit(points[rest], labels[rest]).predict_proba(points[[row]])[0]
        own, other = votes[labels[row]], votes[1 - labels[row]]
        right.append(0.5 if own == other else float(own > other))
    right = np.array(right)
    found = label_accuracy(apart(points), labels, k)
    assert found["label_accuracy"] == pytest.approx(right.mean())
    assert found["balanced_accuracy"] == pytest.approx(np.mean([right[labels == label].mean() for label in (0, 1)]))
    assert found["chance"] == pytest.approx(max(labels.mean(), 1 - labels.mean()))
    assert found["balanced_chance"] == 0.5


def test_the_vote_with_ties_in_distance_is_near_its_mean_over_every_choice_among_them():
    labels = np.array(list("aaaabbbcc"))
    after = np.ones((9, 9)) - np.eye(9)

    def exact(row, k):
        rest = np.delete(labels, row)
        shares = []
        for chosen in combinations(range(8), k):
            names, votes = np.unique(rest[list(chosen)], return_counts=True)
            winners = names[votes == votes.max()]
            shares.append((labels[row] in winners) / len(winners))
        return np.mean(shares)

    expected = np.mean([exact(row, 3) for row in range(9)])
    found = [label_accuracy(after, labels, 3, seed)["label_accuracy"] for seed in range(20)]
    assert np.mean(found) == pytest.approx(expected, abs=0.01)
    assert label_accuracy(after, labels, 3, seed=5) == label_accuracy(after, labels, 3, seed=5)


def test_the_order_of_rows_does_not_matter_at_one_place():
    labels = np.repeat([0, 1], [50, 50])
    after = np.zeros((100, 100))
    sorted_rows = label_accuracy(after, labels, 5)["label_accuracy"]
    mixed = label_accuracy(after, np.random.default_rng(0).permutation(labels), 5)["label_accuracy"]
    assert sorted_rows == pytest.approx(0.5, abs=0.04) and mixed == pytest.approx(0.5, abs=0.04)


def test_a_rare_label_weighs_as_much_as_a_frequent_one_in_the_balanced_accuracy():
    labels = np.array(["often"] * 95 + ["rare"] * 5)
    found = label_accuracy(apart(cloud(100)), labels, 10)
    assert found["label_accuracy"] == found["chance"] == 0.95
    assert found["balanced_accuracy"] == found["balanced_chance"] == 0.5


def test_judge_tells_all_of_it_and_the_points_themselves_as_reference():
    labels = np.repeat(["left", "right"], 60)
    points = cloud(120) + np.where(labels == "left", -4, 4)[:, None]
    found = judge(points, Embedded(points[:, :2]), labels, k=8)
    assert found["label_accuracy_before"] == found["label_accuracy"] == found["balanced_accuracy_before"] == 1
    assert found["chance"] == found["balanced_chance"] == 0.5
    assert found["trustworthiness"] == trustworthiness(apart(points), apart(points[:, :2]), 8)
    assert found["continuity"] == continuity(apart(points), apart(points[:, :2]), 8)
    assert found["random"] < found["trustworthiness"] < found["ceiling"] == 1
    assert found["rows"] == 120
    bare = judge(points, Embedded(points[:, :2]), k=8)
    assert bare.keys() == found.keys()
    assert (
        bare["label_accuracy"] is bare["chance"] is bare["balanced_accuracy"] is bare["label_accuracy_before"] is None
    )


def test_judge_samples_the_rows_of_a_large_table_by_seed():
    points = cloud(300)
    embedded = Embedded(points[:, :2])
    found = [judge(points, embedded, at_most=100, seed=seed) for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    assert found[0]["rows"] == 100
    rows = sample_rows(300, 100, 0)
    before, after = apart(points[rows]), apart(points[rows, :2])
    assert found[0]["trustworthiness"] == trustworthiness(before, after, 10)
    assert (np.diff(rows) > 0).all()
    assert sample_rows(5, 10).tolist() == [0, 1, 2, 3, 4]


def test_a_graph_is_judged_by_its_own_distances():
    points = np.sort(np.random.default_rng(0).uniform(0, 10, size=(60, 1)), axis=0)
    members = [np.arange(start, start + 20) for start in (0, 10, 20, 40)]  # the last stands alone
    graph = MapperGraph.from_members(members, 60)
    embedded = Embedded(np.full((60, 2), np.nan), graph, np.ones(len(graph.edges)))
    found = judge(points, embedded, points[:, 0] > points[39, 0], k=5)
    assert found["random"] < found["trustworthiness"] < 1
    assert found["label_accuracy"] == 1  # no point of the lone node has neighbours elsewhere


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda d: trustworthiness(d, d[:10, :10], 3), "the same points"),
        (lambda d: trustworthiness(d, d, 0), "k: a whole number"),
        (lambda d: trustworthiness(d, d, 15), "below 15"),
        (lambda d: trustworthiness(np.where(d > 1, np.nan, d), d, 3), "distances before: not a number"),
        (lambda d: label_accuracy(d, np.zeros(29), 3), "one for each of the 30 rows"),
        (lambda d: label_accuracy(d, [None] + ["a"] * 29, 3), "1 are missing, the first in row 0"),
        (lambda d: label_accuracy(d, [0.0] * 29 + [np.nan], 3), "1 are missing, the first in row 29"),
        (lambda d: label_accuracy(d, np.zeros(30), 30), "below 30"),
        (lambda d: judge(cloud(30), Embedded(np.full((30, 2), np.inf)), k=3), "embedding: 60 values are not finite"),
        (lambda d: judge(cloud(30), Embedded(np.zeros((29, 2))), k=3), "29 rows for 30 points"),
        (lambda d: sample_rows(30, 0), "at_most"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_a_sentence(call, said):
    with pytest.raises(BadInput, match=said):
        call(apart(cloud(30)))
