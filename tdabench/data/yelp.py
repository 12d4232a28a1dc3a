"""The businesses of the Yelp Dataset Challenge: JSON lines in, one row of numbers per business out.

The editions differ in form, and all of these are read:

    categories  a list of names, or one text with commas between them, or null
    attributes  a mapping, in places nested; or a list of "Name: value" (2017); the values as JSON, or as Python's texts
                ("True", "u'no'", "{'garage': False}"), which ast.literal_eval reads
    hours       {"Monday": "8:0-18:30"}, {"Monday": {"open": "08:00", "close": "17:00"}} (to 2016), ["Monday 8:0-18:30"]
    is_open     1 or 0; before 2016 `open`, true or false

The table that the deck's comparison was made on was not published. This one is made by the plainest rules:

    place       latitude and longitude, in degrees; missing: the median
    stars       1 to 5
    reviews     log(1 + review_count)
    open        +1 in business, -1 closed for good, 0 not said
    hours       open hours a week and days open a week; not said: the median. Open after 22:00 and open for 24 hours on
                some day: +1 yes, -1 no, 0 no hours said
    price       1 to 4; not said: the median
    attributes  +1 yes, -1 no, 0 not said; nested ones as outer.inner; those of several values one column per value
                (+1 this value, -1 another one, 0 not said)
    category    0 or 1 for each name

Columns of which too few businesses say anything are left out, and so are constant ones. Nothing is standardised here.

"0:0-0:0" is open all day where it stands on more than half of the days that a business states. Elsewhere it is a day
without hours: of 1,000 businesses of the edition of 2022 it stands on 205 Mondays, but on 47 to 49 of any other day.
"""

import ast
import functools
import json
import math
import re
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tdabench.data.files import opened, regular
from tdabench.errors import BadInput, BadRequest

# Yelp's 22 top-level categories. Main trades come first, and what is mostly borne beside another trade comes last, so
# that a hotel is not "Event Planning & Services" and a pizzeria not "Food".
TRADES = (
    "Restaurants", "Nightlife", "Food", "Hotels & Travel", "Beauty & Spas", "Health & Medical", "Automotive",
    "Home Services", "Pets", "Active Life", "Arts & Entertainment", "Education", "Real Estate", "Financial Services",
    "Professional Services", "Public Services & Government", "Religious Organizations", "Mass Media", "Shopping",
    "Event Planning & Services", "Local Services", "Local Flavor",
)  # fmt: skip
WITH_COMMAS = (
    "Beer, Wine & Spirits", "Books, Mags, Music & Video", "Used, Vintage & Consignment", "Wills, Trusts, & Probates",
)  # fmt: skip
PRICES = ("RestaurantsPriceRange2", "Price Range")  # what the editions call the price range
GROUPS = ("place", "stars", "reviews", "open", "hours", "price", "attributes", "category")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LINE_BYTES = 2**20  # the longest line read; the longest of the edition of 2022 have a few thousand bytes
LATE = 22  # o'clock
SHOWN = 5  # malformed lines that the note shows


@dataclass(frozen=True, slots=True)
class Business:
    """One business. latitude, longitude: degrees, NaN = missing; hours: (opens, closes) of each day it is open, in
    hours since that day's midnight, None = not said; attributes: (name, answer), those not said left out."""

    business_id: str
    name: str
    city: str
    state: str
    latitude: float
    longitude: float
    stars: float
    review_count: int
    is_open: bool | None
    categories: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]
    hours: tuple[tuple[float, float], ...] | None


@dataclass(frozen=True)
class Businesses:
    """The businesses of one file in its order, and a sentence on what was read and what was skipped."""

    rows: tuple[Business, ...]
    note: str


@dataclass(frozen=True, eq=False)
class BusinessTable:
    """matrix: (businesses, columns) float64; columns: their names; labels: category (texts) and stars, (businesses,)
    each; recipe: how it was made, in sentences; left_out: column -> why it is not in the matrix."""

    matrix: np.ndarray
    columns: tuple[str, ...]
    labels: dict[str, np.ndarray]
    recipe: str
    left_out: dict[str, str]


def read_businesses(path, malformed_share: float = 0.01) -> Businesses:
    """The businesses in a file of JSON lines, read line by line; see the head of this module for the forms.

    A line that is no business (not JSON, a field missing or out of its range) is skipped and told in the note.
    BadInput when more than `malformed_share` of the lines are such, when two lines have one business_id, when stars are
    not 1 to 5, or when no business is there.
    """
    path = regular(path)
    if not 0 <= malformed_share < 1:
        raise BadInput(f"malformed_share: a share from 0 to below 1 is needed, not {malformed_share}.")
    rows, lines, faults, malformed, same = [], {}, [], 0, {}
    for number, line in _lines(path):
        try:
            row = _business(line, same)
        except _Malformed as fault:
            malformed += 1
            if len(faults) < SHOWN:
                faults.append(f"line {number}: {fault}")
            continue
        if not 1 <= row.stars <= 5:
            raise BadInput(f"{path}: line {number} has {row.stars:g} stars, but 1 to 5 are given; repair or remove it.")
        if row.business_id in lines:
            raise BadInput(
                f"{path}: lines {lines[row.business_id]} and {number} have the same business_id {row.business_id!r}; "
                "remove one of them."
            )
        lines[row.business_id] = number
        rows.append(row)
    more = f" and {malformed - len(faults)} more" if malformed > len(faults) else ""
    told = f" ({'; '.join(faults)}{more})" if faults else ""
    if malformed > malformed_share * (malformed + len(rows)):
        raise BadInput(
            f"{path}: {malformed} of {malformed + len(rows)} lines are no businesses{told}; at most "
            f"{malformed_share:g} of them may be. One JSON object per line is needed, as in Yelp's own files."
        )
    if not rows:
        raise BadInput(f"{path}: the file holds no businesses.")
    return Businesses(tuple(rows), f"{len(rows)} businesses, {malformed} malformed lines skipped{told}")


def arrays(files: list[Path]) -> dict[str, np.ndarray]:
    """For the catalogue: `businesses`, (n,) objects of the class Business, and `reading`, the note of the reading."""
    (path,) = files
    found = read_businesses(path)
    rows = np.empty(len(found.rows), dtype=object)
    rows[:] = found.rows
    return {"businesses": rows, "reading": np.array([found.note])}


def business_table(
    businesses: Businesses | Sequence[Business], without: tuple[str, ...] = (), least_share: float = 0.01
) -> BusinessTable:
    """One row per business, by the recipe in the head of this module.

    without: the groups of columns (GROUPS) to keep out of the matrix. A label must be among them when a method is to be
    judged by it: with its own column in the matrix, neighbours agree on it because they were chosen by it, and the
    judgement is of the table. "category" leaves out all columns of categories, since the label is read from them.
    What merely goes along with a label stays: only restaurants take reservations, and that is for a method to find.

    least_share: a category, or one value of an attribute, stays when at least this share of the businesses bears it; a
    yes-or-no attribute when this share answers it. Rarer ones would be nearly constant columns.
    """
    rows = businesses.rows if isinstance(businesses, Businesses) else list(businesses)
    without = (without,) if isinstance(without, str) else tuple(without)
    if not len(rows):
        raise BadInput("there are no businesses to make a table of.")
    if unknown := [name for name in without if name not in GROUPS]:
        raise BadRequest(f"without: there is no group of columns {unknown[0]!r}; there are: {', '.join(GROUPS)}.")
    if not 0 <= least_share <= 1:
        raise BadInput(f"least_share: a share from 0 to 1 is needed, not {least_share}.")
    left_out, found, least = {}, {}, max(1, least_share * len(rows))
    columns = _measured(rows) | {"attributes": _attributes(rows, least, left_out)}
    columns["category"] = _categories(rows, least, left_out)
    for group in GROUPS:
        if group not in without:
            found |= columns[group]
    rare = {group: sum(why == f"rare {group}" for why in left_out.values()) for group in ("attributes", "category")}
    left_out = {name: why for name, why in left_out.items() if why.removeprefix("rare ") not in without}
    for name in [name for name, column in found.items() if (column == column[0]).all()]:
        left_out[name] = "constant"
        del found[name]
    if not found:
        raise BadInput(f"of {len(rows)} businesses no column is left: all are constant, or kept out by `without`.")
    return BusinessTable(
        np.column_stack(list(found.values())).astype(np.float64),
        tuple(found),
        {"category": np.array([trade(row) for row in rows]), "stars": np.array([row.stars for row in rows])},
        _recipe(rows, found, without, least_share, rare, left_out),
        left_out,
    )


def trade(business: Business) -> str:
    """The first of TRADES that it bears, else "other"."""
    return next((name for name in TRADES if name in business.categories), "other")


# The columns


def _measured(rows) -> dict[str, dict[str, np.ndarray]]:
    """The columns of all groups but attributes and category."""
    said = np.array([row.hours is not None for row in rows])
    lengths = [[closes - opens for opens, closes in row.hours or ()] for row in rows]
    late = np.array([any(closes > LATE for _, closes in row.hours or ()) for row in rows])
    whole = np.array([any(length == 24 for length in one) for one in lengths])
    return {
        "place": {
            "latitude": _filled([row.latitude for row in rows]),
            "longitude": _filled([row.longitude for row in rows]),
        },
        "stars": {"stars": np.array([row.stars for row in rows])},
        "reviews": {"log(1 + reviews)": np.log1p([row.review_count for row in rows])},
        "open": {"is open": np.array([0.0 if row.is_open is None else 2.0 * row.is_open - 1 for row in rows])},
        "hours": {
            "hours a week": _filled(np.where(said, [sum(one) for one in lengths], np.nan)),
            "days a week": _filled(np.where(said, [len(one) for one in lengths], np.nan)),
            f"open after {LATE}:00": np.where(said, 2.0 * late - 1, 0),
            "open all day": np.where(said, 2.0 * whole - 1, 0),
        },
        "price": {"price range": _filled([_price(row) for row in rows])},
    }


def _price(business: Business) -> float:
    said = [answer for name, answer in business.attributes if name in PRICES]
    return float(said[0]) if said and said[0] in {"1", "2", "3", "4"} else math.nan


def _filled(column) -> np.ndarray:
    """The median in place of NaN; 0 where there is nothing to take it of."""
    column = np.asarray(column, dtype=np.float64)
    known = column[~np.isnan(column)]
    return np.where(np.isnan(column), np.median(known) if len(known) else 0, column)


def _attributes(rows, least: float, left_out: dict) -> dict[str, np.ndarray]:
    answers: dict[str, Counter] = {}
    for row in rows:
        for name, answer in row.attributes:
            if name not in PRICES:
                answers.setdefault(name, Counter())[answer] += 1
    columns, values = {}, {}  # values: attribute -> answer -> its column, for those of several values
    for name in sorted(answers):
        counts = answers[name]
        if set(counts) <= {"yes", "no"}:
            kept = [name] if counts.total() >= least else []
            left_out |= {} if kept else {name: "rare attributes"}
        else:
            values[name] = {answer: f"{name}={answer}" for answer in sorted(counts) if counts[answer] >= least}
            kept = list(values[name].values())
            left_out |= {f"{name}={answer}": "rare attributes" for answer in sorted(counts) if counts[answer] < least}
        columns |= {column: np.zeros(len(rows)) for column in kept}
    for place, row in enumerate(rows):
        for name, answer in row.attributes:
            if name in columns:
                columns[name][place] = 1 if answer == "yes" else -1
            for value, column in values.get(name, {}).items():
                columns[column][place] = 1 if value == answer else -1
    return columns


def _categories(rows, least: float, left_out: dict) -> dict[str, np.ndarray]:
    counts = Counter(name for row in rows for name in row.categories)
    left_out |= {f"category: {name}": "rare category" for name in sorted(counts) if counts[name] < least}
    columns = {name: np.zeros(len(rows)) for name in sorted(counts) if counts[name] >= least}
    for place, row in enumerate(rows):
        for name in row.categories:
            if name in columns:
                columns[name][place] = 1
    return {f"category: {name}": column for name, column in columns.items()}


def _recipe(rows, found, without, least_share, rare, left_out) -> str:
    missing = {
        "place": sum(math.isnan(row.latitude) or math.isnan(row.longitude) for row in rows),
        "hours": sum(row.hours is None for row in rows),
        "price": sum(math.isnan(_price(row)) for row in rows),
    }
    said = [f"{count} do not say their {name}" for name, count in missing.items() if count and name not in without]
    constant = [name for name, why in left_out.items() if why == "constant"]
    what = {"attributes": "attributes or answers to them", "category": "categories"}
    left = [f"{count} {what[group]}" for group, count in rare.items() if count and group not in without]
    sentences = [
        f"{len(rows)} businesses in {len(found)} columns: "
        + ", ".join(group for group in GROUPS if group not in without),
        f"kept out, so that a label is not judged by itself: {', '.join(without)}" if without else "",
        "log of 1 + the number of reviews; attributes +1 yes, -1 no, 0 not said; categories 0 or 1",
        f"{', '.join(said)}: the median of the others stands in" if said else "",
        f"left out, as too few bear them (less than {least_share:g} of all): {' and '.join(left)}" if left else "",
        f"constant and left out: {', '.join(constant)}" if constant else "",
        "the table behind the published seconds was not published: this recipe is ours",
    ]
    return "".join(f"{sentence[0].upper()}{sentence[1:]}. " for sentence in sentences if sentence).strip()


# One line


class _Malformed(ValueError):
    """Why a line is no business."""


def _lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """The lines that are not blank, counted from 1; None in place of one of LINE_BYTES or more, which is not kept."""
    number = 0
    with opened(path) as file:
        while line := file.readline(LINE_BYTES):
            number += 1
            if len(line) == LINE_BYTES and not line.endswith(b"\n"):
                while (rest := file.readline(LINE_BYTES)) and not rest.endswith(b"\n"):
                    pass
                line = None
            if line is None or line.strip():
                yield number, line


def _business(line: bytes | None, same: dict) -> Business:
    """same: what was read before, so that equal texts and answers are held once."""
    if line is None:
        raise _Malformed(f"longer than {LINE_BYTES} bytes")
    try:
        told = json.loads(line.decode("utf-8-sig"))
        if not isinstance(told, dict):
            raise _Malformed("one JSON object is needed")
        answers = [(sys.intern(name), sys.intern(answer)) for name, answer in _answers(told.get("attributes"))]
        latitude, longitude = _number(told, "latitude", -90, 90), _number(told, "longitude", -180, 180)
        return Business(
            _text(told, "business_id"),
            str(told.get("name") or ""),
            sys.intern(str(told.get("city") or "")),
            sys.intern(str(told.get("state") or "")),
            math.nan if latitude is None else latitude,
            math.nan if longitude is None else longitude,
            _number(told, "stars", needed=True),
            int(_number(told, "review_count", 0, 10**9, needed=True)),
            _is_open(told.get("is_open", told.get("open"))),
            tuple(map(sys.intern, _categories_of(told.get("categories")))),
            tuple(same.setdefault(pair, pair) for pair in answers),
            _hours(told.get("hours")),
        )
    except UnicodeDecodeError:
        raise _Malformed("not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _Malformed(f"not JSON ({error.msg} at character {error.pos + 1})") from None
    except RecursionError:
        raise _Malformed("nested too deeply") from None
    except _Malformed:
        raise
    except ValueError as error:  # Python refuses to read integers of thousands of digits
        raise _Malformed(str(error)) from None


def _text(told: dict, key: str) -> str:
    if not isinstance(told.get(key), str) or not told[key].strip():
        raise _Malformed(f"no {key}")
    return told[key]


def _number(told: dict, key: str, low: float = -math.inf, high: float = math.inf, needed: bool = False) -> float | None:
    value = told.get(key)
    if value is None and not needed:
        return None
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, (int, float)) else float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or not low <= number <= high:
        raise _Malformed(f"no {key}" if value is None else f"{key} is {str(value)[:40]!r}")
    return number


def _is_open(value) -> bool | None:
    if value is not None and value not in (0, 1):
        raise _Malformed(f"is_open is {str(value)[:40]!r}")
    return None if value is None else bool(value)


def _categories_of(value) -> list[str]:
    """Each name once, in the order of the line."""
    if isinstance(value, str):
        value = _NAMES.findall(value)
    if value is not None and not (isinstance(value, list) and all(isinstance(name, str) for name in value)):
        raise _Malformed("categories are neither a list nor a text")
    return list(dict.fromkeys(name.strip() for name in value or () if name.strip()))


# Names that have commas themselves, or else whatever stands between commas
_NAMES = re.compile(rf"(?:{'|'.join(map(re.escape, WITH_COMMAS))})(?=\s*(?:,|$))|[^,\s][^,]*")


def _answers(value, name: str = "") -> Iterator[tuple[str, str]]:
    """(name, answer) of each attribute that is said; nested ones as outer.inner."""
    if not name and isinstance(value, list):  # the edition of 2017
        value = dict(part.partition(": ")[::2] for part in value if isinstance(part, str))
    if not name and not (value is None or isinstance(value, dict)):
        raise _Malformed("attributes are neither a mapping nor a list")
    value = _literal(value) if isinstance(value, str) else value
    if isinstance(value, dict):
        for inner, answer in value.items():
            yield from _answers(answer, f"{name}.{inner}" if name else str(inner))
    elif isinstance(value, bool):
        yield name, "yes" if value else "no"
    elif value is not None and str(value).strip():
        yield name, str(value).strip()


@functools.lru_cache(maxsize=2**14)
def _literal(text: str):
    """What a text of Python's means, or the text itself. Nothing is run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "21plus" is no number
            return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


_TIMES = re.compile(r"(\d{1,2}):(\d{1,2})-(\d{1,2}):(\d{1,2})")


def _hours(value) -> tuple[tuple[float, float], ...] | None:
    if isinstance(value, list):  # the edition of 2017
        value = dict(str(part).partition(" ")[::2] for part in value)
    if not value:
        return None
    if not isinstance(value, dict) or any(day not in DAYS for day in value):
        raise _Malformed(f"hours are {str(value)[:40]!r}")
    days = []
    for day, times in value.items():
        if isinstance(times, dict):
            times = f"{times.get('open')}-{times.get('close')}"
        match = _TIMES.fullmatch(str(times).strip())
        hour, minute, last, past = map(int, match.groups()) if match else (99,) * 4
        if max(hour, last) > 24 or max(minute, past) > 59:
            raise _Malformed(f"the hours of {day} are {str(times)[:40]!r}")
        opens, closes = hour + minute / 60, last + past / 60
        days.append((opens, closes if closes > opens else closes + 24))
    whole = days.count((0, 24))
    return tuple(day for day in days if day != (0, 24) or 2 * whole > len(days))
