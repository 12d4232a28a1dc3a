"""Readers of files: MATLAB arrays, images, van Hateren's raw stills, tables, weights of networks, a user's own points.

None runs code of a file.
"""

import contextlib
import io
import math
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tdabench.data.files import (
    ARCHIVE_BYTES,
    opened,
    picture,
    read_npy,
    read_npz,
    read_text,
    read_torch,
    readable,
    regular,
    unpacked,
)
from tdabench.data.matlab import read_mat
from tdabench.data.tables import read_table
from tdabench.errors import BadInput
from tdabench.paths import expanded
from tdabench.processes.memory import Room
from tdabench.validation import as_points

VAN_HATEREN_SHAPE = (1024, 1536)
LUMINANCE = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
SPECTRUM_CHANNELS = 96  # six substitutions of a pyrimidine, four bases before it, four after it
# Keras names the convolutions of VGG16 by block; torchvision numbers its layers: `features.0.weight`.
VGG16_LAYERS = {
    "block1": (0, 2),
    "block2": (5, 7),
    "block3": (10, 12, 14),
    "block4": (17, 19, 21),
    "block5": (24, 26, 28),
}
CHECKPOINT = "PyTorch checkpoint of weights only"
# Bytes that points take at the peak, per byte and per line of a text; measured as for tables.
TEXT_BYTE, TEXT_LINE = 8, 90
PIXEL_BYTES = 14  # per channel: as stored, as float64, the grey value, and whether it is finite
VERTICES_BYTES = 2**26  # limit on an unpacked list of vertices; the largest reference shape has 1.4 MB


def mat_files(files: list[Path]) -> dict[str, np.ndarray]:
    """One array per MATLAB v5 file, by file name without ending."""
    return {path.stem: mat_array(path) for path in files}


def mat_array(path: Path) -> np.ndarray:
    """The one array of a MATLAB v5 file, as float64."""
    return as_points(_only(path, read_mat(path, "MATLAB file")), str(path))


def images(files: list[Path]) -> dict[str, np.ndarray]:
    """Grey intensities of images.

    Returns
    -------
    dict
        File name -> (rows, columns) float64, in the units of the file. The name has no ending, unless two files differ
        in nothing else.
    """
    stems = Counter(path.stem for path in files)
    return {path.stem if stems[path.stem] == 1 else path.name: image(path) for path in files}


def image(path: Path) -> np.ndarray:
    """Grey intensities of one image: van Hateren's .iml or .imc, PNG, JPEG, TIFF or BMP."""
    if path.suffix.lower() in (".iml", ".imc"):
        return van_hateren(path)
    with Room(path, "a smaller image") as room:
        with opened(path) as file, readable(path, "image"), picture(file) as content:
            room.takes(PIXEL_BYTES * math.prod(content.size) * len(content.getbands()))
            if content.mode in ("P", "CMYK", "YCbCr", "LAB", "HSV", "LA", "RGBA", "PA"):
                content = content.convert("RGB")
            pixels = np.asarray(content, dtype=np.float64)
        if not np.isfinite(pixels).all():
            raise BadInput(f"{path}: {int((~np.isfinite(pixels)).sum())} pixels are not finite; fill or cut them off.")
        return pixels @ LUMINANCE if pixels.ndim == 3 else pixels


def van_hateren(path: Path) -> np.ndarray:
    """A raw still: 1024 x 1536 big-endian uint16, linear (.iml) or calibrated (.imc) intensity."""
    rows, columns = VAN_HATEREN_SHAPE
    size = regular(path).stat().st_size
    if size != 2 * rows * columns:
        raise BadInput(f"{path}: {size} bytes, but a van Hateren still has {2 * rows * columns} (1024 x 1536 x 2).")
    return np.fromfile(path, dtype=">u2").reshape(rows, columns).astype(np.float64)


def photographs_in_packages() -> list[Path]:
    """The photographs inside the packages scikit-image and scikit-learn."""
    skimage = Path(find_spec("skimage").origin).parent / "data"  # importing the two would take a second
    sklearn = Path(find_spec("sklearn").origin).parent / "datasets" / "images"
    names = ["astronaut", "brick", "camera", "chelsea", "coffee", "grass", "gravel", "motorcycle_left"]
    files = [skimage / f"{name}.png" for name in names]
    files += [skimage / "rocket.jpg", sklearn / "china.jpg", sklearn / "flower.jpg"]
    return [path for path in files if path.is_file()]


def table(files: list[Path]) -> dict[str, np.ndarray]:
    """The columns of one table by name, see `tables.read_table`."""
    (path,) = files
    return read_table(path).columns


def spectra(files: list[Path]) -> dict[str, np.ndarray]:
    """Mutation spectra of tumours, from one .csv with a row per channel and a column `type::sample` per tumour.

    Returns
    -------
    dict
        "spectra": (tumours, 96) float64, counts of mutations; "type": (tumours,) str; "channel": (96,) str, such as
        A[C>A]A.
    """
    (path,) = files
    table = read_table(path)
    if table.text != ["MutationType"]:
        raise BadInput(
            f"{path}: one column of text, MutationType, and counts in the others are needed; the columns of text are: "
            f"{', '.join(table.text[:8]) or 'none'}."
        )
    channels = table.columns["MutationType"].astype(str)
    if len(set(channels)) != SPECTRUM_CHANNELS or table.rows != SPECTRUM_CHANNELS:
        raise BadInput(f"{path}: {SPECTRUM_CHANNELS} different channels are needed, not {table.rows} rows.")
    untyped = [name for name in table.numeric if "::" not in name]
    if untyped:
        raise BadInput(f"{path}: column {untyped[0]!r} does not say its tumour's type, as in `type::sample`.")
    counts = table.matrix().T.copy()
    if (counts < 0).any():
        tumour = table.numeric[int(np.argmax((counts < 0).any(axis=1)))]
        raise BadInput(f"{path}: column {tumour!r} has a negative count of mutations.")
    types = np.array([name.split("::")[0] for name in table.numeric])
    return {"spectra": counts, "type": types, "channel": channels}


def vertices(files: list[Path]) -> dict[str, np.ndarray]:
    """Vertices (n, 3) of shapes, each a gzipped .csv without names. `horse-reference.csv.gz` becomes `horse`."""
    return {path.name.split(".")[0].removesuffix("-reference"): _vertices(path) for path in files}


def _vertices(path: Path) -> np.ndarray:
    text = unpacked(path, "gzip file", VERTICES_BYTES)
    if not text.strip():
        raise BadInput(f"{path}: the file is empty.")
    try:
        return as_points(np.loadtxt(io.StringIO(text.decode("ascii")), delimiter=",", ndmin=2), str(path), width=3)
    except BadInput:
        raise
    except ValueError as error:
        raise BadInput(f"{path}: every row must hold three numbers ({error}).") from None


def npz_arrays(files: list[Path]) -> dict[str, np.ndarray]:
    """The arrays of one NumPy archive, by their own names, in their stored types; pickled objects are refused."""
    (path,) = files
    return read_npz(path, ARCHIVE_BYTES)


def state_dicts(files: list[Path]) -> dict[str, np.ndarray]:
    """Weights of networks, from the `state_dict` of one PyTorch checkpoint per network.

    Returns
    -------
    dict
        `resnet20/layer1.0.conv1.weight` -> float32 array. The name of the network is that of the file up to its first
        hyphen; the prefix `module.` (of DataParallel) is removed.
    """
    return {
        f"{path.stem.split('-')[0]}/{name.removeprefix('module.')}": array
        for path in files
        for name, array in _state_dict(path).items()
    }


def torchvision_vgg16(files: list[Path]) -> dict[str, np.ndarray]:
    """The 13 convolutions of torchvision's VGG16, named as in Keras: `block1_conv1_W` (out, in, 3, 3) and `_b`."""
    (path,) = files
    content = read_torch(path, CHECKPOINT)
    names = {
        f"{block}_conv{number}_{ending}": f"features.{place}.{parameter}"
        for block, places in VGG16_LAYERS.items()
        for number, place in enumerate(places, 1)
        for ending, parameter in (("W", "weight"), ("b", "bias"))
    }
    missing = [name for name in names.values() if not isinstance(content, dict) or name not in content]
    if missing:
        raise BadInput(f"{path}: {missing[0]!r} is not in it; torchvision's checkpoint of vgg16 is needed.")
    return _arrays(path, {keras: content[torchvision] for keras, torchvision in names.items()})


def _state_dict(path: Path) -> dict[str, np.ndarray]:
    content = read_torch(path, CHECKPOINT)
    tensors = content.get("state_dict") if isinstance(content, dict) else None
    if not isinstance(tensors, dict) or not tensors:
        raise BadInput(f"{path}: a PyTorch checkpoint with a key `state_dict` is needed.")
    return _arrays(path, tensors)


def _arrays(path: Path, tensors: dict) -> dict[str, np.ndarray]:
    import torch  # imported late: it takes seconds

    others = [name for name, tensor in tensors.items() if not isinstance(tensor, torch.Tensor)]
    if others:
        raise BadInput(f"{path}: {others[0]!r} in its `state_dict` is not a tensor.")
    if 4 * sum(tensor.numel() for tensor in tensors.values()) > ARCHIVE_BYTES:  # a small file can hold a huge view
        raise BadInput(f"{path}: its tensors take more than the {ARCHIVE_BYTES >> 20} MiB that are read.")
    with readable(path, "PyTorch checkpoint of full tensors"):
        return {name: tensor.detach().to(torch.float32).numpy() for name, tensor in tensors.items()}


def image_folder(path) -> dict[str, np.ndarray]:
    """Every image of a user's own folder."""
    return images(image_files(path))


def image_files(path) -> list[Path]:
    """The images of a user's own folder, sorted by name."""
    folder = expanded(path)
    if not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder of images.")
    endings = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".iml", ".imc")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in endings)
    if not files:
        raise BadInput(f"{folder}: holds no image ({', '.join(endings)}).")
    return files


def points(path) -> np.ndarray:
    """A user's own points.

    Parameters
    ----------
    path
        .npy, .npz or .mat with one array; .csv or .txt with one row per point. A first line of names is skipped;
        commas, semicolons, tabs or blanks separate the columns.

    Returns
    -------
    array, (n, d)
    """
    path = regular(path)
    readers = {".npy": read_npy, ".npz": _npz, ".csv": _text, ".txt": _text, ".mat": mat_array}
    if path.suffix.lower() not in readers:
        raise BadInput(f"{path}: points are read from {', '.join(readers)}, not from {path.suffix or 'no ending'}.")
    with Room(path, "a sample of its rows"):
        return as_points(readers[path.suffix.lower()](path), str(path))


def _npz(path: Path) -> np.ndarray:
    return _only(path, read_npz(path, ARCHIVE_BYTES))


def _only(path: Path, arrays: dict[str, np.ndarray]) -> np.ndarray:
    if len(arrays) != 1:
        raise BadInput(f"{path}: one array is expected, it holds {', '.join(arrays) or 'none'}.")
    return next(iter(arrays.values()))


def _text(path: Path) -> np.ndarray:
    text = read_text(path, "utf-8-sig", ARCHIVE_BYTES)
    Room(path, "a sample of its rows").takes(TEXT_BYTE * len(text) + TEXT_LINE * text.count("\n"))
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise BadInput(f"{path}: the file is empty.")
    separator = next((mark for mark in (",", ";", "\t") if mark in lines[0]), None)
    skip = 1 if _names(lines[0], separator) else 0
    try:
        return np.loadtxt(io.StringIO("\n".join(lines[skip:])), delimiter=separator, ndmin=2)
    except ValueError as error:
        raise BadInput(f"{path}: every row must hold the same number of numbers ({error}).") from None


def _names(line: str, separator: str | None) -> bool:
    """Whether a first line names the columns: no entry is a number. One bad number among good ones is data."""
    for entry in line.split(separator):
        with contextlib.suppress(ValueError):
            float(entry)
            return False
    return True
