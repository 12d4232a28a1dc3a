"""The suites of a record: a run of MLflow's that their jobs are nested under, and how these have ended."""

import json
from pathlib import Path

from tdabench import paths, provenance
from tdabench.record import live, writer
from tdabench.record.connection import Connection
from tdabench.record.job import Ended
from tdabench.record.mlflow_text import shown
from tdabench.record.writer import WRITER
from tdabench.structure import read, write


class Suites(Connection):
    """Suites are opened before their jobs are run, and closed afterwards."""

    def open_suite(self, name: str) -> str:
        """The run that the jobs of a suite are nested under: an interrupted one of the same name, else a new one."""
        name = shown(name, 4000).replace("'", "\N{RIGHT SINGLE QUOTATION MARK}").replace("\\", "/")  # of filters
        with self._turn() as client:
            mine = [self._experiment], f"tags.`tdabench.suite` = '{name}'"
            for run in client.search_runs([self._experiment], "attributes.status = 'RUNNING'"):
                if "tdabench.suite" in run.data.tags and writer.ended(run.data.tags.get(WRITER, "")):
                    client.set_terminated(run.info.run_id, "KILLED")
            if (newest := client.search_runs(*mine, max_results=1)) and newest[0].info.status == "KILLED":
                client.set_tag(newest[0].info.run_id, WRITER, writer.myself())
                client.update_run(newest[0].info.run_id, status="RUNNING")
                return newest[0].info.run_id
            tags = {"tdabench.suite": name, WRITER: writer.myself()}
            return live.open_run(client, self._experiment, provenance.commit(), f"suite {name}"[:250], tags)

    def close_suite(self, run_id: str, interrupted: bool = False) -> None:
        with self._turn() as client:
            client.set_terminated(run_id, "KILLED" if interrupted else "FINISHED")

    def tell(self, suite: str | None, folder: Path, number: int, ended: Ended) -> None:
        """How a job ended, to whoever started it: into its folder, or, from anywhere, to the server of both."""
        name, text = f"{number:06d}.job", json.dumps(write(ended))
        if suite and not self.file:
            with self._turn() as client:
                client.log_text(suite, text, f"jobs/{name}")
        else:
            paths.write_atomic(folder / name, text)

    def told(self, suite: str | None, folder: Path) -> list[Ended]:
        """What the jobs have told, in their order."""
        if suite and not self.file:
            with self._turn() as client:
                if client.list_artifacts(suite, "jobs"):
                    folder = Path(client.download_artifacts(suite, "jobs", str(folder)))
        return [read(Ended, json.loads(path.read_text())) for path in sorted(folder.glob("*.job"))]
