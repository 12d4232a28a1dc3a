"""How long each page takes: here, by the newest finished run on record, or where its reference was measured."""

import json

from tdabench import paths
from tdabench.record.job import Entry

HERE, REFERENCE = "here", "on the reference machine"


def durations(entries: list[Entry]) -> dict[tuple[str, str], tuple[float, str]]:
    """(page, profile) -> seconds, and where they were measured. entries: Record.entries(), newest first."""
    seconds = {}
    for entry in entries:
        if entry.status == "finished" and not entry.variant and entry.wall_s is not None:
            seconds.setdefault((entry.name, entry.profile), (entry.wall_s, HERE))
    files = [*paths.REFERENCE.glob("quick/*.json"), *paths.REFERENCE.glob("paper/[!.]*/job.json")]
    for file in files:
        try:
            job = json.loads(file.read_text("utf-8"))
            key, spent = (job["name"], job["profile"]), (job.get("provenance") or job)["wall_s"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):  # `tdabench check` says that it is damaged
            continue
        seconds.setdefault(key, (spent, REFERENCE))
    return seconds

