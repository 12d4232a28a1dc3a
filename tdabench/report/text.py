"""Published and measured values as a person writes them."""


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


def interval_text(value) -> str:
    """[low, high] -> low-high."""
    if isinstance(value, dict):
        return "; ".join(f"{part}: {interval_text(entry)}" for part, entry in value.items() if entry)
    return " to ".join(f"{end:.3g}" if abs(end) < 1000 else f"{end:.0f}" for end in value) if value else ""
