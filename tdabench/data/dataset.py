"""A data set: its files, where they come from, how it is known that they are these, and how they are read."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from pkgutil import resolve_name

from tdabench import paths
from tdabench.errors import BadInput, DataMissing

UNCHECKED = "for which no digests are known: its lines were checked, not whether all are there"
MD5_DIGITS = 32
LISTED = 4  # names of files in one line, at most


class Reader:
    """A function by its name, `module:function`, and the options it is called with.

    Its module is imported at the first call: the catalogue names readers that need pandas, Pillow or torch, and is
    itself imported by every command.
    """

    def __init__(self, name: str, **options):
        self.name = name
        self.module = name.split(":")[0]
        self.options = options

    def __call__(self, *arguments):
        return resolve_name(self.name)(*arguments, **self.options)

    def __repr__(self) -> str:
        return f"{self.name} {self.options}"


@dataclass(frozen=True)
class Form:
    """One form in which a data set is accepted: files that lie together in one folder.

    read: list of paths -> arrays; files: file name -> sha256, its first digits, or md5, or "" where none is
    published; under: the folders, below the data set's own, in which they may lie; note: the sentence that whatever is
    measured on this form must carry, empty for the complete official form.
    """

    read: Callable[[list[Path]], dict]
    files: dict[str, str]
    under: tuple[str, ...] = ("",)
    note: str = ""

    def places(self, folder: Path) -> Iterator[list[Path]]:
        """The lists of files, one for each folder below `folder` that has them all."""
        for below in self.under:
            paths = [folder / below / name for name in self.files]
            if all(path.is_file() for path in paths):
                yield paths

    def altered(self, files: list[Path]) -> list[str]:
        """What is wrong with each file whose digest is another one."""
        differences = [(path, difference(path, self.files[path.name])) for path in files]
        return [f"{path}: {words}" for path, words in differences if words]


@dataclass(frozen=True)
class DataSet:
    """A named data set.

    files: file name -> sha256; endings: accepted in place of `files` for open collections; forms: in place of `files`
    for sets accepted in several forms, best first; folder: where it lies, its name if not said; installed: for files
    that come inside installed packages; read: list of paths -> arrays, by file name without ending (sets with forms are
    read by these).

    What can be downloaded (`files`, the first form, or a collection) has one of these. url: the address of the folder
    that has the files, or one for each pattern of their names, of which the first that fits counts. archive: the
    address of a zip or a tar, then # and the folder in it. torchvision: the class of torchvision.datasets.
    megabytes: the size of the download. collection: the digest, as `files_digest` makes it, of an open collection as
    its archive has it.
    """

    name: str
    title: str
    origin: str
    licence: str
    read: Callable[[list[Path]], dict] | None = None
    files: dict[str, str] = field(default_factory=dict)
    endings: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    folder: str = ""
    url: str | dict[str, str] = ""
    archive: str = ""
    torchvision: str = ""
    megabytes: int = 0
    collection: str = ""
    installed: Callable[[], list[Path]] | None = None

    def locate(self) -> list[Path]:
        """The files of this data set, verified; DataMissing says where they come from and where they would go."""
        return self._in_use()[1]

    def load(self) -> dict:
        """Arrays by file name without ending, or by the names that the reader gives; with `note` if it has forms."""
        form, files = self._in_use()
        return form.read(files) | ({"note": form.note} if self.forms else {})

    def reader_modules(self) -> list[str]:
        """The modules of all functions that may read this set: their code decides which arrays a file becomes."""
        functions = [form.read for form in self.accepted()] + ([self.installed] if self.installed else [])
        return sorted({getattr(function, "module", function.__module__) for function in functions})

    def digest(self) -> str:
        """sha256 over the names and contents of the files in use."""
        return files_digest(self.locate())

    def instructions(self) -> str:
        """Where the files come from and where to put them."""
        target = self.place(paths.download_folder())
        what = ", ".join(self.accepted()[0].files) or f"files ending in {', '.join(self.endings)}"
        get = f"`tdabench fetch {self.name}` downloads it, or put" if self.has_address() else "put"
        return f"{get} {what} into {target} (origin: {self.origin})."

    def brief(self) -> str:
        """One line, for lists of what is missing: how to get it."""
        state = f"{self.name}: {self._what_lacks().partition(' (')[0]}"
        if self.has_address():
            return f"{state}; `tdabench fetch {self.name}` downloads it ({self.megabytes} MB)"
        names = list(self.accepted()[0].files) or [f"files ending in {', '.join(self.endings)}"]
        what = ", ".join(names) if len(names) <= LISTED else f"{names[0]} and {len(names) - 1} more files"
        return f"{state}; put {what} into {self.place(paths.download_folder())} (origin: {self.origin})"

    def has_address(self) -> bool:
        """Whether it can be downloaded."""
        return bool(self.url or self.archive or self.torchvision)

    def address(self, name: str) -> str:
        """Where a file can be downloaded, of a set with a url."""
        folders = {"*": self.url} if isinstance(self.url, str) else self.url
        return next(folder for pattern, folder in folders.items() if fnmatchcase(name, pattern)) + name

    def place(self, folder: Path) -> Path:
        """Where this set lies in a folder of data."""
        return folder / (self.folder or self.name)

    def accepted(self) -> tuple[Form, ...]:
        """The forms in which it is accepted, best first."""
        return self.forms or (Form(self.read, self.files),)

    def _in_use(self) -> tuple[Form, list[Path]]:
        """The best form that is here, in the first folder that has it, and its files."""
        if self.installed:
            return self.accepted()[0], self.installed()
        best, forms = None, self.accepted()
        for folder in paths.data_folders():
            here = self.place(folder)
            if self.endings and here.is_dir():
                found = sorted(
                    path for path in here.iterdir() if path.suffix.lower() in self.endings and path.is_file()
                )
                fitting = [(0, found)] if found else []
            else:
                fitting = self._fitting(here) if forms[0].files else []
            best = min([best, *fitting] if best else fitting, key=lambda pair: pair[0], default=None)
            if best and best[0] == 0:
                break
        if best is None:
            raise DataMissing(f"{self.name} is {self._what_lacks()}: {self.instructions()}")
        return forms[best[0]], best[1]

    def _fitting(self, folder: Path) -> list[tuple[int, list[Path]]]:
        """The forms, by their number, of which all files are in this folder and none is altered.

        BadInput when files have the names of a form and the contents of none: a lesser form does not stand in for it.
        """
        fitting, altered = [], {}
        for number, form in enumerate(self.accepted()):
            for files in form.places(folder):
                altered.setdefault(tuple(files), []).append(wrong := form.altered(files))
                if not wrong:
                    fitting.append((number, files))
        for refused in altered.values():
            if all(refused):
                raise BadInput(
                    f"{min(refused, key=len)[0]}: the file is truncated or altered. "
                    f"Remove it, then `tdabench fetch {self.name}`."
                )
        return fitting

    def _what_lacks(self) -> str:
        """Which files of a form are in a folder and which are not, or that there are none."""
        halves = []
        for folder in map(self.place, paths.data_folders()):
            for form in self.accepted():
                for below in form.under:
                    have = [name for name in form.files if (folder / below / name).is_file()]
                    lack = [name for name in form.files if name not in have]
                    halves.append((len(have), f"{folder / below} has {', '.join(have)}, but not {', '.join(lack)}"))
        count, half = max(halves, key=lambda pair: pair[0])
        return f"only partly here ({half})" if count else "not here"


def sha256(path: Path) -> str:
    """sha256 of one file, as 64 hexadecimal digits."""
    return _digest(path, "sha256")


def _digest(path: Path, kind: str) -> str:
    from tdabench.data.files import opened  # imported late: it brings NumPy

    with opened(path) as file:
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()


def difference(path: Path, digest: str) -> str:
    """In words, how a file differs from its digest: sha256, the first digits of it, or md5. "" if it does not."""
    kind = "md5" if len(digest) == MD5_DIGITS else "sha256"
    own = _digest(path, kind) if digest else ""
    return "" if own.startswith(digest) else f"the {kind} is {own[:12]}..., not {digest[:12]}..."


def files_digest(files: list[Path]) -> str:
    """sha256 over the names and the contents of several files: the digest that verdicts carry."""
    lines = "".join(f"{path.name} {sha256(path)}\n" for path in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()
