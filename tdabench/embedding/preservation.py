"""Does an embedding keep the topology that is known to be there? Read from distances, before and after.

What is read is the lazy witness complex (nu = 1) of maxmin landmarks, chosen in the very metric that is read, over
[0, range_share * R], R the covering radius; the suite's rule judges it. Two things that graphs bring:

- Distances of inf between components: maxmin goes to another component first, so each has a landmark while there are
  enough; R is the largest finite distance to the nearest landmark.
- Points at distance 0 (of one Mapper node, duplicates) are one place. Where every point is at a landmark, there may be
  fewer landmarks than asked for, R is 0 and nothing is left that could witness. Then the Rips complex of the places is
  read over [0, range_share * enclosing radius], of the component where it is largest: at that radius each of them is a
  cone, so nothing is missed. The note says so. Such a reading is coarse: it finds loops, but in the fifty or so places
  that the graph of 3,000 points of a torus has it does not find the torus, nor does it in fifty points of the torus
  itself. So what was before is also read in this way (`places_run`): what that does not show, nobody can lose.

Bottleneck distances are between Rips diagrams of the same landmarks before and after, each matrix divided by its median
positive finite distance. Bars that never die (one per component, H0) are matched with one another, so the distance is
inf when the numbers of components differ: a torn picture is at no finite distance from a whole one.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse.csgraph import connected_components

from tdabench.embedding.reading import steady
from tdabench.errors import BadInput
from tdabench.topology.betti import betti_curve, most_read, run_shares
from tdabench.topology.compare import bottleneck
from tdabench.topology.landmarks import Landmarks
from tdabench.topology.persistence import Diagram, persistence
from tdabench.topology.witness import lazy_witness_matrix
from tdabench.validation import as_square


@dataclass(frozen=True)
class TopologyRun:
    """What one choice of landmarks shows.

    shares: "b0,b1,.." -> its longest run as a share of the range, as the criterion `betti` wants it of each seed;
    landmarks: (m,) rows; complex: lazy witness, Rips or none; stop: end of the range, in the unit of the distances;
    note: what differs from the protocol, else "".
    """

    shares: dict[str, float]
    landmarks: np.ndarray
    complex: str
    stop: float
    note: str = ""


def topology(
    distances, landmarks: int = 50, max_dimension: int = 2, range_share: float = 1.0, field: int = 2, seed: int = 0
) -> dict[str, float]:
    """Run shares of one seed: see `topology_run`, which also tells what they rest on."""
    return topology_run(distances, landmarks, max_dimension, range_share, field, seed).shares


def topology_run(
    distances, landmarks: int = 50, max_dimension: int = 2, range_share: float = 1.0, field: int = 2, seed: int = 0
) -> TopologyRun:
    """Betti numbers 0 to max_dimension over Z/field of (n, n) distances; +inf between components.

    range_share: of the covering radius; 1 for the generated shapes of the suite, 1/4 as published for image patches.
    Places that are each a component of their own have no filtration: their number is the whole reading, (1, 0, 0) for a
    single place.
    """
    return _read(_distances(distances, "distances"), landmarks, max_dimension, range_share, field, seed)


def _read(distances, landmarks, max_dimension, range_share, field, seed) -> TopologyRun:
    _check_share(range_share)
    chosen = _maxmin(distances, landmarks, seed)
    nearest = chosen.distances.min(axis=0)
    seen = np.isfinite(nearest)
    lost = int((~seen).sum())
    note = f"more than {landmarks} pieces: {lost} points lie in pieces without a landmark" if lost else ""
    radius = float(nearest[seen].max())
    if radius == 0:
        run = _of_places(chosen, max_dimension, range_share, field)
        return replace(run, note="; ".join(filter(None, [note, run.note])))
    # Beyond 1 + range_share radii from its landmark no point is a witness in the range: inf may as well be finite.
    scaled = np.minimum(chosen.distances[:, seen] / radius, 2 + range_share)
    matrix = lazy_witness_matrix(scaled, 1, range_share)
    shares = _shares(matrix, max_dimension, range_share, field)
    return TopologyRun(shares, chosen.indices, "lazy witness", range_share * radius, note)


def places_run(
    distances, places: int, max_dimension: int = 2, range_share: float = 1.0, field: int = 2, seed: int = 0
) -> TopologyRun:
    """The Rips complex of so many maxmin landmarks over [0, range_share * enclosing radius], all else left out: what
    `topology_run` reads where these are all the places there are."""
    _check_share(range_share)
    chosen = _maxmin(_distances(distances, "distances"), places, seed)
    return _of_places(chosen, max_dimension, range_share, field)


def _of_places(chosen: Landmarks, max_dimension: int, range_share: float, field: int) -> TopologyRun:
    among = chosen.distances[:, chosen.indices]
    count = f"{len(among)} {'places' if len(among) > 1 else 'place'}"
    radius = _enclosing_radius(among)
    if radius == 0:
        shares = {",".join(map(str, [len(among)] + [0] * max_dimension)): 1.0}
        note = f"{count}, no two of them at a finite distance" if len(among) > 1 else "all points are at one place"
        return TopologyRun(shares, chosen.indices, "none", 0.0, note)
    note = f"the Rips complex of {count} is read, up to its enclosing radius"
    shares = _shares(among / radius, max_dimension, range_share, field)
    return TopologyRun(shares, chosen.indices, "Rips", range_share * radius, note)


def _shares(matrix: np.ndarray, max_dimension: int, stop: float, field: int) -> dict[str, float]:
    return run_shares(betti_curve(persistence(matrix, "distances", max_dimension, stop, field), 0, stop))


def maxmin_rows(distances, count: int, seed: int) -> Landmarks:
    """Sequential maxmin among the rows of (n, n) distances; fewer than `count` where all points are at them already."""
    return _maxmin(_distances(distances, "distances"), count, seed)


def _maxmin(distances: np.ndarray, count: int, seed: int) -> Landmarks:
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
        raise BadInput(f"landmarks: a whole number from 1 on is needed, not {count!r}.")
    indices = [int(np.random.default_rng(seed).integers(len(distances)))]
    nearest = distances[indices[0]].copy()
    while len(indices) < count and nearest.max() > 0:
        indices.append(int(nearest.argmax()))
        np.minimum(nearest, distances[indices[-1]], out=nearest)
    return Landmarks(np.array(indices), distances[indices])


def kept(
    before, after, known, seeds=5, landmarks: int = 50, range_share: float = 1.0, field: int = 2
) -> dict[str, object]:
    """What of the known Betti vector (b0, b1, ..) is read before and after; (n, n) distances of the same points.

    seeds: of the landmarks, a number or the seeds themselves. Returns

    before, after           run shares by seed
    before_likewise         the same of before, read as after was: where after was read from its places alone, from as
                            many places of before, else as in before
    read_NAME               of each of the three: the vector read on most seeds, "b0,b1,.."
    known_NAME              whether the known one holds by the suite's rule: longest run of all, at least .25 of the
                            range, on at least 80 % of seeds
    bottleneck              "H0", "H1", .. -> distance by seed between the Rips diagrams before and after, 0 to inf
    nothing                 the same between before and no bars at all, half its longest bar that dies: a scale
    notes                   where a reading differs from the protocol
    """
    before, after = _distances(before, "distances before"), _distances(after, "distances after")
    if before.shape != after.shape:
        raise BadInput(f"distances: {before.shape} before and {after.shape} after; the same points are needed.")
    seeds = range(seeds) if isinstance(seeds, int | np.integer) else list(seeds)
    if not len(seeds):
        raise BadInput("seeds: at least one is needed.")
    if not len(known):
        raise BadInput("known: a Betti vector such as (1, 1, 0) is needed, not an empty one.")
    highest = len(known) - 1
    protocol = highest, range_share, field
    runs = {
        "before": [_read(before, landmarks, *protocol, seed) for seed in seeds],
        "after": [_read(after, landmarks, *protocol, seed) for seed in seeds],
    }
    runs["before_likewise"] = [
        old if new.complex == "lazy witness" else _of_places(_maxmin(before, len(new.landmarks), seed), *protocol)
        for old, new, seed in zip(runs["before"], runs["after"], seeds, strict=True)
    ]
    found: dict[str, object] = {name: [run.shares for run in several] for name, several in runs.items()}
    found |= {f"read_{name}": most_read(found[name])[0] for name in runs}
    found |= {f"known_{name}": steady(found[name]) == ",".join(map(str, known)) for name in runs}
    notes = dict.fromkeys(f"{name}: {run.note}" for name in ("before", "after") for run in runs[name] if run.note)
    scaled = [_by_median(distances) for distances in (before, after)]
    pairs = [[_rips(distances, run.landmarks, highest, field) for distances in scaled] for run in runs["before"]]
    dimensions = range(len(known))
    found["bottleneck"] = {f"H{d}": [bottleneck(*pair, d) for pair in pairs] for d in dimensions}
    found["nothing"] = {f"H{d}": [_to_nothing(pair[0], d) for pair in pairs] for d in dimensions}
    return found | {"notes": list(notes)}


def _check_share(range_share: float) -> None:
    if not 0 < range_share < np.inf:
        raise BadInput(f"range_share: a positive share of the covering radius is needed, not {range_share}.")


def _distances(matrix, name: str) -> np.ndarray:
    """Symmetric, none below 0, and 0 on the diagonal."""
    distances = as_square(matrix, name)
    if (distances < 0).any():
        row, column = np.argwhere(distances < 0)[0]
        raise BadInput(f"{name}: below 0 in row {row}, column {column} ({distances[row, column]}).")
    if distances.diagonal().any():
        row = int(np.flatnonzero(distances.diagonal())[0])
        raise BadInput(f"{name}: row {row} is {distances[row, row]} from itself; 0 is needed.")
    return distances


def _enclosing_radius(distances: np.ndarray) -> float:
    """Of the component where it is largest: from there on the Rips complex of every one is a cone."""
    _, parts = connected_components(np.isfinite(distances), directed=False)
    return max(float(distances[np.ix_(parts == p, parts == p)].max(axis=1).min()) for p in range(parts.max() + 1))


def _by_median(distances: np.ndarray) -> np.ndarray:
    apart = distances[np.isfinite(distances) & (distances > 0)]
    return distances / np.median(apart) if len(apart) else distances


def _rips(distances: np.ndarray, rows: np.ndarray, max_dimension: int, field: int) -> Diagram:
    return persistence(distances[np.ix_(rows, rows)], "distances", max_dimension, field=field)


def _to_nothing(diagram: Diagram, dimension: int) -> float:
    bars = diagram.bars[dimension]
    lengths = (bars[:, 1] - bars[:, 0])[np.isfinite(bars[:, 1])]
    return float(lengths.max(initial=0) / 2)
