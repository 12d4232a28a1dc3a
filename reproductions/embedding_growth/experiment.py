"""Seconds and memory of Mapper and of the embeddings on generated tables of growing size, each as far as it goes."""

import numpy as np
from omegaconf import OmegaConf

from reproductions.embedding_growth.growth import RISE, SECONDS, Rounds, crossing, fit, grow, upper_half
from reproductions.embedding_growth.pictures import growth_figure
from tdabench.claims.measurements import NOT_RUN
from tdabench.data.latent import latent_table
from tdabench.embedding.comparison import Candidate, candidates, forget, spread
from tdabench.processes.timing import TIME, WorkLimits


def measure(config, bench):
    asked = candidates(config.methods, config.twice or "")
    defaults = OmegaConf.to_container(config.with_defaults)
    asked += [Candidate(**entry) for entry in defaults if entry["method"] in config.methods]
    store = bench.store / "embedding" / config.name
    limits = WorkLimits(config.measurement_threads, config.limit_s, config.memory_gib)
    rounds = Rounds(config.rounds, config.rounds_to, config.rounds_above, config.once_over_s)

    def table(points):
        return latent_table(points, config.columns)[0]

    growth = grow(table, asked, config.sizes, store, rounds, config.neighbours, 0, limits, bench.progress)
    tell(growth, config, bench)
    draw(growth, config, bench)
    keep(growth, bench)
    measurements = faster(growth, config) | linear(growth, config) | ratios(growth, config) | {
        "order": seconds(growth, config, config.five),
        "defaults": seconds(growth, config, config.five_defaults),
        "about": {
            "order": "; ".join(about(growth, config, config.five)),
            "defaults": "; ".join(about(growth, config, config.five_defaults)),
        },
    }
    forget(store)
    return measurements


def seconds(growth, config, titles) -> dict:
    """The seconds of those methods, by size."""
    return {points: growth.times(titles, points) or {NOT_RUN: growth.missing(titles, points)}
            for points in all_sizes(config)}  # fmt: skip


def about(growth, config, titles) -> list[str]:
    """What a row must say: the table, the threads, how idle the machine was, which tries stand in for what failed."""
    stood_in = [growth.series[name] for title in titles if title in growth.series for name in growth.line(title)[1:]]
    busy = growth.busy()
    clock = [f"the clock's seconds were {spread(busy)} times the processor's"] if busy else []
    return [tables(config), *clock] + [
        f"{series.candidate.title} in place of {series.after} from {min(series.results):,} points on"
        for series in stood_in
    ]


def tables(config) -> str:
    return f"generated tables of {config.columns} columns, {config.measurement_threads} thread"


def all_sizes(config) -> list[int]:
    """Those of this run, and those that the claims speak of."""
    return sorted({*config.sizes, *config.at.paper.sizes})


def large(config) -> list[int]:
    return [points for points in all_sizes(config) if points >= config.judged_from]


def faster(growth, config) -> dict:
    """A1: LLE's seconds over TDA's by size and round, or a bound where LLE was cut at the limit; TDA's over its own."""
    times_faster, twice, said = {}, {}, about(growth, config, ["TDA", "LLE"])
    for points in large(config):
        told = growth.ratios("LLE", "TDA", points)
        tda, cut = (growth.results.get(points, {}).get(title) for title in ("TDA", "LLE"))
        if tda and tda.counts and cut and cut.measurements[0].kind == TIME:
            bound = config.limit_s / float(np.median(tda.wall_s))
            said.append(f"LLE was cut at {config.limit_s:g} s at {points:,} points, {bound:.3g} times TDA's")
            told = [bound] if bound >= config.faster else []
        times_faster[points] = told or {NOT_RUN: growth.missing(("TDA", "LLE"), points)}
        twice[points] = growth.ratios("TDA, again", "TDA", points) or {
            NOT_RUN: growth.missing(("TDA, again", "TDA"), points)
        }
    reached = [points for points in growth.sizes if growth.times(["TDA"], points)]
    if (last := max(growth.middle("LLE"), default=0) if "LLE" in growth.series else 0) and reached:
        took, tda = growth.middle("LLE")[last], growth.middle("TDA")[reached[-1]]
        said.append(f"LLE's {took:.3g} s at {last:,} points are {took / tda:.3g} times TDA's at {reached[-1]:,}")
    return {"faster": times_faster, "twice": twice, "bounds": "; ".join(said)}


def linear(growth, config) -> dict:
    """A2: the exponent of TDA's seconds, by round; those of all methods as a sentence."""
    seconds = {points: growth.times(["TDA"], points).get("TDA", []) for points in large(config)}
    seconds = {points: times for points, times in seconds.items() if times}
    if len(seconds) < 2:
        return {"exponent": {NOT_RUN: growth.missing(["TDA"], large(config)[-1])}, "exponents": ""}
    rounds = min(map(len, seconds.values()))
    fits = [fit({points: times[turn] for points, times in seconds.items()}) for turn in range(rounds)]
    sizes = f"{fits[0].sizes[0]:,} to {fits[0].sizes[-1]:,} points"
    steps = f"{min(each.lowest for each in fits):.2f} to {max(each.highest for each in fits):.2f}"
    others = [f"{title} {power}" for title, series in growth.series.items()
              if (power := fit(upper_half(series.middle())))]  # fmt: skip
    said = f"fitted over {sizes}; from one size to the next {steps}; over the upper half of its own sizes each method "
    return {"exponent": [each.exponent for each in fits], "exponents": said + "takes " + ", ".join(others)}


def ratios(growth, config) -> dict:
    """Y2: TDA's seconds and the others' at the largest size where all have one, and where the curves would meet."""
    titles = ["TDA", *config.slide_ratios]
    whole = [points for points in large(config) if growth.times(titles, points)]
    times = growth.times(titles, whole[-1]) if whole else {}
    pairs, said = {}, about(growth, config, titles) + [f"judged at {points:,} points" for points in whole[-1:]]
    for other, published in config.slide_ratios.items():
        reason = {NOT_RUN: growth.missing(titles, large(config)[0])}
        pairs[other] = {"numerator": times["TDA"], "denominator": times[other]} if times else reason
        if {"TDA", other} <= set(growth.series):
            said.append(f"TDA / {other} would be {published:g} {place(growth, other, published)}")
    return {"ratio": pairs, "crossings": "; ".join(said)}


def place(growth, other, published) -> str:
    """At how many points TDA takes the published share of the other's time, on the median round."""
    told = {points: growth.ratios("TDA", other, points) for points in growth.results}
    found = crossing({points: float(np.median(ratios)) for points, ratios in told.items() if ratios}, published)
    if found is None:
        return "nowhere between a hundred and a hundred million points"
    points, measured = found
    about = f"at about {float(f'{points:.2g}'):,.0f} points"
    return about if measured else f"{about}, by curves carried on beyond what was measured"


def tell(growth, config, bench) -> None:
    """Tables: seconds, memory, TDA's share of the others' time, and all that failed."""
    seconds, memory, shares = [], [], []
    for title, series in growth.series.items():
        took, held = series.middle(), series.middle(RISE)
        stops = {"exponent": str(fit(upper_half(took)) or "-"), "stops": str(series.stop or "-")}
        seconds.append({"method": title} | cells(growth, took) | stops | {"slide": config.slide.get(title, "-")})
        last = max(held, default=0)
        each = {"MiB per point": f"{held[last] / last:.3g} at {last:,}" if last else "-"}
        memory.append({"method": title} | cells(growth, held) | {"exponent": str(fit(upper_half(held)) or "-")} | each)
        if "TDA" in growth.series and title != "TDA":
            published = config.slide_ratios.get(title)
            where = {"slide": published or "-", "slide's ratio": place(growth, title, published) if published else "-"}
            told = {points: growth.ratios("TDA", title, points) for points in series.results}
            spreads = {points: spread(found) if len(found) > 1 else found[0] for points, found in told.items() if found}
            shares.append({"method": title} | cells(growth, spreads) | where)
    failed = [
        {"points": points, "method": title, "kind": result.measurements[0].kind, "reason": result.reason}
        for points, results in growth.results.items()
        for title, result in results.items()
        if result.reason
    ]
    power = "exponent over the upper half of the sizes, and its range from one size to the next"
    of = tables(config)
    for name, title, rows in (
        ("seconds", f"Median seconds by points, {of}; {power}; the slide's: another machine and table", seconds),
        ("memory", f"Peak memory in MiB, above what the process held before, {of}; {power}", memory),
        ("shares", f"TDA's seconds over each method's, median and range over paired rounds, {of}", shares),
        ("failed", "What gave no result, documented tries again among it", failed),
    ):
        if rows:
            bench.table(name, title, rows)


def cells(growth, values) -> dict:
    """A column for each size that was run."""
    texts = {points: value if isinstance(value, str) else f"{value:.3g}" for points, value in values.items()}
    return {f"{points:,}": texts.get(points, "-") for points in growth.results}


def draw(growth, config, bench) -> None:
    shown = {title: series for title, series in growth.series.items() if not title.endswith(", again")}
    for quantity, name, what in ((SECONDS, "seconds", "Seconds"), (RISE, "MiB", "Peak memory above the start")):
        spans = {title: found for title, series in shown.items() if (found := series.spans(quantity))}
        if not spans:
            continue
        powers = {title: fit(upper_half(shown[title].middle(quantity))) for title in spans}
        exponents = {title: round(power.exponent, 2) + 0.0 for title, power in powers.items() if power}
        stops = {title: (series.stop.points, series.stop.short)
                 for title, series in shown.items()
                 if series.stop and (title in spans or growth.line(title) == [title])}  # fmt: skip
        title = f"{what} of each method, {tables(config)}"
        figure = growth_figure(spans, config.limit_s, name, stops, title, exponents)
        bench.figure(name.lower(), figure, f"{title}: median and range over the rounds, a cross where a method stops.")


def keep(growth, bench) -> None:
    """Every measurement, a row each: columns of equal length."""
    rows = [(title, points, turn, found.wall_s, found.cpu_s, found.peak_mib, found.rise_mib, found.kind, found.reason)
            for points, results in growth.results.items() for title, result in results.items()
            for turn, found in enumerate(result.measurements)]  # fmt: skip
    names = ("title", "points", "round", "wall_s", "cpu_s", "peak_mib", "rise_mib", "kind", "reason")
    bench.keep("measurements", **dict(zip(names, map(np.array, zip(*rows, strict=True)), strict=True)))
