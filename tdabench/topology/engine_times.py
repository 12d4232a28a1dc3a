"""How long each engine took, and how much memory, on each input of reproduction bauer_2021_engines.

    python -m tdabench.topology.engine_times        writes the table anew, from that reproduction's frozen reference
"""

import json
from functools import cache
from pathlib import Path

from tdabench import paths

TABLE = Path(__file__).with_name("engine_times.json")
SOURCE = "paper/bauer_2021_engines/tables/engines.json"  # of reference/
COLUMNS = ("cloud", "points", "dimension", "edges", "left", "engine", "seconds", "MiB")


@cache
def measured() -> list[dict]:
    """The rows of the table, by the names of COLUMNS; seconds and MiB are None where an engine did not finish."""
    table = json.loads(TABLE.read_text("utf-8"))
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def table_text(reference: Path) -> str:
    """The text of the table, from a folder of frozen references."""
    rows = json.loads((reference / SOURCE).read_text("utf-8"))["rows"]
    lines = ",\n  ".join(json.dumps([row[name] for name in COLUMNS]) for row in rows)
    head = f'"source": {json.dumps(f"reference/{SOURCE}")},\n "columns": {json.dumps(COLUMNS)}'
    return f'{{{head},\n "rows": [\n  {lines}\n ]}}\n'


if __name__ == "__main__":
    paths.write_atomic(TABLE, table_text(paths.REFERENCE))
