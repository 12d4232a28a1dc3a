"""A data set: its files, where they come from, how they are verified, and how they are read."""

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
    """A function by its name, with options.

    Its module is imported at the first call. Every command imports the catalogue, whose readers need pandas, Pillow or
    torch.

    Parameters
    ----------
    name
        "module:function".
    **options
        Options of each call.
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
    """One form in which a data set is accepted: files in one folder.

    Parameters
    ----------
    read
        List of paths -> arrays.
    files
        File name -> sha256, its first digits, or md5; "" where no digest is published.
    under
        Folders, relative to the data set's own, in which the files may lie.
    note
        A sentence that every measurement on this form carries; "" for the complete official form.
    """

    read: Callable[[list[Path]], dict]
    files: dict[str, str]
    under: tuple[str, ...] = ("",)
    note: str = ""

    def places(self, folder: Path) -> Iterator[list[Path]]:
        """The files, once for each folder below `folder` that has them all."""
        for below in self.under:
            paths = [folder / below / name for name in self.files]
            if all(path.is_file() for path in paths):
                yield paths

    def altered(self, files: list[Path]) -> list[str]:
        """A sentence for each file whose digest differs."""
        differences = [(path, difference(path, self.files[path.name])) for path in files]
        return [f"{path}: {words}" for path, words in differences if words]


@dataclass(frozen=True)
class DataSet:
    """A named data set.

    A set has `files`, or `endings`, or `forms`. One that can be downloaded (its files, its first form, or its
    collection) has `url`, or `archive`, or `torchvision`.

    Parameters
    ----------
    name, title, origin, licence
        What it is, for lists and errors.
    read
        List of paths -> arrays by name. Sets with forms are read by these.
    files
        File name -> sha256.
    endings
        Of the files of an open collection.
    forms
        The forms in which the set is accepted, best first.
    folder
        Folder in a folder of data; by default the name.
    url
        Address of the folder that has the files, or pattern of file names -> address; the first match counts.
    archive
        Address of a zip or a tar, then # and the folder in it.
    torchvision
        Class of torchvision.datasets.
    megabytes
        Size of the download.
    collection
        Digest of the open collection in its archive, see `files_digest`.
    installed
        Returns files that installed packages contain.
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
        """The verified files of this data set; DataMissing says where to get them and where to put them."""
        return self._in_use()[1]

    def load(self) -> dict:
        """The arrays of the reader, by name. A set with forms also has `note`, that of the form that was read."""
        form, files = self._in_use()
        return form.read(files) | ({"note": form.note} if self.forms else {})

    def reader_modules(self) -> list[str]:
        """The modules of all readers of this set: their code decides which arrays a file becomes."""
        functions = [form.read for form in self.accepted()] + ([self.installed] if self.installed else [])
        return sorted({getattr(function, "module", function.__module__) for function in functions})

    def digest(self) -> str:
        """sha256 over the names and contents of the files in use."""
        return files_digest(self.locate())

    def instructions(self) -> str:
        """How to get the files and where to put them."""
        target = self.place(paths.download_folder())
        what = ", ".join(self.accepted()[0].files) or f"files ending in {', '.join(self.endings)}"
        action = f"`tdabench fetch {self.name}` downloads it, or put" if self.has_address() else "put"
        return f"{action} {what} into {target} (origin: {self.origin})."

    def brief(self) -> str:
        """How to get it, in one line of a list of missing sets."""
        state = f"{self.name}: {self._missing().partition(' (')[0]}"
        if self.has_address():
            return f"{state}; `tdabench fetch {self.name}` downloads it ({self.megabytes} MB)"
        names = list(self.accepted()[0].files) or [f"files ending in {', '.join(self.endings)}"]
        what = ", ".join(names) if len(names) <= LISTED else f"{names[0]} and {len(names) - 1} more files"
        return f"{state}; put {what} into {self.place(paths.download_folder())} (origin: {self.origin})"

    def has_address(self) -> bool:
        """Whether it can be downloaded."""
        return bool(self.url or self.archive or self.torchvision)

    def address(self, name: str) -> str:
        """The address of a file, for a set with a url."""
        folders = {"*": self.url} if isinstance(self.url, str) else self.url
        return next(folder for pattern, folder in folders.items() if fnmatchcase(name, pattern)) + name

    def place(self, folder: Path) -> Path:
        """The folder of this set in a folder of data."""
        return folder / (self.folder or self.name)

    def accepted(self) -> tuple[Form, ...]:
        """The forms in which it is accepted, best first."""
        return self.forms or (Form(self.read, self.files),)

    def _in_use(self) -> tuple[Form, list[Path]]:
        """The best form on this machine, and its files in the first folder that has it."""
        if self.installed:
            return self.accepted()[0], self.installed()
        best, forms = None, self.accepted()
        for folder in paths.data_folders():
            here = self.place(folder)
            if self.endings and here.is_dir():
                files = sorted(
                    path for path in here.iterdir() if path.suffix.lower() in self.endings and path.is_file()
                )
                fitting = [(0, files)] if files else []
            else:
                fitting = self._fitting(here) if forms[0].files else []
            best = min([best, *fitting] if best else fitting, key=lambda pair: pair[0], default=None)
            if best and best[0] == 0:
                break
        if best is None:
            raise DataMissing(f"{self.name} is {self._missing()}: {self.instructions()}")
        return forms[best[0]], best[1]

    def _fitting(self, folder: Path) -> list[tuple[int, list[Path]]]:
        """The number and the files of each form that is complete in this folder, with no file altered.

        BadInput when files have the names of a form but the contents of none. No lesser form takes their place.
        """
        fitting, altered = [], {}
        for number, form in enumerate(self.accepted()):
            for files in form.places(folder):
                altered.setdefault(tuple(files), []).append(faults := form.altered(files))
                if not faults:
                    fitting.append((number, files))
        for faults in altered.values():
            if all(faults):
                raise BadInput(
                    f"{min(faults, key=len)[0]}: the file is truncated or altered. "
                    f"Remove it, then `tdabench fetch {self.name}`."
                )
        return fitting

    def _missing(self) -> str:
        """Which files of a form are missing in a folder that has others of them; else "not here"."""
        folders = []
        for folder in map(self.place, paths.data_folders()):
            for form in self.accepted():
                for below in form.under:
                    present = [name for name in form.files if (folder / below / name).is_file()]
                    absent = ", ".join(name for name in form.files if name not in present)
                    state = f"{folder / below} has {', '.join(present)}, but not {absent}"
                    folders.append((len(present), state))
        count, state = max(folders, key=lambda pair: pair[0])
        return f"only partly here ({state})" if count else "not here"


def sha256(path: Path) -> str:
    """sha256 of one file, as 64 hexadecimal digits."""
    return _digest(path, "sha256")


def _digest(path: Path, kind: str) -> str:
    from tdabench.data.files import opened  # imported late: it brings NumPy

    with opened(path) as file:
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()


def difference(path: Path, digest: str) -> str:
    """How a file differs from its digest, in words; "" when it does not. digest: sha256, its first digits, or md5."""
    kind = "md5" if len(digest) == MD5_DIGITS else "sha256"
    own = _digest(path, kind) if digest else ""
    return "" if own.startswith(digest) else f"the {kind} is {own[:12]}..., not {digest[:12]}..."


def files_digest(files: list[Path]) -> str:
    """sha256 over the names and the contents of several files, as verdicts carry it."""
    lines = "".join(f"{path.name} {sha256(path)}\n" for path in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()
