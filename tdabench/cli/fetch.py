"""Download and verify data sets."""

import argparse
import sys

from tdabench.data.catalogue import CATALOGUE, dataset
from tdabench.data.fetch import fetch
from tdabench.errors import TdabenchError

OK, MISSING = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="names from `tdabench list`; none: all")


def run(arguments) -> int:
    missing = 0
    for entry in [dataset(name) for name in arguments.datasets or CATALOGUE]:
        try:
            files = fetch(entry)
            print(f"{entry.name}: here, {len(files)} files in {files[0].parent}")
        except TdabenchError as error:
            missing += 1
            print(f"{entry.name}: missing. {error}", file=sys.stderr)
    return MISSING if missing else OK
