"""Overrides as Hydra reads them: names of files and columns reach a job as they were typed, whatever they look like.

A key whose option is a text (`tdabench.claims.options`), or a file that its page reads, takes the rest of its word;
what Hydra would read as something else is put in quotes for it. Some forms keep the meaning that they have in Hydra: a
value in quotes, null, and with -m values between commas and functions, such as glob(...).
"""

import re

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf

from tdabench import paths
from tdabench.claims import options, pages
from tdabench.claims.escapes import literal, quoted, unescaped
from tdabench.errors import BadRequest

SEVERAL = {"-m", "--multirun"}
OVERRIDE = re.compile(r"(\+{0,2})([^=+~\s-][^=\s]*)=(.*)", re.DOTALL)
FUNCTION = re.compile(r"(?:choice|range|interval|glob|sort|shuffle|tag)\(.*\)", re.DOTALL)
PART = re.compile(r"""\s*('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^,]*?)\s*(,|$)""", re.DOTALL)
TEXT, TEXTS, FILE = "text", "texts", "file"


def rewritten(words: list[str]) -> list[str]:
    """The words of a command line, with the values of text keys quoted where Hydra would read something else."""
    kinds, several = _kinds(words), bool(SEVERAL & set(words))
    return [_word(word, kinds, several) for word in words]


def plain(override: str, page: str) -> str:
    """An override as a user types it, without Hydra's quotes where `rewritten` would add them again."""
    match = OVERRIDE.fullmatch(override)
    read, in_quotes = _read(match[3]) if match else (None, False)
    text = unescaped(read) if in_quotes else None
    if text is None:
        return override
    typed = f"{match[1]}{match[2]}={text}"
    return typed if rewritten([f"reproduction={page}", typed])[1] == override else override


def keys(overrides: list[str]) -> list[str]:
    """The keys of overrides, without the signs before them."""
    return [override.lstrip("+~").split("=")[0] for override in overrides]


def check(config: DictConfig, overrides: list[str]) -> None:
    """BadRequest when an override puts something else in the place of a number, a list or a yes or no of the page."""
    page = OmegaConf.load(paths.CONF / "reproduction" / f"{config.name}.yaml")
    for key in keys(overrides):
        kind = options.of_value(OmegaConf.select(page, key, throw_on_resolution_failure=False))
        if kind and key not in options.declared(config.name):
            value = OmegaConf.select(config, key)
            value = OmegaConf.to_container(value) if OmegaConf.is_config(value) else value
            OmegaConf.update(config, key, literal(options.typed(key, kind, value)), merge=False)


def _kinds(words: list[str]) -> dict[str, str]:
    """Key -> TEXT, TEXTS or FILE, of the pages that the words name; of all pages where they name none of them."""
    named = {name for word in words if word.startswith("reproduction=") for name in word.split("=", 1)[1].split(",")}
    entries = pages.reproductions()
    kinds = {}
    for entry in [entry for entry in entries if entry.name in named] or entries:
        for key, option in options.declared(entry.name).items():
            if option.type in (options.Text, options.Texts):
                kinds[key] = TEXT if option.type == options.Text else TEXTS
        kinds |= dict.fromkeys(entry.files, FILE)
    return kinds


def _word(word: str, kinds: dict[str, str], several: bool) -> str:
    match = OVERRIDE.fullmatch(word)
    kind = match and kinds.get(match[2])
    if not kind:
        return word
    value = match[3]
    if value in ("", "null") or (several and FUNCTION.fullmatch(value)):
        written = value if not (kind == FILE and value and _is_there(value)) else quoted(value)
    elif kind == TEXTS:
        lists = re.split(r"(?<=\]),(?=\[)", value) if several else [value]
        written = ",".join(_list(part, match[2]) for part in lists)
    elif several and not (kind == FILE and _is_there(value)):
        written = ",".join(_text(part, kind, match[2]) for part in _parts(value))
    else:
        written = _text(value, kind, match[2])
    return f"{match[1]}{match[2]}={written}"


def _text(value: str, kind: str, key: str) -> str:
    """A value as Hydra reads it as that text. What is in quotes stays, unless a file has the quotes in its name."""
    read, in_quotes = _read(value)
    if in_quotes and not (kind == FILE and _is_there(value) and not _is_there(read)):
        return value
    if value == "???":  # OmegaConf's sign for a value that is missing, in quotes too
        if kind == FILE:
            return quoted("./???")
        raise BadRequest(f"{key}: ??? stands for a value that is missing; give it another name.")
    return value if read == value and "${" not in value else quoted(literal(value))


def _list(value: str, key: str) -> str:
    inside = value.strip()
    if not (inside.startswith("[") and inside.endswith("]")):
        return f"[{_text(value, TEXT, key)}]"
    return f"[{','.join(_text(part, TEXT, key) for part in _parts(inside[1:-1]) if part)}]"


def _parts(value: str) -> list[str]:
    """The parts between commas; one in quotes may hold commas."""
    parts, place = [], 0
    while True:
        match = PART.match(value, place)
        parts.append(match[1])
        if not match[2]:
            return parts
        place = match.end()


def _read(value: str) -> tuple[object, bool]:
    """A value as Hydra's parser reads it, and whether it is in quotes; (None, False) where it cannot be read, or as
    several values."""
    try:
        override = OverridesParser.create().parse_override(f"key={value}")
    except HydraException:
        return None, False
    if override.is_sweep_override():
        return None, False
    read = override.value()
    return read, isinstance(read, str) and override.get_value_element_as_str()[:1] in ("'", '"')


def _is_there(name: str) -> bool:
    try:
        return paths.expanded(name).exists()
    except (OSError, ValueError):
        return False
