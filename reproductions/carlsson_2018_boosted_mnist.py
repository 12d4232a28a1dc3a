"""Boosted against standard input: batch iterations to reach an accuracy, and what in the boost it is that gains them.

The controls are given as many channels, or as large an input, but no circle. What one of them gains as well is not the
circle's: it comes from the scale of the input, or from more channels.
"""

import numpy as np
import torch

from reproductions._recipes import page_arm, page_recipe
from reproductions._shared import rounded, withheld
from tdabench.claims.measurements import NOT_RUN, key
from tdabench.errors import BadInput
from tdabench.networks import arm_pictures
from tdabench.networks.arms import milliseconds, recipe_of, train_arms
from tdabench.networks.checkpoints import Trained
from tdabench.networks.nets import build
from tdabench.networks.time_to_accuracy import held_out, interval, ratios, share_of_gain

STANDARD, BOOSTED = "standard", "boosted"


def measure(config, bench):
    check(config)
    data = bench.data(config.images)
    images = held_out(data, config.validation, config.grey)
    recipe = page_recipe(config.recipe)
    recipe.parameters.update(size=images.train_x.shape[1], channels=(*images.train_x.shape, 1)[3])
    arms = {arm: page_arm(config.arms[arm]) for arm in config.used}
    of_input = of_the_input(images, recipe, arms)
    if not config.complete:
        return withheld(config, of_input)
    found = train_arms(
        images, recipe, arms, plan(config), bench.store / "networks", bench.threads, bench.progress
    )
    keep(found, bench)
    measurements = by_level(found, config) | by_control(found, config)
    measurements["note"] = data["note"]
    measurements["ran"] = in_words(found, recipe, data["note"], config)
    measurements["explained"] = explained(found, config)
    tables(found, config, bench)
    cost(images, recipe, arms, found, config, bench)
    draw(found, config, bench)
    return of_input | measurements


def of_the_input(images, recipe, arms) -> dict:
    """Channels for each colour, how many dimensions they span, and how far the way they are computed is from the
    convolution over all of them, in the scores of an untrained network."""
    given = recipe_of(recipe, arms[BOOSTED], 0)
    network = build(given.model, 0, **given.parameters).eval()
    seen = images.tensor(images.test_x[:50], recipe.input)
    with torch.no_grad():
        apart = float((network(seen) - network.written_out(seen)).abs().max())
    return {"channels": len(network.filters()), "dimensions": len(network.basis), "apart": apart}


def check(config) -> None:
    if not {STANDARD, BOOSTED} <= set(config.used) <= set(config.arms):
        raise BadInput(f"used: {STANDARD}, {BOOSTED} and any of {', '.join(config.arms)} are needed.")
    if not 1 <= config.long_seeds <= config.seeds or config.long < config.iterations:
        raise BadInput("long: a long run is needed for one to all of the seeds, and no shorter than the others.")


def plan(config) -> dict[str, list[int]]:
    """Iterations of each seed: the two published arms go on further for some of the seeds."""
    short = [config.iterations] * config.seeds
    long = [config.long] * config.long_seeds + short[config.long_seeds :]
    return {arm: long if arm in (STANDARD, BOOSTED) else short for arm in config.used}


def keep(found, bench) -> None:
    """Raw output: every curve, and how far each training went."""
    for arm, nets in found.nets.items():
        bench.keep(arm, **{f"seed{seed}": net.curve for seed, net in enumerate(nets) if isinstance(net, Trained)})


def by_level(found, config) -> dict:
    """Ratios standard / arm by level, of each seed that tells, plain and smoothed, and the interval of the boosted."""
    of_standard = {
        arm: {
            kind: {key(level): ratios(found.pairs(STANDARD, arm, level, window)) or unreached()
                   for level in config.levels}
            for kind, window in (("plain", 1), ("smoothed", config.window))
        }
        for arm in config.used if arm != STANDARD
    }  # fmt: skip
    cells, intervals = {}, {}
    for level in config.levels:
        pairs = fair(found.pairs(STANDARD, BOOSTED, level), config)
        cells[level] = interval(ratios(pairs)) if ratios(pairs) else None
        exact = cells[level] and not any(pair.bound for pair in pairs)
        censored = {NOT_RUN: "one input was censored on every seed"} if cells[level] else unreached()
        span = dict(zip(("value", "low", "high"), cells[level], strict=True)) if exact else censored
        intervals[key(level)] = span
    best = [cell[0] for cell in cells.values() if cell]
    shown = [f"{level:g} ({ratio_text(fair(found.pairs(STANDARD, BOOSTED, level), config))})"
             for level in config.levels if cells[level]]  # fmt: skip
    return {
        "ratios": of_standard,
        "interval": intervals,
        "largest": max(best) if best else unreached(),
        "where": f"by level: {', '.join(shown)}",
    }


def fair(pairs, config) -> list:
    """All pairs, or where one is censored those of the seeds that were to go on further: to leave out the censored
    alone would keep the pairs whose standard network happened to be fast."""
    return pairs[: config.long_seeds] if any(pair.bound for pair in pairs if pair.ratio is not None) else pairs


def unreached() -> dict:
    return {NOT_RUN: "neither arm reached it within its iterations on any seed"}


def by_control(found, config) -> dict:
    """Iterations of each other arm over those of the boosted: geometric mean over the compared levels, by seed."""
    against = {}
    for arm in config.used:
        if arm == BOOSTED:
            continue
        of_seed = {}
        for level in config.compared:
            for seed, pair in enumerate(found.pairs(arm, BOOSTED, level, config.window)):
                if pair.ratio is not None:
                    of_seed.setdefault(seed, []).append(np.log(pair.ratio))
        whole = [float(np.exp(np.mean(logs))) for logs in of_seed.values()]
        against[arm] = whole or unreached()
    return {"against": against}


def gains(found, arm, config, window=1) -> list:
    """(Geometric mean, low, high) of standard / arm at each level; None where it is a bound, or not known. A control
    only at the compared levels, up to which all arms go."""
    told = []
    for level in config.levels:
        pairs = fair(found.pairs(STANDARD, arm, level, window), config)
        known = arm == BOOSTED or level in config.compared
        told.append(interval(ratios(pairs)) if known and ratios(pairs) and not any(p.bound for p in pairs) else None)
    return told


def shares(found, arm, config) -> float | None:
    """Share of the boosted arm's gain that another arm has too: over the compared levels, of smoothed curves."""
    logs = []
    for other in (arm, BOOSTED):
        pairs = [found.pairs(STANDARD, other, level, config.window) for level in config.compared]
        told = [ratios(fair(of_level, config)) for of_level in pairs]
        logs.append([np.mean(np.log(values)) for values in told if values])
    if not logs[0] or not logs[1]:
        return None
    return share_of_gain(np.exp(np.mean(logs[0])), np.exp(np.mean(logs[1])))


def in_words(found, recipe, note, config) -> str:
    """What was trained and looked at, and at each level how many pairs told something."""
    cells = []
    for level in config.levels:
        pairs = found.pairs(STANDARD, BOOSTED, level)
        told = ratios(pairs)
        bounds = sum(pair.bound != "" for pair in pairs if pair.ratio is not None)
        cells.append(f"{level:g}: {len(told)} of {len(pairs)}" + (f" ({bounds} censored)" if bounds else ""))
    far = sorted(found.limits(STANDARD))
    nets = [net for arm in found.nets for net in found.trained(arm)]
    return (
        f"{config.recipe_from}: {recipe.optimiser} {recipe.learning_rate:g}, batches of {recipe.batch}; accuracy on "
        f"{config.validation} images drawn from the test part, every {recipe.evaluate_every} iterations or, where that "
        f"is more, {100 * recipe.evaluate_growth:g} % of those done; pairs that tell, by level: {', '.join(cells)}; "
        f"trained for {far[0]} to {far[-1]} iterations; {Trained.cost(nets)}" + (f"; {note}" if note else "")
    )


def explained(found, config) -> str:
    """What share of the gain each control has."""
    told = {arm: shares(found, arm, config) for arm in config.used if arm not in (STANDARD, BOOSTED)}
    parts = [f"{config.names[arm]} {100 * share:.0f} %" for arm, share in told.items() if share is not None]
    compared = f"{config.compared[0]:g} to {config.compared[-1]:g}"
    return f"share of the gain that a control has too (smoothed, levels {compared}): {', '.join(parts)}"


def tables(found, config, bench) -> None:
    published = config.get("published") or {}
    rows = []
    for number, level in enumerate(config.levels):
        row = {"accuracy": f"{level:g}"}
        if published:
            slow, fast = published[STANDARD][number], published[BOOSTED][number]
            row |= {"standard, published": slow, "boosted, published": fast, "ratio, published": round(slow / fast, 2)}
        pairs = found.pairs(STANDARD, BOOSTED, level)
        row |= {"standard": spread(found, STANDARD, level), "boosted": spread(found, BOOSTED, level)}
        kept = fair(pairs, config)
        row |= {"ratio": ratio_text(kept), "pairs": f"{len(ratios(kept))} of {len(pairs)}"}
        row["ratio, smoothed"] = ratio_text(fair(found.pairs(STANDARD, BOOSTED, level, config.window), config))
        rows.append(row)
    bench.table("iterations", (
        "Batch iterations to reach an accuracy: median (lowest-highest) over seeds, > where a training ended before; "
        "ratio: geometric mean [95 % bootstrap interval], where one was censored of the seeds that went on further "
        f"alone; smoothed: mean of {config.window} evaluations"
    ), rows)  # fmt: skip
    rows = []
    for arm in config.used:
        if arm == STANDARD:
            continue
        means = dict(zip(config.levels, gains(found, arm, config, config.window), strict=True))
        row = {"input": config.names[arm]}
        row |= {f"{level:g}": f"{mean[0]:.2f}" if mean else "-" for level, mean in means.items()
                if level in config.compared}  # fmt: skip
        share = shares(found, arm, config)
        rows.append(row | {"share of the gain": "-" if share is None else f"{100 * share:.0f} %"})
    compared = f"{config.compared[0]:g} to {config.compared[-1]:g}"
    bench.table("controls", (
        "Ratio of iterations, standard over each input (smoothed, geometric mean over seeds), and the share of the "
        f"boosted gain that it has over the levels {compared} (in logarithms)"
    ), rows)  # fmt: skip


def spread(found, arm, level) -> str:
    """Median and range of iterations to a level; > for censored ones."""
    ended = zip(found.reached(arm, level), found.limits(arm), strict=True)
    numbers = sorted((reached or limit, ">" if reached is None else "") for reached, limit in ended)
    shown = [f"{sign}{number}" for number, sign in numbers]
    if not numbers:
        return "-"
    middle = shown[len(shown) // 2] if len(shown) % 2 else shown[len(shown) // 2 - 1]
    return f"{middle} ({shown[0]}-{shown[-1]})" if len(shown) > 1 else middle


def ratio_text(pairs) -> str:
    told = ratios(pairs)
    if not told:
        return "-"
    mean, low, high = interval(told)
    bounds = {pair.bound for pair in pairs if pair.ratio is not None} - {""}
    sign = "" if not bounds else ">" if bounds == {">"} else "<" if bounds == {"<"} else "about "
    return f"{sign}{mean:.2f} [{low:.2f}, {high:.2f}]"


def cost(images, recipe, arms, found, config, bench) -> None:
    """Wall time of an iteration by arm, side by side, and seconds to the compared levels."""
    bench.progress("wall time of an iteration")
    spent = milliseconds(images, recipe, arms, config.timing_rounds)
    rows = []
    for arm, times in spent.items():
        ratio = float(np.median(np.array(times) / np.array(spent[STANDARD])))
        row = {"input": config.names[arm], "ms an iteration": float(np.median(times)), "of standard": ratio}
        level = config.compared[-1]
        told = ratios(fair(found.pairs(STANDARD, arm, level, config.window), config)) if arm != STANDARD else [1.0]
        gain = interval(told)[0] if told else "-"
        row[f"iterations of standard to {level:g} over its own"] = gain
        rows.append(row | {"the same in seconds": gain / ratio if told else gain})
    bench.table("cost", (
        f"What an iteration costs: batches of {recipe.batch} on one thread, medians of {config.timing_rounds} rounds "
        "in turn; given filters are put together with the weights, so that no arm is convolved over 17 channels"
    ), rounded(rows, 3))  # fmt: skip


def draw(found, config, bench) -> None:
    published = config.get("published") or {}
    curves = {config.names[arm]: [net.curve for net in found.trained(arm)] for arm in config.drawn}
    shown = {config.names[arm]: list(points) for arm, points in published.items()}
    title = f"{config.data_name}: accuracy by batch iterations, every seed"
    bench.figure("curves", arm_pictures.curves_figure(curves, shown, list(config.levels), title), (
        "Validation accuracy over batch iterations, one line a seed"
        + (", with the published points." if published else ".")
    ))  # fmt: skip
    told = {config.names[arm]: gains(found, arm, config, config.window) for arm in config.used if arm != STANDARD}
    given = [slow / fast for slow, fast in zip(*published.values(), strict=True)] if published else None
    figure = arm_pictures.ratios_figure(
        told, given, list(config.levels), f"{config.data_name}: how many times fewer iterations", config.names[BOOSTED]
    )
    bench.figure("ratios", figure, (
        "Iterations of the standard input over those of each other input, smoothed, geometric mean over seeds; the "
        "band is the bootstrap interval of the boosted input. Levels that one of the two did not reach are left out."
    ))  # fmt: skip
