"""The same networks trained on several data sets: the loops of their first layers, side by side."""

from itertools import combinations

import numpy as np

from reproductions._recipes import page_recipe
from reproductions._shared import keep_runs, withheld
from tdabench.claims.criteria import betti
from tdabench.claims.measurements import NOT_RUN
from tdabench.errors import BadInput
from tdabench.networks import filter_loops, filter_statistics, pictures
from tdabench.networks.training import Images, train
from tdabench.topology.betti import most_read
from tdabench.topology.compare import bottleneck

TITLES = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST", "cifar10": "CIFAR-10", "svhn": "SVHN"}
ARMS = {"trained": "trained filters", "gaussian": "Gaussian", "untrained": "untrained"}


def measure(config, bench):
    sets = {name: bench.data_or_reason(name) for name in TITLES}
    absent = {name: of_set({arm: {"runs": {NOT_RUN: reason}} for arm in ARMS})
              for name, (data, reason) in sets.items() if data is None}  # fmt: skip
    if not config.complete:
        return withheld(config, absent)
    measurements, found, table, trained = {}, {}, [], []
    for name, (data, _) in sets.items():
        if data is None:
            continue
        nets = trained_on(name, Images.of(data), config, bench)
        filters = [filter_loops.cloud(net.first_layer[-1]) for net in nets]
        points = np.concatenate(filters)
        resampled = [filter_loops.resampled(filters, draw) for draw in range(config.draws)]
        clouds = {
            "trained": [filter_loops.resampled(filters, seed) for seed in range(config.seeds)],
            "gaussian": [filter_loops.gaussian(cloud, draw) for draw, cloud in enumerate(resampled)],
            "untrained": [filter_loops.untrained(len(cloud), draw) for draw, cloud in enumerate(resampled)],
        }
        for arm, drawn in clouds.items():
            bench.progress(f"{TITLES[name]}: {ARMS[arm]}")
            shown = filter_loops.loops(
                drawn, filter_loops.PUBLISHED_K, config.p, config.seeds, config.landmarks, config.range_share,
                bench.threads,
            )
            found[name, arm] = shown
            kinds = {f"{kind}s": round(share, 3) for kind, share in filter_statistics.kinds(drawn[0]).items()}
            table.append({"data set": TITLES[name], "filters": ARMS[arm]} | shown.row() | kinds)
            keep_runs(bench, name if arm == "trained" else f"{name}.{arm}", shown.runs)
        measurements[name] = of_set({arm: found[name, arm].measurements() for arm in ARMS})
        trained.append(in_words(name, nets, points, data["note"]))
    bench.table("datasets", "First layers of the same networks on several data sets", table)
    names = [name for name in TITLES if (name, "trained") in found]
    measurements["nearer"] = nearer(found, names, "trained", config)
    measurements["gaussian"] = {"nearer": nearer(found, names, "gaussian", config)}
    measurements["trained"] = "; ".join(trained)
    draw(found, names, bench)
    if config.needs_control and not betti(measurements["mnist"]["runs"], [1, 1], config.rule).borne_out:
        vector, count, _ = most_read(measurements["mnist"]["runs"])
        reason = (
            f"too few to judge it: {config.networks} networks a data set do not show the circle on MNIST either (most "
            f"often ({vector.replace(',', ', ')}), {count} of {config.seeds} seeds), where G1 finds it in 100; "
            "networks=100 goes on from these"
        )
        return not_judged(measurements, reason) | absent
    return measurements | absent


def not_judged(measurements, reason) -> dict:
    """Each measurement as not run, whatever was measured."""
    return {name: not_judged(value, reason) if isinstance(value, dict) else {NOT_RUN: reason}
            for name, value in measurements.items()}  # fmt: skip


def of_set(arms) -> dict:
    """What claims look at of one data set: the trained filters' measurements, and beside them those of the controls."""
    return arms["trained"] | {"gaussian": arms["gaussian"], "untrained": arms["untrained"]}


def trained_on(name: str, images: Images, config, bench):
    channels = images.train_x.shape[3] if images.train_x.ndim == 4 else 1
    recipe = page_recipe(config.recipes[name], model={"channels": channels})
    bench.progress(f"{TITLES[name]}: training")
    return train(
        images, recipe, range(config.networks), config.iterations, bench.store / "networks", bench.threads,
        bench.progress, TITLES[name],
    )  # fmt: skip


def nearer(found, names, arm: str, config) -> list[float]:
    """Per seed: the largest bottleneck distance in H1 between two data sets over the least to untrained filters."""
    ratios = []
    for seed in range(config.seeds):
        diagrams = {name: found[name, arm].rips[seed].diagrams[2] for name in names}
        untrained = {name: found[name, "untrained"].rips[seed].diagrams[2] for name in names}
        between = max(bottleneck(diagrams[one], diagrams[other], 1) for one, other in combinations(names, 2))
        least = min(bottleneck(diagrams[name], untrained[name], 1) for name in names)
        if least == 0:
            raise BadInput("a data set's diagram is that of its untrained filters: train longer, or more networks.")
        ratios.append(between / least)
    return ratios


def in_words(name: str, nets, points, note: str) -> str:
    accuracy = np.mean([net.final_accuracy for net in nets])
    told = f"{TITLES[name]}: {len(nets)} networks, {nets[0].iterations[-1]} iterations, accuracy {accuracy:.3f}"
    return f"{told}, products in {nets[0].precision}, {len(points)} filters" + (f" ({note})" if note else "")


def draw(found, names, bench) -> None:
    cores = {TITLES[name]: found[name, "trained"].cores[0] for name in names}
    figure = pictures.rings_figure(cores, "Dense first-layer filters in the plane of the two gradients", columns=2)
    bench.figure("rings", figure, "Cores of the same networks trained on each data set, and the filters farthest out.")
    diagrams = {
        f"{TITLES[name]}, {ARMS[arm]}": found[name, arm].rips[0].diagrams[2] for name in names for arm in ARMS
    }
    figure = pictures.barcodes_figure(diagrams, "H1 of the first layers", columns=len(ARMS))
    bench.figure("barcodes", figure, "H1 barcodes by data set: trained, Gaussian of the same covariance, untrained.")
