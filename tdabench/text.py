"""Values as a person writes them, and text from outside in a form that a page or a terminal can show."""

import re
from datetime import UTC, datetime

# Control characters, which a terminal obeys; marks of the reading direction, which can make a line look different from
# its content; and lone surrogates, which no file can hold.
INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LONGEST = 20_000  # characters of one text on a page; nobody reads more


def visible(value: str) -> str:
    """A text in which each invisible character becomes the replacement character."""
    return INVISIBLE.sub("\N{REPLACEMENT CHARACTER}", value.replace("\r\n", "\n"))


def shortened(value: str) -> str:
    """A text cut to LONGEST characters; one that was cut says how long it was."""
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}... ({len(value):,} characters)"


def one_line(value) -> str:
    """Any value as one line of text, cut to LONGEST characters, without invisible characters."""
    return " ".join(visible(shortened(str(value))).split())


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
    """Whether a value is [low, high]."""
    return isinstance(value, list) and len(value) == 2 and all(map(is_number, value))


def interval_text(value) -> str:
    """[low, high] -> low to high."""
    if isinstance(value, dict):
        return "; ".join(f"{part}: {interval_text(entry)}" for part, entry in value.items() if entry)
    if not is_interval(value):
        return text(value) if value else ""
    return " to ".join(f"{end:.3g}" if abs(end) < 1000 else f"{end:.0f}" for end in value)


def quantity(value, unit: str, digits: int = 0) -> str:
    """A number with its unit; "" for None."""
    return f"{value:,.{digits}f} {unit}" if is_number(value) else text(value)


def moment(seconds) -> str:
    """A time in seconds since 1970 as date, hour and minute (UTC)."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
    except (TypeError, ValueError, OverflowError, OSError):
        return text(seconds)
