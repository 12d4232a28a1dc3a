"""The JSON schema of `tdabench results --json`. `python -m tdabench.report.schema` writes docs/results.schema.json."""

import json
from pathlib import Path

from tdabench import paths
from tdabench.report.results import Result
from tdabench.structure import schema

PLACE = paths.ROOT / "docs" / "results.schema.json"


def text() -> str:
    """The schema as the file holds it."""
    return json.dumps(schema(list[Result], "tdabench results --json"), indent=2) + "\n"


def write(place: Path = PLACE) -> None:
    """Renew the file."""
    place.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    write()
