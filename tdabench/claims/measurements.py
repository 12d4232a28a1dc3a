"""What a job measured: a nested mapping of names, in which a claim's `a.b.c` is a path.

Where a path ends, the value is taken whole: a number, a list over seeds, a text, or a mapping such as Betti vector ->
share of the range. {"not_run": reason} stands for what was not measured, there and below.
"""

from tdabench.errors import BadInput

NOT_RUN = "not_run"


class NotMeasured(Exception):
    """The measurement was not taken; the text says why."""


def key(name: object) -> str:
    """A number or a text as one part of a path, whose dots become commas: .95 -> "0,95"."""
    return f"{name:g}".replace(".", ",") if isinstance(name, float) else str(name).replace(".", ",")


def check(measurements: dict, under: str = "") -> dict:
    """The measurements themselves. BadInput when a name in them holds a dot, since no path could lead there."""
    for name, value in measurements.items():
        place = f"{under}.{name}" if under else name
        if "." in name:
            where = f"under {under}" if under else "at the top"
            raise BadInput(f"measure(): the name {name!r} {where} holds a dot, which separates a path: nest mappings.")
        if isinstance(value, dict):
            check(value, place)
    return measurements


def at(measurements: dict, path: str):
    """The value at `path`. NotMeasured when there is none, with the names that are there, or was not run."""
    value, passed = measurements, []
    for name in path.split("."):
        if not_run(value):
            break
        if not isinstance(value, dict) or name not in value:
            names = f"has {', '.join(value)}" if isinstance(value, dict) and value else "has no parts"
            raise NotMeasured(f"{path} was not measured ({'.'.join(passed) or 'the job'} {names})")
        value = value[name]
        passed.append(name)
    if not_run(value):
        raise NotMeasured(value[NOT_RUN])
    return value


def not_run(value) -> bool:
    """Whether a value stands for what was not measured."""
    return isinstance(value, dict) and set(value) == {NOT_RUN}


def flat(measurements: dict, prefix: str = "") -> dict:
    """Path -> value; mappings are opened, but for those of what was not run. Older references are written like this."""
    paths = {}
    for name, value in measurements.items():
        opened = isinstance(value, dict) and value and not not_run(value)
        paths |= flat(value, f"{prefix}{name}.") if opened else {f"{prefix}{name}": value}
    return paths


def fill(measurements: dict, path: str, value) -> None:
    """Put a value at `path`, unless something is there already, or stands for all that is below."""
    *branches, last = path.split(".")
    for name in branches:
        measurements = measurements.setdefault(name, {})
        if not_run(measurements):
            return
    measurements.setdefault(last, value)
