"""The businesses of the Yelp Dataset Challenge, read from a file of JSON lines.

The editions differ in form. All of these are read:

    categories  a list of names, or one text with commas between them, or null
    attributes  a mapping, in places nested; or a list of "Name: value" (2017); the values as JSON, or as texts of
                Python's ("True", "u'no'", "{'garage': False}"), which ast.literal_eval reads
    hours       {"Monday": "8:0-18:30"}, {"Monday": {"open": "08:00", "close": "17:00"}} (to 2016), ["Monday 8:0-18:30"]
    is_open     1 or 0; before 2016 `open`, true or false

"0:0-0:0" means open all day when it stands on more than half of the days that a business lists. Otherwise it means a
day without hours: of 1,000 businesses of the edition of 2022, 205 have it on Monday, but 47 to 49 on any other day.

tdabench.data.yelp_table makes a table of the businesses.
"""

import ast
import functools
import json
import math
import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tdabench.data.files import opened, regular
from tdabench.data.malformed import MalformedLines
from tdabench.errors import BadInput

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ALL_DAY = (0, 24)  # opens, closes
LINE_BYTES = 2**20  # limit on a line; the longest of the edition of 2022 have a few thousand bytes
NAMES_WITH_COMMAS = (
    "Beer, Wine & Spirits", "Books, Mags, Music & Video", "Used, Vintage & Consignment", "Wills, Trusts, & Probates",
)  # fmt: skip
# A name that has commas itself, or whatever stands between commas
CATEGORY = re.compile(rf"(?:{'|'.join(map(re.escape, NAMES_WITH_COMMAS))})(?=\s*(?:,|$))|[^,\s][^,]*")
TIMES = re.compile(r"(\d{1,2}):(\d{1,2})-(\d{1,2}):(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Business:
    """One business.

    Parameters
    ----------
    business_id, name, city, state
        As in the file.
    latitude, longitude
        Degrees; NaN where missing.
    stars
        1 to 5.
    review_count
        Number of reviews.
    is_open
        Whether it is still in business; None where the file does not say.
    categories
        Names, in the order of the file.
    attributes
        (name, answer) of each attribute that has an answer.
    hours
        (opens, closes) of each day it is open, in hours since that day's midnight; None where the file does not say.
    """

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


def read_businesses(path, malformed_share: float = 0.01) -> Businesses:
    """Read the businesses in a file of JSON lines.

    Parameters
    ----------
    path
        The file, see the head of this module for its forms.
    malformed_share
        Lines that are no business (not JSON, a field missing or out of range) are skipped up to this share of all
        lines. The note says how many.

    Raises
    ------
    BadInput
        When more lines are malformed, two lines have one business_id, stars are not 1 to 5, or there is no business.
    """
    path = regular(path)
    malformed = MalformedLines(malformed_share)
    rows, numbers, pairs = [], {}, {}
    for number, line in _lines(path):
        malformed.lines += 1
        try:
            row = _business(line, pairs)
        except _Malformed as fault:
            malformed.add(f"line {number}", str(fault))
            continue
        if not 1 <= row.stars <= 5:
            raise BadInput(f"{path}: line {number} has {row.stars:g} stars, but 1 to 5 are given; repair or remove it.")
        if row.business_id in numbers:
            raise BadInput(
                f"{path}: lines {numbers[row.business_id]} and {number} have the same business_id "
                f"{row.business_id!r}; remove one of them."
            )
        numbers[row.business_id] = number
        rows.append(row)
    if malformed.too_many:
        raise BadInput(
            f"{path}: {malformed.count} of {malformed.lines} lines are no businesses{malformed.quoted()}; at most "
            f"{malformed_share:g} of them may be. One JSON object per line is needed, as in Yelp's own files."
        )
    if not rows:
        raise BadInput(f"{path}: the file holds no businesses.")
    return Businesses(tuple(rows), f"{len(rows)} businesses, {malformed.note()}")


def arrays(files: list[Path]) -> dict[str, np.ndarray]:
    """The reader for the catalogue: `businesses` is (n,), Business objects; `reading` is (1,), the note."""
    (path,) = files
    businesses = read_businesses(path)
    rows = np.empty(len(businesses.rows), dtype=object)
    rows[:] = businesses.rows
    return {"businesses": rows, "reading": np.array([businesses.note])}


class _Malformed(ValueError):
    """Why a line is no business."""


def _lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """The lines that are not blank, with their numbers from 1. A line of LINE_BYTES or more is None."""
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


def _business(line: bytes | None, pairs: dict) -> Business:
    """The business in a line. pairs: attributes of the lines before, so that equal ones are one object in memory."""
    if line is None:
        raise _Malformed(f"longer than {LINE_BYTES} bytes")
    try:
        fields = json.loads(line.decode("utf-8-sig"))
        if not isinstance(fields, dict):
            raise _Malformed("one JSON object is needed")
        attributes = [(sys.intern(name), sys.intern(answer)) for name, answer in _answers(fields.get("attributes"))]
        latitude, longitude = _number(fields, "latitude", -90, 90), _number(fields, "longitude", -180, 180)
        return Business(
            _text(fields, "business_id"),
            str(fields.get("name") or ""),
            sys.intern(str(fields.get("city") or "")),
            sys.intern(str(fields.get("state") or "")),
            math.nan if latitude is None else latitude,
            math.nan if longitude is None else longitude,
            _number(fields, "stars", needed=True),
            int(_number(fields, "review_count", 0, 10**9, needed=True)),
            _is_open(fields.get("is_open", fields.get("open"))),
            tuple(map(sys.intern, _categories(fields.get("categories")))),
            tuple(pairs.setdefault(pair, pair) for pair in attributes),
            _hours(fields.get("hours")),
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


def _text(fields: dict, key: str) -> str:
    if not isinstance(fields.get(key), str) or not fields[key].strip():
        raise _Malformed(f"no {key}")
    return fields[key]


def _number(
    fields: dict, key: str, low: float = -math.inf, high: float = math.inf, needed: bool = False
) -> float | None:
    value = fields.get(key)
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


def _categories(value) -> list[str]:
    """Each name once, in the order of the line."""
    if isinstance(value, str):
        value = CATEGORY.findall(value)
    if value is not None and not (isinstance(value, list) and all(isinstance(name, str) for name in value)):
        raise _Malformed("categories are neither a list nor a text")
    return list(dict.fromkeys(name.strip() for name in value or () if name.strip()))


def _answers(value, name: str = "") -> Iterator[tuple[str, str]]:
    """(name, answer) of each attribute that has an answer; nested ones are named outer.inner."""
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
    """The value of a text that is a literal of Python's, else the text itself. Nothing is run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about "21plus", which is no number
            return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def _hours(value) -> tuple[tuple[float, float], ...] | None:
    """(opens, closes) of each day; a time past midnight is above 24."""
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
        match = TIMES.fullmatch(str(times).strip())
        hour, minute, last_hour, last_minute = map(int, match.groups()) if match else (99,) * 4
        if max(hour, last_hour) > 24 or max(minute, last_minute) > 59:
            raise _Malformed(f"the hours of {day} are {str(times)[:40]!r}")
        opens, closes = hour + minute / 60, last_hour + last_minute / 60
        days.append((opens, closes if closes > opens else closes + 24))
    all_day = 2 * days.count(ALL_DAY) > len(days)
    return tuple(day for day in days if day != ALL_DAY or all_day)
