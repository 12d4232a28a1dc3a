"""The seal of a recorded job: digests of all its files, so that what was changed afterwards is not believed."""

import json
from hashlib import file_digest
from pathlib import Path

from tdabench.data.files import opened
from tdabench.errors import BadInput
from tdabench.paths import write_atomic

MANIFEST = "manifest.json"


def seal(folder: Path) -> str:
    """Write the digests of all files below a folder into its MANIFEST; return the digest of that, the seal."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    digests = {path.relative_to(folder).as_posix(): _digest(path) for path in files}
    write_atomic(folder / MANIFEST, json.dumps(digests, indent=0))
    return _digest(folder / MANIFEST)


def verify(folder: Path, path: str, seal: str) -> None:
    """BadInput when a file of a job's folder, or anything in a folder of it, is not what was sealed, or is gone."""
    manifest = folder / MANIFEST
    try:
        if _digest(manifest) != seal:
            raise BadInput(f"{manifest}: was altered after the job had been recorded.")
        sealed = json.loads(manifest.read_text())
        there = [file.relative_to(folder).as_posix() for file in (folder / path).rglob("*") if file.is_file()]
        below = [name for name in sealed if name == path or name.startswith(f"{path}/")]
        for name in sorted({*there, *below}):
            if _digest(folder / name) != sealed.get(name):
                raise BadInput(f"{folder / name}: was altered after the job had been recorded.")
    except OSError as error:
        raise BadInput(f"{error.filename}: cannot be read ({error.strerror}).") from None


def _digest(path: Path) -> str:
    with opened(path) as file:  # regular files only: a pipe would never end
        return file_digest(file, "sha256").hexdigest()
