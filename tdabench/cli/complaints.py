"""What Hydra says of a command line, in a sentence that ends with what to type."""

import re
import shlex
from collections.abc import Iterable
from difflib import get_close_matches

from omegaconf.errors import OmegaConfBaseException

from tdabench.claims import pages
from tdabench.claims.escapes import quoted
from tdabench.errors import BadRequest, TdabenchError

VALUED = {"--cfg", "-c", "--package", "-p", "--config-path", "-cp", "--config-name", "-cn", "--config-dir", "-cd",
          "--info", "-i"}  # fmt: skip
AMBIGUOUS = re.compile(r"Ambiguous value for argument '(?P<key>.*?)=(?P<value>.*?)'\n", re.DOTALL)
NO_CHOICE = re.compile(r"Could not find '(?P<group>[^/']+)/(?P<name>[^\n]*)'\n+Available .*?:(?P<all>.*)", re.DOTALL)
NO_PAGE = re.compile("You must specify 'reproduction'|Could not find 'reproduction/'")
ELSEWHERE = re.compile(r"Did you mean to override (?P<key>\S+)\?")
NO_KEY = re.compile(r"Could not (?:override|delete from config\.) '(?P<key>[^']+)'")
UNREADABLE = re.compile("override_grammar|no viable alternative|mismatched input|extraneous input|token recognition")


def lone_words(words: list[str]) -> None:
    """BadRequest for a word that is neither a switch nor what follows one, and has no key or no `=`."""
    for place, word in enumerate(words):
        if not word.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in word):
            raise BadRequest(f"{word}: the name holds bytes that are not UTF-8; rename the file, or make a link to it.")
        if word.startswith("="):
            raise BadRequest(f"{word}: a key is missing before it; an override is written key=value.")
        if "=" in word or word.startswith(("-", "~")) or (place and words[place - 1] in VALUED):
            continue
        names = [entry.name for entry in pages.reproductions()]
        if near := get_close_matches(word, names, 1, 0.8):
            fixed = [*words[:place], f"reproduction={near[0]}", *words[place + 1 :]]
            raise BadRequest(f"{word}: reproduction= is missing before it: {_command(fixed)}")
        following = words[place + 1] if place + 1 < len(words) else ""
        if following and "=" not in following and not following.startswith("-"):
            fixed = [*words[:place], f"{word}={following}", *words[place + 2 :]]
            raise BadRequest(f"{word}: there is no = between it and its value: {_command(fixed)}")
        key, colon, value = word.partition(":")
        if colon and key and value:
            raise BadRequest(f"{word}: an override is written with =: {_shell(f'{key}={value}')}")
        raise BadRequest(f"{word}: a value is missing; write {word}=VALUE.")


def sentence(error: Exception, words: list[str]) -> str:
    """What was wrong with the words of `tdabench run`, where, and what to do."""
    said = "\n".join(dict.fromkeys(str(part) for part in (error, error.__cause__ or error.__context__) if part))
    said = said.split("Config search path")[0]
    if match := AMBIGUOUS.search(said):
        key, value = match["key"], match["value"].replace("\\'", "'")
        list_ = _shell(f"{key}=[{value}]")
        said = f"{key}={value}: several values are several jobs, which need -m: {_command(['-m', *words])}"
        if key in ("reproduction", "profile"):
            return said
        return f"{said}; as one list it is written {list_}, as one text {_one(key, value)}"
    if NO_PAGE.search(said):
        names = ", ".join(entry.name for entry in pages.reproductions())
        return f"reproduction=NAME is missing; there are {names}."
    if match := NO_CHOICE.search(said):
        group, choices = match["group"], match["all"].split()
        near = _near(match["name"], choices) or f"; there are {', '.join(choices)}."
        return f"{group}={match['name']}: there is no such {group}{near}"
    if match := NO_KEY.search(said):
        place = ELSEWHERE.search(said)
        return _unknown(match["key"], words, f"; did you mean {place['key']}?" if place else "")
    if UNREADABLE.search(said) and (word := _unreadable(words)):
        key, _, value = word.partition("=")
        if "=" not in word:
            return f"{word}: an override is written key=value."
        return f"{word}: Hydra cannot read this value; as a text it is written {_one(key, value)}."
    lines = [line.strip() for line in str(error).split("Config search path")[0].splitlines() if line.strip()]
    cause = error.__cause__ or error.__context__
    if cause and not isinstance(error, OmegaConfBaseException) and str(cause) not in str(error):
        lines.append(str(cause).splitlines()[0])
    return " ".join(lines)


def _unknown(key: str, words: list[str], near: str) -> str:
    """Of a key that is not in the configuration: those like it."""
    named = [word.split("=", 1)[1] for word in words if word.startswith("reproduction=")]
    entries = {entry.name for entry in pages.reproductions()}
    page = next((name for value in named for name in value.split(",") if name in entries), None)
    if page is None:
        return f"{key}: there is no such key."
    try:
        there = [*_flat(pages.configuration(page, "quick")), "reproduction", "profile"]
    except (OmegaConfBaseException, TdabenchError):
        there = []
    near = near or _near(key, there) or _near(key.split(".")[-1], there) or "."
    return f"{key}: {page} has no such key{near} All are shown by: tdabench run reproduction={page} --help"


def _unreadable(words: list[str]) -> str | None:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    for word in words:
        if not word.startswith("-"):
            try:
                OverridesParser.create().parse_override(word)
            except (HydraException, ValueError):
                return word
    return None


def _flat(config: dict, place: str = "") -> Iterable[str]:
    for key, value in config.items():
        yield f"{place}{key}"
        if isinstance(value, dict):
            yield from _flat(value, f"{place}{key}.")


def _near(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, list(names), 1)
    return f"; did you mean {near[0]}?" if near else ""


def _one(key: str, value: str) -> str:
    return _shell(f"{key}={quoted(value)}")


def _command(words: list[str]) -> str:
    return " ".join(["tdabench run", *map(_shell, words)])


def _shell(word: str) -> str:
    """A word as it is typed in a shell."""
    return f'"{word}"' if "'" in word and not set(word) & set('"$`\\!') else shlex.quote(word)
