"""Covers: the published formula, what other libraries mean by the same words, and which points lie over which cube."""

from itertools import product

import kmapper
import numpy as np
import pytest
from gudhi.cover_complex import MapperComplex
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from tdabench.errors import BadInput
from tdabench.mapper import Cover, cover

EQUAL_LENGTHS = ["published", "kmapper", "gudhi"]
PAPER = [[0, 1], [0.8, 1.8], [1.6, 2.6], [2.4, 3.4], [3.2, 4.2]]  # Singh, Memoli, Carlsson 2007, 4.1


def intervals(fitted, dimension=0):
    return np.column_stack([fitted.lower[dimension], fitted.upper[dimension]])


def by_looking(fitted, lens):
    """The points over each non-empty cube, by the definition: a closed box for each cube, a test for each point."""
    found = {}
    for cube in product(*map(range, fitted.shape)):
        inside = [
            row
            for row, values in enumerate(lens)
            if all(fitted.lower[k][i] <= values[k] <= fitted.upper[k][i] for k, i in enumerate(cube))
        ]
        if inside:
            found[cube] = inside
    return found


def as_dict(fibres):
    return {tuple(cube): fibres[place].tolist() for place, cube in enumerate(fibres.cubes.tolist())}


@pytest.mark.parametrize("how", [{"geometry": "length", "length": 1}, {"geometry": "published", "intervals": 5}])
def test_the_worked_example_of_the_paper(how):
    fitted = Cover(overlap=0.2, limits=(0, 4.2), **how).intervals_over([0.5, 3.0])
    assert intervals(fitted) == pytest.approx(np.array(PAPER))


@given(st.integers(1, 60), st.floats(0, 0.95), st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_published_intervals_have_the_published_length_and_end_on_the_range(count, overlap, low, width):
    high = low + width
    fitted = Cover(count, overlap, geometry="published").intervals_over([low, high])
    lower, upper = fitted.lower[0], fitted.upper[0]
    length = (high - low) / (count - (count - 1) * overlap)
    scale = max(abs(low), abs(high))
    assert (lower[0], upper[-1]) == (low, high)
    assert len(lower) == count
    assert upper - lower == pytest.approx(np.full(count, length), abs=1e-12 * scale)
    assert upper[:-1] - lower[1:] == pytest.approx(np.full(count - 1, overlap * length), abs=1e-12 * scale)


@given(st.floats(0.05, 20), st.floats(0, 0.9), st.floats(0.5, 30))
def test_intervals_of_a_given_length_reach_over_the_range_and_no_more_than_needed(length, overlap, width):
    lower, upper = intervals(Cover(overlap=overlap, geometry="length", length=length).intervals_over([0.0, width])).T
    assert lower[0] == 0 and upper[-1] >= width
    assert upper - lower == pytest.approx(np.full(len(lower), length))
    assert np.diff(lower) == pytest.approx(np.full(len(lower) - 1, length * (1 - overlap)))
    if len(lower) > 1:
        assert upper[-2] < width + 1e-6


@given(st.integers(1, 20), st.floats(0, 0.9), st.integers(0, 10**6))
def test_the_kmapper_geometry_is_that_of_kmapper(count, overlap, seed):
    lens = np.random.default_rng(seed).normal(size=(30, 2))
    theirs = kmapper.Cover(n_cubes=count, perc_overlap=overlap)
    centres = np.array(theirs.fit(np.column_stack([np.arange(30), lens]))).reshape(count, count, 2)
    fitted = Cover(count, overlap, geometry="kmapper").intervals_over(lens)
    for k, column in enumerate([centres[:, 0, 0], centres[0, :, 1]]):
        assert fitted.lower[k] == pytest.approx(column - theirs.radius_[k])
        assert fitted.upper[k] == pytest.approx(column + theirs.radius_[k])


@pytest.mark.parametrize(("count", "overlap"), [(1, 0.3), (2, 0.1), (7, 0.3), (10, 0.45)])
def test_the_gudhi_geometry_is_that_of_gudhi(count, overlap):
    lens = np.random.default_rng(count).normal(size=(200, 2))
    whole = Whole()
    theirs = MapperComplex(
        input_type="point cloud", resolutions=[count] * 2, gains=[overlap] * 2, clustering=whole
    ).fit(lens, filters=lens, colors=lens)
    found = {tuple(int(i) - 1 for i in node["patch"]): node["indices"].tolist() for node in theirs.node_info_.values()}
    assert as_dict(Cover(count, overlap, geometry="gudhi").intervals_over(lens).fibres(lens)) == found


class Whole:
    """A clusterer for which every fibre is one cluster."""

    def fit_predict(self, fibre):
        return np.zeros(len(fibre), dtype=int)


@pytest.mark.parametrize("overlap", [0, 0.3, 0.5])
def test_balanced_intervals_hold_about_equally_many_points(overlap):
    lens = np.random.default_rng(0).lognormal(sigma=2, size=5000)  # far from uniform
    fitted = Cover(10, overlap, geometry="balanced").intervals_over(lens)
    sizes = np.diff(fitted.fibres(lens[:, None]).starts)
    assert (fitted.lower[0][0], fitted.upper[0][-1]) == (lens.min(), lens.max())
    assert sizes == pytest.approx(np.full(10, 5000 / (10 - 9 * overlap)), abs=3)
    plain = Cover(10, overlap).intervals_over(lens).fibres(lens[:, None])
    assert np.diff(plain.starts).max() > 5 * sizes.max() / 2  # the even lengths do not


def test_balanced_intervals_of_ties_lose_no_point():
    lens = np.random.default_rng(0).integers(0, 3, size=400).astype(float)
    fibres = Cover(8, 0.3, geometry="balanced").intervals_over(lens).fibres(lens[:, None])
    assert np.array_equal(np.unique(fibres.points), np.arange(400))


@settings(max_examples=60)
@given(
    st.integers(1, 3), st.integers(1, 60), st.sampled_from([*EQUAL_LENGTHS, "balanced", "length"]), st.floats(0, 0.9),
    st.booleans(), st.integers(0, 10**6),
)  # fmt: skip
def test_fibres_are_those_of_a_loop_over_cubes_and_points(width, count, geometry, overlap, ties, seed):
    generator = np.random.default_rng(seed)
    lens = generator.normal(size=(count, width)) * 2
    lens = lens.round() if ties else lens
    size = {"length": 1.1} if geometry == "length" else {"intervals": generator.integers(1, 6, size=width).tolist()}
    overlap = overlap / 2 if geometry == "length" else overlap
    fitted = Cover(overlap=overlap, geometry=geometry, **size).intervals_over(lens)
    fibres = fitted.fibres(lens)
    assert as_dict(fibres) == by_looking(fitted, lens)
    assert np.array_equal(np.unique(fibres.points), np.arange(count))  # a cover leaves out nobody
    assert fibres.cubes.tolist() == sorted(fibres.cubes.tolist())


@pytest.mark.parametrize("count", [3, 200])
def test_few_points_under_very_many_cubes(count):
    lens = np.random.default_rng(1).normal(size=(count, 3))
    fitted = Cover(40, 0.3).intervals_over(lens)
    fibres = fitted.fibres(lens)
    held = {tuple(c): set() for c in fibres.cubes.tolist()}
    for place, cube in enumerate(fibres.cubes.tolist()):
        held[tuple(cube)] |= set(fibres[place].tolist())
    for row, values in enumerate(lens):
        over = [np.flatnonzero((fitted.lower[k] <= values[k]) & (values[k] <= fitted.upper[k])) for k in range(3)]
        assert {cube for cube, rows in held.items() if row in rows} == set(product(*(o.tolist() for o in over)))


def test_a_point_on_an_end_lies_over_both_intervals():
    fitted = Cover(intervals=4, overlap=0, limits=(0, 4)).intervals_over([0.0, 4.0])
    fibres = fitted.fibres(np.array([[0.0], [1.0], [1.5], [2.0], [4.0]]))
    assert as_dict(fibres) == {(0,): [0, 1], (1,): [1, 2, 3], (2,): [3], (3,): [4]}


@given(st.sampled_from([*EQUAL_LENGTHS, "length"]), st.integers(2, 50), st.floats(-1, 1), st.floats(0.1, 2))
def test_rounding_leaves_no_gap_between_intervals_without_overlap(geometry, count, low, width):
    size = {"length": width / count} if geometry == "length" else {"intervals": count}
    fitted = Cover(overlap=0, geometry=geometry, **size).intervals_over([low, low + width])
    assert (fitted.lower[0][1:] <= fitted.upper[0][:-1]).all()


@pytest.mark.parametrize("geometry", EQUAL_LENGTHS)
def test_without_overlap_every_point_lies_over_one_interval_as_a_rule(geometry):
    lens = np.random.default_rng(2).normal(size=(500, 2))
    fibres = Cover(9, 0, geometry=geometry).intervals_over(lens).fibres(lens)
    assert np.array_equal(np.sort(fibres.points), np.arange(500))


def test_each_dimension_can_have_numbers_of_its_own():
    lens = np.random.default_rng(0).normal(size=(50, 2))
    fitted = Cover([3, 7], [0.1, 0.4], limits=[(-5, 5), (-4, 6)]).intervals_over(lens)
    assert fitted.shape == (3, 7)
    assert intervals(fitted, 0) == pytest.approx(intervals(Cover(3, 0.1, limits=(-5, 5)).intervals_over(lens[:, 0])))
    assert intervals(fitted, 1) == pytest.approx(intervals(Cover(7, 0.4, limits=(-4, 6)).intervals_over(lens[:, 1])))


@pytest.mark.parametrize("geometry", [*EQUAL_LENGTHS, "balanced"])
def test_a_constant_lens_has_one_interval(geometry):
    fitted = Cover(10, 0.3, geometry=geometry).intervals_over(np.full(20, 2.5))
    assert intervals(fitted).tolist() == [[2.5, 2.5]]
    assert as_dict(fitted.fibres(np.full((20, 1), 2.5))) == {(0,): list(range(20))}


def test_limits_may_leave_points_out():
    lens = np.array([[-1.0], [0.5], [2.0], [9.0]])
    assert as_dict(Cover(2, 0.2, limits=(0, 3)).intervals_over(lens).fibres(lens)) == {(0,): [1], (1,): [2]}
    nothing = Cover(2, 0.2, limits=(20, 30)).intervals_over(lens).fibres(lens)
    assert len(nothing) == 0


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"overlap": 1}, "below 1"),
        ({"overlap": 1.5}, "below 1"),
        ({"overlap": -0.1}, "at least 0"),
        ({"overlap": float("nan")}, "overlap is a number"),
        ({"overlap": "half"}, "overlap is a number"),
        ({"overlap": [0.1, 0.2]}, "2 entries for a lens of 1"),
        ({"intervals": 0}, "1 to 1000000"),
        ({"intervals": -3}, "1 to 1000000"),
        ({"intervals": 10**13}, "1 to 1000000"),
        ({"intervals": 2.5}, "whole number"),
        ({"intervals": True}, "intervals is a number"),
        ({"intervals": None}, "intervals is a number"),
        ({"intervals": [5, 5, 5]}, "3 entries"),
        ({"geometry": "hexagons"}, "hexagons"),
        ({"geometry": "length"}, "needs `length`"),
        ({"length": 1.0}, "no other takes it"),
        ({"geometry": "length", "length": 0}, "above 0"),
        ({"geometry": "length", "length": -1.0}, "above 0"),
        ({"geometry": "length", "length": 1e-12}, "longer"),
        ({"limits": (3, 1)}, "limits"),
        ({"limits": (0, float("inf"))}, "limits"),
        ({"limits": [(0, 1), (0, 1)]}, "limits"),
        ({"limits": (0, 1, 2)}, "limits"),
    ],
)
def test_what_makes_no_cover_is_refused(how, says):
    with pytest.raises(BadInput, match=says):
        Cover(**how).intervals_over(np.linspace(0, 1, 20))


@pytest.mark.parametrize("lens", [[], [0.0, np.nan], [0.0, np.inf], [[[1.0]]], ["a", "b"], np.zeros((0, 2))])
def test_what_is_no_lens_is_refused(lens):
    with pytest.raises(BadInput, match="lens"):
        Cover().intervals_over(lens)


def test_a_cover_that_does_not_fit_into_memory_is_refused_before_it_is_made(monkeypatch):
    monkeypatch.setattr(cover, "MOST_ENTRIES", 1000)
    lens = np.random.default_rng(0).normal(size=(300, 2))
    assert len(Cover(3, 0.1).intervals_over(lens).fibres(lens)) == 8
    with pytest.raises(BadInput, match="memory"):
        Cover(50, 0.9).intervals_over(lens).fibres(lens)


@pytest.mark.parametrize(("count", "overlap"), [(200, 0.99), (50, 0.1)])
def test_more_pairs_or_cubes_than_integers_can_number_are_refused_too(count, overlap):
    lens = np.linspace(0, 1, 50)[:, None] * np.ones(12)
    with pytest.raises(BadInput, match="memory"):
        Cover(count, overlap).intervals_over(lens).fibres(lens)


def test_a_cover_is_an_estimator_for_grid_searches():
    cover = Cover([3, 4], 0.2, limits=(0, 1))
    assert clone(cover).get_params() == cover.get_params()
    assert cover.set_params(overlap=0.4).overlap == 0.4
