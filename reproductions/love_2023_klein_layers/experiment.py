"""Circle and Klein layers against ordinary ones: the filters' identities; speed, few images, noise, and other digits.

Controls replace what is said to help by what lacks it: Gaussian filters of the same norms for the Klein filters, and
connections drawn at random, as many for every slice, for those between near points of the Klein bottle.
"""

from dataclasses import replace

import numpy as np
from omegaconf import OmegaConf

from reproductions._recipes import page_recipe
from reproductions._shared import rounded, withheld
from reproductions.love_2023_klein_layers.pictures import banks_figure, learning_figure, reached_figure
from tdabench.claims.criteria import median
from tdabench.claims.measurements import NOT_RUN, flat
from tdabench.errors import BadInput
from tdabench.networks.arms import Arms
from tdabench.networks.checkpoints import Trained
from tdabench.networks.filter_banks import angles, circle, circle_integrated, exact, integrated, klein
from tdabench.networks.nets import build
from tdabench.networks.nets.klein import klein_distances
from tdabench.networks.other_images import Predictions, fitted, most_frequent, predict
from tdabench.networks.recipe import Images
from tdabench.networks.time_to_accuracy import first_reached, held_out, ratios
from tdabench.networks.training import Training, train_all

ORDINARY, SVHN = "NOL-NOL", "svhn"


def measure(config, bench):
    check(config)
    identities = of_the_filters(config.angles)
    if not config.complete:
        return withheld(config, identities)
    data = bench.data("mnist")
    images = held_out(data, config.validation)
    recipe = page_recipe(config.recipe)
    recipe.parameters.update(size=images.train_x.shape[1], channels=1)
    recipes = {arm: replace(recipe, parameters=recipe.parameters | OmegaConf.to_container(given))
               for arm, given in config.arms.items()}  # fmt: skip
    whole = train(images, recipes, config.arms, config.iterations, config, bench, "all images")
    few = {
        share: train(drawn_by_class(images, count), recipes, config.compared, config.short, config, bench, share)
        for share, count in config.subsets.items()
    }
    noise = train(noisy(images, config.noise), recipes, config.compared, config.short, config, bench, "noise")
    measurements = by_speed(whole, config) | on_svhn(whole, recipes, images, config, bench)
    measurements["few"] = {share: differences(accuracies(arms)) for share, arms in few.items()}
    measurements["noise"] = differences(accuracies(noise))
    measurements["ran"] = in_words(whole, [*few.values(), noise], recipes, images, data["note"], config)
    tables(whole, few, noise, recipes, images, config, bench)
    draw(whole, few, noise, images, config, bench)
    return identities | measurements


def check(config) -> None:
    if not {ORDINARY} <= set(config.compared) <= set(config.arms) == set(config.names):
        raise BadInput(f"arms: {ORDINARY} is needed and a name for every arm; compared: {ORDINARY} and any of them.")
    if config.short > config.iterations:
        raise BadInput("short: trainings on part of the images can be no longer than those on all of them.")


def of_the_filters(count) -> dict:
    """The largest errors of the identities over random angles, and what a torus in place of the bottle would give."""
    t1, t2 = np.random.default_rng(0).uniform(0, 2 * np.pi, (2, count))
    filters, there = exact(t1, t2), np.stack([t1, t2], axis=1)
    edges = exact(angles(count), np.pi / 2)
    errors = {
        "identity": {
            "closed form": filters - integrated(t1, t2),
            "sum": filters.sum(axis=(1, 2)) + 4 / 3 * np.cos(t2),
            "circle": np.stack([edges - circle_integrated(count), edges - 8 / 27 * circle(count)]),
        }
    }
    for name, sign in (("klein", -1), ("torus", 1)):
        moved = np.stack([t1 + np.pi, sign * t2], axis=1)
        apart = [klein_distances(one[None], other[None]) for one, other in zip(there, moved, strict=True)]
        errors[name] = {"filter": exact(*moved.T) - filters, "distance": np.array(apart)}
    largest = {name: {part: float(np.abs(error).max()) for part, error in parts.items()}
               for name, parts in errors.items()}  # fmt: skip
    told = ", ".join(f"{path} {error:.1e}" for path, error in flat(largest).items() if not path.startswith("torus"))
    return largest | {"errors": f"largest errors: {told}"}


def drawn_by_class(images, count) -> Images:
    """So many training images, the same number of every class, drawn once for all; BadInput where there are fewer."""
    kinds = np.unique(images.train_y)
    each, order = count // len(kinds), np.random.default_rng(0).permutation(len(images.train_y))
    rows = [order[images.train_y[order] == kind][:each] for kind in kinds]
    if any(len(some) < each for some in rows) or not each:
        raise BadInput(f"subsets: {count} images cannot be drawn evenly from the {len(kinds)} classes.")
    rows = np.sort(np.concatenate(rows))
    return Images(images.train_x[rows], images.train_y[rows], images.test_x, images.test_y)


def noisy(images, deviation) -> Images:
    """Gaussian noise of that share of the range on every pixel, the same in every run; cut off at black and white."""
    random = np.random.default_rng(0)

    def spoilt(pixels):
        found = np.empty_like(pixels)
        for start in range(0, len(pixels), 5000):  # in floating point a whole set takes much memory
            some = pixels[start : start + 5000]
            noise = random.standard_normal(some.shape, dtype=np.float32) * (255 * deviation)
            found[start : start + 5000] = np.rint(some + noise).clip(0, 255)
        return found

    return Images(spoilt(images.train_x), images.train_y, spoilt(images.test_x), images.test_y)


def train(images, recipes, arms, iterations, config, bench, what) -> Arms:
    """The arms on those images, seeds 0, 1, ...; paired by seed: the same batches, and weights that start alike."""
    bench.progress(f"{what}: {len(images.train_x):,} images, {iterations} iterations")
    names = {arm: f"{what}, {arm}" for arm in arms}
    trainings = [(arm, Training(recipes[arm], seed, iterations, names[arm]))
                 for seed in range(config.seeds) for arm in arms]  # fmt: skip
    store = bench.store / "networks"
    nets = train_all(images, [training for _, training in trainings], store, bench.threads, bench.progress)
    found = Arms({arm: [net for (of, _), net in zip(trainings, nets, strict=True) if of == arm] for arm in arms})
    for arm in arms:
        curves = {f"seed{net.seed}": net.curve for net in found.trained(arm)}
        bench.keep(f"{what.replace(' ', '_')}.{arm}", **curves)
    return found


def by_speed(found, config) -> dict:
    """By seed, iterations of one arm over those of another: geometric mean over the levels that either reached."""
    measurements = {"faster": {}, "against": {}}
    pairs = [("faster", ORDINARY, arm) for arm in config.arms if arm != ORDINARY]
    for kind, slow, fast in pairs + [("against", slow, fast) for fast, slow in config.controls_of.items()]:
        logs = {}
        for level in config.levels:
            for seed, pair in enumerate(found.pairs(slow, fast, level)):
                if pair.ratio is not None:
                    logs.setdefault(seed, []).append(np.log(pair.ratio))
        unreached = {NOT_RUN: f"neither arm reached {config.levels[0]:g} within its iterations on any seed"}
        measurements[kind][fast] = [float(np.exp(np.mean(values))) for values in logs.values()] or unreached
    return measurements


def accuracies(found) -> dict:
    """Arm -> seed -> accuracy on all validation images after the last iteration."""
    return {arm: {net.seed: net.final_accuracy for net in found.trained(arm)} for arm in found.nets}


def differences(values, reference=ORDINARY) -> dict:
    """By seed, an arm less the ordinary one."""
    gone = {NOT_RUN: "of no seed were both networks trained"}
    return {
        arm: [of[seed] - values[reference][seed] for seed in of if seed in values[reference]] or gone
        for arm, of in values.items() if arm != reference
    }  # fmt: skip


def on_svhn(found, recipes, images, config, bench) -> dict:
    """The networks of all images on SVHN's test part, colours averaged, 32 x 32 -> 28 x 28."""
    data, reason = bench.data_or_reason(SVHN)
    if data is None:
        absent = {arm: {NOT_RUN: reason} for arm in config.arms}
        return {"svhn": {arm: absent[arm] for arm in config.arms if arm != ORDINARY} | {"chance": absent}}
    rows = np.sort(np.random.default_rng(0).permutation(len(data["test_y"]))[: config.transferred])
    pixels, labels = fitted(data["test_x"][rows], images.train_x.shape[1]), data["test_y"][rows]
    bench.progress(f"{len(labels):,} images of SVHN")
    answers = {
        arm: {net.seed: Predictions(predict(net, recipes[arm], images, pixels), labels) for net in found.trained(arm)}
        for arm in config.arms
    }
    kind, share = most_frequent(labels)
    right = {arm: {seed: one.accuracy for seed, one in seeds.items()} for arm, seeds in answers.items()}
    gone = {NOT_RUN: "every network of the arm diverged"}
    above = {arm: [value - share for value in seeds.values()] or gone for arm, seeds in right.items()}
    named = {f"{arm}.seed{seed}": one.classes.astype(np.uint8) for arm, seeds in answers.items()
             for seed, one in seeds.items()}  # fmt: skip
    bench.keep(SVHN, labels=labels, **named)
    bench.table(SVHN, (
        f"Trained on MNIST, tested on {len(labels):,} images of SVHN: median (lowest-highest) over seeds. Always "
        f"answering {kind} is right on {share:.3f}; class-balanced: every class counts alike, by chance .1"
    ), [
        {"network": config.names[arm], "accuracy": spread(right[arm].values()),
         "class-balanced": spread(one.balanced for one in seeds.values()),
         "most frequent class": f"{kind}: {share:.3f}",
         "answered most, by seed": " ".join(f"{one.favourite[0]} ({one.favourite[1]:.0%})" for one in seeds.values())}
        for arm, seeds in answers.items()
    ])  # fmt: skip
    told = (
        f"{len(labels):,} of SVHN's test images in grey; always answering {kind} is right on {share:.3f}; accuracy: "
        + ", ".join(f"{arm} {spread(seeds.values())}" for arm, seeds in right.items())
    )
    note = data["note"]
    told += f"; {note}" if note else ""
    return {"svhn": differences(right) | {"chance": above}, "note": {"svhn": note}, "told": {"svhn": told}}


def spread(values) -> str:
    """Median (lowest-highest)."""
    values = list(values)
    if not values:
        return "-"
    return f"{median(values):.3f}" + (f" ({min(values):.3f}-{max(values):.3f})" if len(values) > 1 else "")


def shares(recipes) -> dict[str, float]:
    return {arm: build(recipe.model, 0, **recipe.parameters).share for arm, recipe in recipes.items()}


def in_words(whole, others, recipes, images, note, config) -> str:
    """What was trained, for how much less long than published, and what the layers leave of the connections."""
    one = next(iter(recipes.values()))
    nets = [net for found in (whole, *others) for arm in found.nets for net in found.trained(arm)]
    left = ", ".join(f"{arm} {share:.2f}" for arm, share in shares(recipes).items() if share < 1)
    cut = f"{config.iterations:,} of the published {config.published_iterations:,} iterations on all images"
    if config.iterations == config.published_iterations:
        cut = f"all of the published {config.iterations:,} iterations on all images"
    return (
        f"{one.optimiser} {one.learning_rate:g}, batches of {one.batch}; {cut}, {config.short} on part of them and "
        f"with noise; {config.seeds} seeds; accuracy on {len(images.test_x):,} images drawn from the test part; of the "
        f"second layer's connections there remain: {left}; {Trained.cost(nets)}" + (f"; {note}" if note else "")
    )


def after(found, arm, iterations) -> list[float]:
    """Accuracy of each seed at that iteration, between evaluations on the straight line."""
    return [float(np.interp(iterations, net.curve[:, 0], net.curve[:, 1])) for net in found.trained(arm)]


def tables(whole, few, noise, recipes, images, config, bench) -> None:
    left, rows = shares(recipes), []
    for arm in config.arms:
        row = {"network": config.names[arm], "connections left": left[arm]}
        for level in config.levels:
            told = ratios(whole.pairs(ORDINARY, arm, level))
            row[f"iterations to {level:g}"] = iterations_in_words(whole, arm, level)
            row[f"NOL-NOL over it, {level:g}"] = f"{np.exp(np.mean(np.log(told))):.2f}" if told else "-"
        rows.append(row | {"at the end": spread(accuracies(whole)[arm].values())})
    bench.table("iterations", (
        "Batch iterations to reach a validation accuracy, by seed (> where a training ended before); the ordinary "
        "network's over them, geometric mean over seeds, where one that ended before counts with its iterations; "
        f"accuracy after {config.iterations} iterations"
    ), rounded(rows, 3))  # fmt: skip
    rows = []
    for arm in config.compared:
        row = {"network": config.names[arm]}
        for share, count in config.subsets.items():
            row[f"{count:,} images"] = spread(accuracies(few[share])[arm].values())
        row[f"all {len(images.train_x):,}"] = spread(after(whole, arm, config.short))
        rows.append(row | {"all, with noise": spread(accuracies(noise)[arm].values())})
    bench.table("few_images", (
        f"Validation accuracy after {config.short} iterations on part of the training images, and with Gaussian noise "
        f"of {config.noise:g} of the range on all: median (lowest-highest) over seeds"
    ), rows)  # fmt: skip


def iterations_in_words(found, arm, level) -> str:
    return " ".join(
        f"{first_reached(net.curve, level) or f'>{net.iterations[-1]}'}" for net in found.trained(arm)
    ) or "-"  # fmt: skip


def draw(whole, few, noise, images, config, bench) -> None:
    slices = config.recipe.model.slices
    bench.figure("filters", banks_figure({
        f"CF: {slices} circle filters": circle_integrated(slices), f"KF: {slices} Klein filters": klein(slices),
    }), (
        "The fixed filters, red above zero. Left: the angle 2 pi i / m goes on along the rows. Right: t1 from 0 to pi "
        "goes down, t2 from 0 to 2 pi to the right; the columns at a quarter and three quarters are edges, those at "
        "none and a half are lines."
    ))  # fmt: skip
    curves = {config.names[arm]: [net.curve for net in whole.trained(arm)] for arm in config.arms}
    bench.figure("curves", learning_figure(curves, list(config.shown), "MNIST: ordinary, circle and Klein layers"), (
        "Validation accuracy over batch iterations: faint, each seed; bold, the median of the seeds."
    ))  # fmt: skip
    total = len(images.train_x)
    by_count = {count: by_arm(few[share]) for share, count in config.subsets.items()}
    clean = {arm: after(whole, arm, config.short) for arm in config.compared}
    by_noise = {"clean": clean, f"noise {config.noise:g}": by_arm(noise)}
    figure = reached_figure(by_count | {total: clean}, by_noise, config.names, config.short)
    bench.figure("few_images", figure, (
        "Accuracy over the number of training images (left), and without and with noise on all of them (right), after "
        "the same number of iterations; one dot a seed, the line through their mean."
    ))  # fmt: skip


def by_arm(found) -> dict:
    return {arm: list(seeds.values()) for arm, seeds in accuracies(found).items()}
