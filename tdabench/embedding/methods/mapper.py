"""TDA: Mapper, with the persistence of landmarks. Singh, Memoli & Carlsson 2007. tdabench's own.

What the deck's tool did was not published, so the pipeline is ours, with one rule for every table:

    lens         the first two principal components
    cover        squares balanced by ranks that overlap by half, so many that each holds about POINTS_PER_FIBRE points:
                 the work grows like n, and no fibre swallows the table
    clustering   single linkage at one radius for all fibres: twice the distance to the k-th nearest point that 95 % of
                 a sample of points stay below, k the next whole number above ln n: about so many neighbours join
                 the points of one piece (Brito et al. 1997, Statist. Probab. Lett. 35:33-42)
    graph        the nerve, up to tetrahedra, so that it has a second Betti number
    persistence  the lazy witness complex of 50 landmarks (nu = 1) in dimensions 0 and 1
"""

import time
from math import ceil, log

import numpy as np
from scipy.spatial.distance import cdist

from tdabench.embedding.embedded import Embedded
from tdabench.mapper import Cover, mapper_graph
from tdabench.mapper.components import ThresholdComponents
from tdabench.topology import lazy_witness_persistence

TITLE = "TDA"
POINTS_PER_FIBRE = 50
SAMPLE, SHARE, FACTOR = 200, 95, 2.0
LANDMARKS = 50


def embed(points, dimensions, neighbours, seed, persistence=True, radius=None):
    """dimensions and neighbours are not used: the lens is of two dimensions, the graph of none.
    persistence: False leaves that stage out; radius: of the clusters, in the unit of the data; None: by the rule above.
    """
    from sklearn.decomposition import PCA

    clock = [time.perf_counter()]
    stages = {}

    def passed(stage):
        clock.append(time.perf_counter())
        stages[stage] = clock[-1] - clock[-2]

    lens = PCA(min(2, points.shape[1]), random_state=seed).fit_transform(points)
    passed("lens")
    radius = scale(points, seed) if radius is None else radius
    passed("radius")
    cover = Cover(intervals(len(points)), 0.5, geometry="balanced")
    graph = mapper_graph(points, lens, cover, ThresholdComponents(radius), max_dimension=3)
    passed("cover, clusters, nerve")
    if persistence:
        count = min(LANDMARKS, len(np.unique(points, axis=0)) - 1)
        lazy_witness_persistence(points, count, range_share=1.0, max_dimension=1, seed=seed)
        passed("persistence")
    means = (graph.membership @ points) / graph.sizes[:, None]
    lengths = np.linalg.norm(means[graph.edges[:, 0]] - means[graph.edges[:, 1]], axis=1)
    places = (graph.membership @ lens) / graph.sizes[:, None]
    holding = graph.membership.T.tocsr()
    coordinates = (holding @ places) / np.diff(holding.indptr)[:, None]
    note = f"{graph.nodes} nodes, {len(graph.edges)} edges; clusters at {radius:.3g}"
    return Embedded(coordinates, graph, lengths, stages, note)


def intervals(count: int) -> int:
    """How many intervals of balanced length 2 / (k + 1) leave POINTS_PER_FIBRE of `count` points in a square."""
    return max(3, round(2 * np.sqrt(count / POINTS_PER_FIBRE) - 1))


def scale(points, seed: int) -> float:
    """The radius of the clusters, from the distances of SAMPLE points to all."""
    count = len(points)
    k = min(ceil(log(count)), count - 1)
    rows = np.random.default_rng(seed).choice(count, min(SAMPLE, count), replace=False)
    # A MiB of distances at a time: what outgrows the cache would make the time grow faster than the points
    parts = np.array_split(rows, min(len(rows), max(1, len(rows) * count // 2**17)))
    nearest = [np.partition(cdist(points[part], points), k, axis=1)[:, k] for part in parts]
    return FACTOR * float(np.percentile(np.concatenate(nearest), SHARE))
