"""What the numbers of a job rest on: the code that it loads, the distributions below that code, and Python.

Code is parsed and never run: comments, docstrings and layout do not count. A module loads what it imports anywhere,
also within a function, the packages around that, and what a text "package.module:function" of it names. Where modules
are looked up in a package (`pkgutil`), all of that package are loaded; files of reference/ that a module reads at run
time stand in its READS, and count, too. The catalogue is not entered: of all the data sets that it lists, a job counts
the digests and the readers of its own.
"""

import ast
import contextlib
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from packaging.requirements import Requirement

from tdabench import paths

OWN = ("tdabench", "reproductions")
CLOSED = ("tdabench.data.catalogue",)
NAMED = re.compile(r"((?:tdabench|reproductions)(?:\.\w+)+):\w+")
ABSENT = "not installed"
SHOWN = 4  # names in a sentence


def code(roots: Iterable[str]) -> dict[str, str]:
    """The modules of this project that `roots` load, themselves among them, each with a digest of what it says."""
    waiting, digests = set(roots), {}
    while waiting:
        name = waiting.pop()
        if name in digests or name in CLOSED or not (file := _file(name)):
            continue
        digest, names, read = _module(name, file, file.stat().st_mtime_ns)
        digests[name] = digest
        digests |= {f"reference/{path}": _digest_of(paths.REFERENCE / path) for path in read}
        waiting |= {own for own in names if own.split(".")[0] in OWN}
    return dict(sorted(digests.items()))


def software(modules: Iterable[str]) -> dict[str, str]:
    """Versions of Python, of the distributions that these modules of the project import, and of what those require in
    their turn and what computes with NumPy itself: pynndescent below umap-learn, but no progress bar.

    An optional one that is absent counts, too: where it is installed, other methods are there."""
    names = set()
    for module in modules:
        if file := _file(module):
            names |= {name.split(".")[0] for name in _module(module, file, file.stat().st_mtime_ns)[1]}
    versions = {"python": platform.python_version()}
    for name in sorted(names - set(OWN) - sys.stdlib_module_names):
        versions |= _versions(name)
    return dict(sorted(versions.items()))


def differences(before, now) -> str:
    """What differs between two jobs that were asked for the same, in words; empty when nothing does.

    before, now: each with `code` and `software`, as of this module; None where an older suite recorded the job.
    """
    if before.software is None or before.code is None:
        return "measured before versions were recorded"
    old, new = before.software, now.software
    names = [name for name in sorted(old | new) if old.get(name) != new.get(name)]
    parts = []
    if names:
        there = ", ".join(f"{name} {old.get(name, ABSENT)}" for name in names[:SHOWN])
        here = ", ".join(f"{new.get(name, ABSENT)}" for name in names[:SHOWN])
        more = f" (and {len(names) - SHOWN} more)" if len(names) > SHOWN else ""
        parts.append(f"measured under {there}{more}; here is {here}")
    old, new = before.code, now.code
    changed = [name for name in sorted(old | new) if old.get(name) != new.get(name)]
    if changed and "python" not in names:  # another Python parses every module into another tree
        more = f" and {len(changed) - SHOWN} more modules" if len(changed) > SHOWN else ""
        parts.append(f"measured before a change of {', '.join(changed[:SHOWN])}{more}")
    return "; ".join(parts)


def commit() -> str:
    """The checkout's commit, with a + when files differ from it; unknown where there is no git."""

    def git(*words):
        return subprocess.run(["git", "-C", paths.ROOT, *words], capture_output=True, text=True).stdout.strip()

    try:
        return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--porcelain") else "")
    except OSError:
        return "unknown"


def _file(module: str) -> Path | None:
    """The file of a module of this project; None when it has none by that name."""
    top, *parts = module.split(".")
    if top not in OWN:
        return None
    folder = paths.REPRODUCTIONS if top == "reproductions" else paths.ROOT / top
    place = folder.joinpath(*parts)
    choices = [place / "__init__.py", *([place.with_name(f"{place.name}.py")] if parts else [])]
    return next((file for file in choices if file.is_file()), None)


@cache
def _module(name: str, file: Path, changed: int) -> tuple[str, frozenset[str], tuple[str, ...]]:
    """The digest of a module without comments and docstrings, the names of all modules that it loads, and its READS.

    changed: when the file was (nanoseconds), so that an edited one is read again.
    """
    text = file.read_bytes()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):  # whoever runs it is told
        return sha256(text).hexdigest(), frozenset(), ()
    names = set(_imports(tree, name, file.name == "__init__.py"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            names |= {match[1] for match in NAMED.finditer(node.value)}
    if any(name.split(".")[0] == "pkgutil" for name in names):
        names |= {module for package in names for module in _modules_of(package)}
    names |= {package for own in names for package in _around(own)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [each for each in node.body if not _is_text(each)]
    named = [node for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "READS"]
    read = ast.literal_eval(named[0].value) if named else ()
    return sha256(ast.dump(tree).encode()).hexdigest(), frozenset(names), read


def _is_text(node: ast.stmt) -> bool:
    """Whether a statement is a docstring, of a field, too."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _imports(tree: ast.AST, module: str, package: bool) -> Iterator[str]:
    """Every name that may be a module, of the import statements anywhere in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")
            above = parts[: len(parts) - node.level + package] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _modules_of(package: str) -> list[str]:
    """The modules of a package of this project."""
    file = _file(package)
    if not file or file.name != "__init__.py":
        return []
    modules = [path.stem for path in file.parent.glob("*.py") if path.stem != "__init__"]
    packages = [path.parent.name for path in file.parent.glob("*/__init__.py")]
    return [f"{package}.{name}" for name in [*modules, *packages]]


def _around(name: str) -> list[str]:
    """The packages that a module lies in: importing it runs them first."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))] if parts[0] in OWN else []


@cache
def _versions(name: str) -> dict[str, str]:
    """The distributions of an imported package and what computes below them, with their versions."""
    if find_spec(name) is None:
        return {name: ABSENT}
    names = {below for each in _distributions().get(name, ()) for below in {_canonical(each), *_below_it(each)}
             if below == _canonical(each) or "numpy" in _below_it(below)}  # fmt: skip
    packages = {package: each for package, those in _distributions().items()
                for each in map(_canonical, those) if each in names} or {name: None}  # fmt: skip
    versions = {each: metadata.version(each) for each in names}
    for package, each in packages.items():
        if (spec := find_spec(package)) and not (each and _lies_in(spec, metadata.distribution(each))):
            versions[each or package] = f"without a version, {_digest(spec)}"  # a copy of its files, or edited ones
    return versions


@cache
def _below_it(name: str) -> frozenset[str]:
    """The distributions that one requires, and those that these require; itself, too, so that NumPy has NumPy."""
    names, waiting = {_canonical(name)}, [name]
    while waiting:
        for text in metadata.distribution(waiting.pop()).requires or ():
            requirement = Requirement(text)
            own = _canonical(requirement.name)
            if own not in names and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
                with contextlib.suppress(metadata.PackageNotFoundError):  # what is not here is not needed here
                    metadata.distribution(own)
                    names.add(own)
                    waiting.append(own)
    return frozenset(names)


@cache
def _distributions() -> dict[str, list[str]]:
    """The distributions of every package that can be imported."""
    return {name: sorted(set(those)) for name, those in metadata.packages_distributions().items()}


def _lies_in(spec, distribution: metadata.Distribution) -> bool:
    """Whether a package is imported from where its distribution was installed; an editable one is not."""
    folder = Path(distribution.locate_file("")).resolve()
    places = [spec.origin, *(spec.submodule_search_locations or ())]
    return any(Path(place).resolve().is_relative_to(folder) for place in places if place)


def _digest(spec) -> str:
    """A few digits for a package that has no version: of all its code."""
    folders = [Path(place) for place in spec.submodule_search_locations or ()]
    files = sorted(file for folder in folders for kind in ("*.py", "*.so", "*.pyd") for file in folder.rglob(kind))
    digests = [_digest_of(file) for file in files or [Path(spec.origin or "")]]
    return sha256("".join(digests).encode()).hexdigest()[:12]


def _digest_of(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest() if file.is_file() else ABSENT


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
