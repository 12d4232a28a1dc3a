"""Method files of a test's own, found as those of the suite are."""

import os
import sys
from pathlib import Path

import pytest

import tdabench
from tdabench.embedding import methods

FIND_TOO = "import sys\nsys.path.append({root!r})\nimport tdabench.embedding.methods as methods\n"


@pytest.fixture
def drop(monkeypatch, tmp_path):
    """drop(name, text): one more file among the methods, for this process and those that it starts."""
    folder = tmp_path / "more methods"
    folder.mkdir()
    monkeypatch.setattr(methods, "__path__", [*methods.__path__, str(folder)])
    start = tmp_path / "start"
    start.mkdir()
    found = FIND_TOO.format(root=str(Path(tdabench.__file__).parents[1]))
    (start / "sitecustomize.py").write_text(f"{found}methods.__path__.append({str(folder)!r})\n")
    paths = [str(start), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    names = []

    def write(name, text):
        (folder / f"{name}.py").write_text(text)
        names.append(name)

    yield write
    for name in names:
        sys.modules.pop(f"{methods.__name__}.{name}", None)
        vars(methods).pop(name, None)
