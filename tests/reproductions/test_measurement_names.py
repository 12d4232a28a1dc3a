"""Whoever looks for a measurement of a claim finds it in the source of its reproduction."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

from tdabench.claims import pages
from tdabench.claims.judge import looked_at

PAGES = {entry.name: entry for entry in pages.reproductions()}


def sources(name: str) -> list[Path]:
    """The modules of the reproduction that measures a page: its own file or folder, or that of another's measure()."""
    file = Path(inspect.getsourcefile(importlib.import_module(f"reproductions.{name}").measure))
    return [file] if file.parent.name == "reproductions" else sorted(file.parent.glob("*.py"))


def literals(files: list[Path]) -> set[str]:
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8"))))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@pytest.mark.parametrize("name", PAGES)
def test_every_path_of_a_claim_begins_with_a_name_that_is_written_in_the_source(name):
    paths = {path for claim in PAGES[name].claims for path in looked_at(claim)}
    assert not {path.split(".")[0] for path in paths} - literals(sources(name))
