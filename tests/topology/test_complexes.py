"""Every complex speaks in distances: worked examples in which each value is known."""

import numpy as np
import pytest

from tdabench.errors import BadInput
from tdabench.topology import bottleneck, persistence
from tdabench.topology.complexes import FLAG_COMPLEXES, SIMPLEX_TREES

EVERY_POINT = ["rips", "alpha", "cech", "sparse_rips"]
TRIANGLE = np.array([[0, 0], [1, 0], [0.5, np.sqrt(3) / 2]])
ACROSS = 2 / np.sqrt(3)  # diameter of the circle through the corners of TRIANGLE


def circle(count, radius=1.0):
    angles = np.arange(count) * 2 * np.pi / count
    return radius * np.c_[np.cos(angles), np.sin(angles)]


@pytest.mark.parametrize("complex", EVERY_POINT)
def test_two_points_meet_at_their_distance(complex):
    assert persistence([[0, 0], [2, 0]], complex).bars[0].tolist() == [[0, 2], [0, np.inf]]


@pytest.mark.parametrize("complex", ["alpha", "cech"])
def test_the_hole_of_a_triangle_closes_at_the_diameter_of_its_circle(complex):
    diagram = persistence(TRIANGLE, complex)
    assert diagram.bars[0][:, 1] == pytest.approx([1, 1, np.inf])
    assert diagram.bars[1] == pytest.approx(np.array([[1, ACROSS]]))


def test_the_rips_complex_fills_a_triangle_at_once():
    assert len(persistence(TRIANGLE, "rips").bars[1]) == 0


@pytest.mark.parametrize("complex", ["alpha", "cech"])
def test_an_obtuse_triangle_has_no_hole(complex):
    """Balls around the two far corners meet inside the triangle."""
    diagram = persistence([[0, 0], [2, 0], [1, 0.1]], complex)
    assert len(diagram.bars[1]) == 0
    assert diagram.bars[0][:, 1] == pytest.approx([np.sqrt(1.01)] * 2 + [np.inf])


@pytest.mark.parametrize("complex", ["alpha", "cech"])
def test_an_octahedron_encloses_a_void_until_twice_its_radius(complex):
    octahedron = np.vstack([np.eye(3), -np.eye(3)])
    voids = persistence(octahedron, complex, max_dimension=2).bars[2]
    # Its faces are equilateral of side sqrt(2): they close at the diameter of their circles.
    assert voids == pytest.approx(np.array([[np.sqrt(2) * ACROSS, 2]]), abs=1e-6)


def test_alpha_and_cech_have_the_same_persistence():
    points = np.random.default_rng(1).normal(size=(60, 3))
    alpha, cech = (persistence(points, complex, max_dimension=2, field=3) for complex in ("alpha", "cech"))
    for dimension in range(3):
        assert bottleneck(alpha, cech, dimension) < 1e-9


@pytest.mark.parametrize("epsilon", [0.1, 0.3, 0.6])
def test_sparse_rips_stays_within_its_factor(epsilon):
    points = circle(60) + 0.05 * np.random.default_rng(0).normal(size=(60, 2))
    exact = persistence(points, "rips", engine="gudhi")
    sparse = persistence(points, "sparse_rips", epsilon=epsilon)

    def logarithms(diagram):
        bars = diagram.bars[1]
        return type(diagram)((np.log(bars),), 2, np.inf, "")

    assert bottleneck(logarithms(exact), logarithms(sparse), 0) <= -np.log(1 - epsilon) + 1e-9
    # Deaths of components: sorted, each is at most the factor late (or never early).
    ratio = sparse.bars[0][:-1, 1] / exact.bars[0][:-1, 1]
    assert ratio.min() > 1 - 1e-9 and ratio.max() < 1 / (1 - epsilon) + 1e-9


def test_sparse_rips_is_the_same_each_time_and_follows_its_seed():
    points = np.random.default_rng(2).normal(size=(150, 2))
    runs = [persistence(points, "sparse_rips", seed=seed).bars[1].tolist() for seed in (0, 0, 1)]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize("complex", EVERY_POINT)
def test_a_hole_older_than_the_limit_never_dies(complex):
    side = 2 * np.sin(np.pi / 12)
    diagram = persistence(circle(12), complex, limit=1.0)
    assert diagram.bars[1] == pytest.approx(np.array([[side, np.inf]]))
    early = persistence(circle(12), complex, limit=side / 2)
    assert early.bars[0].tolist() == [[0, np.inf]] * 12
    assert early.limit == side / 2


@pytest.mark.parametrize("complex", EVERY_POINT)
def test_duplicates_change_no_bar(complex):
    points = circle(12) * [1, 0.8]
    once, twice = persistence(points, complex), persistence(np.vstack([points, points[3:6]]), complex)
    assert twice.bars[1] == pytest.approx(once.bars[1], abs=1e-9)
    assert twice.bars[0] == pytest.approx(once.bars[0], abs=1e-9)


@pytest.mark.parametrize("complex", EVERY_POINT)
def test_one_point_and_points_on_a_line(complex):
    assert persistence([[1, 1]], complex).bars[0].tolist() == [[0, np.inf]]
    line = persistence([[0, 0], [1, 0], [3, 0]], complex)
    assert line.bars[0] == pytest.approx(np.array([[0, 1], [0, 2], [0, np.inf]]))
    assert len(line.bars[1]) == 0


@pytest.mark.parametrize("complex", [*EVERY_POINT, "witness", "strong_witness"])
def test_bars_grow_in_proportion_to_the_points(complex):
    points = circle(100) + 0.02 * np.random.default_rng(2).normal(size=(100, 2))
    options = {"landmarks": 12} if "witness" in complex else {}
    small, large = (persistence(scale * points, complex, **options) for scale in (1, 10))
    for dimension in (0, 1):
        assert large.bars[dimension] == pytest.approx(10 * small.bars[dimension], rel=1e-5, abs=1e-6)


def test_distances_are_taken_as_they_are():
    diagram = persistence([[0, 3, 5], [3, 0, 4], [5, 4, 0]], "distances")
    assert diagram.bars[0].tolist() == [[0, 3], [0, 4], [0, np.inf]]


def test_correlation_becomes_one_minus_it():
    diagram = persistence([[1, 0.75, -1], [0.75, 1, 0.5], [-1, 0.5, 1]], "correlation")
    assert diagram.bars[0].tolist() == [[0, 0.25], [0, 0.5], [0, np.inf]]


def test_numpys_correlations_are_accepted_though_rounding_breaks_their_symmetry():
    table = np.random.default_rng(0).normal(size=(12, 30))
    correlations = np.corrcoef(table)
    bars = persistence(correlations, "correlation", engine="gudhi").bars[0]
    assert bars[0, 1] == pytest.approx(1 - np.sort(correlations.ravel())[-13])


@pytest.mark.parametrize("complex", ["witness", "strong_witness"])
def test_witness_complexes_of_a_circle_have_one_lasting_hole(complex):
    points = circle(400) + 0.01 * np.random.default_rng(0).normal(size=(400, 2))
    diagram = persistence(points, complex, landmarks=9, seed=1)
    assert len(diagram.bars[0]) <= 9
    (birth, death), *rest = sorted(diagram.bars[1].tolist(), key=lambda bar: bar[0] - bar[1])
    assert birth < 0.3 and death > 0.7
    assert all(other[1] - other[0] < 0.1 for other in rest)
    cut = persistence(points, complex, limit=0.5, landmarks=9, seed=1)
    assert cut.bars[1][-1, 1] == np.inf


def test_the_relaxation_of_witness_complexes_is_the_root_of_gudhis_value():
    """Landmarks at 0 and 2 on a line (the farthest pair, whatever the seed), one witness at 0.5.

    Weakly, {0, 2} has a witness for which no other landmark is nearer: 0. Strongly, a witness z of {0, 2} needs
    max(d)^2 <= min(d)^2 + alpha^2; the best one is 0.5, with 1.5^2 - 0.5^2 = 2.
    """
    points = [[0.0], [0.5], [2.0]]
    chosen = {"landmarks": 2, "seed": next(s for s in range(20) if np.random.default_rng(s).integers(3) != 1)}
    assert persistence(points, "witness", **chosen).bars[0].tolist() == [[0, np.inf]]
    assert persistence(points, "strong_witness", **chosen).bars[0] == pytest.approx(
        np.array([[0, np.sqrt(2)], [0, np.inf]])
    )


def test_every_complex_is_named_in_the_refusal_of_an_unknown_one():
    with pytest.raises(BadInput) as caught:
        persistence(TRIANGLE, "unheard of")
    for name in [*FLAG_COMPLEXES, *SIMPLEX_TREES]:
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("word", "complex", "matrix"),
    [
        ("not symmetric", "distances", [[0, 1], [2, 0]]),
        ("not symmetric", "distances", [[0, np.inf], [2, 0]]),
        ("square", "distances", [[0, 1, 2], [1, 0, 3]]),
        ("not a number", "distances", [[0, np.nan], [np.nan, 0]]),
        ("equal length", "distances", [[0, 1], [1]]),
        ("diagonal", "distances", [[1, 1], [1, 0]]),
        ("negative", "distances", [[0, -1], [-1, 0]]),
        ("between -1 and 1", "correlation", [[1, 1.5], [1.5, 1]]),
        ("diagonal", "correlation", [[0, 0.5], [0.5, 1]]),
    ],
)
def test_bad_matrices_are_refused(word, complex, matrix):
    with pytest.raises(BadInput, match=word):
        persistence(matrix, complex)


@pytest.mark.parametrize("complex", ["witness", "strong_witness"])
def test_more_landmarks_than_points_are_refused(complex):
    with pytest.raises(BadInput, match="landmarks"):
        persistence(TRIANGLE, complex, landmarks=4)
