"""Yelp's businesses as a table of numbers, one row per business.

The table behind the deck's comparison was not published. This one follows the plainest rules:

    place       latitude and longitude, in degrees; missing: the median
    stars       1 to 5
    reviews     log(1 + review_count)
    open        +1 in business, -1 closed for good, 0 no answer
    hours       open hours a week and days open a week; no answer: the median. Open after 22:00 and open for 24 hours on
                some day: +1 yes, -1 no, 0 no hours
    price       1 to 4; no answer: the median
    attributes  +1 yes, -1 no, 0 no answer; nested ones as outer.inner; an attribute of several values has one column
                per value (+1 this value, -1 another one, 0 no answer)
    category    0 or 1 for each name

Constant columns, and columns about which too few businesses say anything, are left out. Nothing is standardised here.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tdabench.data.yelp import Business, Businesses
from tdabench.errors import BadInput, BadRequest

# Yelp's 22 top-level categories. Main trades come first. Those that mostly accompany another trade come last, so that a
# hotel is not "Event Planning & Services" and a pizzeria not "Food".
TRADES = (
    "Restaurants", "Nightlife", "Food", "Hotels & Travel", "Beauty & Spas", "Health & Medical", "Automotive",
    "Home Services", "Pets", "Active Life", "Arts & Entertainment", "Education", "Real Estate", "Financial Services",
    "Professional Services", "Public Services & Government", "Religious Organizations", "Mass Media", "Shopping",
    "Event Planning & Services", "Local Services", "Local Flavor",
)  # fmt: skip
PRICES = ("RestaurantsPriceRange2", "Price Range")  # names of the price range in the editions
GROUPS = ("place", "stars", "reviews", "open", "hours", "price", "attributes", "category")
LATE = 22  # o'clock


@dataclass(frozen=True, eq=False)
class BusinessTable:
    """A table of businesses.

    Parameters
    ----------
    matrix
        (businesses, columns) float64.
    columns
        Names of the columns.
    labels
        "category" (str) and "stars", (businesses,) each.
    recipe
        How the table was made, in sentences.
    left_out
        Column -> why it is not in the matrix.
    """

    matrix: np.ndarray
    columns: tuple[str, ...]
    labels: dict[str, np.ndarray]
    recipe: str
    left_out: dict[str, str]


def business_table(
    businesses: Businesses | Sequence[Business], without: tuple[str, ...] = (), least_share: float = 0.01
) -> BusinessTable:
    """The table of some businesses, by the rules in the head of this module.

    Parameters
    ----------
    businesses
        The rows.
    without
        Groups of columns (of GROUPS) to leave out. A label by which a method is judged must be among them: with its own
        column in the matrix, neighbours agree on the label because they were chosen by it. "category" leaves out all
        columns of categories, since the label is read from them. Columns that merely correlate with a label stay, such
        as reservations, which only restaurants take.
    least_share
        A category, or one value of an attribute, stays when at least this share of the businesses has it; a yes-or-no
        attribute stays when this share answers it. Rarer ones would be nearly constant columns.

    Raises
    ------
    BadRequest
        For a group that does not exist.
    BadInput
        When there are no businesses, or no column is left.
    """
    rows = businesses.rows if isinstance(businesses, Businesses) else list(businesses)
    without = (without,) if isinstance(without, str) else tuple(without)
    if not len(rows):
        raise BadInput("there are no businesses to make a table of.")
    if unknown := [name for name in without if name not in GROUPS]:
        raise BadRequest(f"without: there is no group of columns {unknown[0]!r}; there are: {', '.join(GROUPS)}.")
    if not 0 <= least_share <= 1:
        raise BadInput(f"least_share: a share from 0 to 1 is needed, not {least_share}.")
    left_out, least = {}, max(1, least_share * len(rows))
    groups = _measured(rows) | {"attributes": _attributes(rows, least, left_out)}
    groups["category"] = _categories(rows, least, left_out)
    columns = {}
    for group in GROUPS:
        if group not in without:
            columns |= groups[group]
    rare = {group: sum(why == f"rare {group}" for why in left_out.values()) for group in ("attributes", "category")}
    left_out = {name: why for name, why in left_out.items() if why.removeprefix("rare ") not in without}
    for name in [name for name, column in columns.items() if (column == column[0]).all()]:
        left_out[name] = "constant"
        del columns[name]
    if not columns:
        raise BadInput(f"of {len(rows)} businesses no column is left: all are constant, or kept out by `without`.")
    return BusinessTable(
        np.column_stack(list(columns.values())).astype(np.float64),
        tuple(columns),
        {"category": np.array([trade(row) for row in rows]), "stars": np.array([row.stars for row in rows])},
        _recipe(rows, columns, without, least_share, rare, left_out),
        left_out,
    )


def trade(business: Business) -> str:
    """The first of TRADES among the categories of a business, else "other"."""
    return next((name for name in TRADES if name in business.categories), "other")


def _measured(rows) -> dict[str, dict[str, np.ndarray]]:
    """The columns of all groups except attributes and category."""
    hours = np.array([row.hours is not None for row in rows])
    lengths = [[closes - opens for opens, closes in row.hours or ()] for row in rows]
    late = np.array([any(closes > LATE for _, closes in row.hours or ()) for row in rows])
    all_day = np.array([any(length == 24 for length in days) for days in lengths])
    return {
        "place": {
            "latitude": _filled([row.latitude for row in rows]),
            "longitude": _filled([row.longitude for row in rows]),
        },
        "stars": {"stars": np.array([row.stars for row in rows])},
        "reviews": {"log(1 + reviews)": np.log1p([row.review_count for row in rows])},
        "open": {"is open": np.array([0.0 if row.is_open is None else 2.0 * row.is_open - 1 for row in rows])},
        "hours": {
            "hours a week": _filled(np.where(hours, [sum(days) for days in lengths], np.nan)),
            "days a week": _filled(np.where(hours, [len(days) for days in lengths], np.nan)),
            f"open after {LATE}:00": np.where(hours, 2.0 * late - 1, 0),
            "open all day": np.where(hours, 2.0 * all_day - 1, 0),
        },
        "price": {"price range": _filled([_price(row) for row in rows])},
    }


def _price(business: Business) -> float:
    answers = [answer for name, answer in business.attributes if name in PRICES]
    return float(answers[0]) if answers and answers[0] in {"1", "2", "3", "4"} else math.nan


def _filled(column) -> np.ndarray:
    """The column with NaN replaced by its median, by 0 when it has no other value."""
    column = np.asarray(column, dtype=np.float64)
    values = column[~np.isnan(column)]
    return np.where(np.isnan(column), np.median(values) if len(values) else 0, column)


def _attributes(rows, least: float, left_out: dict) -> dict[str, np.ndarray]:
    """The columns of the attributes; rare ones are added to `left_out`. least: businesses that must have a value."""
    answers: dict[str, Counter] = {}
    for row in rows:
        for name, answer in row.attributes:
            if name not in PRICES:
                answers.setdefault(name, Counter())[answer] += 1
    columns, values = {}, {}  # values: attribute of several values -> answer -> name of its column
    for name in sorted(answers):
        counts = answers[name]
        if set(counts) <= {"yes", "no"}:
            names = [name] if counts.total() >= least else []
            left_out |= {} if names else {name: "rare attributes"}
        else:
            values[name] = {answer: f"{name}={answer}" for answer in sorted(counts) if counts[answer] >= least}
            names = list(values[name].values())
            left_out |= {f"{name}={answer}": "rare attributes" for answer in sorted(counts) if counts[answer] < least}
        columns |= {column: np.zeros(len(rows)) for column in names}
    for place, row in enumerate(rows):
        for name, answer in row.attributes:
            if name in columns:
                columns[name][place] = 1 if answer == "yes" else -1
            for value, column in values.get(name, {}).items():
                columns[column][place] = 1 if value == answer else -1
    return columns


def _categories(rows, least: float, left_out: dict) -> dict[str, np.ndarray]:
    """The columns of the categories; rare ones are added to `left_out`."""
    counts = Counter(name for row in rows for name in row.categories)
    left_out |= {f"category: {name}": "rare category" for name in sorted(counts) if counts[name] < least}
    columns = {name: np.zeros(len(rows)) for name in sorted(counts) if counts[name] >= least}
    for place, row in enumerate(rows):
        for name in row.categories:
            if name in columns:
                columns[name][place] = 1
    return {f"category: {name}": column for name, column in columns.items()}


def _recipe(rows, columns, without, least_share, rare, left_out) -> str:
    """How the table was made, in sentences."""
    counts = {
        "place": sum(math.isnan(row.latitude) or math.isnan(row.longitude) for row in rows),
        "hours": sum(row.hours is None for row in rows),
        "price": sum(math.isnan(_price(row)) for row in rows),
    }
    missing = [f"{count} do not say their {name}" for name, count in counts.items() if count and name not in without]
    constant = [name for name, why in left_out.items() if why == "constant"]
    what = {"attributes": "attributes or answers to them", "category": "categories"}
    dropped = [f"{count} {what[group]}" for group, count in rare.items() if count and group not in without]
    few = f"left out, as too few bear them (less than {least_share:g} of all)"
    sentences = [
        f"{len(rows)} businesses in {len(columns)} columns: "
        + ", ".join(group for group in GROUPS if group not in without),
        f"kept out, so that a label is not judged by itself: {', '.join(without)}" if without else "",
        "log of 1 + the number of reviews; attributes +1 yes, -1 no, 0 not said; categories 0 or 1",
        f"{', '.join(missing)}: the median of the others stands in" if missing else "",
        f"{few}: {' and '.join(dropped)}" if dropped else "",
        f"constant and left out: {', '.join(constant)}" if constant else "",
        "the table behind the published seconds was not published: this recipe is ours",
    ]
    return "".join(f"{sentence[0].upper()}{sentence[1:]}. " for sentence in sentences if sentence).strip()
