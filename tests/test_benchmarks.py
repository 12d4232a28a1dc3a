"""What README cites as proof can still be run: the texts that mutations change are there, and what should notice it."""

import importlib.util
import sys

import pytest

from tdabench import paths
from tdabench.claims import pages


def loaded(name):
    """A script of benchmarks/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, paths.ROOT / "benchmarks" / f"{name}.py")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MUTATIONS = loaded("mutations").MUTATIONS


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_what_a_mutation_changes_is_there_exactly_once(mutation):
    text = (paths.ROOT / "tdabench" / mutation.file).read_text()
    assert text.count(mutation.old) == 1 and mutation.old != mutation.new
    compile(text.replace(mutation.old, mutation.new), mutation.file, "exec")


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_what_should_notice_a_mutation_is_there(mutation):
    assert (paths.ROOT / mutation.tests).is_file()
    page = next((entry for entry in pages.reproductions() if entry.name == mutation.page), None)
    assert page or not mutation.page
    assert not mutation.page or (paths.ROOT / "reference" / "quick" / f"{mutation.page}.json").is_file()
