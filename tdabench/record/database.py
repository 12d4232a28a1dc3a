"""The database of a local record, read without MLflow: in milliseconds, and also where nothing can be written.

The files of a run lie in artifacts/RUN/artifacts beside the database, wherever both were moved or copied to. MLflow
stores an absolute address for each run; `follow` renews it before anything is written.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlparse
from urllib.request import url2pathname

from tdabench.errors import RecordUnusable

ARTEFACTS = "artifacts"
LOCAL = "sqlite:///"
WAIT_S = 30  # for another process that is writing


@dataclass(frozen=True)
class Run:
    """A run that has ended as MLflow stores it. folder: of its files; None when they lie on a server of their own."""

    id: str
    ended: float
    tags: dict[str, str]
    folder: Path | None

    @property
    def recorded(self) -> float:
        """When it was recorded, in seconds."""
        return seconds(self.tags.get("tdabench.recorded")) or self.ended


def address(file: Path) -> str:
    """The address of a database. SQLAlchemy reads what is quoted in it."""
    return LOCAL + str(file).replace("%", "%25").replace("?", "%3F")


def named(address: str) -> Path | None:
    """The file that an address names; None for one that names none, such as a database in memory."""
    name = unquote(address.removeprefix(LOCAL).split("?")[0])
    return Path(name) if address.startswith(LOCAL) and name not in ("", ":memory:") else None


def seconds(text: str | None) -> float | None:
    """The number in a tag; None where there is none, or somebody wrote another text there."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def runs(database: Path, experiment: str, tag: str, value: str | None = None) -> list[Run]:
    """The runs of an experiment that have a tag (of that value), newest first. RecordUnusable for what is no record."""
    if not database.exists():
        return []
    condition = "" if value is None else " and value = ?"
    which = f"select run_uuid from tags where key = ?{condition}"
    arguments = [experiment, tag, *([] if value is None else [value])]
    with _opened(database) as connection:
        rows = connection.execute(
            "select run_uuid, artifact_uri, coalesce(end_time, start_time) from runs join experiments using "
            f"(experiment_id) where experiments.name = ? and runs.lifecycle_stage = 'active' and run_uuid in ({which})",
            arguments,
        ).fetchall()
        tags: dict[str, dict[str, str]] = {run: {} for run, _, _ in rows}
        for run, key, text in connection.execute(f"select run_uuid, key, value from tags where run_uuid in ({which})",
                                                 arguments[1:]):  # fmt: skip
            if run in tags:
                tags[run][key] = text
    listed = [Run(run, (ended or 0) / 1000, tags[run], place(database, run, address)) for run, address, ended in rows]
    return sorted(listed, key=lambda run: run.recorded, reverse=True)


def run(database: Path, id: str) -> Run:
    """One run, by its id. RecordUnusable when there is none."""
    with _opened(database) as connection:
        row = connection.execute(
            "select artifact_uri, coalesce(end_time, start_time) from runs where run_uuid = ?", [id]
        ).fetchone()
        tags = dict(connection.execute("select key, value from tags where run_uuid = ?", [id]))
    if row is None:
        raise RecordUnusable(f"{database}: has no run {id} any more.")
    return Run(id, (row[1] or 0) / 1000, tags, place(database, id, row[0]))


def place(database: Path, run: str, address: str) -> Path | None:
    """The folder of a run's files, by the address that MLflow has of it."""
    parsed = urlparse(address)
    if parsed.scheme not in ("", "file"):
        return None
    stored = Path(url2pathname(parsed.path))
    here = database.parent / ARTEFACTS / run / ARTEFACTS
    return here if stored.parts[-3:] == here.parts[-3:] else stored  # the user may have chosen another place


def follow(database: Path, experiment: str) -> str | None:
    """After a record was moved or copied: the addresses in its database become those of where it is now.

    Returns the place where it was, None when nothing had to be done.
    """
    here = (database.parent / ARTEFACTS).as_uri()
    with _opened(database) as connection:
        row = connection.execute("select experiment_id, artifact_location from experiments where name = ?",
                                 [experiment]).fetchone()  # fmt: skip
        parsed = urlparse(row[1] or "") if row else None
        stored = Path(url2pathname(parsed.path)) if parsed and parsed.scheme in ("", "file") else None
        if stored is None or stored.name != ARTEFACTS or stored == database.parent / ARTEFACTS:
            return None
        with connection:
            connection.execute("update experiments set artifact_location = ? where experiment_id = ?", [here, row[0]])
            address = "? || '/' || run_uuid || '/' || ?"
            connection.execute(
                f"update runs set artifact_uri = {address} where experiment_id = ?", [here, ARTEFACTS, row[0]]
            )
            address = "? || '/models/' || model_id || '/' || ?"  # of networks that were trained
            connection.execute(
                f"update logged_models set artifact_location = {address} where experiment_id = ?",
                [here, ARTEFACTS, row[0]],
            )
        return str(stored.parent)


def check(database: Path) -> None:
    """RecordUnusable when a file is there that is no record's database: MLflow would make a new record of it."""
    if not database.exists():
        return
    if database.stat().st_size == 0:
        raise RecordUnusable(f"{database}: is empty; bring back a copy of it, or remove it to begin a new record.")
    with _opened(database) as connection:
        tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    if not {"runs", "tags", "experiments"} <= tables:
        raise RecordUnusable(
            f"{database}: is no record of MLflow's: it has no table of runs; name another file in MLFLOW_TRACKING_URI."
        )


@contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection; SQLite takes it as one for reading where the file cannot be written to."""
    address = f"file:{quote(str(database))}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=WAIT_S)) as connection:
            connection.text_factory = lambda text: text.decode("utf-8", "replace")
            yield connection
    except sqlite3.Error as error:
        raise RecordUnusable(f"{database}: {trouble(str(error))}; {RecordUnusable.REMEDY}") from error


def trouble(said: str) -> str:
    """What is wrong with the place of a record, in words, by what SQLite or MLflow says."""
    if "disk is full" in said or "No space left" in said:
        return "the disk is full, so nothing can be recorded"
    if "readonly database" in said or "Read-only file system" in said or "Permission denied" in said:
        return "the record cannot be written to (read-only)"
    if "unable to open database" in said:
        return "the record's database cannot be opened or made"
    if "malformed" in said or "not a database" in said:
        return "the record's database is damaged; a copy of the file, or `sqlite3 mlflow.db .recover`, brings it back"
    if "database is locked" in said:
        return f"another process has been writing to the record's database for {WAIT_S} s"
    return f"the record cannot be used ({' '.join(said.split())[:300]})"
