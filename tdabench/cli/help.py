"""`tdabench run --help`, and of one page: what can be chosen and set, from the comments of conf/ themselves."""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from tdabench import paths
from tdabench.claims import pages
from tdabench.claims.overrides import SEVERAL
from tdabench.cli.list import whereabouts

WIDTH = 118
# Keys of a page that say what it is; the rest can be set.
PAGE = {"defaults", "name", "title", "source", "own", "data", "required", "unnamed", "schedule", "bands",
        "claims"}  # fmt: skip
HOW = ("hydra", "suite", "defaults")
GRAMMAR = """\
  key=value sets a key, +key=value adds one, ~key takes one away; a list is [1,2], no value is null.
  -m key=1,2,3 or -m reproduction=NAME,NAME or -m 'reproduction=glob(carlsson*)': a job for each, also of several keys.
  Names of files and columns are taken as they are typed; elsewhere quote a text with , = ( [ {: 'key="a, b"'.
"""


class Option(NamedTuple):
    """A key of a yaml file, its value as written there, and the comment that stands at it."""

    key: str
    value: str
    comment: str


def run_help() -> str:
    """What `tdabench run` can be told."""
    lines = ["tdabench run reproduction=NAME [key=value ...]     run a page",
             "tdabench run reproduction=NAME --help              its keys, and what it needs",
             "", "reproduction="]  # fmt: skip
    lines += _table([(entry.name, entry.title) for entry in pages.reproductions()])
    for group, note in (("profile", ""), ("network", "of a page with network@PLACE, which its own --help shows")):
        lines += ["", f"{group}=" + (f"    {note}" if note else "")]
        lines += _table([(path.stem, _head(path)) for path in sorted((paths.CONF / group).glob("*.yaml"))])
    lines += ["", "Keys of every run"]
    shown = [option for option in options(paths.CONF / "config.yaml") if option.key.split(".")[0] not in HOW]
    lines += _table([(f"{key}={value}", comment) for key, value, comment in shown])
    return "\n".join([*lines, "", "How they are written", GRAMMAR])


def page_help(name: str, profile: str = "quick") -> str:
    """One page: its title, its keys with the values that they have in a profile, and what it needs."""
    entry = next(entry for entry in pages.reproductions() if entry.name == name)
    path = paths.CONF / "reproduction" / f"{name}.yaml"
    config = pages.configuration(name, profile)
    lines = [f"{name}: {entry.title}", f"    {entry.source}", ""]
    rows = {}
    for package, group, choice in _parts(path):
        file = paths.CONF / group / f"{choice}.yaml"
        rows[f"{group}@{package}"] = f"{group}@{package}={choice}", _head(file)
        place = "" if package == "_global_" else f"{package}."
        rows |= {f"{place}{option.key}": _row(place, option, config) for option in options(file)}
    shown = [option for option in options(path) if option.key.split(".")[0] not in PAGE and option.value[:1] != "&"]
    rows |= {option.key: _row("", option, config) for option in shown}
    lines += [f"Its keys, with their values in the {profile} profile", *_table(list(rows.values())), "", "It needs"]
    lines += [f"  {key}=..., for example {example}" for key, example in entry.required.items()]
    lines += [f"  {text}" for text in map(whereabouts, entry.needs)]
    lines += [] if entry.needs or entry.required else ["  no data of others"]
    lines += [f"  measures more with {text}" for text in map(whereabouts, entry.uses)]
    return "\n".join([*lines, "", "Keys of every run, and how they are written: tdabench run --help", ""])


def asked(words: list[str]) -> str:
    """The help that the words of `tdabench run ... --help` ask for."""
    names = {entry.name for entry in pages.reproductions()}
    values = dict(word.split("=", 1) for word in words if "=" in word)
    listed = [name for name in values.get("reproduction", "").split(",") if name]
    if SEVERAL & set(words) or not listed or set(listed) - names:
        return run_help()
    return "\n".join(page_help(name, values.get("profile", "quick")) for name in listed)


def options(path: Path) -> Iterator[Option]:
    """The keys of a yaml file by their dotted names, in its order; what a block of keys says stands at its first."""
    text = path.read_text("utf-8")
    if node := yaml.compose(text, yaml.SafeLoader):
        yield from _options(node, text.splitlines(), text)


def _options(node: yaml.MappingNode, lines: list[str], text: str, place="", before="") -> Iterator[Option]:
    """before: the comment of the block that the keys stand in."""
    for key, value in node.value:
        first, indent = key.start_mark.line, key.start_mark.column
        comment = " ".join(filter(None, [before, _above(lines, first, indent)]))
        before = ""
        block = isinstance(value, yaml.CollectionNode) and not value.flow_style
        last = first if block else value.end_mark.line
        column = value.end_mark.column if last != first or not block else key.end_mark.column
        if isinstance(value, yaml.ScalarNode) and value.style in ("|", ">"):
            last, column = first, len(lines[first])
        comment = " ".join(filter(None, [comment, _after(lines, last, column, indent)]))
        if block and isinstance(value, yaml.MappingNode):
            yield from _options(value, lines, text, f"{place}{key.value}.", comment)
        else:
            written = " ".join(text[value.start_mark.index : value.end_mark.index].split())
            yield Option(f"{place}{key.value}", written, comment)


def _above(lines: list[str], line: int, indent: int) -> str:
    """The comment in the lines above a key, as far in as the key itself; the head of a file is none of a key."""
    taken = []
    while line and re.match(rf" {{{indent}}}#", lines[line - 1]):
        line -= 1
        taken.insert(0, lines[line].strip("# "))
    return " ".join(taken) if line else ""


def _after(lines: list[str], line: int, column: int, indent: int) -> str:
    """The comment behind a value, with the lines that go on with it, farther in than the key."""
    match = re.match(r"[^#]*\s#\s*(.*)", lines[line][column:])
    if not match:
        return ""
    taken = [match[1].strip()]
    for after in lines[line + 1 :]:
        if not (rest := re.match(rf"\s{{{indent + 4},}}#\s*(.*)", after)):
            break
        taken.append(rest[1].strip())
    return " ".join(taken)


def _parts(path: Path) -> list[tuple[str, str, str]]:
    """(package, group, choice) of the defaults of a page."""
    defaults = (yaml.load(path.read_text("utf-8"), pages.Loader) or {}).get("defaults", [])
    entries = [next(iter(entry.items())) for entry in defaults if isinstance(entry, dict)]
    return [(key.partition("@")[2], key.partition("@")[0].strip("/"), choice) for key, choice in entries]


def _row(place: str, option: Option, config: dict) -> tuple[str, str]:
    """A key as it is set, with its value in `config`, and its comment; behind it the reference that gives the value."""
    value = config
    for name in f"{place}{option.key}".split("."):
        value = value.get(name) if isinstance(value, dict) else None
    shown = option.value
    if "${" in shown:
        dumped = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True)
        shown = dumped.strip().removesuffix("...")
    source = f"({option.value})" if shown != option.value else ""
    return f"{place}{option.key}={shown.strip()}", " ".join(filter(None, [option.comment, source]))


def _head(path: Path) -> str:
    """The comment at the head of a file."""
    taken = []
    for line in path.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            break
        taken.append(line.strip("# "))
    return " ".join(taken)


def _table(rows: list[tuple[str, str]]) -> list[str]:
    """Two columns; a second one that is too long goes on in the next line."""
    width = min(36, max((len(left) for left, _ in rows), default=0))
    lines = []
    for left, right in rows:
        wrapped = textwrap.wrap(right, WIDTH - width - 4) or [""]
        if len(left) > width:
            lines += textwrap.wrap(left, WIDTH - 2, initial_indent="  ", subsequent_indent="      ")
            left, wrapped = "", wrapped if right else []
        for line in wrapped:
            lines.append(f"  {left:{width}}  {line}".rstrip())
            left = ""
    return lines
