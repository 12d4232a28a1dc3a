"""The deck's two Keras nets on MNIST: layers, accuracy by epoch, and the topology of their first-layer filters.

"Does it make sense?" the deck asks of its pictures of the filters. Here it is answered by the loops of the dense core,
beside those of a Gaussian of the same covariance, of shuffled pixels and of untrained filters (uniform, as Keras and
torch initialise them: how wide does not matter once they are of norm 1), and by what sets the filters apart from these.
"""

import numpy as np
from matplotlib.figure import Figure
from omegaconf import OmegaConf

from reproductions._recipes import page_recipe
from reproductions._shared import keep_runs, withheld
from tdabench.claims.criteria import betti
from tdabench.claims.measurements import NOT_RUN
from tdabench.errors import BadInput
from tdabench.mapper import Cover, mapper_graph
from tdabench.mapper.clustering import CutLinkage
from tdabench.mapper.lens import pca
from tdabench.mapper.pictures import graph_figure
from tdabench.mapper.saved import KeptMapper
from tdabench.networks import filter_loops, filter_statistics, filters, pictures
from tdabench.networks.nets import build, parameter_count
from tdabench.networks.training import Images, Trained, train
from tdabench.patches.density import codensity
from tdabench.topology.pictures import persistence_figure

NETS = ("small", "large")
NO_LARGE = "no large net was trained: large.seeds=0"
CIRCLE = "1,1"
ARMS = {"trained": "trained", "gaussian": "Gaussian", "shuffled": "pixels shuffled", "untrained": "untrained"}
POOL = "2x2 max-pool of (channel, height)"
LAYERS = ("convolution 3x3", POOL, "convolution 2x2", POOL, "flatten", "dense")


def measure(config, bench):
    check(config)
    summaries = layers(config, bench)
    if config.stop_after:
        return withheld(config, summaries)
    images = Images.of(bench.data("mnist"))
    epoch = len(images.train_x) // config.recipe.batch
    nets = {name: trained(name, images, epoch, config, bench) for name in NETS}
    accuracy = accuracies(nets, epoch, config, bench)
    bench.keep("filters", **{f"{name}.seed{net.seed}": net.first_layer[-1] for name in NETS for net in nets[name]})

    clouds = {name: [filter_loops.cloud(net.first_layer[-1]) for net in nets[name]] for name in NETS}
    of = {"alone": clouds["small"]} if len(nets["small"]) > 1 else {}
    of |= {"small": [np.concatenate(clouds["small"])], "large": clouds["large"]}
    found = {name: arms(name, some, config, bench) for name, some in of.items() if some}
    loops = {name: of_loops(some) for name, some in found.items()}
    bench.table("bars", "H1 of the dense filters, median over seeds", bar_rows(of, found, config))
    if not nets["large"]:
        nothing = {"runs": not_run(NO_LARGE)}
        loops["large"] = nothing | {arm: nothing for arm in ARMS if arm != "trained"}

    shown = "large" if nets["large"] else "small"
    tables = against_controls(of[shown][0], config, bench)
    answer = sense(shown, nets[shown], of[shown], found[shown], tables, epoch, config)
    for name in NETS:
        if nets[name]:
            keep_mapper(name, nets[name][0], config, bench)
    draw(shown, found[shown], bench)
    nets_measured = {name: summaries[name] | accuracy[name] | loops[name] for name in NETS}
    return loops | nets_measured | {"sense": answer}


def of_loops(by_arm) -> dict:
    """What claims look at of some nets: the trained filters' measurements, and beside them those of each control."""
    measured = {arm: loops.measurements() for arm, loops in by_arm.items()}
    return measured.pop("trained") | measured


def check(config) -> None:
    if config.small.seeds < 1:
        raise BadInput(f"small.seeds: at least one net is needed, not {config.small.seeds}.")
    for name in NETS:
        most = len(config[name].loss)
        if not 1 <= config[name].epochs <= most:
            raise BadInput(f"{name}.epochs: 1 to the {most} of the deck can be judged, not {config[name].epochs}.")


def layers(config, bench) -> dict:
    """Parameters and output shapes, layer by layer (K1)."""
    summaries, columns = {}, {}
    for name in NETS:
        recipe = page_recipe(config.recipe, model={"filters": config[name].filters})
        network = build(recipe.model, 0, **recipe.parameters)
        counts, shapes = parameter_count(network), network.shapes()
        sides = [side for shape in shapes for side in shape]
        summaries[name] = {"parameters": counts, "total": sum(counts), "shapes": sides}
        columns[name] = shapes, [counts[0], 0, counts[1], 0, 0, counts[2]]
    rows = [
        {"layer": layer} | {f"{what}, {name}": value for name in NETS for what, value in
                            (("shape", " x ".join(map(str, columns[name][0][place]))),
                             ("parameters", columns[name][1][place]))}
        for place, layer in enumerate(LAYERS)
    ]  # fmt: skip
    bench.table("layers", "The two networks, layer by layer", rows)
    return summaries


def trained(name: str, images: Images, epoch: int, config, bench) -> list[Trained]:
    """The networks of one kind, with a snapshot after every epoch; none for seeds=0."""
    net = config[name]
    if not net.seeds:
        return []
    iterations = net.epochs * epoch
    recipe = page_recipe(config.recipe, model={"filters": net.filters}, snapshot_every=epoch)
    bench.progress(f"{name} net: seeds 0 to {net.seeds - 1}, {iterations} iterations")
    return train(
        images, recipe, range(net.seeds), iterations, bench.store / "networks", bench.threads, bench.progress, name
    )


def accuracies(nets, epoch: int, config, bench) -> dict:
    """Test accuracy and loss by epoch, beside the printed ones (K2, K3)."""
    small, large = nets["small"], nets["large"]
    of_small = {
        "final_accuracy": [net.final_accuracy for net in small],
        "run": Trained.cost(small),
        "final_loss": [net.final_loss for net in small],
        "by_epoch": np.median(whole_epochs(small, epoch), axis=0).tolist(),
    }
    for name in NETS:
        if nets[name]:
            title = f"The {name} net on the 10,000 test images after each epoch: printed, and ours by seed"
            bench.table(f"{name}_epochs", title, epoch_rows(nets[name], epoch, config[name]))
    figure = accuracy_figure(nets, epoch, config)
    bench.figure("accuracy", figure, "Test accuracy after each epoch: printed in the deck, and ours, seed by seed.")
    return {"small": of_small, "large": large_accuracy(large, epoch, config)}


def large_accuracy(nets, epoch: int, config) -> dict:
    if not nets:
        return dict.fromkeys(("last_accuracy", "final_accuracy", "apart", "all_apart"), not_run(NO_LARGE))
    net, printed = config.large, printed_accuracy(config.large)
    told = f"{net.epochs} of {len(printed)} epochs were run, on {_counted(len(nets), 'seed')}; {Trained.cost(nets)}"
    accuracy, found = [net.final_accuracy for net in nets], whole_epochs(nets, epoch)
    middle = np.median(found, axis=0)
    apart = float(np.abs(middle - printed[: len(middle)]).max()) if len(middle) else not_run("no epoch was run whole")
    in_full = len(middle) == len(printed) and len(nets) >= net.least_seeds
    short = not_run(f"{told}; at least {net.least_seeds} are wanted" if len(middle) == len(printed) else told)
    return {
        "last_accuracy": accuracy,
        "final_accuracy": accuracy if in_full else short,
        "final_loss": [net.final_loss for net in nets],
        "apart": apart,
        "all_apart": apart if len(middle) == len(printed) else short,
        "run": told,
    }


def not_run(reason: str) -> dict:
    return {NOT_RUN: reason}


def printed_accuracy(net) -> list[float]:
    """By epoch; the page names the large net's by their epochs, so that a claim can point at one."""
    return list(net.accuracy.values() if OmegaConf.is_dict(net.accuracy) else net.accuracy)


def whole_epochs(nets, epoch: int) -> np.ndarray:
    """Accuracy of each net after each whole epoch: (nets, epochs)."""
    ended = (nets[0].iterations > 0) & (nets[0].iterations % epoch == 0)
    return np.array([net.accuracy[ended] for net in nets])


def epoch_rows(nets, epoch: int, config) -> list[dict]:
    """One row a snapshot, and the epochs after the last one as they were printed."""
    printed = dict(enumerate(zip(printed_accuracy(config), config.loss, strict=True), start=1))
    ours = {iteration / epoch: place for place, iteration in enumerate(nets[0].iterations.tolist()) if iteration}
    rows = []
    for passed in sorted(printed | ours):
        accuracy, loss = printed.get(passed, ("", ""))
        row = {"epoch": round(passed, 3), "printed accuracy": accuracy, "printed loss": loss}
        for net in nets:
            measured = passed in ours
            row[f"accuracy, seed {net.seed}"] = round(float(net.accuracy[ours[passed]]), 4) if measured else ""
            row[f"loss, seed {net.seed}"] = round(float(net.loss[ours[passed]]), 4) if measured else ""
        rows.append(row)
    return rows


def arms(name: str, clouds, config, bench) -> dict[str, filter_loops.Loops]:
    """The loops of some clouds and of their controls, each with its own density, core and landmarks."""
    bench.progress(f"loops: {len(clouds)} clouds of {len(clouds[0])} filters and their controls")
    turns = [(clouds[draw % len(clouds)], draw) for draw in range(config.draws)]
    drawn = {
        "trained": clouds,
        "gaussian": [filter_loops.gaussian(points, draw) for points, draw in turns],
        "shuffled": [filter_loops.shuffled(points, draw) for points, draw in turns],
        "untrained": [filter_loops.untrained(len(points), draw) for points, draw in turns],
    }
    found = {}
    for arm, some in drawn.items():
        found[arm] = filter_loops.loops(
            some, filter_loops.PUBLISHED_K, config.p, config.seeds, config.landmarks, config.range_share, bench.threads
        )
        keep_runs(bench, f"{name}.{arm}", found[arm].runs)
    return found


def read_as_circle(shares, config) -> int:
    """Seeds on which (1, 1) has the longest run, over at least the rule's share of the range."""
    return sum(max(seed, key=seed.get) == CIRCLE and seed[CIRCLE] >= config.rule.run for seed in shares)


def bar_rows(of, found, config) -> list[dict]:
    titles = {
        "alone": "each small net alone", "small": f"{_counted(config.small.seeds, 'small net')} pooled",
        "large": "large net",
    }  # fmt: skip
    rows = []
    for name, some in found.items():
        for arm, shown in some.items():
            first, second = np.median(shown.bars(), axis=0)
            rows.append({
                "net": titles[name], "filters": ARMS[arm], "in the cloud": len(of[name][0]),
                "in the core": len(shown.cores[0]), "first bar": round(first, 3), "second bar": round(second, 3),
                "share of seeds reading (1, 1)": read_as_circle(shown.shares, config) / len(shown.shares),
                "run of (1, 1)": round(float(np.median([seed.get(CIRCLE, 0) for seed in shown.shares])), 3),
            })  # fmt: skip
    return rows


def against_controls(points, config, bench) -> dict[str, list[dict]]:
    """What sets the filters apart from a Gaussian and from untrained ones: a table for each."""
    k = filter_loops.density_k(points)
    measured = filter_statistics.statistics(points, k, config.p, config.landmarks, bench.threads)
    controls = {"gaussian": lambda draw: filter_loops.gaussian(points, draw),
                "untrained": lambda draw: filter_loops.untrained(len(points), draw)}  # fmt: skip
    tables = {}
    for arm, control in controls.items():
        drawn = []
        for draw in range(config.statistics):
            if draw % 10 == 0:
                bench.progress(f"statistics: draw {draw} of {config.statistics}, {ARMS[arm]}")
            drawn.append(filter_statistics.statistics(control(draw), k, config.p, config.landmarks, bench.threads))
        tables[arm] = filter_statistics.compare_with_draws(measured, drawn)
        rows = [{key: round(value, 4) if isinstance(value, float) else value for key, value in row.items()}
                for row in tables[arm]]  # fmt: skip
        title = f"The {len(points)} trained filters against {config.statistics} draws: {ARMS[arm]}"
        bench.table(f"against_{arm}", title, rows)
    return tables


def sense(name: str, nets, clouds, found, tables, epoch: int, config) -> str:
    """The answer to "does it make sense?", in one sentence of measured numbers."""
    holds = {arm: betti(shown.shares, [1, 1], config.rule).borne_out for arm, shown in found.items()}
    simpler = [ARMS[arm] for arm in ARMS if arm != "trained" and holds[arm]]
    if not holds["trained"]:
        answer = "not as a circle"
    elif simpler:
        answer = f"a circle, but one that shows in simpler data too ({', '.join(simpler)})"
    else:
        answer = "yes: a circle that none of the controls shows"
    read = []
    for arm, shown in found.items():
        first, second = np.median(shown.bars(), axis=0)
        count = read_as_circle(shown.shares, config)
        read.append(f"{ARMS[arm]} (1, 1) on {count} of {len(shown.shares)} seeds, H1 bars {first:.2f} and {second:.2f}")
    apart = []
    for arm, table in tables.items():
        names = [row["statistic"] for row in table if row["adjusted p"] <= 0.05]
        listed = f" ({', '.join(names)})" if names else ""
        apart.append(f"{len(names)} of {len(table)} statistics differ from {ARMS[arm]}{listed}")
    passed = nets[0].iterations[-1] / epoch
    which = f"{_counted(len(nets), f'{name} net')} of {len(clouds[0]) // (len(nets) if name == 'small' else 1)} filters"
    return (
        f"does it make sense? {answer}; {which}, {passed:.3g} of {len(config[name].loss)} epochs, accuracy "
        f"{np.median([net.final_accuracy for net in nets]):.4f}: {'; '.join(read)}; {'; '.join(apart)}"
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def keep_mapper(name: str, net: Trained, config, bench) -> None:
    """Mapper of the filters of one net, by PCA 1 and 2, coloured by codensity."""
    rows = filters.slices(net.first_layer[-1])
    _, kept = filters.to_sphere(rows)
    points = filter_loops.cloud(rows)
    settings = config.mapper[name]
    lens, delta = pca(points, components=2), codensity(points, filter_loops.density_k(points), bench.threads)
    graph = mapper_graph(points, lens, Cover(**settings), CutLinkage(**config.mapper.clustering))
    columns = {
        "codensity": delta,
        "gradient angle": np.degrees(filter_statistics.angles(points)),
        "share of linear gradient": np.hypot(points[:, 0], points[:, 1]),
        "norm before the sphere": np.linalg.norm(rows - rows.mean(axis=1, keepdims=True), axis=1)[kept],
        "PCA 1": lens[:, 0],
        "PCA 2": lens[:, 1],
        "filter": kept,
    }
    told = f"{settings.intervals} x {settings.intervals} intervals, {settings.overlap:.0%} overlap, {settings.geometry}"
    clustering = f"{config.mapper.clustering.method} linkage, {config.mapper.clustering.cut}"
    parameters = {"lens": "PCA 1 and 2", "cover": told, "clustering": clustering}
    title = f"First-layer filters of the {name} net, seed {net.seed}"
    kept_mapper = KeptMapper(title, graph, columns, parameters, "codensity", pictures.thumbnails(points))
    bench.keep_mapper(name, kept_mapper)
    places = np.column_stack([graph.mean(column) for column in lens.T])
    label = "codensity (small where filters are dense)"
    figure = graph_figure(graph, graph.mean(delta), label, f"{title}: {told}", places)
    told = "Mapper graph, each node at the mean of PCA 1 (across) and PCA 2 (up) of its filters; "
    bench.figure(f"mapper_{name}", figure, f"{told}`tdabench explore deck_networks {name}` shows the filters.")


def draw(name: str, found, bench) -> None:
    trained, titled = found["trained"], f"dense filters of the {name} net{'s' * (name == 'small')}"
    run = trained.runs[0]
    figure = persistence_figure(run.diagrams[2], run.curves[2], (1, 1), titled)
    bench.figure("persistence", figure, f"Barcode, diagram and Betti numbers of the {titled}, seed 0.")
    figure = pictures.ring_figure(trained.cores[0], titled.capitalize())
    bench.figure("filters", figure, f"The {titled} by gradient angle; framed in red, the ideal edge there.")
    diagrams = {ARMS[arm]: shown.rips[0].diagrams[2] for arm, shown in found.items()}
    figure = pictures.barcodes_figure(diagrams, f"H1 of the {titled} and of their controls")
    bench.figure("barcodes", figure, f"H1 barcodes of the {titled} and of the controls, seed 0.")


def accuracy_figure(nets, epoch: int, config) -> Figure:
    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, name in zip(figure.subplots(1, 2), NETS, strict=True):
        printed = printed_accuracy(config[name])
        axes.plot(range(1, len(printed) + 1), printed, "o--", color="0.3", ms=4, label="printed in the deck")
        for number, net in enumerate(nets[name]):
            place = net.iterations > 0
            axes.plot(net.iterations[place] / epoch, net.accuracy[place], "o-", ms=4, lw=1.5, alpha=0.8,
                      color=(pictures.DATA, pictures.MARK, "#8f6fb0", "#e0a526")[number % 4],
                      label=f"seed {net.seed}")  # fmt: skip
        axes.set(xlabel="epochs", title=f"{name} net, {config[name].filters:,} filters")
        axes.legend(frameon=False, fontsize=9, loc="lower right")
        if not nets[name]:
            axes.text(0.5, 0.5, "not trained in this run", transform=axes.transAxes, ha="center", color="0.4")
    figure.axes[0].set_ylabel("test accuracy")
    return figure
