"""Names, texts and numbers as MLflow accepts them."""

import math

from tdabench.credentials import masked
from tdabench.text import visible


def shown(value, length: int) -> str:
    """A text as MLflow keeps it and every page may show it: no unseen characters, no password, no longer than that."""
    return masked(visible(str(value)))[:length]


def number(value: float) -> float:
    """A number as MLflow keeps it; one that is too large for a float is infinite."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def flat(config: dict, prefix: str = "") -> dict:
    """Parameters as MLflow lists them: a.b.c -> value; claims and prose stay in job.json."""
    parameters = {}
    for key, value in config.items():
        if prefix or key not in ("claims", "title", "source"):
            parameters |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return parameters


def plain(name: str) -> str:
    """A name as MLflow accepts it: of letters and few marks, no path that leads elsewhere, no longer than 200."""
    text = "".join(mark if mark.isalnum() or mark in "_-. /" else "_" for mark in name)
    text = "/".join(part.lstrip(".") for part in text.split("/") if part.strip(". ")) or "_"
    return text[:200]
