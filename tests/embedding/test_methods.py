"""Methods are found without a list; each gives what it should; Mapper's graph is of the points' shape; bad input."""

import re
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from tdabench.data import shapes
from tdabench.embedding import embed
from tdabench.embedding import methods as folder
from tdabench.embedding.method import method, methods
from tdabench.embedding.methods import mapper
from tdabench.errors import BadInput

BASE = ["hessian_lle", "isomap", "lle", "ltsa", "mapper", "modified_lle", "pca", "spectral", "tsne", "umap"]
OPTIONAL = ["pacmap", "phate", "torchdr", "trimap"]
MEAN = '"""A mean. Nobody 1900."""\nTITLE = "mean"\n\n\ndef embed(points, dimensions, neighbours, seed, times=1):\n'
RETRIES = [(name, retry) for name, found in methods().items() for retry in found.retries]


@pytest.fixture(autouse=True)
def one_thread():
    """Small tables are fastest so, and sums come in one order."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def table():
    """(100, 5): a curved surface, a little rough."""
    random = np.random.default_rng(0)
    across, along = random.uniform(-1, 1, (2, 100))
    flat = np.column_stack([across, 2 * along, across**2, along**2, across * along])
    return flat + random.normal(0, 0.01, flat.shape)


def test_every_file_is_a_method():
    files = {path.stem for path in Path(folder.__file__).parent.glob("*.py")} - {"__init__"}
    found = methods()
    assert set(found) == files == set(BASE + OPTIONAL)
    assert [name for name, one in found.items() if not one.package] == BASE
    assert all(found[name].installed for name in BASE)
    assert len({one.title for one in found.values()}) == len(found)
    for one in found.values():
        assert re.search(r"\b(19|20)\d\d\b", one.source), f"{one.name}: its paper"
        assert "\n" not in one.source and one.warm_up > 0


def test_a_file_that_is_dropped_into_the_folder_is_found(drop, table):
    assert "mean" not in methods()
    drop("mean", MEAN + "    return times * points.mean(axis=1, keepdims=True)[:, [0] * dimensions]\n")
    assert (method("mean").title, method("mean").source) == ("mean", "A mean. Nobody 1900.")
    found = embed("mean", table, times=3)
    assert np.allclose(found.coordinates[:, 1], 3 * table.mean(axis=1))


def test_a_method_without_its_package_is_known_and_says_what_it_needs(drop, table):
    drop("strange", f'{MEAN}    import no_such_package\n\n\nPACKAGE = "no_such_package"\n')
    assert not methods()["strange"].installed
    with pytest.raises(BadInput, match="strange needs the package no_such_package, which is not installed"):
        embed("strange", table)


def test_a_method_that_is_not_there_is_refused_with_those_that_are(table):
    with pytest.raises(BadInput, match="there is no 'som'; there are: hessian_lle, isomap, .*, umap"):
        embed("som", table)


@pytest.mark.parametrize(
    ("points", "keys", "said"),
    [
        (np.ones(5), {}, r"points: an array of shape \(points, coordinates\) is needed"),
        (np.ones((2, 3)), {}, "points: at least 3 rows are needed, not 2"),
        ([[1, 2], [3, np.nan], [5, 6]], {}, "1 values are not finite, the first in row 1, column 1"),
        (np.eye(20), {"dimensions": 0}, "dimensions: 1 to 20, the number of columns, not 0"),
        (np.eye(20)[:, :4], {"dimensions": 5}, "dimensions: 1 to 4, the number of columns, not 5"),
        (np.eye(20), {"neighbours": 20}, "neighbours: 20 of each of 20 points are asked for; take 1 to 19"),
        (np.eye(20), {"neighbours": 0}, "neighbours: 0 of each of 20 points"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(points, keys, said):
    with pytest.raises(BadInput, match=said):
        embed("pca", points, **keys)


def test_coordinates_that_are_not_finite_are_refused(drop, table):
    drop("hollow", f"{MEAN}    return points[:, :dimensions] / 0.0\n")
    with np.errstate(divide="ignore"), pytest.raises(BadInput, match="hollow: its coordinates are not finite"):
        embed("hollow", table)


@pytest.mark.filterwarnings("ignore")  # of small numbers of points
@pytest.mark.parametrize("name", BASE + OPTIONAL)
def test_equal_seeds_give_equal_coordinates(name, table):
    if not methods()[name].installed:
        pytest.skip(f"the package {methods()[name].package} is not installed")
    first, second = (embed(name, table, seed=3) for _ in range(2))
    assert first.coordinates.shape == (100, 2) and first.coordinates.dtype == np.float64
    assert (first.coordinates.std(axis=0) > 0).all()
    assert np.allclose(np.abs(first.coordinates), np.abs(second.coordinates), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("name", ["lle", "pca", "spectral"])
def test_as_many_dimensions_come_as_were_asked_for(name, table):
    assert embed(name, table, dimensions=3).coordinates.shape == (100, 3)


@pytest.mark.parametrize(("name", "retry"), RETRIES, ids=lambda text: text.replace(" ", "_"))
def test_what_is_tried_after_a_failure_works(name, retry, table):
    found = embed(name, table, **methods()[name].retries[retry])
    assert found.coordinates.shape == (100, 2)


def test_neighbours_reach_the_methods_that_take_them(table):
    for name in ("isomap", "lle", "spectral"):
        few, many = (embed(name, table, neighbours=count).coordinates for count in (8, 20))
        assert not np.allclose(np.abs(few), np.abs(many)), name


def test_pca_is_the_projection_onto_the_first_singular_vectors(table):
    centred = table - table.mean(axis=0)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    assert np.allclose(np.abs(embed("pca", table).coordinates), np.abs(left[:, :2] * values[:2]))


@pytest.mark.parametrize("seed", range(3))
def test_mappers_graph_of_a_circle_is_a_circle(seed):
    points = shapes.circle(150, seed)
    found = embed("mapper", points, seed=seed, persistence=False)
    assert found.graph.betti_numbers()[:2] == (1, 1)
    assert found.graph.membership.sum(axis=0).min() >= 1  # no point is left out
    assert np.isfinite(found.distances()).all()
    assert len(found.lengths) == len(found.graph.edges) and (found.lengths > 0).all()
    assert np.abs(found.coordinates).max() <= 1.1  # means of points of the circle, in its lens


def test_mappers_graph_of_two_circles_is_in_two_parts():
    points = np.concatenate([shapes.circle(150, 0), shapes.circle(150, 1) + [40, 0]])
    found = embed("mapper", points, persistence=False)
    assert found.graph.betti_numbers()[0] == 2
    assert np.isinf(found.distances([0, 200])[0, 1])


def test_mapper_says_what_it_made_and_how_long_its_parts_took():
    points = shapes.circle(80, 0)
    whole, graph = embed("mapper", points), embed("mapper", points, persistence=False)
    assert set(whole.stages) - set(graph.stages) == {"persistence"}
    assert {"lens", "radius"} < set(graph.stages)
    assert whole.note.startswith(f"{whole.graph.nodes} nodes, {len(whole.graph.edges)} edges; clusters at ")
    # at the diameter every fibre is one cluster, and a lens of three intervals twice over has nine
    assert embed("mapper", points, persistence=False, radius=2.0).graph.nodes <= 9


def test_mappers_radius_is_of_the_unit_of_the_points_and_its_cover_grows_with_them():
    points = shapes.circle(200, 0)
    assert mapper.scale(10 * points, 0) == pytest.approx(10 * mapper.scale(points, 0))
    assert [mapper.intervals(count) for count in (10, 200, 5000, 20000)] == [3, 3, 19, 39]
    line = np.arange(100.0)[:, None]  # k = 5 of 100 points: 3 on one side, 2 on the other; 5 at an end
    assert mapper.scale(line, 0) == pytest.approx(2 * 3)
