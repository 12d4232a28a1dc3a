"""Reproductions, their claims, the data they need and whether it is here."""

import argparse

from tdabench.claims import pages
from tdabench.data.catalogue import dataset
from tdabench.errors import DataMissing, TdabenchError
from tdabench.record.durations import durations
from tdabench.record.runs import Record
from tdabench.report.terminal import duration


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(arguments) -> int:
    times = durations(Record().entries())
    for entry in pages.reproductions():
        print(f"{entry.name}: {entry.title}")
        print(f"    takes {duration(times, entry)}" + (", in the core suite" if entry.core else ""))
        if entry.own:
            print(f"    tdabench run reproduction={entry.name} {' '.join(entry.required.values())}")
        for claim in () if entry.own else entry.claims:
            print(f"    {claim['id']:<16} {claim['says']}")
        for name in [*entry.needs, *entry.uses]:
            print(f"    {'needs' if name in entry.needs else 'uses'} {whereabouts(name)}")
    return 0


def whereabouts(name: str) -> str:
    """One line: whether a data set is here, and how to get it when it is not."""
    try:
        return f"{name}: here, {len(dataset(name).locate())} files"
    except DataMissing:
        return dataset(name).brief()
    except TdabenchError as error:
        return f"{name}: {error}"
