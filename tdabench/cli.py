"""The verbs: list, run, fetch, results, check, estimate, explore."""

import argparse
import json
import os
import sys

from tdabench import check, estimate, explore, launch, paths
from tdabench.errors import BadRequest, DataMissing, RecordUnusable, TdabenchError
from tdabench.launch import BAD_REQUEST, JOB_FAILED, OK

HELP = """\
tdabench: does the published claim hold?

  tdabench list                                   reproductions, their claims, the data they need and whether it is here
  tdabench run reproduction=NAME [key=value ...]  run one, print its verdicts (all keys: --cfg job)
  tdabench run --core | --all                     the core suite in minutes, or every page; jobs=N: so many at once
  tdabench fetch [DATASET ...]                    download and verify data sets
  tdabench results [--json] [--all] [--write]     verdicts on record; --write renews RESULTS.md and report/index.html
  tdabench check [NAME ...]                       the newest runs against reference/: what left its band
  tdabench estimate NAME | FILE | POINTS          how much memory will it take?
  tdabench explore NAME | TABLE [options]         the interactive Mapper page of a recorded run, or of your own table

Exit codes: 0 nothing failed and nothing is missing (also "not reproduced"), 1 a job failed, a claim waits for data or a
number left its band, 2 a bad request, 3 (check) something could not be compared, 130 interrupted.
Data is looked for in $TDABENCH_DATA (folders separated as in PATH), else in the user's cache folder. The record is
record/mlflow.db in the checkout, or the server at $MLFLOW_TRACKING_URI.
Completion in the shell: eval "$(tdabench run -sc install=bash)"
"""
INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the command `tdabench`; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if words[:1] == ["-sc"]:  # asked by the shell
            return launch.complete(words)
        helping = words in (["-h"], ["--help"], ["help"], ["run", "-h"], ["run", "--help"])
        if helping or words in ([], ["run"]):
            print(HELP, end="")
            return OK if helping else BAD_REQUEST
        return launch.run(words[1:]) if words[0] == "run" else _others(words)
    except TdabenchError as error:
        print(f"tdabench: {error}", file=sys.stderr)
        return JOB_FAILED if isinstance(error, DataMissing | RecordUnusable) else BAD_REQUEST
    except KeyboardInterrupt:
        print("tdabench: interrupted; ended jobs are on record, the same command goes on from there.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader (head, less) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED if words[:1] == ["run"] else OK  # the rest of a suite was not run


def _others(words: list[str]) -> int:
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
    checking = verbs.add_parser("check", prog="tdabench check", description="The newest runs against reference/.")
    check.add_arguments(checking)
    estimating = verbs.add_parser("estimate", prog="tdabench estimate", description="How much memory will it take?")
    estimate.add_arguments(estimating)
    exploring = verbs.add_parser("explore", prog="tdabench explore", description="The interactive Mapper page.")
    explore.add_arguments(exploring)
    try:
        asked = parser.parse_args(words)
    except SystemExit as stop:
        return int(stop.code or 0)
    asked.words = words[1:]
    verbs = {
        "list": lambda: list_all(),
        "fetch": lambda: fetch_all(asked.datasets),
        "results": lambda: results(asked),
        "check": lambda: check.check(asked),
        "estimate": lambda: estimate.estimate(asked),
        "explore": lambda: write_exploration(asked),
    }
    return verbs[asked.verb]()


def list_all() -> int:
    from tdabench import registry
    from tdabench.data.catalogue import dataset
    from tdabench.durations import durations
    from tdabench.record import Record
    from tdabench.report.terminal import duration

    known = durations(Record().entries())
    for entry in registry.reproductions():
        print(f"{entry.name}: {entry.title}")
        print(f"    takes {duration(known, entry)}" + (", in the core suite" if entry.core else ""))
        if entry.own:
            print(f"    tdabench run reproduction={entry.name} {' '.join(entry.required.values())}")
        for claim in () if entry.own else entry.claims:
            print(f"    {claim['id']:<16} {claim['says']}")
        for name in [*entry.needs, *entry.uses]:
            try:
                where = f"{name}: here, {len(dataset(name).locate())} files"
            except DataMissing:
                where = dataset(name).brief()
            except TdabenchError as error:
                where = f"{name}: {error}"
            print(f"    {'needs' if name in entry.needs else 'uses'} {where}")
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
    from tdabench import reference
    from tdabench.record import Record
    from tdabench.report import results as report
    from tdabench.report.terminal import rows_table

    if asked.all and asked.write:
        raise BadRequest("the report shows the newest job of each reproduction: --all and --write do not go together.")
    record = Record()
    if asked.all:
        chosen = reference.beside(record.jobs())
        rows = report.all_rows(chosen)
    else:
        chosen = report.current_jobs(reference.beside(record.entries()), record.read)
        rows = report.current_rows(chosen)
        print("".join(f"{line}\n" for line in report.outdated_lines(chosen)), end="", file=sys.stderr)
    if asked.write:
        from tdabench.report.html import write_html
        from tdabench.report.markdown import write_markdown

        write_markdown(paths.ROOT / "RESULTS.md", *report.published_only(rows, chosen), record)
        write_html(paths.REPORT, rows, chosen, record)
        print(f"wrote {paths.ROOT / 'RESULTS.md'} and {paths.REPORT / 'index.html'}", file=sys.stderr)
    if asked.json:
        print(json.dumps(rows, indent=2))
    elif not asked.write:
        print(rows_table(rows, total=not asked.all))
    return OK


def write_exploration(asked) -> int:
    print(f"wrote {explore.explore(asked)}", file=sys.stderr)
    return OK


if __name__ == "__main__":
    sys.exit(main())
