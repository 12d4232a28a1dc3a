"""Every public function that takes arrays, over the corpus: an answer without NaN, or a tdabench error in a sentence.

CALLS says how each is called with a hostile argument of a kind. A public function of these packages that is neither
there nor among EXEMPT, with its reason, fails a test: whoever adds one says how it is called.
"""

import dataclasses
import importlib
import inspect
import pkgutil
import signal
import warnings

import numpy as np
import pytest
from hostile import inputs as corpus
from scipy.sparse import issparse
from sklearn.cluster import DBSCAN

from reproductions.bauer_2021_engines import random_clouds
from reproductions.bauer_2021_engines.textbook_reduction import bars_by_reduction
from reproductions.carlsson_2019_depths import depths
from reproductions.deck_convolutions import convolution
from reproductions.embedding_topology import known, survival
from tdabench import paths, topology
from tdabench.data import latent, preprocess
from tdabench.data.tables import Table
from tdabench.embedding import embedded, method, preservation, quality
from tdabench.embedding import estimator as embeddings
from tdabench.errors import TdabenchError
from tdabench.mapper import clustering, components, cover, engines, estimator, features, lens, nerve, stability
from tdabench.networks import filter_banks, filter_loops, filter_statistics, filters, time_to_accuracy
from tdabench.networks.nets.klein import circle_distances, klein_distances
from tdabench.patches import basis, circles, controls, density, extract, klein
from tdabench.topology import betti, compare, complexes, estimate, fallback, landmark_rips, landmarks, witness
from tdabench.topology import estimators as clouds

PATIENCE_S = 20
POINTS, SQUARE = corpus.GOOD, corpus.SQUARE
PATCHES = np.random.default_rng(1).normal(size=(14, 9))
SPHERE = np.random.default_rng(2).normal(size=(14, 8))
SPHERE /= np.linalg.norm(SPHERE, axis=1, keepdims=True)
IMAGE = np.random.default_rng(3).uniform(1, 9, (30, 30))
DIAGRAM = topology.persistence(POINTS)
RING = nerve.MapperGraph.from_members([[row, (row + 1) % 14] for row in range(14)], 14)  # 14 nodes, as there are points
PROTOCOL = survival.BettiProtocol(landmarks=6, max_dimension=1)


def _graph(data=POINTS, values=POINTS[:, 0], intervals=4, overlap=0.4):
    return engines.mapper_graph(data, values, cover.Cover(intervals, overlap), DBSCAN(eps=1.0, min_samples=1))


# function: (kind of the argument, call); a function may stand there several times, once for each argument.
CALLS = [
    (complexes.rips, "points", complexes.rips),
    (complexes.distances, "matrices", complexes.distances),
    (complexes.correlation, "matrices", complexes.correlation),
    (complexes.sparse_rips, "points", lambda x: topology.persistence(x, "sparse_rips", 1)),
    (complexes.sparse_rips, "numbers", lambda x: topology.persistence(POINTS, "sparse_rips", 1, epsilon=x)),
    (complexes.alpha, "points", lambda x: topology.persistence(x, "alpha", 1)),
    (complexes.cech, "points", lambda x: topology.persistence(x, "cech", 1)),
    (complexes.witness, "points", lambda x: topology.persistence(x, "witness", 1, landmarks=4)),
    (complexes.witness, "numbers", lambda x: topology.persistence(POINTS, "witness", 1, landmarks=x)),
    (complexes.strong_witness, "points", lambda x: topology.persistence(x, "strong_witness", 1, landmarks=4)),
    (topology.persistence, "points", lambda x: topology.persistence(x, max_dimension=1)),
    (topology.persistence, "points", lambda x: topology.persistence(x, max_dimension=1, engine="gudhi")),
    (topology.persistence, "points", lambda x: topology.persistence(x, max_dimension=1, engine="auto")),
    (topology.persistence, "numbers", lambda x: topology.persistence(POINTS, engine="auto", memory_bytes=x)),
    (topology.persistence, "matrices", lambda x: topology.persistence(x, "distances", 1)),
    (topology.persistence, "matrices", lambda x: topology.persistence(x, "correlation", 1)),
    (topology.persistence, "numbers", lambda x: topology.persistence(POINTS, max_dimension=x)),
    (topology.persistence, "numbers", lambda x: topology.persistence(POINTS, limit=x)),
    (topology.persistence, "numbers", lambda x: topology.persistence(POINTS, field=x)),
    (estimate.rips_estimate, "numbers", lambda x: estimate.rips_estimate(x, 1)),
    (estimate.rips_estimate, "numbers", lambda x: estimate.rips_estimate(10, x)),
    (estimate.flag_estimate, "matrices", lambda x: estimate.flag_estimate(x, 1, 5.0)),
    (fallback.persistence_within, "points", lambda x: fallback.persistence_within(x, 1, 2**30)),
    (landmark_rips.landmark_rips_persistence, "points", lambda x: landmark_rips.landmark_rips_persistence(x, 8)),
    (landmark_rips.landmark_rips_persistence, "numbers",
     lambda x: landmark_rips.landmark_rips_persistence(POINTS, 8, range_share=x)),
    (landmarks.maxmin_landmarks, "points", lambda x: landmarks.maxmin_landmarks(x, 3, 0)),
    (landmarks.maxmin_landmarks, "numbers", lambda x: landmarks.maxmin_landmarks(POINTS, x, 0)),
    (landmarks.maxmin_landmarks, "numbers", lambda x: landmarks.maxmin_landmarks(POINTS, 3, x)),
    (landmarks.random_landmarks, "points", lambda x: landmarks.random_landmarks(x, 3, 0)),
    (landmarks.random_landmarks, "numbers", lambda x: landmarks.random_landmarks(POINTS, x, 0)),
    (witness.lazy_witness_matrix, "points", lambda x: witness.lazy_witness_matrix(x)),
    (witness.lazy_witness_matrix, "matrices", lambda x: witness.lazy_witness_matrix(x)),
    (witness.lazy_witness_matrix, "numbers", lambda x: witness.lazy_witness_matrix(SQUARE, x)),
    (witness.lazy_witness_persistence, "points", lambda x: witness.lazy_witness_persistence(x, 6)),
    (witness.lazy_witness_persistence, "numbers",
     lambda x: witness.lazy_witness_persistence(POINTS, 6, range_share=x)),
    (basis.contrast_norm, "points", basis.contrast_norm),
    (basis.to_sphere, "points", basis.to_sphere),
    (basis.to_pixels, "points", basis.to_pixels),
    (circles.circle_points, "numbers", lambda x: circles.circle_points(x, 0.1, 0)),
    (circles.circle_points, "numbers", lambda x: circles.circle_points(9, x, 0)),
    (circles.three_circle_graph, "points", lambda x: circles.three_circle_graph(x, 0.3, 0.5)),
    (controls.gaussian_like, "points", lambda x: controls.gaussian_like(x, 0)),
    (controls.shuffled_pixels, "points", lambda x: controls.shuffled_pixels(x, 0)),
    (controls.phase_randomised, "points", lambda x: controls.phase_randomised(x, 0)),
    (density.codensity, "points", lambda x: density.codensity(x, 2)),
    (density.codensity, "numbers", lambda x: density.codensity(POINTS, x)),
    (density.codensity_within, "points", lambda x: density.codensity_within(x, x, 2)),
    (density.codensity_within, "numbers", lambda x: density.codensity_within(SPHERE, SPHERE, x)),
    (bars_by_reduction, "matrices", lambda x: bars_by_reduction(x, 0)),
    (bars_by_reduction, "numbers", lambda x: bars_by_reduction(SQUARE, 0, field=x)),
    (random_clouds.random_matrices, "numbers", random_clouds.random_matrices),
    (density.densest, "lenses", lambda x: density.densest(x, 50)),
    (density.densest, "numbers", lambda x: density.densest(np.arange(9.0), x)),
    (density.core, "points", lambda x: density.core(x, 2, 50)),
    (extract.prepare, "points", extract.prepare),
    (extract.prepare, "numbers", lambda x: extract.prepare(IMAGE, blur=x)),
    (extract.high_contrast_patches, "points", lambda x: extract.high_contrast_patches([x], 20, 0)),
    (extract.high_contrast_patches, "numbers", lambda x: extract.high_contrast_patches([IMAGE], x, 0)),
    (extract.averaged_over_neighbours, "points", lambda x: extract.averaged_over_neighbours(x, 1)),
    (extract.averaged_over_neighbours, "numbers", lambda x: extract.averaged_over_neighbours(SPHERE, x)),
    (klein.distance_to_klein_bottle, "points", lambda x: klein.distance_to_klein_bottle(x, 8, 8)),
    (klein.nearest_data_to_klein_bottle, "points", lambda x: klein.nearest_data_to_klein_bottle(x, 4, 4)),
    (engines.mapper_graph, "points", lambda x: _graph(data=x)),
    (engines.mapper_graph, "lenses", lambda x: _graph(values=x)),
    (engines.mapper_graph, "numbers", lambda x: _graph(intervals=x)),
    (engines.mapper_graph, "numbers", lambda x: _graph(overlap=x)),
    (cover.as_lens, "lenses", cover.as_lens),
    (clustering.first_gap, "lenses", lambda x: clustering.first_gap(x, 0.2)),
    (clustering.first_empty_bin, "lenses", lambda x: clustering.first_empty_bin(x, 5)),
    (clustering.biggest_gap, "lenses", clustering.biggest_gap),
    (components.as_distances, "matrices", components.as_distances),
    (lens.eccentricity, "points", lens.eccentricity),
    (lens.eccentricity, "numbers", lambda x: lens.eccentricity(POINTS, exponent=x)),
    (lens.knn_distance, "points", lambda x: lens.knn_distance(x, k=2)),
    (lens.knn_distance, "numbers", lambda x: lens.knn_distance(POINTS, k=x)),
    (lens.distance_to_measure, "points", lambda x: lens.distance_to_measure(x, k=2)),
    (lens.gauss_density, "points", lens.gauss_density),
    (lens.gauss_density, "numbers", lambda x: lens.gauss_density(POINTS, sigma=x)),
    (lens.density_filter, "points", lens.density_filter),
    (lens.graph_laplacian, "points", lambda x: lens.graph_laplacian(x, k=3)),
    (lens.distance_matrix_eigenvector, "points", lens.distance_matrix_eigenvector),
    (lens.zero, "points", lens.zero),
    (lens.pca, "points", lens.pca),
    (lens.svd, "points", lens.svd),
    (lens.coordinates, "points", lens.coordinates),
    (lens.coordinates, "numbers", lambda x: lens.coordinates(POINTS, columns=x)),
    (lens.lens_values, "points", lambda x: lens.lens_values("eccentricity", x)),
    (stability.suggest, "points", lambda x: stability.suggest(x, POINTS[:, 0], 0, repeats=3)),
    (known.lifted, "points", lambda x: known.lifted(x, 5, 0.1, 0)),
    (known.like, "points", lambda x: known.like(x, 0)),
    (method.embed, "points", lambda x: method.embed("pca", x)),
    (method.embed, "points", lambda x: method.embed("lle", x, neighbours=4)),
    (method.embed, "points", lambda x: method.embed("mapper", x, neighbours=4)),
    (method.embed, "numbers", lambda x: method.embed("lle", POINTS, neighbours=x)),
    (method.embed, "numbers", lambda x: method.embed("pca", POINTS, dimensions=x)),
    (preservation.topology, "matrices", lambda x: preservation.topology(x, 6, 1)),
    (preservation.maxmin_rows, "matrices", lambda x: preservation.maxmin_rows(x, 3, 0)),
    (preservation.maxmin_rows, "numbers", lambda x: preservation.maxmin_rows(SQUARE, x, 0)),
    (quality.trustworthiness, "matrices", lambda x: quality.trustworthiness(SQUARE, x, 2)),
    (quality.trustworthiness, "numbers", lambda x: quality.trustworthiness(SQUARE, SQUARE, x)),
    (quality.continuity, "matrices", lambda x: quality.continuity(SQUARE, x, 2)),
    (quality.label_accuracy, "labels", lambda x: quality.label_accuracy(SQUARE, x, 3)),
    (quality.label_accuracy, "matrices", lambda x: quality.label_accuracy(x, np.repeat([0, 1], 6), 3)),
    (quality.judge, "points", lambda x: quality.judge(x, embedded.Embedded(POINTS[:, :2]), k=3)),
    (estimate.sparse_estimate, "points", lambda x: estimate.sparse_estimate(x, 1)),
    (estimate.sparse_estimate, "numbers", lambda x: estimate.sparse_estimate(POINTS, 1, limit=x)),
    (estimate.sparse_estimate, "numbers", lambda x: estimate.sparse_estimate(POINTS, 1, epsilon=x)),
    (estimate.delaunay_estimate, "points", estimate.delaunay_estimate),
    (estimate.witness_estimate, "numbers", lambda x: estimate.witness_estimate(x, 1, 1)),
    (estimate.witness_estimate, "numbers", lambda x: estimate.witness_estimate(10, 1, x)),
    (estimate.lazy_witness_estimate, "numbers", lambda x: estimate.lazy_witness_estimate(10, 1, x)),
    (fallback.rungs, "points", lambda x: [rung.name for rung in fallback.rungs(x, 1, 2**30)]),
    (fallback.rungs, "numbers", lambda x: [rung.name for rung in fallback.rungs(POINTS, 1, 2**30, limit=x)]),
    (betti.betti_numbers, "numbers", lambda x: betti.betti_numbers(DIAGRAM, x)),
    (betti.betti_curve, "numbers", lambda x: betti.betti_curve(DIAGRAM, x, 1.5)),
    (betti.betti_curve, "numbers", lambda x: betti.betti_curve(DIAGRAM, 0, x)),
    (compare.bottleneck, "numbers", lambda x: compare.bottleneck(DIAGRAM, DIAGRAM, x)),
    (landmark_rips.longest_bars, "numbers", lambda x: landmark_rips.longest_bars(DIAGRAM, x, 2)),
    (landmark_rips.longest_bars, "numbers", lambda x: landmark_rips.longest_bars(DIAGRAM, 1, x)),
    (nerve.MapperGraph, "lenses", lambda x: RING.mean(x)),
    (nerve.MapperGraph, "lenses", lambda x: RING.spread(x)),
    (nerve.MapperGraph, "lenses", lambda x: RING.to_json(column=x)),
    (nerve.MapperGraph, "points", lambda x: nerve.MapperGraph.from_members(x, 14)),
    (nerve.MapperGraph, "numbers", lambda x: RING.members(x)),
    (nerve.MapperGraph, "numbers", lambda x: RING.betti_numbers(x)),
    (features.flares, "lenses", lambda x: features.flares(RING, x)),
    (features.flares, "numbers", lambda x: features.flares(RING, persistence=x)),
    (features.extended_persistence, "lenses", lambda x: features.extended_persistence(RING, x)),
    (features.node_values, "lenses", lambda x: features.node_values(RING, x)),
    (features.summary, "lenses", lambda x: features.summary(RING, x)),
    (cover.Cover, "lenses", lambda x: cover.Cover(3).intervals_over(x).fibres(POINTS[:, 0])),
    (cover.Intervals, "lenses", lambda x: cover.Cover(3).intervals_over(POINTS[:, 0]).fibres(x)),
    (cover.Cover, "points", lambda x: cover.Cover(3).fit(x).intervals_.lower[0]),
    (estimator.Mapper, "points", lambda x: estimator.Mapper().fit(x).graph_),
    (estimator.Mapper, "points", lambda x: estimator.Mapper().fit(POINTS).transform(x).toarray()),
    (lens.lens_values, "points", lambda x: lens.lens_values("eccentricity", POINTS, rows=x)),
    (clouds.Persistence, "points", lambda x: clouds.Persistence().fit(x).diagram_),
    (clouds.Persistence, "matrices", lambda x: clouds.Persistence(metric="precomputed").fit(x).diagram_),
    (clouds.Persistence, "points", lambda x: clouds.Persistence(collection=True).fit_transform([POINTS, x])),
    (clouds.LazyWitnessPersistence, "points",
     lambda x: clouds.LazyWitnessPersistence(landmarks=5).fit(x).diagram_),
    (embeddings.Embedding, "points", lambda x: embeddings.Embedding().fit_transform(x)),
    (embeddings.Embedding, "points", lambda x: embeddings.Embedding().fit(POINTS).transform(x)),
    (method.fitted, "points", lambda x: method.fitted("pca", x, 2, 4, 0)[0]),
    (clustering.CutLinkage, "points", lambda x: clustering.CutLinkage().fit(x).labels_),
    (components.ThresholdComponents, "points", lambda x: components.ThresholdComponents().fit(x).labels_),
    (preservation.topology_run, "matrices", lambda x: preservation.topology_run(x, 6, 1)),
    (preservation.places_run, "matrices", lambda x: preservation.places_run(x, 6, 1)),
    (preservation.kept, "matrices", lambda x: preservation.kept(x, SQUARE, (1, 0), seeds=1, landmarks=6)),
    (preservation.kept, "matrices", lambda x: preservation.kept(SQUARE, x, (1, 0), seeds=1, landmarks=6)),
    (quality.sample_rows, "numbers", lambda x: quality.sample_rows(x)),
    (survival.before, "points", lambda x: survival.before(x, PROTOCOL, 0)),
    (survival.survive, "points", lambda x: survival.survive(x, ["pca"], PROTOCOL)),
    (filter_banks.integrated, "lenses", lambda x: filter_banks.integrated(x, 0.5)),
    (filter_banks.exact, "lenses", lambda x: filter_banks.exact(x, 0.5)),
    (filter_statistics.angles, "points", filter_statistics.angles),
    (filter_statistics.harmonics, "points", filter_statistics.harmonics),
    (filter_statistics.largest_gap, "points", filter_statistics.largest_gap),
    (filter_statistics.kinds, "points", filter_statistics.kinds),
    (filter_statistics.near_klein_bottle, "points", filter_statistics.near_klein_bottle),
    (filter_statistics.statistics, "points", lambda x: filter_statistics.statistics(x, 2, 50, 4)),
    (
        filter_statistics.compare_with_gaussian,
        "points",
        lambda x: filter_statistics.compare_with_gaussian(x, 2, 50, 1, 4),
    ),
    (convolution.cross_correlate, "points", lambda x: convolution.cross_correlate(x, np.ones((1, 1)))),
    (convolution.cross_correlate, "points", lambda x: convolution.cross_correlate(IMAGE, x)),
    (convolution.convolve, "points", lambda x: convolution.convolve(IMAGE, x)),
    (depths.typical, "points", depths.typical),
    (filters.slices, "points", filters.slices),
    (filters.full_depth, "points", filters.full_depth),
    (filters.to_sphere, "points", filters.to_sphere),
    (filters.strongest, "points", lambda x: filters.strongest(x, 50)),
    (filters.strongest, "numbers", lambda x: filters.strongest(POINTS, x)),
    (filters.sample, "points", lambda x: filters.sample(x, 2, 0)),
    (filters.sample, "numbers", lambda x: filters.sample(POINTS, x, 0)),
    (filters.coordinates, "points", lambda x: filters.coordinates(x, np.eye(3))),
    (filters.coordinates, "points", lambda x: filters.coordinates(POINTS, x)),
    (filters.shuffled, "points", lambda x: filters.shuffled(x, 0)),
    (circle_distances, "lenses", lambda x: circle_distances(x, x)),
    (klein_distances, "points", lambda x: klein_distances(x, x)),
    (filter_loops.cloud, "points", filter_loops.cloud),
    (filter_loops.gaussian, "points", lambda x: filter_loops.gaussian(x, 0)),
    (filter_loops.shuffled, "points", lambda x: filter_loops.shuffled(x, 0)),
    (filter_loops.resampled, "points", lambda x: filter_loops.resampled([x], 0)),
    (filter_loops.density_k, "points", filter_loops.density_k),
    (filter_loops.witness, "points", lambda x: filter_loops.witness(x, 0.25, 0)),
    (filter_loops.loops, "points", lambda x: filter_loops.loops([x], 200, 50, 1, landmarks=4)),
    (time_to_accuracy.first_reached, "points", lambda x: time_to_accuracy.first_reached(x, 0.5)),
    (time_to_accuracy.interval, "lenses", lambda x: time_to_accuracy.interval(x, draws=9)),
    (time_to_accuracy.share_of_gain, "numbers", lambda x: time_to_accuracy.share_of_gain(x, 2.0)),
    (preprocess.numeric_matrix, "lenses", lambda x: preprocess.numeric_matrix(Table({"a": x, "b": POINTS[:, 0],
                                                                              "c": POINTS[:, 1]}))),
    (latent.latent_ratings, "numbers", lambda x: latent.latent_ratings(4, 20, x)),
]  # fmt: skip
# Public functions, classes and whole modules that this table does not call, and why.
EXEMPT = {
    "takes what other functions here made (diagrams, curves, graphs, results), not arrays": [
        "topology.betti.longest_runs", "topology.betti.most_read", "topology.betti.in_words",
        "topology.betti.run_shares", "topology.betti.step_shares", "topology.estimate.cliques",
        "topology.estimate.edges_of", "topology.estimate.check_size", "topology.fallback.in_words",
        "topology.fallback.offered", "topology.fallback.size", "mapper.clustering.scale_graph_cuts",
        "mapper.components.is_real", "mapper.engines.FibreClusterer", "mapper.features.graph_eccentricity",
        "mapper.features.cycles", "mapper.nerve.nerve", "mapper.stability.stability_map", "mapper.stability.Bootstrap",
        "mapper.stability.bootstrap", "patches.extract.random_patches", "patches.extract.highest_contrast",
        "embedding.comparison", "embedding.embedded", "reproductions.embedding_growth.growth", "embedding.reading",
        "reproductions.embedding_topology.survival.Cell", "reproductions.embedding_topology.survival.cells",
        "reproductions.embedding_topology.survival.tried", "reproductions.embedding_topology.tables",
        "embedding.timing", "networks.filter_statistics.compare_with_draws", "networks.filter_statistics.in_words",
        "reproductions.carlsson_2019_depths.tables", "reproductions.carlsson_2019_depths.depths.Depth",
        "reproductions.carlsson_2019_depths.depths.examine", "reproductions.carlsson_2019_depths.depths.examine_all",
        "networks.filter_loops.Loops", "networks.filter_loops.arms", "networks.time_to_accuracy.ratios",
        "data.preprocess.enough_rows",
    ],
    "is handed what lenses have looked at": ["mapper.distances"],
    "is handed what topology.persistence has looked at": [
        "topology.auto_engine", "topology.engine_times", "topology.engine", "reproductions.bauer_2021_engines.race",
        "reproductions.bauer_2021_engines.shortcuts", "topology.simplex_trees",
    ],
    "makes as much as it is told to": [
        "patches.controls.random_field", "patches.klein.klein_grid", "reproductions.embedding_topology.known.generated",
        "embedding.quality.random_trustworthiness", "networks.filter_banks.angles",
        "networks.filter_banks.klein_angles", "networks.filter_banks.circle", "networks.filter_banks.circle_integrated",
        "networks.filter_banks.klein", "networks.filter_banks.copies", "networks.filter_banks.two_edges",
        "networks.filter_banks.gaussian", "networks.filter_banks.bank", "networks.filter_loops.untrained",
        "networks.filters.centred_basis", "networks.filters.random_initialisation", "data.latent.latent_table",
    ],
    "draws": [
        "topology.pictures", "mapper.pictures", "patches.pictures", "embedding.pictures", "embedding.colouring",
        "networks.pictures", "networks.arm_pictures", "reproductions.carlsson_2019_depths.pictures",
        "reproductions.love_2023_klein_layers.pictures", "reproductions.embedding_growth.pictures",
        "reproductions.embedding_topology.pictures", "reproductions.bauer_2021_engines.pictures",
    ],
    "evaluates a formula at any numbers": ["patches.klein.klein_polynomials", "patches.klein.klein_patches"],
    "reads or writes a file, see the tests of files": [
        "mapper.saved", "networks.foreign_weights", "networks.checkpoints",
        "reproductions.carlsson_2008_collection.collection",
    ],
    "takes weights that were read from such a file": [
        "networks.filters.layer", "networks.filters.first_layer", "networks.filters.usable",
        "reproductions.carlsson_2019_depths.depths.layers",
    ],
    "takes networks, or the images of a data set of the catalogue": [
        "networks.nets.boosted", "networks.arms", "networks.nets.klein", "networks.nets", "networks.nets.convolutional",
        "networks.nets.deck", "networks.recipe", "networks.training", "networks.other_images",
        "networks.time_to_accuracy.held_out", "networks.time_to_accuracy.in_grey",
    ],
    "combines or names what is called here": [
        "mapper.lens.stack", "embedding.method.methods", "embedding.method.method",
    ],
    "minutes, or another package's own checks": ["mapper.lens.umap", "patches.density.approximate_codensity"],
    "takes a sparse table of ratings from tdabench.data": ["embedding.ratings_svd"],
    "takes what JSON and YAML hold, see tests/claims/test_judge.py, test_tolerance.py and test_check.py": [
        "claims.judge", "claims.criteria", "claims.tolerance", "record.compare",
    ],
}  # fmt: skip


def _identity(function) -> str:
    return f"{function.__module__.removeprefix('tdabench.')}.{function.__name__}"


def _modules():
    """The mathematics: of the library, and of reproductions that have some of their own."""
    for package in ("topology", "mapper", "patches", "embedding", "networks", "networks.nets"):
        folder = importlib.import_module(f"tdabench.{package}")
        yield from (f"tdabench.{package}.{entry.name}" for entry in pkgutil.iter_modules(folder.__path__)
                    if not entry.ispkg)  # fmt: skip
    yield "tdabench.networks.nets"
    for name in ("claims.judge", "claims.criteria", "claims.tolerance", "record.compare", "data.preprocess",
                 "data.latent"):  # fmt: skip
        yield f"tdabench.{name}"
    for folder in sorted(file.parent for file in paths.REPRODUCTIONS.glob("*/__init__.py")):
        yield from (f"reproductions.{folder.name}.{file.stem}" for file in sorted(folder.glob("*.py"))
                    if file.stem not in ("__init__", "experiment"))  # fmt: skip


def _public():
    """Functions, and classes with a method that takes something."""
    for module in map(importlib.import_module, _modules()):
        for name, found in vars(module).items():
            if name[0] == "_" or getattr(found, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(found) or (inspect.isclass(found) and any(_takes(found))):
                yield found


def _takes(kind):
    for name, found in vars(kind).items():
        if name[0] != "_" and inspect.isfunction(found):
            yield len(inspect.signature(found).parameters) > 1


def test_the_corpus_is_large_and_its_inputs_differ():
    names = [name for kind in corpus.ALL.values() for name in kind]
    assert len(names) == len(set(names)) >= 200


def test_every_public_function_is_called_or_exempt_with_a_reason():
    called = {_identity(function) for function, _, _ in CALLS}
    exempt = {name for names in EXEMPT.values() for name in names}
    public = list(map(_identity, _public()))
    missing = [name for name in public if not {name, name.rsplit(".", 1)[0]} & (called | exempt)]
    assert missing == []
    gone = [name for name in exempt if not any(name in (known, known.rsplit(".", 1)[0]) for known in public)]
    assert gone == [] and not called & exempt


NAMES = [f"{_identity(function)}-{kind}-{number}" for number, (function, kind, _) in enumerate(CALLS)]


@pytest.fixture(autouse=True)
def no_hang():
    def too_long(*_):
        raise AssertionError(f"no answer in {PATIENCE_S} s")

    before = signal.signal(signal.SIGALRM, too_long)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("place", range(len(CALLS)), ids=NAMES)
def test_hostile_input_gives_an_answer_or_a_sentence(place):
    function, kind, call = CALLS[place]
    faults = []
    for name, made in corpus.ALL[kind].items():
        given = made() if callable(made) else made
        kept = given.copy() if isinstance(given, np.ndarray) else None
        signal.alarm(PATIENCE_S)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                answer = call(given)
            if _has_nan(answer):
                faults.append(f"{name}: the answer holds NaN")
        except TdabenchError as error:
            if len(str(error)) < 20 or "Traceback" in str(error):
                faults.append(f"{name}: says only {error}")
        except AssertionError as error:
            faults.append(f"{name}: {error}")
        except Exception as error:
            faults.append(f"{name}: {type(error).__name__}: {str(error)[:100]}")
        finally:
            signal.alarm(0)
        if kept is not None and kept.dtype != object and not _same(kept, given):
            faults.append(f"{name}: was changed in place")
    assert not faults, "\n" + "\n".join(faults)


def _same(first, second) -> bool:
    return first.shape == second.shape and first.tobytes() == second.tobytes()


def _has_nan(value) -> bool:
    if dataclasses.is_dataclass(value):
        value = [getattr(value, field.name) for field in dataclasses.fields(value)]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return any(map(_has_nan, value))
    if issparse(value):
        value = value.data
    if isinstance(value, np.ndarray | float | np.floating):
        value = np.asarray(value)
        return value.dtype.kind in "fc" and bool(np.isnan(value).any())
    return False
