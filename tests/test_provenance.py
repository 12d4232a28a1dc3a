"""What a job's numbers rest on: the code that it loads, parsed, and the versions below it."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tdabench import paths, provenance
from tdabench.claims import pages
from tdabench.topology.engine import engines

BOOSTED = [f"reproductions.carlsson_2018_boosted_{data}" for data in ("mnist", "svhn", "cifar10", "fashion_mnist")]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """project(**texts): a project of these modules of reproductions, of folder.module where it is written so."""
    folder = tmp_path / "reproductions"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.setattr(paths, "REPRODUCTIONS", folder)

    def write(texts):
        for name, text in texts.items():
            file = folder.joinpath(*name.split(".")).with_suffix(".py")
            for package in reversed(file.relative_to(folder).parents[:-1]):
                (folder / package).mkdir(exist_ok=True)
                (folder / package / "__init__.py").touch()
            file.write_text(text)
        return lambda: provenance.code(["reproductions.page"])

    return write


def test_what_four_pages_share_counts_for_all_four(tmp_path, monkeypatch):
    files = [path for path in paths.REPRODUCTIONS.glob("carlsson_2018_boosted_*.py")]
    (tmp_path / "reproductions").mkdir()
    for path in [*files, paths.REPRODUCTIONS / "__init__.py"]:
        (tmp_path / "reproductions" / path.name).write_text(path.read_text())
    monkeypatch.setattr(paths, "REPRODUCTIONS", tmp_path / "reproductions")
    before = [provenance.code([page]) for page in BOOSTED]
    shared = tmp_path / "reproductions" / "carlsson_2018_boosted_mnist.py"
    shared.write_text(shared.read_text() + "\nLAST = 1\n")
    for page, old in zip(BOOSTED, before, strict=True):
        now = provenance.code([page])
        assert {name for name in old if old[name] != now[name]} == {"reproductions.carlsson_2018_boosted_mnist"}, page


def test_a_helper_two_imports_away_counts_and_one_that_nobody_imports_does_not(project):
    texts = {"page": "from reproductions import near\n", "near": "def f():\n    from . import far\n", "far": "A = 1\n",
             "other": "B = 1\n"}  # fmt: skip
    code = project(texts)
    before = code()
    assert set(before) == {"reproductions", "reproductions.page", "reproductions.near", "reproductions.far"}
    project({"other": "B = 2\n"})
    assert code() == before
    project({"far": "A = 2\n"})
    assert {name for name, digest in code().items() if digest != before[name]} == {"reproductions.far"}


@pytest.mark.parametrize(
    "text",
    ["# a comment\nX = 1\n\n\ndef f(x):\n    return x + X\n",
     '"""A docstring."""\nX = 1\ndef f(x):\n    return x + X\n',
     'X = 1\n"""A sentence on X."""\ndef f(x):\n    return x + X\n',
     'X = 1\ndef f(x):\n    """Of f."""\n    return (x +\n            X)\n'],
)  # fmt: skip
def test_comments_docstrings_and_layout_do_not_count(project, text):
    code = project({"page": "X = 1\ndef f(x):\n    return x + X\n"})
    before = code()
    project({"page": text})
    assert code() == before
    project({"page": text.replace("x + X", "x - X").replace("(x +", "(x -")})
    assert code() != before


def test_a_text_that_is_no_docstring_counts(project):
    code = project({"page": "def f():\n    return 'a'\n"})
    before = code()
    project({"page": "def f():\n    return 'b'\n"})
    assert code() != before


def test_modules_that_are_looked_up_or_named_in_a_text_count(project):
    code = project({
        "page": "import pkgutil\nfrom reproductions import engines\nWORK = 'reproductions.child:work'\n",
        "engines.one": "A = 1\n", "engines.two": "A = 1\n", "engines.three.part": "A = 1\n", "child": "A = 1\n",
    })  # fmt: skip
    names = {"engines", "engines.one", "engines.two", "engines.three", "child"}
    assert {f"reproductions.{name}" for name in names} <= set(code())


def test_a_data_file_beside_a_module_that_names_it_counts(project):
    code = project({"page": "TABLE = 'table.json'\nOTHER = 'absent.csv'\n"})
    table = paths.REPRODUCTIONS / "table.json"
    for text in ("1", "2"):
        before = code()
        table.write_text(text)
        changed = {name for name, digest in code().items() if digest != before.get(name)}
        assert changed == {"reproductions.page: table.json"}
    assert "tdabench.topology.engine_times: engine_times.json" in provenance.code(["tdabench.topology.persistence"])


def test_what_a_package_exports_is_loaded_with_the_module_that_holds_it(project):
    wing = {"wing.first": "one = 1\n", "wing.second": "two = 2\n"}
    code = project({"page": "from reproductions.wing import one\n"} | wing)
    (paths.REPRODUCTIONS / "wing" / "__init__.pyi").write_text(
        "from .first import one as one\nfrom .second import two as two\n"
    )
    packages = {"reproductions", "reproductions.page", "reproductions.wing"}
    assert set(code()) == packages | {"reproductions.wing.first"}
    for text in ("import reproductions.wing", "from reproductions import wing", "from reproductions.wing import *"):
        project({"page": text})
        assert set(code()) == packages | {"reproductions.wing.first", "reproductions.wing.second"}
    assert "tdabench.mapper.engines" in provenance.code(["tdabench.embedding.methods.mapper"])


def test_a_page_that_cannot_be_parsed_has_a_digest_all_the_same(project):
    code = project({"page": "def f(:\n"})
    before = code()
    project({"page": "def g(:\n"})
    assert code() != before


@pytest.mark.parametrize("name", [entry.name for entry in pages.reproductions()])
def test_all_that_a_page_imports_is_counted(name):
    """Python's own account of what is there after the page has been imported."""
    __import__(f"reproductions.{name}")
    module = sys.modules[f"reproductions.{name}"]
    code = provenance.code([module.__name__])
    values = [getattr(value, "__module__", None) or getattr(value, "__name__", None) for value in vars(module).values()]
    own = {value for value in values if isinstance(value, str) and value.split(".")[0] in provenance.OWN}
    assert own - set(provenance.CLOSED) <= set(code)


def test_every_engine_counts_wherever_persistence_is_computed():
    code = provenance.code(["reproductions.shapes"])
    assert {f"tdabench.topology.engines.{name}" for name in engines()} <= set(code)


def test_versions_are_those_of_what_is_imported_and_of_what_computes_below():
    versions = provenance.software(provenance.code(["reproductions.embedding_topology.experiment"]))
    assert {"python", "numpy", "scipy", "gudhi", "ripser", "scikit-learn", "umap-learn", "pynndescent"} <= set(versions)
    assert not {"mlflow", "hydra-core", "filelock", "tqdm", "jinja2"} & set(versions)
    assert "umap-learn" not in provenance.software(provenance.code(["reproductions.shapes"]))


def test_an_optional_distribution_that_is_absent_counts(project):
    code = project({"page": "def f():\n    import no_such_package\n"})
    assert provenance.software(code())["no_such_package"] == provenance.ABSENT


def test_a_copy_that_lies_before_the_installed_one_is_another_version(project, tmp_path, monkeypatch):
    code = project({"page": "import kmapper\n"})
    installed = provenance.software(code())["kmapper"]
    (tmp_path / "copy" / "kmapper").mkdir(parents=True)
    (tmp_path / "copy" / "kmapper" / "__init__.py").write_text("VERSION = 0\n")
    monkeypatch.syspath_prepend(tmp_path / "copy")
    monkeypatch.delitem(sys.modules, "kmapper", raising=False)
    provenance._versions.cache_clear()
    assert re.match("without a version", provenance.software(code())["kmapper"])
    shown = tmp_path / "copy" / "kmapper-9.9.dist-info"
    shown.mkdir()
    (shown / "METADATA").write_text("Metadata-Version: 2.1\nName: kmapper\nVersion: 9.9\n")
    (shown / "top_level.txt").write_text("kmapper\n")
    (shown / "RECORD").write_text("")
    provenance._versions.cache_clear()
    assert provenance.software(code())["kmapper"] == "9.9" != installed
    monkeypatch.undo()
    provenance._versions.cache_clear()


def test_a_copy_of_what_computes_below_is_another_version_too(project, tmp_path, monkeypatch):
    """umap-learn as it was installed, over a copy of pynndescent that somebody edited."""
    code = project({"page": "import umap\n"})
    before = provenance.software(code())["pynndescent"]
    copy = tmp_path / "copy" / "pynndescent"
    (copy / "deep").mkdir(parents=True)
    (copy / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path / "copy")
    monkeypatch.delitem(sys.modules, "pynndescent", raising=False)
    provenance._versions.cache_clear()
    first = provenance.software(code())["pynndescent"]
    (copy / "deep" / "file.py").write_text("X = 1\n")
    provenance._versions.cache_clear()
    second = provenance.software(code())["pynndescent"]
    assert first.startswith("without a version") and len({before, first, second}) == 3
    monkeypatch.undo()
    provenance._versions.cache_clear()


JOB = {"software": {"python": "3.11.7", "gudhi": "3.13.0"}, "code": {"reproductions.page": "a", "tdabench.judge": "b"}}


@pytest.mark.parametrize(
    "before, said",
    [
        (JOB, ""),
        ({}, "measured before versions were recorded"),
        (JOB | {"software": JOB["software"] | {"gudhi": "3.11.0"}}, "measured under gudhi 3.11.0; here is 3.13.0"),
        (JOB | {"software": {"python": "3.11.7"}}, "measured under gudhi not installed; here is 3.13.0"),
        (JOB | {"code": JOB["code"] | {"tdabench.judge": "c"}}, "measured before a change of tdabench.judge"),
        (JOB | {"code": {}, "software": JOB["software"] | {"python": "3.12.1"}},
         "measured under python 3.12.1; here is 3.11.7"),
    ],
)  # fmt: skip
def test_what_differs_is_said_in_words(before, said):
    then, now = (SimpleNamespace(**{"code": None, "software": None} | job) for job in (before, JOB))
    assert provenance.differences(then, now) == said


def test_the_files_of_the_library_are_found_where_they_are():
    assert provenance._file("tdabench") == Path(provenance.__file__).parent / "__init__.py"
    assert provenance._file("tdabench.topology.no_such") is None and provenance._file("numpy") is None
