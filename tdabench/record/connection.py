"""Where a record is, and the client of MLflow's that reaches it: all settings of MLflow's are here.

A local record is one SQLite file with artefacts beside it; a file lock lets suites that run at once take turns.
"""

import contextlib
import logging
import os
import sys
from pathlib import Path

from filelock import FileLock

from tdabench import paths
from tdabench.credentials import public, with_secrets
from tdabench.errors import RecordUnusable
from tdabench.record import database
from tdabench.record.server import REMEDY, answering, first_contact, trouble

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
for noisy in ("alembic", "mlflow"):
    logging.getLogger(noisy).setLevel(logging.WARNING)
logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)  # what it logs with a traceback, it raises, too

EXPERIMENT = "tdabench"
KIND = "mlflow.experimentKind", "custom_model_development"  # MLflow shows training runs, and no evaluations of agents


class Connection:
    """One place of a record, which is opened when it is first needed."""

    def __init__(self, folder: Path | None = None, uri: str | None = None):
        """The record in `folder`, or at `uri`; left out: the one at $MLFLOW_TRACKING_URI, else the checkout's."""
        uri = uri or (None if folder else os.environ.get("MLFLOW_TRACKING_URI"))
        if uri and uri.startswith("sqlite") and not database.named(uri):
            raise RecordUnusable(f"MLFLOW_TRACKING_URI: {uri} names no file; sqlite:////FOLDER/mlflow.db does.")
        self.uri = with_secrets(uri) if uri else database.address(Path(folder or paths.RECORD).resolve() / "mlflow.db")
        # Artefacts, lock and work lie beside the database itself, not beside a link to it.
        self.folder = self.file.parent if self.file else paths.RECORD.resolve()
        self._opened = None

    @property
    def address(self) -> str:
        """What may be shown of where it is."""
        return public(self.uri)

    @property
    def file(self) -> Path | None:
        """The database of a local record; None when the record is on a server."""
        return database.named(self.uri).resolve() if self.uri.startswith(database.LOCAL) else None

    @contextlib.contextmanager
    def _turn(self):
        """The client, while no other process of ours writes to the same local record."""
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            if not self.file:
                with answering(self.address, self._opened is not None):
                    yield self._client()
                return
            if self._opened and not self.file.exists():
                raise RecordUnusable(f"{self.file}: was removed while it was in use; run the same command again.")
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / ".lock"):
                yield self._client()
        except (OSError, ImportError, MlflowException, SQLAlchemyError) as error:
            if self.file:
                raise RecordUnusable(f"{self.file}: {database.trouble(str(error))}; {RecordUnusable.REMEDY}") from error
            raise RecordUnusable(f"{self.address}: {trouble(str(error))}; {REMEDY}.") from error

    def _make_database(self) -> None:
        """A new database appears whole: MLflow cannot go on with one that was killed while its tables were made."""
        from mlflow import MlflowClient

        if self.file.exists():
            database.check(self.file)
            if before := database.follow(self.file, EXPERIMENT):
                said = f"the record was in {before}; its addresses are those of {self.folder} now"
                print(f"tdabench: {said}.", file=sys.stderr)
            return
        partial = self.file.with_name(f".{self.file.name}.partial")
        for left in partial.parent.glob(f"{partial.name}*"):
            left.unlink()
        MlflowClient(tracking_uri=database.address(partial)).delete_experiment("0")  # "Default", which stays empty
        partial.rename(self.file)

    def _client(self):
        if self._opened is None:
            from mlflow import MlflowClient
            from mlflow.exceptions import MlflowException

            if self.file:
                self._make_database()
                client = MlflowClient(tracking_uri=database.address(self.file))
                experiment = client.get_experiment_by_name(EXPERIMENT)
            else:
                uri = self.uri
                client, experiment = first_contact(self.address, lambda: _experiment(MlflowClient(tracking_uri=uri)))
            local = (self.folder / database.ARTEFACTS).as_uri() if self.file else None
            self._experiment = experiment.experiment_id if experiment else client.create_experiment(EXPERIMENT, local)
            if self._experiment and KIND[0] not in (experiment.tags if experiment else {}):
                with contextlib.suppress(MlflowException):  # of a server that lets one read only
                    client.set_experiment_tag(self._experiment, *KIND)
            if not self._experiment:  # it answers, but not as MLflow does
                raise RecordUnusable(f"{self.address}: is no server of MLflow's; name another in MLFLOW_TRACKING_URI.")
            self._opened = client
        return self._opened


def _experiment(client):
    return client, client.get_experiment_by_name(EXPERIMENT)
