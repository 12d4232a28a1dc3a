"""Dataclasses and JSON: what fits is read and written as it was, what does not is named with its place."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tdabench import structure
from tdabench.structure import Misfit, if_any, in_memory, read, write


@dataclass
class Inner:
    """A part."""

    id: str
    """Its id."""
    size: float | None = None
    """Its size,
    in metres."""


@dataclass(kw_only=True)
class Outer(Inner):
    """A whole."""

    parts: list[Inner]
    """Its parts."""
    named: dict[str, Inner] = field(default_factory=dict)
    """More of them."""
    count: int = 0
    """How many."""
    sure: bool = True
    """Whether so."""
    whatever: Any = None
    """Anything."""
    note: str | None = if_any("")
    """Written only when there is one."""
    seen: bool = in_memory(False)
    """Never written."""


WHOLE = {"id": "a", "size": 2, "parts": [{"id": "b", "size": 1.5}], "named": {"c": {"id": "d", "size": None}},
         "count": 3, "sure": False, "whatever": [1, {"x": None}]}  # fmt: skip


def test_what_is_read_is_written_as_it_was():
    outer = read(Outer, WHOLE | {"seen": True, "unheard": 1})
    assert outer.parts == [Inner("b", 1.5)] and outer.named["c"].id == "d" and not outer.seen
    assert write(outer) == WHOLE and list(write(outer)) == list(WHOLE)
    assert type(write(outer)["size"]) is int  # no number becomes another text
    assert write(read(Outer, WHOLE | {"note": None})) == WHOLE | {"note": None}


@pytest.mark.parametrize(
    "value, said",
    [
        ([], "lacks id, parts"), ({"id": "a"}, "lacks parts"), (WHOLE | {"parts": [{}]}, "lacks parts.0.id"),
        (WHOLE | {"id": None}, "has id that is not a text"), (WHOLE | {"parts": {}}, "has parts that is not a list"),
        (WHOLE | {"parts": [3]}, "has parts.0 that is not a mapping"), (WHOLE | {"count": 1.0}, "count .* an integer"),
        (WHOLE | {"count": True}, "count that is not an integer"), (WHOLE | {"sure": 1}, "sure .* true or false"),
        (WHOLE | {"size": "2"}, "size that is not a number"), (WHOLE | {"named": {"c": {}}}, "lacks named.c.id"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_with_its_place(value, said):
    with pytest.raises(Misfit, match=said):
        read(Outer, value)


def test_a_schema_has_the_kinds_the_keys_and_the_sentences():
    schema = structure.schema(list[Outer], "Many")
    outer, inner = (schema["$defs"][name] for name in ("Outer", "Inner"))
    assert (schema["type"], schema["items"]) == ("array", {"$ref": "#/$defs/Outer"})
    assert outer["required"] == list(WHOLE) and not outer["additionalProperties"]
    assert inner["properties"]["size"] == {"type": ["number", "null"], "description": "Its size, in metres."}
    assert outer["properties"]["size"] == inner["properties"]["size"]  # inherited with its sentence
    assert outer["properties"]["whatever"] == {"description": "Anything."} and "seen" not in outer["properties"]
    assert outer["properties"]["named"]["additionalProperties"] == {"$ref": "#/$defs/Inner"}
