"""The provenance of a job's numbers: the code that it loads, the distributions which that code imports, and Python.

Code is parsed and never run. Comments, docstrings and layout do not count. A module loads what it imports anywhere,
even within a function, the packages around that, and what a string "package.module:function" names. A module that uses
`pkgutil` loads all modules of the packages that it imports. A name that a package exports loads the module that
__init__.pyi takes it from. Data files beside a module that a string of it names count as well. The catalogue's imports
are not followed: a job counts only the readers of its own data sets.
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
BESIDE = re.compile(r"\w+\.(?:json|csv)")
NAMED = re.compile(r"((?:tdabench|reproductions)(?:\.\w+)+):\w+")
ABSENT = "not installed"
SHOWN = 4  # names in a sentence


def code(roots: Iterable[str]) -> dict[str, str]:
    """The modules of this project that some modules load, themselves included, each with the digest of its code.

    Parameters
    ----------
    roots
        Names of modules.

    Returns
    -------
    dict
        Module, or reference/FILE, -> sha256.
    """
    waiting, digests = set(roots), {}
    while waiting:
        name = waiting.pop()
        if name in digests or name in CLOSED:
            continue
        if not (file := _file(name)):
            waiting |= _exported(name) - digests.keys()
            continue
        digest, names, beside = _module(name, file, file.stat().st_mtime_ns)
        digests[name] = digest
        tables = [file.with_name(data) for data in beside]
        digests |= {f"{name}: {table.name}": _digest_of(table) for table in tables if table.is_file()}
        waiting |= {own for own in names if own.split(".")[0] in OWN}
    return dict(sorted(digests.items()))


def software(modules: Iterable[str]) -> dict[str, str]:
    """Versions of Python and of the distributions that modules of this project import.

    The requirements of these distributions count when they require NumPy themselves: pynndescent, which umap-learn
    requires, but no progress bar. An optional distribution that is absent counts as well, since methods depend on it.
    """
    names = set()
    for module in modules:
        if file := _file(module):
            names |= {name.split(".")[0] for name in _module(module, file, file.stat().st_mtime_ns)[1]}
    versions = {"python": platform.python_version()}
    for name in sorted(names - set(OWN) - sys.stdlib_module_names):
        versions |= _versions(name)
    return dict(sorted(versions.items()))


def differences(before, now) -> str:
    """How two jobs with the same request differ in code and software, in words; "" when they do not.

    Parameters
    ----------
    before, now
        Jobs with `code` and `software`, see the functions of these names. Old records have None in their place.
    """
    if before.software is None or before.code is None:
        return "measured before versions were recorded"
    old, new = before.software, now.software
    names = [name for name in sorted(old | new) if old.get(name) != new.get(name)]
    parts = []
    if names:
        old_versions = ", ".join(f"{name} {old.get(name, ABSENT)}" for name in names[:SHOWN])
        new_versions = ", ".join(f"{new.get(name, ABSENT)}" for name in names[:SHOWN])
        more = f" (and {len(names) - SHOWN} more)" if len(names) > SHOWN else ""
        parts.append(f"measured under {old_versions}{more}; here is {new_versions}")
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
    """The file of a module of this project, or None."""
    top, *parts = module.split(".")
    if top not in OWN:
        return None
    folder = paths.REPRODUCTIONS if top == "reproductions" else paths.ROOT / top
    place = folder.joinpath(*parts)
    choices = [place / "__init__.py", *([place.with_name(f"{place.name}.py")] if parts else [])]
    return next((file for file in choices if file.is_file()), None)


@cache
def _module(name: str, file: Path, changed: int) -> tuple[str, frozenset[str], tuple[str, ...]]:
    """The digest of a module without comments and docstrings, the names of all modules that it loads, and what may be
    names of data files beside it.

    changed: time of the file's last change (nanoseconds), so that an edited file is parsed again.
    """
    text = file.read_bytes()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):  # running it will say so
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
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    beside = tuple(sorted(filter(BESIDE.fullmatch, texts)))
    return sha256(ast.dump(tree).encode()).hexdigest(), frozenset(names), beside


def _is_text(node: ast.stmt) -> bool:
    """Whether a statement is a docstring, of a field, too."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _imports(tree: ast.AST, module: str, package: bool) -> Iterator[str]:
    """Every name in the import statements of a module that may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name for alias in node.names for name in (alias.name, f"{alias.name}.*"))
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")
            above = parts[: len(parts) - node.level + package] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}{end}" for alias in node.names for end in ("", ".*"))


def _exported(name: str) -> set[str]:
    """The module that a package exports a name from, or all such modules for "package.*"."""
    package, _, short = name.rpartition(".")
    file = _file(package)
    if not file or file.name != "__init__.py" or not (stub := file.with_suffix(".pyi")).is_file():
        return set()
    imports = [node for node in ast.parse(stub.read_bytes()).body if isinstance(node, ast.ImportFrom)]
    return {f"{package}.{node.module}" for node in imports if short in ("*", *(alias.name for alias in node.names))}


def _modules_of(package: str) -> list[str]:
    """The modules of a package of this project."""
    file = _file(package)
    if not file or file.name != "__init__.py":
        return []
    modules = [path.stem for path in file.parent.glob("*.py") if path.stem != "__init__"]
    packages = [path.parent.name for path in file.parent.glob("*/__init__.py")]
    return [f"{package}.{name}" for name in [*modules, *packages]]


def _around(name: str) -> list[str]:
    """The packages around a module, which run first when it is imported."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))] if parts[0] in OWN else []


@cache
def _versions(name: str) -> dict[str, str]:
    """Versions of the distributions of an imported package, and of their requirements that require NumPy."""
    if find_spec(name) is None:
        return {name: ABSENT}
    names = {required for own in _distributions().get(name, ()) for required in {_canonical(own), *_requirements(own)}
             if required == _canonical(own) or "numpy" in _requirements(required)}  # fmt: skip
    packages = {package: each for package, distributions in _distributions().items()
                for each in map(_canonical, distributions) if each in names} or {name: None}  # fmt: skip
    versions = {each: metadata.version(each) for each in names}
    for package, each in packages.items():
        if (spec := find_spec(package)) and not (each and _lies_in(spec, metadata.distribution(each))):
            versions[each or package] = f"without a version, {_digest(spec)}"  # copied or edited files
    return versions


@cache
def _requirements(name: str) -> frozenset[str]:
    """The distributions that one requires, directly or not, and itself: NumPy counts as requiring NumPy."""
    names, waiting = {_canonical(name)}, [name]
    while waiting:
        for text in metadata.distribution(waiting.pop()).requires or ():
            requirement = Requirement(text)
            own = _canonical(requirement.name)
            if own not in names and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
                with contextlib.suppress(metadata.PackageNotFoundError):  # an absent one is not needed here
                    metadata.distribution(own)
                    names.add(own)
                    waiting.append(own)
    return frozenset(names)


@cache
def _distributions() -> dict[str, list[str]]:
    """The distributions of every package that can be imported."""
    return {name: sorted(set(distributions)) for name, distributions in metadata.packages_distributions().items()}


def _lies_in(spec, distribution: metadata.Distribution) -> bool:
    """Whether a package is imported from where its distribution is installed; an editable one is not."""
    folder = Path(distribution.locate_file("")).resolve()
    places = [spec.origin, *(spec.submodule_search_locations or ())]
    return any(Path(place).resolve().is_relative_to(folder) for place in places if place)


def _digest(spec) -> str:
    """The start of a digest of all code of a package, in place of a version."""
    folders = [Path(place) for place in spec.submodule_search_locations or ()]
    files = sorted(file for folder in folders for kind in ("*.py", "*.so", "*.pyd") for file in folder.rglob(kind))
    digests = [_digest_of(file) for file in files or [Path(spec.origin or "")]]
    return sha256("".join(digests).encode()).hexdigest()[:12]


def _digest_of(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest() if file.is_file() else ABSENT


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
