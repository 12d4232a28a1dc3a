"""Verdicts on record; --write renews RESULTS.md and report/index.html."""

import argparse
import json
import sys

from tdabench import paths
from tdabench.errors import BadRequest
from tdabench.record import baseline
from tdabench.record.runs import Record
from tdabench.report import results
from tdabench.report.terminal import rows_table
from tdabench.structure import write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="a list of objects on standard output")
    parser.add_argument("--all", action="store_true", help="every recorded job, not only the newest of each")
    parser.add_argument("--write", action="store_true", help="renew RESULTS.md and report/index.html")


def run(arguments) -> int:
    if arguments.all and arguments.write:
        raise BadRequest("the report shows the newest job of each reproduction: --all and --write do not go together.")
    record = Record()
    if arguments.all:
        chosen = baseline.beside(record.jobs())
        rows = results.all_rows(chosen)
    else:
        chosen = results.current_jobs(baseline.beside(record.entries()), record.read)
        rows = results.current_rows(chosen)
        print("".join(f"{line}\n" for line in results.outdated_lines(chosen)), end="", file=sys.stderr)
    if arguments.write:
        from tdabench.report.html import write_html
        from tdabench.report.markdown import write_markdown

        write_markdown(paths.ROOT / "RESULTS.md", *results.published_only(rows, chosen), record)
        write_html(paths.REPORT, rows, chosen, record)
        print(f"wrote {paths.ROOT / 'RESULTS.md'} and {paths.REPORT / 'index.html'}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(write(rows), indent=2))
    elif not arguments.write:
        print(rows_table(rows, total=not arguments.all))
    return 0
