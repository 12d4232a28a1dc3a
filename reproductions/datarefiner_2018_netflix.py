"""The slide's six methods on films by their ratings: which give a result, how fast, and do alike films lie together?

Four tables: Netflix ratings with the rows as films, and with the columns; MovieLens, whose films have genres (what it
says of its users is left out); and a generated one with known groups.
"""

from dataclasses import dataclass

import numpy as np

from reproductions._shared import rounded
from tdabench.claims.measurements import NOT_RUN
from tdabench.data.latent import latent_table
from tdabench.embedding.comparison import candidates, compare, forget, ratios, rows, spread
from tdabench.embedding.method import method
from tdabench.embedding.pictures import quality_figure, side_by_side
from tdabench.embedding.quality import judge, label_accuracy, sample_rows
from tdabench.embedding.ratings_svd import reduce_ratings
from tdabench.errors import DataMissing
from tdabench.mapper.saved import KeptMapper
from tdabench.processes.timing import WorkLimits

NO_GENRE = "none of these"
ONE_NUMBER = 0.95  # share of ratings that are the same number of stars
SPOT, MOST = 0.01, 0.9  # of the picture's width; of the films


@dataclass(frozen=True)
class Films:
    """points: (films, components), what the methods see; columns: name -> (films,), what is known of the films;
    groups: (films,) which are alike; colour: the column shown; about, axis: sentences; note: why it is a stand-in."""

    points: np.ndarray
    columns: dict[str, np.ndarray]
    groups: np.ndarray
    colour: str
    about: str
    note: str
    axis: str


def measure(config, bench):
    store = bench.store / "embedding" / config.name
    limits = WorkLimits(config.measurement_threads, config.limit_s, config.memory_gib)
    by_table, graphs = {}, []
    for name, table in config.tables.items():
        try:
            if table.get("paper_only") and not config.complete:
                raise DataMissing("left out of a quick run: take profile=paper")
            films = read(table, config, bench)
        except DataMissing as error:
            by_table[name] = absent(str(error), config)
            continue
        bench.progress(f"{table.title}: {films.about}")

        def timed(names, rounds, again="", points=films.points):
            asked = candidates(names, again)
            return compare(points, asked, store, rounds, config.neighbours, 2, 0, limits, bench.progress)

        slide = timed(config.slide, table.rounds, again="lle")
        others = timed(config.further, table.other_rounds) if table.other_rounds else {}
        found = quality(films, slide | others, config)
        tell(name, table.title, films, slide, others, found, bench)
        draw(name, table.title, films, slide, others, found, bench)
        keep(name, table.title, films, slide["TDA"], bench)
        by_table[name] = judged(films, slide, found, config)
        graphs.append(f"{table.title}: {clusters(slide['TDA'])}")
    forget(store)
    return {"tables": by_table, "graphs": "; ".join(graphs)}


def read(table, config, bench) -> Films:
    """Ratings, cut to films with enough of them, reduced to some columns; or a generated table of latent factors."""
    if table.data == "generated":
        made = config.control
        points, factors = latent_table(**made)
        groups = np.array([f"factor {number + 1}" for number in factors])
        about = f"generated: {made.rows:,} rows of {made.columns} columns with {made.factors} latent factors"
        return Films(points, {"strongest factor": groups}, groups, "strongest factor", about, "generated", "")
    data = bench.data(table.data)
    ratings, note = data["ratings"][0], "; ".join(filter(None, [table.get("note"), str(data["note"])]))
    titled = (ratings.titles != "").any()
    if table.films == "columns":
        if titled:
            raise DataMissing("the ratings come with titles, so that it is known which axis is the films")
        ratings = ratings.swapped()
    enough = np.flatnonzero(ratings.counts >= config.least_ratings)
    kept = ratings.of(np.sort(enough[np.argsort(-ratings.counts[enough], kind="stable")[: config.most_films]]))
    reduced = reduce_ratings(kept.matrix, config.components, config.reduction)
    columns = {"mean rating": kept.means, "ratings": kept.counts}
    groups, colour = np.searchsorted(np.quantile(kept.means, (0.2, 0.4, 0.6, 0.8)), kept.means), "mean rating"
    if kept.genres is not None:
        groups, colour = main_genre(kept.genres, config.least_of_genre), "main genre"
        columns = {"main genre": groups, "genres": kept.genres.astype(str)} | columns
    if titled:
        columns = {"title": kept.titles.astype(str), "year": kept.years} | columns
    about = (
        f"{len(kept.counts):,} of {len(ratings.counts):,} films (at least {config.least_ratings} ratings each, at most "
        f"{config.most_films:,} films), {kept.matrix.nnz:,} ratings by {kept.matrix.shape[1]:,} users, reduced to "
        f"{reduced.scores.shape[1]} columns that hold {reduced.explained:.0%} of the variance"
    )
    return Films(reduced.scores, columns, groups, colour, about, note, "" if titled else which_axis(ratings))


def which_axis(ratings) -> str:
    """For a table that does not say which axis is the films: users give one number of stars throughout, films never
    get one from all."""
    told = []
    for name, one in (("lines taken for the films", ratings), ("lines taken for the users", ratings.swapped())):
        given = [np.asarray((one.matrix == stars).sum(axis=1)).ravel() for stars in range(1, 6)]
        told.append(f"{int((np.max(given, axis=0) >= ONE_NUMBER * one.counts).sum())} {name}")
    share = f"{ONE_NUMBER:.0%} of their ratings"
    return f"{' and '.join(told)} have one number of stars in {share}, as some users give and hardly a film gets"


def main_genre(genres, least: int) -> np.ndarray:
    """The rarest of each film's genres, as it tells most, among those that at least `least` of the films have."""
    listed = [text.split("|") if text else [] for text in genres]
    names, counts = np.unique([name for one in listed for name in one], return_counts=True)
    count = {name: number for name, number in zip(names.tolist(), counts.tolist(), strict=True) if number >= least}
    return np.array([min((name for name in one if name in count), key=count.get, default=NO_GENRE) for one in listed])


def quality(films, results, config) -> dict[str, list[dict]]:
    """Title -> one mapping per seed, that is per sample of the films: see `judge`; "together" is the balanced accuracy
    of the groups less chance, "permuted" the same with the groups permuted."""
    at_most, k = round(config.sample * len(films.points)), config.label_neighbours
    found = {}
    for title, result in results.items():
        if result.embedded is None or title.endswith("again"):
            continue
        found[title] = [judge(films.points, result.embedded, films.groups, k, at_most, s) for s in range(config.seeds)]
        for seed, one in enumerate(found[title]):
            one["in one spot"] = in_one_spot(result.embedded)
            one["together"] = one["balanced_accuracy"] - one["balanced_chance"]
            sample = sample_rows(len(films.points), at_most, seed)
            strewn = np.random.default_rng(seed).permutation(films.groups[sample])
            control = label_accuracy(result.embedded.distances(sample), strewn, k, seed)
            one["permuted"] = control["balanced_accuracy"] - control["balanced_chance"]
    return found


def in_one_spot(embedded) -> float:
    """The share of the films that lie within SPOT of the picture's width of the middle one: 1 says nothing of them."""
    places = embedded.coordinates
    away = np.abs(places - np.median(places, axis=0)).max(axis=1)
    return float(np.mean(away <= SPOT * np.ptp(places, axis=0).max()))


def clusters(result) -> str:
    """Whether Mapper's graph is more than the grid of its cover, which one cluster a square leaves it."""
    if result.embedded is None:
        return result.reason
    graph = result.embedded.graph
    squares = len(np.unique(graph.cubes, axis=0))
    alone = ", so that the graph is the grid of its lens" if squares == graph.nodes else ""
    return f"{graph.nodes} clusters in {squares} squares of the cover{alone}"


def stands_for(title: str, results) -> str:
    """The method itself or, where it failed, the first of its documented retries that gave a result."""
    tries = [name for name, result in results.items() if title in (name, result.of) and result.embedded is not None]
    return next(iter(tries), title)


def judged(films, slide, found, config) -> dict:
    """What the claims look at, by the methods' titles; a retry stands for the method that failed."""
    titles = [method(name).title for name in config.slide]
    times = [spread(ratios(slide, one, "LLE")) for one in ("TDA", "LLE, again")]
    about = (
        f"{films.about}; TDA takes {times[0]} of LLE's time, and LLE, timed again, {times[1]} of its own (on "
        f"{config.measurement_threads} thread)"
    )
    failed = [f"{name}: {result.reason}" for name, result in slide.items() if result.reason]
    failed += [f"{name} puts {seeds[0]['in one spot']:.0%} of the films in one spot" for name, seeds in found.items()
               if seeds[0]["in one spot"] >= MOST]  # fmt: skip
    means = {name: np.mean([one["together"] for one in seeds]) for name, seeds in found.items()}
    before = [one["balanced_accuracy_before"] - one["balanced_chance"] for one in next(iter(found.values()))]
    listed = ", ".join(f"{name} {means[name]:.3f}" for name in sorted(means, key=means.get, reverse=True))
    alike = f"above chance, mean over samples: the columns themselves {np.mean(before):.3f}, {listed}"
    told = {"about": about, "failed": "; ".join(failed) or "no method failed", "alike": alike, "axis": films.axis}
    measurements = {key: "; ".join(filter(None, [films.note, text])) for key, text in told.items()}
    measurements["note"] = films.note
    tried = {title: stands_for(title, slide) for title in titles}
    measurements["gave"] = {title: int(slide[title].embedded is not None) for title in titles}
    measurements["gave_again"] = {title: int(slide[again].embedded is not None) for title, again in tried.items()}
    for kind in ("together", "permuted"):
        measurements[kind] = {
            title: [one[kind] for one in found.get(again, [])] or {NOT_RUN: slide[title].reason}
            for title, again in tried.items()
        }
    kept, over_pca = against(titles, found, slide)
    measurements["permuted"]["over_pca"] = over_pca["permuted"]
    return measurements | {"kept": kept, "over_pca": over_pca["together"]}


def against(titles, found, slide) -> tuple:
    """TDA's trustworthiness less LLE's, and the best of the methods less PCA, together and permuted, sample by
    sample."""
    pairs = [found.get(stands_for(title, slide)) for title in ("TDA", "LLE")]
    kept = {NOT_RUN: "TDA or LLE gave no result"}
    if all(pairs):
        kept = [one["trustworthiness"] - other["trustworthiness"] for one, other in zip(*pairs, strict=True)]
    names = [stands_for(title, slide) for title in titles if title != "PCA"]
    names = [name for name in names if name in found]
    if "PCA" not in found or not names:
        return kept, dict.fromkeys(("together", "permuted"), {NOT_RUN: "PCA or all others gave no result"})
    over_pca = {}
    for kind in ("together", "permuted"):
        best = [max(found[other][seed][kind] for other in names) for seed in range(len(found["PCA"]))]
        over_pca[kind] = [one - pca[kind] for one, pca in zip(best, found["PCA"], strict=True)]
    return kept, over_pca


def absent(reason: str, config) -> dict:
    """In place of all that a table would have given."""
    nothing = {NOT_RUN: reason}
    by_title = {method(name).title: nothing for name in config.slide}
    measurements = {kind: dict(by_title) for kind in ("gave", "gave_again", "together", "permuted")}
    measurements["permuted"]["over_pca"] = nothing
    return measurements | {"kept": nothing, "over_pca": nothing}


def tell(name, title, films, slide, others, found, bench) -> None:
    count = len(films.points)
    bench.table(f"{name}_1_slide", f"{title}: time, memory and outcome on {count:,} rows", rows(slide))
    if others:
        bench.table(f"{name}_2_others", f"{title}: the same of other methods", rows(others, to=()))
    bench.table(f"{name}_3_quality", f"{title}: what each method keeps, median over samples", rounded(medians(found)))


def medians(found) -> list[dict]:
    keys = ("trustworthiness", "continuity", "label_accuracy", "balanced_accuracy", "chance", "balanced_chance",
            "label_accuracy_before", "balanced_accuracy_before", "in one spot")  # fmt: skip
    return [{"method": title} | {key: float(np.median([one[key] for one in seeds])) for key in keys}
            for title, seeds in found.items()]  # fmt: skip


def draw(name, title, films, slide, others, found, bench) -> None:
    for part, results in (("slide", slide), ("others", others)):
        panels = {each: result.embedded or result.reason for each, result in results.items() if "again" not in each}
        seconds = {each: f"{np.median(results[each].wall_s):.3g} s" for each in panels if results[each].wall_s}
        if panels:
            head = f"{title}: {'the methods of the slide' if part == 'slide' else 'other methods'}"
            figure = side_by_side(panels, films.columns[films.colour], films.colour, head, subtitles=seconds)
            told = "; ".join(filter(None, [films.note, films.about]))
            caption = f"{title}: {told}. Coloured by {films.colour}, which no method saw."
            bench.figure(f"{name}_{part}", figure, caption)
    if others:
        told = [row | {"seconds": (slide | others)[row["method"]].wall_s} for row in medians(found)]
        figure = quality_figure(told, f"{title}: quality over seconds")
        bench.figure(f"{name}_quality", figure, f"{title}: what is kept over what it costs.")


def keep(name, title, films, result, bench) -> None:
    bench.keep(f"points.{name}", points=films.points)
    if result.embedded is not None:
        parameters = {"method": f"tdabench's Mapper: {result.embedded.note}", "table": films.about}
        bench.keep_mapper(name, KeptMapper(title, result.embedded.graph, films.columns, parameters, films.colour))
