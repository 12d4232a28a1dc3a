"""The verbs: list, run, fetch, results."""

import argparse
import contextlib
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

from tdabench import paths
from tdabench.errors import BadRequest, DataMissing, TdabenchError

HELP = """\
tdabench: does the published claim hold?

  tdabench list                                   reproductions, their claims, the data they need and whether it is here
  tdabench run reproduction=NAME [key=value ...]  run one, print its verdicts (all keys: --cfg job)
  tdabench run -m 'reproduction=glob(*)'          run all
  tdabench fetch [DATASET ...]                    download and verify data sets
  tdabench results [--json] [--all] [--write]     verdicts on record; --write renews RESULTS.md and report/index.html

Exit codes: 0 every claim got a verdict (also "not reproduced"), 1 a job failed or data is missing, 2 a bad request.
Data is looked for in $TDABENCH_DATA (folders separated as in PATH), else in the user's cache folder. The record is
record/mlflow.db in the checkout, or the server at $MLFLOW_TRACKING_URI.
Completion in the shell: eval "$(tdabench run -sc install=bash)"
"""
OK, JOB_FAILED, BAD_REQUEST, INTERRUPTED = 0, 1, 2, 130


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the command `tdabench`; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["-sc"]:  # asked by the shell, see _complete
            return _complete(words)
        if words[:1] == ["run"]:
            return run(words[1:])
        return _others(words)
    except TdabenchError as error:
        print(f"tdabench: {error}", file=sys.stderr)
        return JOB_FAILED if isinstance(error, DataMissing) else BAD_REQUEST
    except KeyboardInterrupt:
        print("tdabench: interrupted; ended jobs are on record, the same command goes on from there.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader (head, less) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _others(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        print(HELP, end="")
        return OK if words else BAD_REQUEST
    parser = argparse.ArgumentParser(prog="tdabench", usage=HELP, add_help=False)
    verbs = parser.add_subparsers(dest="verb")
    verbs.add_parser("run", prog="tdabench run")  # read by Hydra, see above; named here to be offered
    verbs.add_parser("list", prog="tdabench list", description="Reproductions, their claims, and their data.")
    fetching = verbs.add_parser("fetch", prog="tdabench fetch", description="Download and verify data sets.")
    fetching.add_argument("datasets", nargs="*", metavar="DATASET", help="names from `tdabench list`; none: all")
    showing = verbs.add_parser("results", prog="tdabench results", description="Verdicts on record.")
    showing.add_argument("--json", action="store_true", help="a list of objects on standard output")
    showing.add_argument("--all", action="store_true", help="every recorded job, not only the newest of each")
    showing.add_argument("--write", action="store_true", help="renew RESULTS.md and report/index.html")
    try:
        asked = parser.parse_args(words)
    except SystemExit as stop:
        return int(stop.code or 0)
    verbs = {"list": lambda: list_all(), "fetch": lambda: fetch_all(asked.datasets), "results": lambda: results(asked)}
    return verbs[asked.verb]()


# run


def run(words: list[str]) -> int:
    """One Hydra job, or with -m several; the exit code says how they ended."""
    if not words or words[0] in ("-h", "--help"):
        print(HELP, end="")
        return OK if words else BAD_REQUEST
    from tdabench import registry
    from tdabench.record import Record

    registry.reproductions()  # a broken page is found before anything is started
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the worker is ended too, not left behind
    several = bool({"-m", "--multirun"} & set(words))
    with tempfile.TemporaryDirectory(prefix="tdabench-") as scratch:
        with _suite(words, several, Record) as suite, _environment(TDABENCH_JOBS=scratch, **suite):
            _hydra(words, scratch)
        ended = [json.loads(path.read_text()) for path in sorted(Path(scratch).glob("*.job"))]
    if several and ended:
        _print_total([row for job in ended for row in job["rows"]])
    states = {job["status"] for job in ended}
    return BAD_REQUEST if "refused" in states else JOB_FAILED if "failed" in states else OK


def _hydra(words: list[str], scratch: str) -> None:
    """Hand the words to Hydra; its complaints come back as one BadRequest."""
    import hydra
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    folders = [f"hydra.run.dir={scratch}", f"hydra.sweep.dir={scratch}"]
    overrides = [word for word in words if word.startswith("~") or ("=" in word and not word.startswith("-"))]
    switches = [word for word in words if word not in overrides]  # argparse wants what belongs together in one row
    before, sys.argv = sys.argv, ["tdabench", *switches, *overrides, *folders]
    with _environment(HYDRA_FULL_ERROR="1"):  # the exception itself, not Hydra's own print and exit
        try:
            hydra.main(version_base="1.3", config_path=str(paths.CONF), config_name="config")(_job)()
        except (HydraException, OmegaConfBaseException) as error:
            said = str(error).split("Config search path")[0]
            lines = [line.strip() for line in said.splitlines() if line.strip()]
            cause = error.__cause__ or error.__context__
            if cause and not isinstance(error, OmegaConfBaseException) and str(cause) not in str(error):
                lines.append(str(cause).splitlines()[0])
            raise BadRequest(" ".join(lines)) from None
        except SystemExit as stop:
            if stop.code:
                raise BadRequest("the command line could not be read; see tdabench --help.") from None
        finally:
            sys.argv = before


def _job(config) -> None:
    """What Hydra calls for each job, here or in a process of its launcher."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    from tdabench import registry
    from tdabench.job import run_job
    from tdabench.record import Record
    from tdabench.report.terminal import verdict_table

    hydra = HydraConfig.get()
    several = hydra.mode == RunMode.MULTIRUN
    if several and (lacking := [key for key in config.get("required", {}) if _selected(config, key) is None]):
        print(f"{config.name}: left out, it needs {', '.join(lacking)}.", file=sys.stderr)
        return
    registry.check_overrides(config, list(hydra.overrides.task))
    print(f"{config.name} ({config.profile.name})", file=sys.stderr, flush=True)
    try:
        job = run_job(config, list(hydra.overrides.task), Record())
        print(verdict_table(job), flush=True)
    except TdabenchError as error:  # Hydra would print more about it than a person wants to read
        job = {"status": "refused", "rows": [], "reason": f"{config.name}: {error}"}
        print(f"tdabench: {job['reason']}", file=sys.stderr)
    place = Path(os.environ["TDABENCH_JOBS"]) / f"{hydra.job.num if several else 0:06d}.job"
    place.write_text(json.dumps({"status": job["status"], "rows": job["rows"]}))


def _selected(config, key: str):
    from omegaconf import OmegaConf

    return OmegaConf.select(config, key)


@contextlib.contextmanager
def _suite(words: list[str], several: bool, record_class):
    """The parent run of a suite: opened before its jobs, closed after the last one, left open by an interruption."""
    if not several or {"--cfg", "-c", "--info", "-i"} & set(words):
        yield {}
        return
    record = record_class()
    suite = record.open_suite(" ".join(words).replace("'", ""))
    yield {"TDABENCH_SUITE": suite}
    record.close_suite(suite)


@contextlib.contextmanager
def _environment(**variables):
    before = {key: os.environ.get(key) for key in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for key, value in before.items():
            os.environ.pop(key) if value is None else os.environ.__setitem__(key, value)


def _print_total(rows: list[dict]) -> None:
    from tdabench.report.results import total_line

    print(total_line(rows), flush=True)


def _complete(words: list[str]) -> int:
    """Shell completion: Hydra completes what follows `tdabench run`, the verbs are completed here."""
    line = os.environ.get("COMP_LINE", "")
    given = line.split()
    if given[1:2] != ["run"] or line == "tdabench run":
        verbs = ["list", "run", "fetch", "results"]
        if len(given) <= 1 or (len(given) == 2 and not line.endswith(" ")):
            print("\n".join(verb for verb in verbs if verb.startswith(given[1] if len(given) > 1 else "")))
        return OK
    point = int(os.environ.get("COMP_POINT", len(line))) - len(" run")
    with _environment(COMP_LINE=line.replace(" run", "", 1), COMP_POINT=str(point)):
        _hydra(words, tempfile.gettempdir())
    return OK


# list, fetch, results


def list_all() -> int:
    from tdabench import registry
    from tdabench.data.catalogue import dataset

    for entry in registry.reproductions():
        print(f"{entry.name}: {entry.title}")
        if entry.own:
            print(f"    tdabench run reproduction={entry.name} {' '.join(entry.required.values())}")
        for claim in () if entry.own else entry.claims:
            print(f"    {claim['id']:<16} {claim['says']}")
        for name in [*entry.needs, *entry.uses]:
            try:
                where = f"here, {len(dataset(name).locate())} files"
            except TdabenchError as error:
                where = str(error)
            print(f"    {'needs' if name in entry.needs else 'uses'} {name}: {where}")
    return OK


def fetch_all(names: list[str]) -> int:
    from tdabench.data.catalogue import CATALOGUE, dataset
    from tdabench.data.fetch import fetch

    missing = 0
    for entry in [dataset(name) for name in names or CATALOGUE]:
        try:
            files = fetch(entry)
            print(f"{entry.name}: here, {len(files)} files in {files[0].parent}")
        except TdabenchError as error:
            missing += 1
            print(f"{entry.name}: missing. {error}", file=sys.stderr)
    return JOB_FAILED if missing else OK


def results(asked) -> int:
    from tdabench.record import Record
    from tdabench.report import results as report
    from tdabench.report.terminal import rows_table

    if asked.all and asked.write:
        raise BadRequest("the report shows the newest job of each reproduction: --all and --write do not go together.")
    record = Record()
    jobs = record.jobs()
    rows = report.all_rows(jobs) if asked.all else report.current_rows(jobs)
    if asked.write:
        from tdabench.report.html import write_html
        from tdabench.report.markdown import write_markdown

        chosen = report.current_jobs(jobs)
        write_markdown(paths.ROOT / "RESULTS.md", *report.published_only(rows, chosen), record)
        write_html(paths.REPORT, rows, chosen, record)
        print(f"wrote {paths.ROOT / 'RESULTS.md'} and {paths.REPORT / 'index.html'}", file=sys.stderr)
    if asked.json:
        print(json.dumps(rows, indent=2))
    elif not asked.write:
        print(rows_table(rows))
    return OK


if __name__ == "__main__":
    sys.exit(main())
