"""Python Mapper's filter functions against their formulas, its defaults, and its cut-offs on its example shapes."""

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.neighbors import kneighbors_graph

from tdabench.jobs.parts import built
from tdabench.mapper import Cover, mapper_graph
from tdabench.mapper.estimator import Mapper
from tdabench.mapper.features import summary
from tdabench.mapper.lens import lens_values
from tdabench.mapper.pictures import graph_figure
from tdabench.mapper.saved import KeptMapper
from tdabench.topology import maxmin_landmarks


def measure(config, bench):
    data = bench.data("diabetes")
    points = np.column_stack([data[name] for name in ("rw", "fpg", "ga", "ina", "sspg")])
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    fitted = Mapper().fit(points)
    cover = Cover(15, 0.5) if fitted.cover is None else fitted.cover
    ends = cover.intervals_over(fitted.lens_)
    length = ends.upper[0] - ends.lower[0]
    overlap = float(np.median((ends.upper[0][:-1] - ends.lower[0][1:]) / length[1:]))
    bench.keep("defaults", lower=ends.lower[0], upper=ends.upper[0])
    shapes, reason = bench.data_or_reason("meshes")
    rows = [row for name in sorted(shapes or {}) for row in shape(name, shapes[name], config, bench)]
    bench.table("shapes", "Its example shapes with its defaults, by cut-off", rows or [{"shapes": reason}])
    shown = fitted.graph_.mean(fitted.lens_[:, 0])
    figure = graph_figure(fitted.graph_, shown, "eccentricity", "Diabetes, all defaults")
    bench.figure("diabetes", figure, "All defaults on 145 patients and five standardised variables.")
    return {"differences": differences(points), "defaults": {"intervals": len(length), "overlap": overlap}}


def differences(points) -> dict[str, float]:
    """Largest relative difference of each filter from its formula, written out here on the full distance matrix."""
    distances = cdist(points, points)
    count, width = points.shape
    nearest = np.sort(distances, axis=1)
    sigma = 1.5
    gauss = np.exp(-(distances**2) / (2 * sigma**2)).sum(axis=1) / (count * (np.sqrt(2 * np.pi) * sigma) ** width)
    keep = np.eye(count) - 1 / count
    values, vectors = np.linalg.eigh(keep @ distances @ keep)  # double-centred
    pairs = {
        "eccentricity": ({"name": "eccentricity", "exponent": 2}, np.sqrt((distances**2).mean(axis=1))),
        "kNN distance": ({"name": "knn_distance", "k": 5}, nearest[:, 5]),
        "distance to a measure": (
            {"name": "distance_to_measure", "k": 5}, np.sqrt((nearest[:, :5] ** 2).mean(axis=1))),
        "Gauss density": ({"name": "gauss_density", "sigma": sigma}, gauss),
        "graph Laplacian": ({"name": "graph_laplacian", "k": 15}, laplacian(points, 15)),
        "distance matrix eigenvector": (
            {"name": "distance_matrix_eigenvector", "number": 1}, vectors[:, np.abs(values).argmax()]),
        "zero": ("zero", np.zeros(count)),
    }  # fmt: skip
    return {name: apart(lens_values(spec, points)[:, 0], formula) for name, (spec, formula) in pairs.items()}


def laplacian(points, k: int) -> np.ndarray:
    """Second eigenvector of the normalised Laplacian of the symmetric kNN graph, by dense linear algebra."""
    graph = kneighbors_graph(points, k).toarray()
    graph = np.maximum(graph, graph.T)
    scale = 1 / np.sqrt(graph.sum(axis=1))
    _, vectors = np.linalg.eigh(np.eye(len(points)) - scale[:, None] * graph * scale)
    return vectors[:, 1]


def apart(values, formula) -> float:
    """Largest difference relative to the largest value; an eigenvector's sign and length are free."""
    size = np.abs(formula).max()
    if size == 0:
        return float(np.abs(values).max())
    scale = values @ formula / (values @ values)
    free = min(np.abs(values - formula).max(), np.abs(scale * values - formula).max())
    return float(free / size)


def shape(name: str, points, config, bench) -> list[dict]:
    points = points[maxmin_landmarks(points, min(config.points, len(points)), 0).indices]
    lens = built(config.lens)(points)
    rows = []
    for cut, settings in config.cuts.items():
        graph = mapper_graph(points, lens, built(config.cover), built(settings))
        rows.append({"shape": name, "cut-off": cut} | summary(graph, graph.mean(lens)))
        if cut == "first gap":
            columns = {"eccentricity": lens} | {axis: points[:, k] for k, axis in enumerate("xyz")}
            bench.keep_mapper(name, KeptMapper(name, graph, columns, {"cut-off": cut}, "eccentricity"))
            figure = graph_figure(graph, graph.mean(lens), "eccentricity", name)
            bench.figure(name, figure, f"{name}: {len(points)} points, eccentricity, defaults, first gap.")
    return rows
