"""Clouds of known topology before and after every method: what is kept, what is torn, what is invented."""

import warnings
from collections import Counter

import numpy as np

from reproductions._recipes import page_recipe
from reproductions.embedding_topology.known import KNOWN, SURFACES, generated, like
from reproductions.embedding_topology.pictures import kept_figure
from reproductions.embedding_topology.survival import BettiProtocol, Cell, before, cells, survive
from reproductions.embedding_topology.tables import failed_rows, failures_told, figure_rows, kept_rows
from tdabench.claims.measurements import NOT_RUN
from tdabench.embedding.method import methods
from tdabench.embedding.pictures import side_by_side
from tdabench.embedding.reading import steady
from tdabench.mapper.saved import KeptMapper
from tdabench.networks import filter_loops
from tdabench.networks.training import Images, Trained, train
from tdabench.patches.density import core
from tdabench.processes import pool
from tdabench.topology.betti import in_words, most_read

GAUSSIAN, NERVE = ", Gaussian", "TDA"
ON_SPHERE = ("three circles", "X(300,30)", "X(15,30)", "MNIST filters")
ORDER = ("pca", "lle", "modified_lle", "hessian_lle", "ltsa", "spectral", "isomap", "tsne", "umap", "mapper")
DRAWN = ("circle", "torus", "Klein bottle")


def measure(config, bench):
    clouds, said, absent = drawn(config, bench)
    names = list(config.methods or [name for name, method in methods().items() if method.installed])
    names.sort(key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    found = {cloud: [] for cloud in clouds}
    tasks = [(cloud, seed) for cloud in clouds for seed in range(config.seeds)]
    bench.progress(f"{len(clouds)} clouds, {config.seeds} seeds each, {len(names)} methods, each on one thread")
    inputs = [(clouds[cloud][seed], seed, protocol(cloud, config), of(cloud, names), config.dimensions,
               config.neighbours) for cloud, seed in tasks]  # fmt: skip
    work = pool.run(one, inputs, bench.threads)
    results = dict(bench.steps(work, "clouds and seeds, all methods", len(tasks)))
    for number, (cloud, _) in enumerate(tasks):
        found[cloud].append(results[number])
    read = [cell for cloud in clouds for cell in cells(cloud, known(cloud), found[cloud])]
    before_any, after, taken_in = {}, {}, fooled(read)
    for cell in read:
        after.setdefault(cell.cloud, {})[cell.method] = judged(cell)
        if cell.known:
            before_any[cell.cloud] = cell.before
    for cloud, reason in absent.items():
        nothing = {NOT_RUN: reason}
        before_any[cloud] = taken_in[cloud + GAUSSIAN] = nothing
        after[cloud] = {cell.method: nothing for cell in read}
    title = "What each method keeps: medians over seeds, bottleneck in units of the median distance"
    bench.table("kept", title, kept_rows(read))
    if failed := failed_rows(read):
        bench.table("failures", "Tries that failed, and what was taken in their place", failed)
    keep(clouds, found, bench)
    draw(clouds, found, read, bench)
    loops, pieces = invented(read)
    return said | {
        "before": before_any,
        "after": after,
        "planar": planar(read),
        "loops": loops,
        "pieces": pieces,
        "fooled": taken_in,
        "trusted": trusted(read, config.high),
        "failures": failures_told(read),
        "nerves": nerves(read),
    }


def drawn(config, bench):
    """Cloud -> its points by seed, controls among them; sentences for claims; cloud -> why it is not there."""
    sizes, seeds, absent, said = config.drawn, range(config.seeds), {}, {"trained": ""}
    by_seed = [generated(sizes.curves, sizes.surfaces, config.noise, config.spread, seed) for seed in seeds]
    clouds = {cloud: [points[cloud] for points in by_seed] for cloud in by_seed[0]}
    patches, reason = bench.data_or_reason("natural_patches")
    for k, count in ((300, sizes.k300), (15, sizes.k15)):
        if patches is None or not count:
            absent[f"X({k},30)"] = reason or "this run is too small for it: take profile=paper"
            continue
        whole = patches[f"nk{k}c30Dct"]
        rows = [np.random.default_rng(seed).choice(len(whole), count, replace=False) for seed in seeds]
        clouds[f"X({k},30)"] = [whole[chosen] for chosen in rows]
    images, reason = bench.data_or_reason("mnist") if config.networks else (None, "")
    if images is None:
        absent["MNIST filters"] = reason or "their networks train too long for this run: take profile=paper"
    else:
        recipe = page_recipe(config.recipe)
        nets = train(Images.of(images), recipe, range(config.networks), config.iterations, bench.store / "networks",
                     bench.threads, bench.progress)  # fmt: skip
        trained = [filter_loops.cloud(net.first_layer[-1]) for net in nets]
        filters = [filter_loops.resampled(trained, seed) for seed in seeds]
        clouds["MNIST filters"] = [core(points, filter_loops.density_k(points), 30) for points in filters]
        said["trained"] = f"{Trained.cost(nets)}; the densest 30 % of their filters, 80 % of the networks by seed"
    told = [f"{cloud} {len(points[0]):,}" for cloud, points in clouds.items()]
    said["sizes"] = f"points: {', '.join(told)}; generated, but for patches and filters"
    for cloud in [cloud for cloud in clouds if cloud != "disc"]:
        clouds[cloud + GAUSSIAN] = [like(points, seed, cloud in ON_SPHERE) for seed, points in enumerate(clouds[cloud])]
    return clouds, said, absent


def known(cloud: str) -> dict:
    """Field -> Betti numbers; of a control None."""
    real = KNOWN[cloud.removesuffix(GAUSSIAN)]
    return dict.fromkeys(real) if cloud.endswith(GAUSSIAN) else real


def protocol(cloud: str, config) -> BettiProtocol:
    whole = cloud.removesuffix(GAUSSIAN)
    landmarks = config.landmarks[whole if whole in SURFACES else "curves"]
    share = config.range_share.get(whole, config.range_share.others)
    return BettiProtocol(landmarks, share, len(KNOWN[whole][2]) - 1, tuple(known(cloud)), config.drawn.judged)


def of(cloud: str, names: list[str]) -> list[str]:
    """The Gaussians of surfaces are controls of Mapper alone: no picture in the plane is claimed to keep these."""
    alone = cloud.endswith(GAUSSIAN) and cloud.removesuffix(GAUSSIAN) in SURFACES
    return [name for name in names if name == "mapper" or not alone]


def one(points, seed, how, names, dimensions, neighbours):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of graphs in pieces and the like: the readings show it
        return before(points, how, seed), survive(points, names, how, dimensions, neighbours, seed)


def judged(cell: Cell):
    """What claims look at: the runs of each seed, or why there is nothing to judge."""
    if cell.reason:
        return {NOT_RUN: f"no result: {cell.reason[:120]}"}
    return {NOT_RUN: f"{in_words(cell.known)} is {cell.unread}"} if cell.unread else cell.runs


def planar(read: list[Cell]) -> dict:
    """Of each surface the number of planar methods that keep it; of the Klein bottle those that tell fields apart."""
    flat = [cell for cell in read if not cell.method.startswith(NERVE) and not cell.reason]
    measured, told = {}, []
    for surface in SURFACES:
        seen = [cell for cell in flat if cell.cloud == surface]
        count = sum(cell.kept for cell in seen)
        measured[surface] = judged(seen[0]) if seen[0].unread else count
        counts = Counter(in_words(cell.read[0]) for cell in seen).most_common()
        told.append(f"{surface} as " + ", ".join(f"{vector} by {count}" for vector, count in counts))
    pair = [[cell for cell in flat if cell.cloud == name] for name in ("Klein bottle", "Klein bottle over Z/3")]
    unread = [judged(cell) for cell in pair[0] + pair[1] if cell.unread]
    apart = sum(one.read[0] != other.read[0] for one, other in zip(*pair, strict=True))
    measured["fields"] = unread[0] if unread else apart
    return measured | {"readings": f"methods read the {'; the '.join(told)}"}


def invented(read: list[Cell]) -> tuple[dict, str]:
    """Loops of a plane Gaussian after each method, by seed, and its pieces in words."""
    plane = [cell for cell in read if cell.cloud == "circle" + GAUSSIAN]
    numbers = {cell.method: np.array([_numbers(runs) for runs in cell.runs]) for cell in plane}
    loops = {cell.method: judged(cell) if cell.reason else numbers[cell.method][:, 1].tolist() for cell in plane}
    start = np.median([_numbers(runs)[0] for runs in plane[0].before])
    told = ", ".join(f"{title} {np.median(found[:, 0]):g}" for title, found in numbers.items())
    return loops, f"pieces (b0) of it, medians: {start:g} before; after {told}"


def fooled(read: list[Cell]) -> dict:
    """Of each control the number of methods after which what is claimed of the real cloud is read."""
    measured, told = {}, []
    for cloud in dict.fromkeys(cell.cloud for cell in read if cell.field == 2):
        whole = "circle" if cloud == "disc" else cloud.removesuffix(GAUSSIAN)
        if whole == cloud or whole in SURFACES:
            continue
        claimed = ",".join(map(str, KNOWN[whole][2]))
        seen = [cell for cell in read if cell.cloud == cloud]
        taken_in = [cell.method for cell in seen if steady(cell.runs) == claimed]
        measured[cloud] = len(taken_in)
        start = most_read(seen[0].before)[0]
        if taken_in:
            told.append(f"{in_words(claimed)} of {cloud}, {in_words(start)} before, by {', '.join(taken_in)}")
    return measured | {"which": "; ".join(told)}


def _numbers(runs: dict[str, float]) -> list[int]:
    return [int(number) for number in max(runs, key=runs.get).split(",")]


def trusted(read: list[Cell], high: float) -> dict:
    """How many pairs of a cloud and a method are trustworthy and have lost what is known."""
    looked = [cell for cell in read if cell.known and cell.field == 2 and not cell.unread]
    looked = [(cell, trust) for cell in looked if (trust := cell.middle("trustworthiness") or 0) >= high]
    lost = sorted([(trust, cell.cloud, cell.method) for cell, trust in looked if not cell.kept], reverse=True)
    told = ", ".join(f"{cloud} by {title} ({trust:.3f})" for trust, cloud, title in lost[:5])
    said = f"{len(lost)} of the {len(looked)} pairs as trustworthy have lost it"
    return {"pairs": len(lost), "which": said + (f", first {told}" if lost else "")}


def nerves(read: list[Cell]) -> str:
    found = [cell for cell in read if cell.cloud in SURFACES and cell.method == NERVE and not cell.reason]
    nodes = {cell.cloud: [one.embedded.graph.nodes for one in cell.survivals if one.embedded] for cell in found}
    return "nodes: " + ", ".join(f"{cloud} {min(counts)} to {max(counts)}" for cloud, counts in nodes.items())


def keep(clouds, found, bench) -> None:
    """Points and coordinates of seed 0, and Mapper's graphs of it."""
    for number, cloud in enumerate(clouds):
        survived = {title: one.embedded for title, one in found[cloud][0][1].items() if one.embedded}
        places = {title: embedded.coordinates.astype(np.float32) for title, embedded in survived.items()}
        bench.keep(f"cloud_{number:02}", cloud=np.array(cloud), points=clouds[cloud][0], **places)
        if NERVE in survived and not cloud.endswith(GAUSSIAN):
            columns = {f"coordinate {k + 1}": column for k, column in enumerate(clouds[cloud][0].T)}
            columns |= {"angle": angle(clouds[cloud][0])}
            name = "".join(letter if letter.isalnum() else "_" for letter in cloud).strip("_").lower()
            graph, parameters = survived[NERVE].graph, {"rule": survived[NERVE].note}
            bench.keep_mapper(name, KeptMapper(f"Mapper of {cloud}", graph, columns, parameters, "angle"))


def angle(points) -> np.ndarray:
    """In degrees, in the plane of the first two coordinates: round the circle, and the long way round the surfaces."""
    return np.degrees(np.arctan2(points[:, 1], points[:, 0])) % 360


def draw(clouds, found, read, bench) -> None:
    figure = kept_figure(figure_rows(read), "What each method keeps")
    bench.figure("kept", figure, (
        "Betti numbers read after each method, on how many seeds, and over which share of the range; kept: the known "
        "ones, by the suite's rule. TDA: of Mapper's nerve; by its distances: along the graph, read like the pictures. "
        "A ring reads (1, 1, 0) over every field, so over Z/3 alone it passes for a Klein bottle."
    ))  # fmt: skip
    for cloud in DRAWN:
        panels = {title: one.embedded or list(one.failed.values())[-1] for title, one in found[cloud][0][1].items()}
        panels = {title: panel for title, panel in panels.items() if not title.startswith(f"{NERVE} ")}
        vectors = {title: max(one.runs[2], key=one.runs[2].get) for title, one in found[cloud][0][1].items()}
        read_as = {title: f"reads {in_words(vector)}" for title, vector in vectors.items()}
        title, turned = f"The {cloud} after each method, seed 0", angle(clouds[cloud][0])
        figure = side_by_side(panels, turned, "angle, degrees", title, subtitles=read_as)
        bench.figure(cloud.replace(" ", "_").lower(), figure, (
            f"The {cloud} by the angle along it (0 and 360 degrees are neighbours), and what is read of it."
        ))  # fmt: skip
