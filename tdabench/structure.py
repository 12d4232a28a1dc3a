"""Dataclasses and JSON: one reader, one writer and one schema for all, which follow the annotations of the fields.

A field is a str, a bool, an int, a float, another dataclass, a list[...] or dict[str, ...] of these, Any, or one of
them or None. Its sentence stands below it, as a text of its own.
"""

import ast
import inspect
import textwrap
from dataclasses import MISSING, field, fields, is_dataclass
from functools import cache
from itertools import pairwise
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

KINDS = {str: ("string", "a text"), bool: ("boolean", "true or false"), int: ("integer", "an integer"),
         float: ("number", "a number"), list: ("array", "a list"), dict: ("object", "a mapping")}  # fmt: skip
IN_MEMORY, IF_ANY = {"json": "never"}, {"json": "if any"}


class Misfit(ValueError):
    """What JSON holds is not what a dataclass needs. The text goes on after the name of a file: "lacks rows.0.id"."""


def in_memory(default) -> Any:
    """A field that is neither written nor read."""
    return field(default=default, metadata=IN_MEMORY)


def if_any(default=None) -> Any:
    """A field that is not written while it has its default."""
    return field(default=default, metadata=IF_ANY)


def read(kind: type, value) -> Any:
    """A dataclass from what JSON holds; keys that it does not have are passed over.

    Raises
    ------
    Misfit
        When a field without a default is missing, or a value is of another kind than the annotation says.
    """
    return _object(kind, value if isinstance(value, dict) else {}, "")


def write(value) -> Any:
    """What JSON holds, in the order of the fields."""
    if is_dataclass(value):
        listed = ((each, getattr(value, each.name)) for each in fields(value) if each.metadata != IN_MEMORY)
        return {each.name: write(one) for each, one in listed if each.metadata != IF_ANY or one != each.default}
    if isinstance(value, dict):
        return {key: write(entry) for key, entry in value.items()}
    return [write(entry) for entry in value] if isinstance(value, list) else value


def schema(hint, title: str) -> dict:
    """The JSON schema of a dataclass, or of a list of them."""
    definitions: dict[str, dict] = {}
    described = _schema(hint, definitions)
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, "title": title} | described | {"$defs": definitions}


@cache
def _fields(kind: type) -> dict[str, tuple[Any, bool]]:
    """Name -> annotation, and whether it must be there."""
    hints = get_type_hints(kind)
    return {each.name: (hints[each.name], each.default is MISSING and each.default_factory is MISSING)
            for each in fields(kind) if each.metadata != IN_MEMORY}  # fmt: skip


def _object(kind: type, value: dict, place: str):
    listed = _fields(kind)
    if lacking := [place + name for name, (_, needed) in listed.items() if needed and name not in value]:
        raise Misfit(f"lacks {', '.join(lacking)}")
    return kind(**{name: _value(hint, value[name], place + name)
                   for name, (hint, _) in listed.items() if name in value})  # fmt: skip


def _value(hint, value, place: str):
    hint, nullable = _without_none(hint)
    if hint is Any or (nullable and value is None):
        return value
    kind = dict if is_dataclass(hint) else get_origin(hint) or hint
    kinds = (int, float) if kind is float else kind
    if not isinstance(value, kinds) or isinstance(value, bool) != (kind is bool):
        raise Misfit(f"has {place} that is not {KINDS[kind][1]}")
    if is_dataclass(hint):
        return _object(hint, value, f"{place}.")
    inner = get_args(hint)[-1] if get_args(hint) else Any
    if inner is Any:
        return value
    if kind is list:
        return [_value(inner, entry, f"{place}.{number}") for number, entry in enumerate(value)]
    return {key: _value(inner, entry, f"{place}.{key}") for key, entry in value.items()}


def _without_none(hint) -> tuple[Any, bool]:
    """An annotation without its `| None`, and whether it had one."""
    if NoneType not in get_args(hint):
        return hint, False
    (rest,) = (each for each in get_args(hint) if each is not NoneType)
    return rest, True


def _schema(hint, definitions: dict) -> dict:
    hint, nullable = _without_none(hint)
    if hint is Any:
        return {}
    if is_dataclass(hint):
        described = {"$ref": f"#/$defs/{hint.__name__}"}
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}
            definitions[hint.__name__] |= _definition(hint, definitions)
        return {"anyOf": [described, {"type": "null"}]} if nullable else described
    kind = get_origin(hint) or hint
    described = {"type": [KINDS[kind][0], "null"] if nullable else KINDS[kind][0]}
    if inner := get_args(hint):
        described["items" if kind is list else "additionalProperties"] = _schema(inner[-1], definitions)
    return described


def _definition(kind: type, definitions: dict) -> dict:
    listed, said = _fields(kind), sentences(kind)
    properties = {name: _schema(hint, definitions) | {"description": said[name]} for name, (hint, _) in listed.items()}
    optional = {each.name for each in fields(kind) if each.metadata == IF_ANY}
    return {
        "description": " ".join(inspect.getdoc(kind).split()),
        "type": "object",
        "properties": properties,
        "required": [name for name in listed if name not in optional],
        "additionalProperties": False,
    }


def sentences(kind: type) -> dict[str, str]:
    """Field -> the sentence below it, in a dataclass and those that it inherits from."""
    said: dict[str, str] = {}
    for each in reversed([base for base in kind.__mro__ if is_dataclass(base)]):
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
        for above, below in pairwise(tree.body):
            if isinstance(above, ast.AnnAssign) and isinstance(below, ast.Expr):
                said[above.target.id] = " ".join(ast.literal_eval(below.value).split())
    return said
