"""What the options of a run may be: a dataclass for those of every run, and one for each page of a user's own data.

OmegaConf checks and converts the types. The options of other pages are of the type of the value in the page.
"""

import math
from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields, is_dataclass, make_dataclass
from functools import cache
from typing import Any, get_args

from omegaconf import ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from tdabench.claims.escapes import literal
from tdabench.errors import BadInput, BadRequest
from tdabench.validation import as_integer, as_real, quoted

Number = int | float
Text = str | None  # a name, as it was typed: of a file, of a column, of a layer
Texts = list[str] | None


def count(least: int = 1) -> Any:
    """A whole number from `least` on."""
    return field(metadata={"least": least})


def positive(most: float = math.inf) -> Any:
    """A number above 0, of at most `most`."""
    return field(metadata={"above": 0.0, "most": most})


@dataclass
class Limits:
    """Of one job."""

    memory_gib: Number | None = positive()
    time_s: Number = positive()


@dataclass
class Schedule:
    """Where a page stands in a suite."""

    core: bool
    alone: bool
    trains: bool


@dataclass
class Profile:
    """How much is measured."""

    name: str
    seeds: int = count()
    draws: int = count(least=0)
    scales: list[int]
    study: list[str]


@dataclass
class Rule:
    """When a Betti vector counts as read: its share of the range, and of the seeds."""

    run: Number = positive(most=1)
    seeds: Number = positive(most=1)


@dataclass
class General:
    """The options of every run."""

    again: bool
    jobs: int = count()
    threads: int | None = count()
    seeds: int = count()
    limits: Limits
    schedule: Schedule
    profile: Profile
    rule: Rule
    reason: str


@dataclass
class Landmarks:
    """What a Betti vector is read from; range_share: how much of the filtration."""

    landmarks: int = count()
    range_share: Number = positive()


@dataclass
class Points:
    """A user's own points."""

    path: Text
    array: Text
    betti: list[Any] | None


@dataclass
class OwnPoints(Landmarks):
    """The options of own_points."""

    points: Points
    complex: str
    nu: int = count(least=0)
    max_dimension: int = count(least=0)
    fields: list[int]
    engine: str
    within_gib: Number | None = positive()
    over_memory: str


@dataclass
class Table:
    """A user's own table."""

    path: Text
    label: Text
    columns: Texts
    colour: Text
    text: str
    missing: str
    standardise: bool
    rows: int = count()


@dataclass
class Topology(Landmarks):
    """How the Betti numbers of a table are read."""

    rows: int = count()
    rows_per_landmark: int = count()
    max_dimension: int = count(least=0)
    field: int = count(least=2)
    seeds: int = count()


@dataclass
class OwnTable:
    """The options of own_table."""

    table: Table
    methods: list[str] | None
    rounds: int = count()
    neighbours: int = count()
    limit_s: Number = positive()
    memory_gib: Number = positive()
    measurement_threads: int = count()
    halves: int = count()
    half_rows: int = count()
    judged_neighbours: int = count()
    topology: Topology
    flares: Number


@dataclass
class Network:
    """A user's own network."""

    weights: Text
    torchvision: str | None
    layer: Text
    betti: list[Any] | None


@dataclass
class OwnNetwork(Landmarks):
    """The options of own_network."""

    network: Network
    strongest: Number = positive(most=100)
    sample: int = count()
    k: int | None = count()
    p: Number = positive(most=100)
    engine: str
    draws: int = count()


ALWAYS = ("again", "seeds", "threads", "limits.memory_gib", "limits.time_s", "profile.name")
PAGES = {"own_points": OwnPoints, "own_table": OwnTable, "own_network": OwnNetwork}
LISTS = {list[int]: "a list of whole numbers", list[str]: "a list of texts", list[Any]: "a list"}
WORDS = {bool: "true or false", Number: "a number", str: "a text", int: "a whole number", **LISTS}


@cache
def declared(page: str) -> dict[str, Field]:
    """Dotted key -> field of a dataclass, of the options of a page that have one."""
    return dict([*_flat(General), *(_flat(PAGES[page]) if page in PAGES else ())])


def check(config: dict) -> dict:
    """The resolved configuration of a job with each declared option in its type.

    Raises
    ------
    BadRequest
        For the first option of another type, or out of its bounds.
    """
    for key, option in declared(config["name"]).items():
        *names, last = key.split(".")
        section, place = config, []
        for name in names:
            section, place = section.get(name, {}), [*place, name]
            if not isinstance(section, dict):
                said = f"keys with values are needed, such as {key}, not {quoted(section)}"
                raise BadRequest(f"{'.'.join(place)}: {said}.")
        if last in section:
            section[last] = typed(key, option.type, section[last], **option.metadata)
        elif key in ALWAYS:
            raise BadRequest(f"{key}: every run needs it; it cannot be taken away.")
    return config


def typed(key: str, kind, value, least: int | None = None, above: float | None = None, most: float = math.inf):
    """A value in its type; BadRequest, with the key of its option, for what is none of that type or out of bounds."""
    needed = next((words for part, words in WORDS.items() if kind in (part, part | None)), "another value")
    try:
        schema = OmegaConf.structured(make_dataclass("Option", [("value", kind)]))
        value = OmegaConf.to_container(OmegaConf.merge(schema, {"value": literal(value)}), resolve=True)["value"]
    except OmegaConfBaseException:
        if least is None and above is None:
            raise BadRequest(f"{key}: {needed} is needed, not {quoted(value)}.") from None
    if value is None and type(None) in get_args(kind):
        return None
    try:
        if least is not None:
            value = as_integer(value, key, least)
        if above is not None:
            as_real(value, key, above, most)
    except BadInput as error:
        raise BadRequest(str(error)) from None
    return value


def of_value(value):
    """The type of an option without a dataclass, by its value in the page; None where any other may take its place."""
    kinds = {bool: bool, int: Number, float: Number, ListConfig: list[Any]}
    return kinds.get(type(value))


def _flat(kind: type, place: str = "") -> Iterator[tuple[str, Field]]:
    for option in fields(kind):
        if is_dataclass(option.type):
            yield from _flat(option.type, f"{place}{option.name}.")
        else:
            yield place + option.name, option
