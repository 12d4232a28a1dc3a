"""Published answers of Mapper: the worked example to the last node, and the diabetes study on its patients."""

import numpy as np
import pytest
from omegaconf import OmegaConf

from reproductions import singh_2007_circle, singh_2007_diabetes
from tdabench import paths
from tdabench.data.catalogue import dataset
from tdabench.errors import DataMissing
from tdabench.mapper import ENGINES, Cover, mapper_graph
from tdabench.mapper.components import ThresholdComponents


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(3))
def test_the_worked_example(engine, seed):
    config = OmegaConf.load(paths.CONF / "reproduction" / "singh_2007_circle.yaml")
    points = singh_2007_circle.sample("circle", config, seed)
    lens = singh_2007_circle.distance_to_leftmost(points)
    cover = Cover(geometry="length", length=1.0, overlap=0.2, limits=[0, 4.2])
    fitted = cover.intervals_over(lens)
    ends = [[0, 1], [0.8, 1.8], [1.6, 2.6], [2.4, 3.4], [3.2, 4.2]]
    assert np.allclose(np.column_stack([fitted.lower[0], fitted.upper[0]]), ends)
    graph = mapper_graph(points, lens, cover, ThresholdComponents(config.clusterer.radius), engine=engine)
    assert np.bincount(graph.cubes[:, 0]).tolist() == [1, 2, 2, 2, 1]
    assert (graph.nodes, len(graph.edges), graph.betti_numbers()) == (8, 8, (1, 1))


def test_a_flare_of_overt_and_one_of_chemical_diabetics_leave_a_normal_centre():
    try:
        data = dataset("diabetes").load()
    except DataMissing as error:
        pytest.skip(str(error))
    config = OmegaConf.load(paths.CONF / "reproduction" / "singh_2007_diabetes.yaml")
    points = np.column_stack([data[name] for name in config.columns])
    diagnosis = np.array([singh_2007_diabetes.NAMES[name] for name in data["cc"]])
    for bins in config.ranges:
        graph, density = singh_2007_diabetes.mapper(points, 4, config, bins)
        found = singh_2007_diabetes.groups(graph, density, diagnosis)
        assert found["overt"] > 0.9 and found["chemical"] > 0.6 and found["normal"] > 0.6
        # Of 33 overt and 36 chemical diabetics, the flares' last nodes hold 26 and 4: the re-run's numbers.
        tips = [graph.members(node) for node in range(graph.nodes) if graph.cubes[node, 0] == 0]
        kinds = {len(rows): set(diagnosis[rows]) for rows in tips if len(rows) > 2}
        assert kinds == {26: {"overt"}, 4: {"chemical"}}
