"""Texts as Hydra's parser and OmegaConf's references leave them alone."""

import re

REFERENCE = re.compile(r"(\\*)\$\{")


def quoted(text: str) -> str:
    """A text in quotes, as Hydra's parser reads it back. Backslashes count only before a quote and at the end."""
    return "'" + re.sub(r"(\\*)('|$)", lambda match: match[1] * 2 + "\\" * bool(match[2]) + match[2], text) + "'"


def literal(value):
    """A value, or a mapping or list of values, whose texts OmegaConf resolves to themselves: `${` is no reference."""
    if isinstance(value, dict):
        return {key: literal(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [literal(entry) for entry in value]
    return REFERENCE.sub(lambda match: match[1] * 2 + "\\${", value) if isinstance(value, str) else value


def unescaped(text: str) -> str | None:
    """The text that OmegaConf makes of one without references; None where it holds a reference."""
    resolved = REFERENCE.sub(lambda match: match[1][: len(match[1]) // 2] + "${", text)
    return resolved if literal(resolved) == text else None
