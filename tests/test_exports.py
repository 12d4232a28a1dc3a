"""What the packages export: typed, documented as numpydoc has it, with examples that run; and imported when needed."""

import ast
import doctest
import importlib
import inspect
import subprocess
import sys
import tomllib

import pytest

import tdabench
from tdabench import paths

PACKAGES = ("embedding", "mapper", "networks", "patches", "topology")
DOCUMENTED = ("embedding", "mapper", "topology")
LIBRARY = paths.ROOT / "tdabench"
UNTYPED = {  # what may be many things, as its documentation says
    "X", "y", "points", "data", "lens", "labels", "before", "after", "values", "function", "landmark_distances", "spec",
    "rows", "members", "column", "path", "lens_values", "fields", "clusterer", "limits", "options", "self", "cls",
}  # fmt: skip


def exports(packages):
    modules = [importlib.import_module(f"tdabench.{package}") for package in packages]
    return [(module, name) for module in modules for name in module.__all__]


DOCUMENTED_NAMES = [
    pytest.param(getattr(module, name), id=f"{module.__name__}.{name}")
    for module, name in exports(DOCUMENTED) if callable(getattr(module, name))
]  # fmt: skip


def functions(thing):
    """A function, or the public methods that a class of this project adds."""
    if not inspect.isclass(thing):
        return [thing]
    own = [base for base in thing.__mro__ if base.__module__.startswith("tdabench")]
    names = {name for base in own for name in vars(base) if not name.startswith("_") or name == "__init__"}
    return [member for name in sorted(names) if inspect.isfunction(member := inspect.unwrap(_plain(thing, name)))]


def _plain(thing, name):
    member = inspect.getattr_static(thing, name)
    return getattr(member, "fn", member)  # available_if wraps


@pytest.mark.parametrize(("module", "name"), [pytest.param(*each, id=each[1]) for each in exports(PACKAGES)])
def test_every_name_is_there_and_is_what_its_stub_says(module, name):
    stub = ast.parse((LIBRARY / module.__name__.split(".")[1] / "__init__.pyi").read_text("utf-8"))
    homes = [node.module for node in stub.body for alias in node.names if alias.name == name]
    assert len(homes) == 1
    value = getattr(module, name)
    assert value is getattr(importlib.import_module(f"{module.__name__}.{homes[0]}"), name) and name in dir(module)
    namespace = {}
    exec(f"from {module.__name__} import {name}", namespace)
    assert namespace[name] is value and not inspect.ismodule(value)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_loads_nothing_heavy_before_it_is_needed(package):
    code = f"import sys, tdabench.{package}; print(*sorted({{'torch', 'sklearn', 'pandas'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_patches_and_topology_do_without_torch():
    code = "import sys\nfrom tdabench.patches import *\nfrom tdabench.topology import *\nprint('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split() == ["False"]


def test_the_marker_and_the_stubs_are_package_data():
    data = tomllib.loads((paths.ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]
    assert {"py.typed", "*.pyi"} <= set(data["*"]) and "*.json" in data["tdabench.topology"]
    assert (LIBRARY / "py.typed").is_file() and tdabench.__file__ == str(LIBRARY / "__init__.py")


@pytest.mark.parametrize("thing", DOCUMENTED_NAMES)
def test_its_parameters_and_result_are_typed(thing):
    for function in functions(thing):
        hints = inspect.get_annotations(function)
        parameters = inspect.signature(function).parameters.values()
        named = {each.name for each in parameters if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)}
        assert named - UNTYPED <= set(hints), function.__qualname__
        assert "return" in hints or function.__name__ in ("__init__", "fit"), function.__qualname__


@pytest.mark.parametrize("thing", DOCUMENTED_NAMES)
def test_it_is_documented_as_numpydoc_has_it(thing):
    text = inspect.getdoc(thing)
    assert text[0].isupper() and ">>> " in _section(text, "Examples")
    if not inspect.isclass(thing):
        described = _section(text, "Parameters")
        for name in inspect.signature(thing).parameters:
            assert name in described, name
        assert _section(text, "Returns")
    elif "__init__" in vars(thing) and not hasattr(thing, "__dataclass_fields__"):
        assert all(f"{name} : " in _section(text, "Parameters") for name in inspect.signature(thing).parameters)
        for name in ("fit", "fit_transform", "transform"):
            if method := inspect.getdoc(_plain(thing, name)) if hasattr(thing, name) else "":
                assert method.startswith("Fit") or _section(method, "Parameters") and _section(method, "Returns"), name
    else:
        assert all(name in _section(text, "Attributes") for name in thing.__dataclass_fields__)


def _section(text, title):
    """The lines below a heading, up to the next one."""
    lines = text.splitlines()
    starts = [row for row, line in enumerate(lines) if set(line) == {"-"} and len(line) == len(lines[row - 1])]
    ends = [*(row - 1 for row in starts[1:]), len(lines)]
    sections = {lines[start - 1]: "\n".join(lines[start + 1 : end]) for start, end in zip(starts, ends, strict=True)}
    return sections.get(title, "")


@pytest.mark.parametrize("thing", DOCUMENTED_NAMES)
def test_its_examples_run(thing):
    runner, finder = doctest.DocTestRunner(verbose=False), doctest.DocTestFinder(recurse=False)
    tests = finder.find(thing, thing.__name__, globs={})
    assert sum(len(test.examples) for test in tests)
    for test in tests:
        report = []
        runner.run(test, out=report.append)
        assert not runner.failures, "".join(report)
