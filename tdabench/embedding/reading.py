"""A comparison of methods in words. Each sentence follows from numbers by a rule, and the rules stand here.

alike       in something measured several times in pairs (seconds by round, quality by half of the rows): the pairs
            disagree on which has more, or the median difference is within the noise. Noise: of seconds what one method
            timed a second time differs by, at most over the rounds, and no order is told of a single round; of quality
            and accuracy LEAST
best        the best median, and all that are alike with it
kept        of neighbourhoods: the mean of trustworthiness (few strangers come near) and continuity (few are torn away)
both        best kept and fastest. Where there is none, those that none beats in both (Pareto): by no other are both
            medians matched and one of the two exceeded, not alike
label       told apart by a method: its accuracy is above that with permuted labels, and the two are not alike
steady      a Betti vector: the suite's rule, longest run of all, at least RUN of the range, on at least SEEDS of seeds
cautions    fewer rows than FEW; more columns than rows; noise above NOISY; and whatever of the above could not be told
"""

from collections.abc import Mapping
from textwrap import shorten

import numpy as np

from tdabench.embedding.comparison import Result, spread
from tdabench.topology.betti import most_read

LEAST = 0.01
RUN, SEEDS = 0.25, 0.8
FEW, NOISY = 100, 1.5
LONGEST = 90  # characters of a reason

Values = Mapping[str, list[float]]  # title -> one number per round, or per half of the rows


def alike(one, other, noise: float) -> bool:
    """Whether two series, paired, do not tell which is larger."""
    apart = np.subtract(one, other)
    return not ((apart > 0).all() or (apart < 0).all()) or abs(float(np.median(apart))) <= noise


def best(values: Values, noise: float) -> list[str]:
    """The title with the largest median first, then those alike with it."""
    first = max(values, key=lambda title: np.median(values[title]))
    others = [title for title in values if title != first and alike(values[first], values[title], noise)]
    return [first, *others]


def unbeaten(kept: Values, speed: Values, noise: float) -> list[str]:
    """Titles that no other beats in both, fastest first; both mappings: more is better; noise: of `speed`."""

    def beats(one: str, other: str) -> bool:
        pairs = [(values[one], values[other], least) for values, least in ((kept, LEAST), (speed, noise))]
        matched = all(np.median(first) >= np.median(second) for first, second, _ in pairs)
        return matched and not all(alike(*pair) for pair in pairs)

    left = [title for title in kept if not any(beats(other, title) for other in kept if other != title)]
    return sorted(left, key=lambda title: -np.median(speed[title]))


def noise_factor(again: list[float]) -> float:
    """again: ratios of one method timed a second time to its first, by round. -> from 1 on."""
    return max((max(ratio, 1 / ratio) for ratio in again), default=1.0)


def compared(trust: Values, continuity: Values, seconds: Values, again: list[float]) -> list[str]:
    """What keeps neighbourhoods best, what is fastest, what is both. Values of the same titles, those that gave a
    result; trust, continuity: by half; seconds, again (see `noise_factor`): by round."""
    if not seconds:
        return ["No method gave a result, so nothing is compared."]
    kept = {title: np.add(trust[title], continuity[title]) / 2 for title in trust}
    told = {title: f"trustworthiness {_mid(trust[title])}, continuity {_mid(continuity[title])}" for title in kept}
    if len(seconds) == 1:
        (only,) = seconds
        return [f"Only {_title(only)} gave a result ({told[only]}), so nothing is compared."]
    leaders = best(kept, LEAST)
    said = [f"Neighbourhoods are kept best by {_title(leaders[0])} ({told[leaders[0]]}){_alike_with(leaders[1:])}"]
    last = min(kept, key=lambda title: np.median(kept[title]))
    said[0] += f", least by {_title(last)} ({told[last]})." if last not in leaders else "."
    if min(map(len, seconds.values())) < 2:
        return [*said, "Each method was timed once, so no order of seconds is told."]
    noise = np.log(noise_factor(again))
    speed = {title: -np.log(taken) for title, taken in seconds.items()}
    quick = best(speed, noise)
    slowest = min(speed, key=lambda title: np.median(speed[title]))
    line = f"Fastest is {_title(quick[0])} ({np.median(seconds[quick[0]]):.2g} s){_alike_with(quick[1:])}"
    if slowest not in quick:
        times = np.divide(seconds[slowest], seconds[quick[0]])
        line += f"; {_title(slowest)} is slowest, {spread(times)} times as long"
    both = [title for title in leaders if title in quick]
    if both:
        return [*said, f"{line}.", f"{_titles(both)}: best kept and fastest."]
    left = _titles(unbeaten(kept, speed, noise), "or")
    choice = f"None is both best kept and fastest; nothing beats {left} in one of the two and matches it in the other."
    return [*said, f"{line}.", choice]


def label_told(name: str, classes: int, accuracy: Values, permuted: Values, columns: list[float]) -> str:
    """How the label fares. accuracy, permuted: class-balanced accuracy of the nearest neighbours by half, with the
    labels as they are and permuted; columns: that of the columns themselves."""
    chance = f"labels permuted {_mid([value for values in permuted.values() for value in values])}"
    raw = f"the columns themselves {_mid(columns)}"
    above = {title: np.subtract(values, permuted[title]) for title, values in accuracy.items()}
    seen = [title for title, apart in above.items() if (apart > 0).all() and np.median(apart) > LEAST]
    head = f"Neighbours tell the {classes} values of {name!r} apart"
    if not seen:
        return f"{head} after no method better than with permuted labels ({raw}, {chance}): no colours are to be read."
    leaders = best({title: accuracy[title] for title in seen}, LEAST)
    first = leaders[0]
    if alike(accuracy[first], columns, LEAST):
        against = "as well as"
    else:
        against = "better than" if np.median(accuracy[first]) > np.median(columns) else "less well than"
    where = f"all {len(seen)} methods" if len(seen) == len(accuracy) > 1 else _titles(seen)
    line = f"{head} above chance after {where}, best after {_title(first)}{_alike_with(leaders[1:])}, {against}"
    return f"{line} the columns (balanced accuracy {_mid(accuracy[first])}, {raw}, {chance})."


def steady(runs: list[dict[str, float]]) -> str | None:
    """The Betti vector that holds by the suite's rule, "b0,b1"; runs: run shares by seed."""
    vector = most_read(runs)[0]
    holds = [max(seed, key=seed.get) == vector and seed[vector] >= RUN for seed in runs]
    return vector if np.mean(holds) >= SEEDS else None


def topology_told(before: list[dict[str, float]], after: Mapping[str, list[dict[str, float]]]) -> str:
    """What the table reads, and which methods keep it."""
    known = steady(before)
    if known is None:
        return "The Betti numbers of the table itself are not steady, so nothing is said of what the methods keep."
    found = {title: steady(runs) for title, runs in after.items()}
    same = [title for title, vector in found.items() if vector == known]
    unclear = [title for title, vector in found.items() if vector is None]
    other = [f"{_title(title)} ({_shape(vector)})" for title, vector in found.items() if vector not in (known, None)]
    parts = [f"the same after {_titles(same)}"] if same else []
    parts += [f"otherwise after {_listed(other)}"] if other else []
    parts += [f"nothing steady after {_titles(unclear)}"] if unclear else []
    torn = [title for title, vector in found.items() if vector and _pieces(vector) > _pieces(known)]
    said = f"The table reads {_shape(known)}{'; ' if parts else ''}{', '.join(parts)}."
    if torn:
        said += f" More pieces than the table reads: nothing is to be concluded from gaps in {_titles(torn)}."
    return said


def graph_told(summary: Mapping, least: float) -> str:
    """TDA's graph. summary: of tdabench.mapper.features, its flares at least that share of the function's range."""
    parts, share = summary["b0"], summary["largest component share"]
    pieces = "one component" if parts == 1 else f"{parts} components, the largest with {share:.0%} of the rows"
    loops, flares = (_count(summary[key], word) for key, word in (("b1", "loop"), ("flares", "flare")))
    return (
        f"TDA's graph of {summary['nodes']} nodes has {pieces}, {loops} and {flares} of at least {least:.0%} of its "
        "eccentricity: of one choice of parameters."
    )


def failures_told(results: Mapping[str, Result]) -> str:
    """Which methods have no result and why, and whether another try of them had one."""
    told = []
    for title, result in results.items():
        if not result.reason or result.of or result.candidate.same_as:
            continue
        tries = {other: again for other, again in results.items() if again.of == title}
        worked = [other for other, again in tries.items() if not again.reason]
        after = f"; but {_titles(worked)} gave one" if worked else f"; nor did {_titles([*tries])}" if tries else ""
        told.append(f"{_title(title)} ({shorten(result.reason, LONGEST, placeholder=' ...')}{after})")
    return f"No result: {'; '.join(told)}." if told else ""


def cautions(rows: int, columns: int, again: list[float], sampled_of: int = 0) -> list[str]:
    """What not to conclude. sampled_of: rows of the table, when not all of them are compared."""
    said = []
    if sampled_of:
        said.append(f"Of {sampled_of} rows a seeded sample of {rows} was compared; seconds and graph are of these.")
    if rows < FEW:
        said.append(f"{rows} rows are few: a difference in quality may be that of a few rows.")
    if columns > rows:
        said.append(f"With more columns ({columns}) than rows ({rows}), distances say little.")
    if (factor := noise_factor(again)) > NOISY:
        said.append(f"One method timed twice differed by up to a factor of {factor:.2g}: less is no difference.")
    return said


def _alike_with(others: list[str]) -> str:
    return f", alike with {_titles(others)}" if others else ""


def _title(title: str) -> str:
    """As a list of titles can hold it: "LTSA (dense solver)"."""
    method, comma, again = title.partition(", ")
    return f"{method} ({again})" if comma else method


def _titles(titles: list[str], joined: str = "and") -> str:
    return _listed([_title(title) for title in titles], joined)


def _listed(words: list[str], joined: str = "and") -> str:
    return f" {joined} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _mid(values) -> str:
    return f"{np.median(values):.2f}"


def _pieces(vector: str) -> int:
    return int(vector.split(",")[0])


def _shape(vector: str) -> str:
    counts = [int(number) for number in vector.split(",")]
    words = ("piece", "loop", "void")
    return ", ".join(_count(count, word) for count, word in zip(counts, words, strict=False))


def _count(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count or 'no'} {word}s"
