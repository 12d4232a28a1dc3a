"""Persistence engines on the inputs that they are compared on: the same bars? how many? in what time and memory?

Every engine that is installed is started in a process of its own, on one thread; what has been computed is kept, so
that a run that was cut off goes on. Seconds count only where the bars are those of the others.
"""

from collections import Counter

import numpy as np

from reproductions.bauer_2021_engines.pictures import growth_figure, times_figure
from reproductions.bauer_2021_engines.race import Race, same
from reproductions.bauer_2021_engines.random_clouds import random_matrices
from reproductions.bauer_2021_engines.shortcuts import WAYS, apparent_triangles
from reproductions.bauer_2021_engines.textbook_reduction import bars_by_reduction
from tdabench.claims.measurements import NOT_RUN
from tdabench.processes.timing import TIME, Timing, WorkLimits
from tdabench.topology.auto_engine import chosen_unseen, left
from tdabench.topology.complexes import rips
from tdabench.topology.engine import Edges, engines

TIMED_FIELD = 2


def measure(config, bench):
    used = {name: engine for name, engine in engines().items() if engine.installed}
    files = bench.data("ph_benchmark")
    races = {name: race(name, config.clouds[name], files) for name in config.taken or config.clouds}
    results = run_all(races, used, config, bench)
    for cloud, by_engine in results_of(results, TIMED_FIELD).items():
        bench.keep(cloud, **{f"dimension{d}": bars for d, bars in enumerate(first_bars(by_engine) or [])})
    rows = tables(results, races, used, config, bench)
    clouds = results_of(results, TIMED_FIELD)
    bench.figure("seconds", *times_figure(clouds, used))
    families = [[other for other in [*growing(name, config), name] if other in clouds] for name in clouds]
    whole = [each for each in families if len(each) > 1 and not any(set(each) < set(other) for other in families)]
    sizes = {name: len(race.matrix) for name, race in races.items()}
    bench.figure("growth", *growth_figure(clouds, used, whole, sizes))
    on = race(config.shortcuts_on, config.clouds[config.shortcuts_on], files)
    share_on_clouds, about_clouds = agreement(results, used)
    share_on_random, about_random = against_the_textbook(used, config, bench)
    betti, about_fields = fields(files["projective_plane.csv"], used, config)
    to_ripser, about_auto = choice(rows, config, bench)
    share_of_ways, about_shortcuts = what_shortcuts_buy(on, used, config, bench)
    return {
        "counts": counts(results, config),
        "agree": {"clouds": share_on_clouds, "random": share_on_random, "shortcuts": share_of_ways},
        "betti": betti,
        "auto": {"to_ripser": to_ripser},
        "about": {
            "counts": f"{config.limit_s:g} s and {config.memory_gib:g} GiB for each",
            "clouds": about_clouds,
            "random": about_random,
            "fields": about_fields,
            "auto": about_auto,
            "shortcuts": about_shortcuts,
        },
    }


def race(name, cloud, files) -> Race:
    entries = files[cloud.file]
    square = entries.shape[0] == entries.shape[1] and not entries.diagonal().any()
    matrix = (entries if square else rips(entries))[: cloud.get("rows"), : cloud.get("rows")]
    return Race(name, matrix, cloud.dimension, cloud.get("limit", np.inf))


def run_all(races, used, config, bench) -> dict:
    """(cloud, field, engine) -> the measurements of its rounds, and its bars."""
    limits, results = WorkLimits(1, config.limit_s, config.memory_gib), {}
    for race in races.values():
        for field in config.cloud_fields:
            for name, engine in used.items():
                failed = [cloud for cloud in [*growing(race.name, config), race.name]
                          if results.get((cloud, TIMED_FIELD, name), (None, True))[1] is None]  # fmt: skip
                if field > engine.largest_field or race.name in failed:  # over another field it would take as long
                    continue
                if failed:
                    why = f"not tried: on {failed[0]} it had failed"
                    results[race.name, field, name] = [Timing(kind=TIME, reason=why)], None
                    continue
                rounds, bars = [], None
                for turn in range(config.rounds if field == TIMED_FIELD else 1):
                    if rounds and (rounds[0].kind or rounds[0].wall_s > config.once_over_s):
                        break
                    asked = Race(race.name, race.matrix, race.dimension, race.limit, field)
                    found, bars = asked.run(name, limits, bench.store / "engines" / f"round{turn}")
                    rounds.append(found)
                results[race.name, field, name] = rounds, bars
                told = rounds[0].reason or f"{seconds(rounds):.3g} s, {rounds[0].peak_mib:.0f} MiB"
                bench.progress(f"{race.name}, Z/{field}, {engine.title}: {told}")
    return results


def growing(name, config) -> list[str]:
    """The clouds before this one that are its first rows: growth in n, in the order of the configuration."""
    cloud = config.clouds[name]
    found = []
    for other, given in config.clouds.items():
        if other == name:
            return found
        if all(given.get(key) == cloud.get(key) for key in ("file", "dimension", "limit")):
            found.append(other)
    raise KeyError(name)


def seconds(rounds: list[Timing]) -> float:
    return float(np.median([found.wall_s for found in rounds]))


def results_of(results, field) -> dict:
    """cloud -> engine -> rounds and bars."""
    told: dict = {}
    for (cloud, over, name), result in results.items():
        if over == field:
            told.setdefault(cloud, {})[name] = result
    return told


def first_bars(by_engine):
    return next((bars for _, bars in by_engine.values() if bars), None)


def counts(results, config) -> dict:
    """E1: the numbers of bars of the first engine that finished."""
    clouds = results_of(results, TIMED_FIELD)
    numbers = {cloud: [len(bars) for bars in first_bars(by_engine)]
               for cloud, by_engine in clouds.items() if first_bars(by_engine)}  # fmt: skip
    for cloud in config.clouds.keys() - clouds.keys():
        numbers[cloud] = {NOT_RUN: "this run is too small for it: take profile=paper"}
    for cloud in clouds.keys():
        numbers.setdefault(cloud, {NOT_RUN: f"no engine finished within {config.limit_s:g} s"})
    return numbers


def agreement(results, used) -> tuple[float, str]:
    """E2@clouds: the share of finished computations with the bars of the first that finished, and a sentence."""
    equal, apart = [], []
    for field in sorted({field for _, field, _ in results}):
        for cloud, by_engine in results_of(results, field).items():
            reference = first_bars(by_engine)
            for name, (_, bars) in by_engine.items():
                if bars:
                    equal.append(same(bars, reference))
                    apart += [] if equal[-1] else [f"{used[name].title} on {cloud} over Z/{field}"]
    said = f"{len(equal)} computations by {', '.join(engine.title for engine in used.values())}"
    if apart:
        said += f"; other bars: {', '.join(apart)}"
    return float(np.mean(equal)), said


def against_the_textbook(used, config, bench) -> tuple[float, str]:
    """E2@random: the share of computations with the bars of the reduction, and a sentence."""
    bench.progress(f"{config.random} random matrices")
    equal, apart, refused = [], Counter(), {}
    for kind, matrix in random_matrices(config.random):
        middle = float(np.median(matrix[np.isfinite(matrix)]))
        for field in config.fields:
            for limit in (np.inf, middle):
                truth = bars_by_reduction(matrix, 1, limit, field)
                for name, engine in used.items():
                    if field > engine.largest_field:
                        refused[name] = f"{engine.title} knows no Z/{field}"
                        continue
                    equal.append(same(engine.bars(Edges(matrix, limit), 1, field), truth))
                    apart[f"{engine.title}: {kind}, Z/{field}"] += not equal[-1]
    said = [f"{len(equal)} computations on {config.random} matrices", *refused.values()]
    said += [f"other bars {times} times: {what}" for what, times in apart.items() if times]
    return float(np.mean(equal)), "; ".join(said)


def fields(matrix, used, config) -> tuple[dict, str]:
    """E2@fields: Betti numbers of the projective plane at distance 1, by field, and a sentence."""
    by_field, apart = {}, []
    for field in config.fields:
        betti = {}
        for name, engine in used.items():
            if field <= engine.largest_field:
                bars = engine.bars(Edges(matrix, np.inf), 2, field)
                betti[name] = [int(((each[:, 0] <= 1) & (1 < each[:, 1])).sum()) for each in bars]
        by_field[field] = next(iter(betti.values()))
        apart += [f"{used[name].title} reads {other} over Z/{field}"
                  for name, other in betti.items() if other != by_field[field]]  # fmt: skip
    return by_field, "; ".join(apart) or f"{len(used)} engines"


def what_shortcuts_buy(race, used, config, bench) -> tuple[float, str]:
    """E2@shortcuts: the share of ways with the bars of the first, and a sentence; a table of the seconds of each."""
    rows, equal, reference = [], [], None
    for name, way in WAYS.items():
        if way.engine not in used:
            continue
        found, bars = race.run_way(name, WorkLimits(1, config.limit_s, config.memory_gib), bench.store / "engines")
        bench.progress(f"{race.name}, {way.title}: {found.reason or f'{found.wall_s:.3g} s'}")
        reference = reference or bars
        equal += [same(bars, reference)] if bars else []
        rows.append({
            "way": way.title, "threads": way.threads, "seconds": None if found.kind else found.wall_s,
            "processor seconds": None if found.kind else found.cpu_s, "MiB": None if found.kind else found.peak_mib,
            "void": found.reason if found.kind else "" if equal[-1] else "other bars",
        })  # fmt: skip
    bench.table("shortcuts", f"What each shortcut buys: {race.name}, {len(race.matrix)} points, over Z/2", rows)
    counted = [
        {"entering": among} | apparent_triangles(race.matrix, reach)
        for among, reach in (("every edge", np.inf), ("to the enclosing radius", Edges(race.matrix, np.inf).cut))
    ]
    bench.table("apparent", "Triangles, and those in an apparent pair, which is read off and never reduced", [
        told | {"share in a pair": (told["with an edge"] + told["with a tetrahedron"]) / told["triangles"]}
        for told in counted
    ])  # fmt: skip
    return float(np.mean(equal)), f"{len(equal)} ways on {race.name}"


def choice(rows, config, bench) -> tuple:
    """E3@auto: seconds of engine="auto" over Ripser's, geometric mean, and a sentence; each cloud's engine is chosen by
    clouds of other kinds."""
    if not config.complete:  # few clouds have no like among them, and a verdict would hang on milliseconds
        return {NOT_RUN: "this run has too few clouds: take profile=paper"}, ""
    found = chosen_unseen(rows)
    bench.table("choice", "engine=auto on each cloud, if only others had been measured, and none of its kin", found)
    chosen, ripser = ([row[f"{whose} over the fastest"] for row in found] for whose in ("its seconds", "Ripser's"))
    both = [(one, other) for one, other in zip(chosen, ripser, strict=True) if one and other]
    one, other = map(np.array, zip(*both, strict=True))
    told = f"{len(both)} clouds; the chosen engine took {np.median(one):.2f} times the fastest's time in the median, "
    told += f"{one.max():.3g} times at worst; Ripser {np.median(other):.3g} and {other.max():.3g} times"
    return float(np.exp(np.mean(np.log(one / other)))), told


def tables(results, races, used, config, bench) -> list[dict]:
    clouds = results_of(results, TIMED_FIELD)
    rows, ratios = [], []
    graphs = {cloud: Edges(races[cloud].matrix, races[cloud].limit) for cloud in clouds}
    collapsible = {cloud: left(graph) for cloud, graph in graphs.items()}
    for cloud, by_engine in clouds.items():
        reference = first_bars(by_engine)
        for name, (rounds, bars) in by_engine.items():
            void = rounds[0].reason if rounds[0].kind else "" if same(bars, reference) else "other bars"
            rows.append({
                "cloud": cloud, "points": len(races[cloud].matrix), "dimension": races[cloud].dimension,
                "edges": graphs[cloud].share, "left": collapsible[cloud],
                "engine": used[name].title, "version": used[name].version,
                "seconds": None if void else seconds(rounds), "rounds": len(rounds),
                "MiB": None if void else rounds[0].peak_mib, "more than before": None if void else rounds[0].rise_mib,
                "void": void,
            })  # fmt: skip
        ours = by_engine.get("ripser")
        for name, (then, mib) in config.published.get(cloud, {}).items():
            if ours and ours[1] and name in by_engine and by_engine[name][1]:
                base = config.published[cloud].ripser
                ratios.append({
                    "cloud": cloud, "engine": used[name].title,
                    "seconds to Ripser's, 2021": then / base[0],
                    "seconds to Ripser's": seconds(by_engine[name][0]) / seconds(ours[0]),
                    "MiB to Ripser's, 2021": mib / base[1],
                    "MiB to Ripser's": max(by_engine[name][0][0].rise_mib, 1) / max(ours[0][0].rise_mib, 1),
                })  # fmt: skip
    title = "Over Z/2, one thread: median seconds, peak memory, and how much more than the process held before the work"
    bench.table("engines", title, rows)
    if ratios:
        bench.table("published", "As ratios to Ripser, beside the benchmark of 2021", ratios)
    return rows
