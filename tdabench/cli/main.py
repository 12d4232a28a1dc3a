"""The verbs: list, run, fetch, results, check, estimate, explore."""

import argparse
import os
import sys
from importlib import import_module

from tdabench.cli import VERBS, run
from tdabench.cli.run import BAD_REQUEST, JOB_FAILED, OK
from tdabench.errors import BadRequest, DataMissing, RecordUnusable, TdabenchError

HELP = """\
tdabench: does the published claim hold?

  tdabench list                                   reproductions, their claims, the data they need and whether it is here
  tdabench run reproduction=NAME [key=value ...]  run one, print its verdicts (its keys: --help)
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
            return run.complete(words)
        helping = words in (["-h"], ["--help"], ["help"])
        if helping or words in ([], ["run"]):
            print(HELP, end="")
            return OK if helping else BAD_REQUEST
        return run.run(words[1:]) if words[0] == "run" else _verb(words)
    except TdabenchError as error:
        print(f"tdabench: {error}", file=sys.stderr)
        return JOB_FAILED if isinstance(error, DataMissing | RecordUnusable) else BAD_REQUEST
    except KeyboardInterrupt:
        print("tdabench: interrupted; ended jobs are on record, the same command goes on from there.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader (head, less) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED if words[:1] == ["run"] else OK  # the rest of a suite was not run


def _verb(words: list[str]) -> int:
    """Any verb but run, which Hydra reads: a file of this folder with add_arguments(parser) and run(arguments)."""
    name = words[0]
    if name not in VERBS:
        raise BadRequest(f"there is no verb {name!r}; there are {', '.join(VERBS)}.")
    verb = import_module(f"tdabench.cli.{name}")
    parser = argparse.ArgumentParser(prog=f"tdabench {name}", description=" ".join(verb.__doc__.split()))
    verb.add_arguments(parser)
    try:
        arguments = parser.parse_args(words[1:])
    except SystemExit as stop:
        return int(stop.code or 0)
    arguments.words = words[1:]
    return verb.run(arguments)
