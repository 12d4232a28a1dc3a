"""Published and measured values as a person writes them, and text from elsewhere as every page may show it."""

import re
from datetime import UTC, datetime

# Characters that nobody sees: control characters (a terminal obeys them), what turns the direction of reading (it can
# make a line say another thing than it holds) and lone surrogates (no file can hold them).
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LONGEST = 20_000  # characters of one text that a page shows; more is nothing that a person reads


def seen(value: str) -> str:
    """A text whose unseen characters are seen: each becomes the replacement character."""
    return UNSEEN.sub("\N{REPLACEMENT CHARACTER}", value.replace("\r\n", "\n"))


def shortened(value: str) -> str:
    """A text no longer than a page bears; one that was cut says how long it was."""
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}... ({len(value):,} characters)"


def one_line(value) -> str:
    """Any value as one line of text that a page bears, without unseen characters."""
    return " ".join(seen(shortened(str(value))).split())


def free_name(name: str, taken) -> str:
    """The name, with a number where it is taken already."""
    free, number = name, 2
    while free in taken:
        free, number = f"{name} {number}", number + 1
    return free


def text(value) -> str:
    """A published or measured value as a person writes it: [1, 5] -> (1, 5), {part: value} -> part: value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{part}: {text(entry)}" for part, entry in value.items())
    if isinstance(value, list):
        if value and all(isinstance(entry, list) for entry in value):
            return " or ".join(text(entry) for entry in value)
        if value and all(isinstance(entry, str) for entry in value):
            return " < ".join(value)
        return "(" + ", ".join(text(entry) for entry in value) + ")"
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_interval(value) -> bool:
    """Whether it is [low, high]."""
    return isinstance(value, list) and len(value) == 2 and all(map(is_number, value))


def interval_text(value) -> str:
    """[low, high] -> low to high."""
    if isinstance(value, dict):
        return "; ".join(f"{part}: {interval_text(entry)}" for part, entry in value.items() if entry)
    if not is_interval(value):
        return text(value) if value else ""
    return " to ".join(f"{end:.3g}" if abs(end) < 1000 else f"{end:.0f}" for end in value)


def quantity(value, unit: str, digits: int = 0) -> str:
    """A number with its unit; nothing when there is none."""
    return f"{value:,.{digits}f} {unit}" if is_number(value) else text(value)


def moment(seconds) -> str:
    """The minute (UTC) of a time in seconds since 1970."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
    except (TypeError, ValueError, OverflowError, OSError):
        return text(seconds)
