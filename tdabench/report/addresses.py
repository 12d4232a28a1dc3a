"""Names of the report's own files, made of names that came from elsewhere."""

import re

LONGEST = 60


class Addresses:
    """Gives every name a file name of its own in one folder: plain letters, no path, unlike any other even where
    capitals make no difference."""

    def __init__(self):
        self._taken: set[str] = set()

    def give(self, name) -> str:
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", str(name)).strip("-.")[:LONGEST] or "nameless"
        free, number = plain, 2
        while free.casefold() in self._taken:
            free, number = f"{plain}-{number}", number + 1
        self._taken.add(free.casefold())
        return free
