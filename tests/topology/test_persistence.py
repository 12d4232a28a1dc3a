"""Persistence: known spaces, two engines that agree, published bar counts, and requests that cannot be met."""

import itertools
import re

import numpy as np
import pytest

from tdabench import paths
from tdabench.errors import BadInput
from tdabench.topology import betti_numbers, bottleneck, lazy_witness_persistence, persistence
from tdabench.topology.betti import run_shares

ENGINES = ["ripser", "gudhi"]


def grid_surface(glue):
    """Triangles of a 5x5 grid of squares whose sides are glued by `glue`: (row, column) -> (row, column)."""
    triangles = []
    for row, column in itertools.product(range(5), repeat=2):
        a, b, c, d = (glue(row + i, column + j) for i, j in [(0, 0), (0, 1), (1, 0), (1, 1)])
        triangles += [(a, b, d), (a, c, d)]
    return triangles


def torus_glue(row, column):
    return row % 5, column % 5


def klein_glue(row, column):
    """Right side to left side upside down, top to bottom straight."""
    return (row % 5, column) if column < 5 else (-row % 5, column - 5)


CIRCLE = [(0, 1), (1, 2), (2, 0)]
SPHERE = list(itertools.combinations(range(4), 3))
PROJECTIVE_PLANE = [  # the six vertices of half an icosahedron
    *[(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5), (0, 1, 5)],
    *[(1, 2, 4), (2, 3, 5), (1, 3, 4), (2, 4, 5), (1, 3, 5)],
]

SPACES = {  # name: maximal simplices, Betti numbers over Z/2, Betti numbers over Z/3
    "circle": (CIRCLE, (1, 1, 0), (1, 1, 0)),
    "sphere": (SPHERE, (1, 0, 1), (1, 0, 1)),
    "torus": (grid_surface(torus_glue), (1, 2, 1), (1, 2, 1)),
    "klein bottle": (grid_surface(klein_glue), (1, 2, 1), (1, 1, 0)),
    "projective plane": (PROJECTIVE_PLANE, (1, 1, 1), (1, 0, 0)),
}


def flag_distances(maximal):
    """Distances 1 and 2 whose flag complex at 1 is the barycentric subdivision of the complex, at 2 a full simplex."""
    simplices = {
        frozenset(face)
        for simplex in maximal
        for size in range(1, len(simplex) + 1)
        for face in itertools.combinations(simplex, size)
    }
    simplices = sorted(simplices, key=lambda simplex: (len(simplex), sorted(simplex)))
    return np.array([[0 if a == b else 1 if a < b or b < a else 2 for b in simplices] for a in simplices], dtype=float)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", SPACES)
def test_triangulated_spaces_have_their_betti_numbers(name, engine):
    maximal, over_two, over_three = SPACES[name]
    matrix = flag_distances(maximal)
    for field, expected in ((2, over_two), (3, over_three)):
        diagram = persistence(matrix, "distances", 2, limit=1.5, field=field, engine=engine)
        assert betti_numbers(diagram, 1) == expected
        assert betti_numbers(diagram, 0.5) == (len(matrix), 0, 0)
        assert betti_numbers(persistence(matrix, "distances", 2, field=field, engine=engine), 2) == (1, 0, 0)


def sampled(space, count=3000):
    random = np.random.default_rng(0)
    u, v = random.uniform(0, 2 * np.pi, (2, count))
    if space == "circle":
        return np.c_[np.cos(u), np.sin(u)]
    if space == "sphere":
        points = random.normal(size=(count, 3))
        return points / np.linalg.norm(points, axis=1, keepdims=True)
    if space == "torus":
        return np.c_[np.cos(u), np.sin(u), np.cos(v), np.sin(v)]
    r = 2 + np.cos(v)
    return np.c_[r * np.cos(u), r * np.sin(u), 2 * np.sin(v) * np.cos(u / 2), 2 * np.sin(v) * np.sin(u / 2)]


@pytest.mark.parametrize(
    ("space", "landmarks", "over_two", "over_three"),
    [
        ("circle", 20, "1,1,0", "1,1,0"),
        ("sphere", 30, "1,0,1", "1,0,1"),
        ("torus", 50, "1,2,1", "1,2,1"),
        ("klein bottle", 60, "1,2,1", "1,1,0"),
    ],
)
def test_sampled_spaces_show_their_betti_numbers_longest(space, landmarks, over_two, over_three):
    run = lazy_witness_persistence(sampled(space), landmarks, range_share=0.5, max_dimension=2, fields=(2, 3))
    for field, expected in ((2, over_two), (3, over_three)):
        longest, share = next(iter(run_shares(run.curves[field]).items()))
        assert longest == expected
        assert share > 0.3


def assert_same_bars(matrix, field, max_dimension=2, limit=np.inf):
    first, second = (persistence(matrix, "distances", max_dimension, limit, field, engine) for engine in ENGINES)
    for dimension in range(max_dimension + 1):
        assert bottleneck(first, second, dimension) < 1e-6
        # Ripser rounds to float32: bars shorter than that may be on one side only.
        longer = [(bars[:, 1] - bars[:, 0] > 1e-6).sum() for bars in (first.bars[dimension], second.bars[dimension])]
        assert longer[0] == longer[1]


@pytest.mark.parametrize("field", [2, 3, 11])
@pytest.mark.parametrize("seed", range(4))
def test_engines_agree_on_random_clouds(seed, field):
    points = np.random.default_rng(seed).normal(size=(40, 2 + seed))
    matrix = np.linalg.norm(points[:, None] - points, axis=2)
    assert_same_bars(matrix, field)
    assert_same_bars(matrix, field, limit=float(np.median(matrix)))


@pytest.mark.parametrize("field", [2, 3, 11])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_engines_agree_on_matrices_with_missing_edges(share, field):
    random = np.random.default_rng(int(100 * share))
    matrix = np.triu(np.where(random.random((25, 25)) < share, np.inf, random.random((25, 25))), 1)
    assert_same_bars(matrix + matrix.T, field)


def test_missing_edges_leave_components_and_cycles_that_never_die():
    inf = np.inf
    cycle_and_a_point = [
        [0, 1, inf, 1, inf],
        [1, 0, 1, inf, inf],
        [inf, 1, 0, 2, inf],
        [1, inf, 2, 0, inf],
        [inf, inf, inf, inf, 0],
    ]
    for engine in ENGINES:
        components, cycles = persistence(cycle_and_a_point, "distances", engine=engine).bars
        assert components.tolist() == [[0, 1], [0, 1], [0, 1], [0, inf], [0, inf]]
        assert cycles.tolist() == [[2, inf]]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_lives_at_the_limit_dies_at_infinity(engine):
    """GUDHI leaves out the highest dimension of a complex by default: the square's cycle must not be lost."""
    square = [[0, 0], [1, 0], [1, 1], [0, 1]]
    whole = persistence(square, engine=engine)
    assert whole.bars[1] == pytest.approx(np.array([[1, np.sqrt(2)]]))
    cut = persistence(square, limit=1.2, engine=engine)
    assert cut.bars[0].tolist() == [[0, 1], [0, 1], [0, 1], [0, np.inf]]
    assert cut.bars[1].tolist() == [[1, np.inf]]
    points_only = persistence(square, limit=0.5, engine=engine)
    assert points_only.bars[0].tolist() == [[0, np.inf]] * 4
    assert points_only.bars[1].shape == (0, 2)
    assert (cut.limit, whole.limit) == (1.2, np.inf)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_edge_at_the_limit_itself_enters(engine):
    assert persistence([[0.0], [1.0]], limit=1, engine=engine).bars[0].tolist() == [[0, 1], [0, np.inf]]


@pytest.mark.parametrize("engine", ENGINES)
def test_duplicates_change_no_bar(engine):
    points = np.random.default_rng(3).normal(size=(20, 2))
    for limit in (np.inf, 1.0):  # the second goes to Ripser as a sparse matrix: its zeros must stay edges
        once = persistence(points, limit=limit, engine=engine)
        twice = persistence(np.vstack([points, points[:7]]), limit=limit, engine=engine)
        for dimension in (0, 1):
            assert twice.bars[dimension].tolist() == once.bars[dimension].tolist()


@pytest.mark.parametrize("engine", ENGINES)
def test_one_point_is_one_component(engine):
    diagram = persistence([[3.0, 4.0]], max_dimension=2, engine=engine)
    assert [bars.tolist() for bars in diagram.bars] == [[[0, np.inf]], [], []]


def test_bars_are_positive_sorted_and_one_table_per_dimension():
    diagram = persistence(np.random.default_rng(0).normal(size=(30, 3)), max_dimension=3)
    assert len(diagram.bars) == 4
    for bars in diagram.bars:
        assert bars.shape[1] == 2 and bars.dtype == np.float64
        assert (bars[:, 1] > bars[:, 0]).all()
        assert bars.tolist() == sorted(bars.tolist())


# Published counts ------------------------------------------------------------


def benchmark_file(name):
    for folder in paths.data_folders():
        if (folder / "ph_benchmark" / name).is_file():
            return folder / "ph_benchmark" / name
    pytest.skip(f"ph_benchmark/{name} is in none of the folders of $TDABENCH_DATA")


def counts(*arguments, **options):
    return [len(bars) for bars in persistence(*arguments, **options).bars]


@pytest.mark.parametrize(
    ("rows", "published", "engines"),
    [(48, [48, 14, 1], ENGINES), (96, [96, 22, 1], ENGINES), (192, [192, 53, 1], ["ripser"])],
)
def test_published_counts_of_sphere_3_192(rows, published, engines):
    text = benchmark_file("sphere_3_192.lower_distance_matrix").read_text()
    matrix = np.zeros((192, 192))
    matrix[np.tril_indices(192, -1)] = [float(entry) for entry in re.split(r"[,\s]+", text) if entry]
    matrix = (matrix + matrix.T)[:rows, :rows]
    for engine in engines:
        assert counts(matrix, "distances", 2, engine=engine) == published


def test_published_counts_of_random16():
    points = np.loadtxt(benchmark_file("random_point_cloud_50_16_.txt"))
    assert counts(points, max_dimension=4, engine="ripser") == [50, 39, 16, 5, 3]
    assert counts(points, max_dimension=7, engine="gudhi") == [50, 39, 16, 5, 3, 0, 0, 0]


def test_published_counts_of_o3_1024():
    points = np.loadtxt(benchmark_file("o3_1024.txt"))
    assert counts(points, max_dimension=3, limit=1.8) == [1024, 576, 180, 7]


# Requests that cannot be met -------------------------------------------------

TWO = [[0.0, 0.0], [1.0, 0.0]]


@pytest.mark.parametrize(
    ("word", "options"),
    [
        ("engine", {"engine": "eirene"}),
        ("GUDHI only", {"complex": "alpha", "engine": "ripser"}),
        ("complex", {"complex": "cubical"}),
        ("limit", {"limit": -1}),
        ("limit", {"limit": 0}),
        ("limit", {"limit": np.nan}),
        ("max_dimension", {"max_dimension": -1}),
        ("max_dimension", {"max_dimension": 1.5}),
        ("prime", {"field": 4}),
        ("prime", {"field": 1}),
        ("epsilon", {"complex": "sparse_rips", "epsilon": 1}),
    ],
)
def test_a_request_that_makes_no_sense_names_the_fault(word, options):
    with pytest.raises(BadInput, match=word):
        persistence(TWO, **options)


def test_fields_on_which_ripser_never_returns_are_refused_and_gudhi_takes_them():
    with pytest.raises(BadInput, match="gudhi"):
        persistence(TWO, field=131)
    matrix = flag_distances(PROJECTIVE_PLANE)
    assert betti_numbers(persistence(matrix, "distances", 2, 1, 131, "gudhi"), 1) == (1, 0, 0)
    assert betti_numbers(persistence(matrix, "distances", 2, 1, 127, "ripser"), 1) == (1, 0, 0)


@pytest.mark.parametrize("complex", ["rips", "alpha", "cech", "sparse_rips", "witness", "strong_witness"])
@pytest.mark.parametrize(
    ("word", "points"),
    [
        ("row 1, column 0", [[0, 0], [np.nan, 0]]),
        ("row 0, column 1", [[0, np.inf], [0, 0]]),
        ("numbers", [[0, 0], [1]]),
        ("shape", [1, 2, 3]),
        ("rows", np.empty((0, 2))),
    ],
)
def test_bad_points_are_refused_by_every_complex(complex, word, points):
    with pytest.raises(BadInput, match=word):
        persistence(points, complex)
