"""What a configuration names by `_target_`, as Hydra does."""

from collections.abc import Iterator

TARGET = "_target_"


def targets(config, place: str = "") -> Iterator[tuple[str, object]]:
    """(key, target) of every `_target_` in nested mappings and lists."""
    entries = config.items() if isinstance(config, dict) else enumerate(config) if isinstance(config, list) else ()
    for name, entry in entries:
        key = f"{place}{name}"
        if name == TARGET:
            yield key, entry
        yield from targets(entry, f"{key}.")


def modules(config) -> set[str]:
    """The names of all targets of a configuration, and of the modules that hold them."""
    names = {target for _, target in targets(config) if isinstance(target, str)}
    return names | {name.rpartition(".")[0] for name in names}
