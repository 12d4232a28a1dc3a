"""Optimiser, rate and batch size of the boosted tables, which were not published: the nearest to the standard column.

Only the standard input is trained here, on seeds that measure nothing else. Every recipe of the grid is trained as far
as the first published levels; the nearest of them go on further, on more seeds; the nearest of these is the choice.
"""

from dataclasses import replace
from itertools import product

import numpy as np

from reproductions._recipes import page_recipe
from reproductions._shared import rounded, withheld
from tdabench.claims.measurements import NOT_RUN
from tdabench.errors import BadInput
from tdabench.networks import arm_pictures
from tdabench.networks.recipe import Recipe
from tdabench.networks.time_to_accuracy import first_reached, held_out
from tdabench.networks.training import Diverged, Training, train_all

FIRST_SEED = 100  # far from those of the measurements
GRID = ("optimiser", "learning_rate", "batch")
NO_BFLOAT16 = {NOT_RUN: "this processor has no hardware for bfloat16: all products were taken in float32"}


def measure(config, bench):
    measurements = {"distance": {}, "used": {}, "precision": {}, "note": {}, "chosen": {}}
    for name, asked in config.sets.items():
        data, reason = bench.data_or_reason(name)
        if data is None:
            for part in ("distance", "used", "precision"):
                measurements[part][name] = {NOT_RUN: reason}
            measurements["chosen"][name] = reason
        elif config.complete:
            for part, value in calibrate(name, asked, data, config, bench).items():
                measurements[part][name] = value
    return measurements if config.complete else withheld(config, measurements)


def calibrate(name, asked, data, config, bench) -> dict:
    """What claims look at of one data set, and a sentence on the choice."""
    bench.progress(f"{asked.data_name}: the grid")
    images = held_out(data, config.validation, grey=True)
    used = page_recipe(asked.recipe)
    used.parameters.update(size=images.train_x.shape[1])
    recipes, seeds = grid(used, asked), range(FIRST_SEED, FIRST_SEED + config.seeds)
    swept = trained(images, recipes, seeds[:1], asked.iterations, bench)
    distances = [distance(curves, asked, asked.iterations) for curves in swept]
    nearest = sorted(range(len(recipes)), key=distances.__getitem__)[: asked.finalists]
    bench.progress(f"{asked.data_name}: the nearest {len(nearest)}")
    final = [recipes[number] for number in nearest]
    longer = trained(images, final, seeds, asked.long, bench)
    ranked = [distance(curves, asked, asked.long) for curves in longer]
    best = int(np.argmin(ranked))
    same, (again,) = replace(final[best], precision=used.precision), longer[best : best + 1]
    if same != final[best]:
        (again,) = trained(images, [same], seeds, asked.long, bench)
    rows = [
        row("grid", recipe, curves, far, asked) for recipe, curves, far in zip(recipes, swept, distances, strict=True)
    ] + [row("nearest", recipe, curves, far, asked) for recipe, curves, far in zip(final, longer, ranked, strict=True)]
    if same != final[best]:
        rows.append(row(same.precision, same, again, distance(again, asked, asked.long), asked))
    bench.table(name, (
        f"{asked.data_name}: batch iterations of the standard input to reach an accuracy (> where it was not reached), "
        "and the distance from the published column: the mean of |ln(measured / published)| over the levels published "
        "within two thirds of the iterations trained"
    ), [published_row(asked), *rounded(rows)])  # fmt: skip
    bench.keep(name, **{f"{key(recipe)}.seed{seed}": curve for recipe, curves in zip(final, longer, strict=True)
                        for seed, curve in zip(seeds, curves, strict=True) if curve is not None})  # fmt: skip
    shown = {key(recipe): [curve for curve in curves if curve is not None]
             for recipe, curves in zip(final, longer, strict=True)}  # fmt: skip
    points = {key(final[best]): list(asked.standard)}
    figure = arm_pictures.curves_figure(shown, points, list(asked.levels), f"{asked.data_name}: standard input")
    bench.figure(name, figure, "Accuracy of the nearest recipes, standard input, and the published column.")
    compared = used.precision == asked.recipe.precision  # of the recipe as it is written
    chosen = all(getattr(final[best], part) == getattr(used, part) for part in GRID)
    return {
        "distance": ranked[best],
        "used": int(chosen),
        "precision": side_by_side(again, longer[best], asked) if compared else NO_BFLOAT16,
        "note": data["note"],
        "chosen": in_words(name, final, ranked, best, used, data["note"], asked, config),
    }


def grid(used: Recipe, asked) -> list[Recipe]:
    pairs = [(optimiser, rate) for optimiser, rates in asked.grid.rates.items() for rate in rates]
    if not pairs or not asked.grid.batches:
        raise BadInput("grid: at least one optimiser with a rate and one batch size are needed.")
    return [
        replace(used, optimiser=optimiser, learning_rate=float(rate), batch=batch, precision=asked.precision)
        for batch, (optimiser, rate) in product(asked.grid.batches, pairs)
    ]


def trained(images, recipes, seeds, iterations, bench) -> list[list]:
    """Curves of each recipe by seed; None for one that diverged."""
    jobs = [
        Training(recipe, seed, iterations, f"{recipe.optimiser} {recipe.learning_rate:g}, batch {recipe.batch}")
        for recipe in recipes for seed in seeds
    ]  # fmt: skip
    nets = iter(train_all(images, jobs, bench.store / "networks", bench.threads, bench.progress))
    found = []
    for _ in recipes:
        of_seeds = [next(nets) for _ in seeds]
        found.append([None if isinstance(net, Diverged) else net.curve for net in of_seeds])
    return found


def distance(curves, asked, iterations: int) -> float:
    """Mean over seeds and levels of |ln(measured / published)|; a level not reached counts with the iterations.

    Levels count that were published within two thirds of the iterations, or at least the first: of later ones it could
    not be seen when a recipe is too slow.
    """
    if any(curve is None for curve in curves):
        return float("inf")
    table = list(zip(asked.levels, asked.standard, strict=True))
    published = [(level, steps) for level, steps in table if steps <= 2 / 3 * iterations] or table[:1]
    pairs = [(first_reached(curve, level) or iterations, steps) for curve in curves for level, steps in published]
    return float(np.mean([abs(np.log(measured / steps)) for measured, steps in pairs]))


def side_by_side(curves, others, asked) -> dict:
    """Iterations of the precision that the pages use and of the grid's, at each level that both reached, by seed."""
    told = [
        (first_reached(one, level), first_reached(other, level))
        for one, other in zip(curves, others, strict=True) if one is not None and other is not None
        for level in asked.levels
    ]  # fmt: skip
    told = [pair for pair in told if all(pair)]
    if not told:
        return {NOT_RUN: "no level was reached in both precisions"}
    return {"numerator": [one for one, _ in told], "denominator": [other for _, other in told]}


def key(recipe: Recipe) -> str:
    return f"{recipe.optimiser} {recipe.learning_rate:g}, batches of {recipe.batch}"


def row(stage, recipe, curves, far, asked) -> dict:
    reached = {f"{level:g}": steps_text(curves, level) for level in asked.levels}
    return {"trained": stage, "recipe": key(recipe)} | reached | {"distance": far if np.isfinite(far) else "diverged"}


def steps_text(curves, level) -> str:
    told = [
        "diverged" if curve is None else str(first_reached(curve, level) or f">{int(curve[-1, 0])}") for curve in curves
    ]
    return ", ".join(told)


def published_row(asked) -> dict:
    reached = {f"{level:g}": str(steps) for level, steps in zip(asked.levels, asked.standard, strict=True)}
    return {"trained": "published", "recipe": "not published"} | reached | {"distance": 0.0}


def in_words(name, final, ranked, best, used, note, asked, config) -> str:
    others = [f"{key(recipe)} {far:.3f}" for number, (recipe, far) in enumerate(zip(final, ranked, strict=True))
              if number != best]  # fmt: skip
    return (
        f"{asked.data_name}: nearest is {key(final[best])}, products in {final[best].precision}, on average a "
        f"factor {np.exp(ranked[best]):.2f} from the published column over {asked.long} iterations on "
        f"{config.seeds} seed{'s' * (config.seeds > 1)}; then "
        f"{', '.join(others) or 'none'} (mean |ln|); the boosted pages use {key(used)}, "
        f"products in {used.precision}" + (f"; {note}" if note else "")
    )
