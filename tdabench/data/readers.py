"""Readers of files: MATLAB arrays, images, van Hateren's raw stills, tables, weights of networks, a user's own points.

Nothing runs code.
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
SPECTRUM_CHANNELS = 96  # six substitutions of a pyrimidine, four bases before it, four after
# Where torchvision's VGG16 has its convolutions (`features.0.weight`); Keras names them by block
VGG16_LAYERS = {
    "block1": (0, 2),
    "block2": (5, 7),
    "block3": (10, 12, 14),
    "block4": (17, 19, 21),
    "block5": (24, 26, 28),
}
CHECKPOINT = "PyTorch checkpoint of weights only"
TEXT_BYTE, TEXT_LINE = 8, 90  # that points take which are read from text, per byte and per line; measured as the tables
PIXEL_BYTES = 14  # per channel: as stored, as float64, the mean of the channels, and whether all are finite
VERTICES_BYTES = 2**26  # the largest list of vertices unpacked; the largest reference shape has 1.4 MB


def mat_files(files: list[Path]) -> dict[str, np.ndarray]:
    """One array per MATLAB v5 file, by file name without ending."""
    return {path.stem: mat_array(path) for path in files}


def mat_array(path: Path) -> np.ndarray:
    """The one array of a MATLAB v5 file, as float64."""
    return as_points(_only(path, read_mat(path, "MATLAB file")), str(path))


def images(files: list[Path]) -> dict[str, np.ndarray]:
    """One (rows, columns) array of grey intensities per image, float64, in the file's own units.

    By file name without ending, or with it where two files differ in nothing else.
    """
    stems = Counter(path.stem for path in files)
    return {path.stem if stems[path.stem] == 1 else path.name: image(path) for path in files}


def image(path: Path) -> np.ndarray:
    """Grey intensities of one image: .iml/.imc by van Hateren's layout, the rest is PNG, JPEG, TIFF or BMP."""
    if path.suffix.lower() in (".iml", ".imc"):
        return van_hateren(path)
    with Room(path, "a smaller image") as room:
        with opened(path) as file, readable(path, "image"), picture(file) as shown:
            room.takes(PIXEL_BYTES * math.prod(shown.size) * len(shown.getbands()))
            if shown.mode in ("P", "CMYK", "YCbCr", "LAB", "HSV", "LA", "RGBA", "PA"):
                shown = shown.convert("RGB")
            pixels = np.asarray(shown, dtype=np.float64)
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
    """The photographs that come inside scikit-image and scikit-learn."""
    skimage = Path(find_spec("skimage").origin).parent / "data"  # importing the two would take a second
    sklearn = Path(find_spec("sklearn").origin).parent / "datasets" / "images"
    names = ["astronaut", "brick", "camera", "chelsea", "coffee", "grass", "gravel", "motorcycle_left"]
    inside = [skimage / f"{name}.png" for name in names]
    inside += [skimage / "rocket.jpg", sklearn / "china.jpg", sklearn / "flower.jpg"]
    return [path for path in inside if path.is_file()]


def table(files: list[Path]) -> dict[str, np.ndarray]:
    """The columns of one table, by their own names: float64 (NaN = missing) or text; see `tables.read_table`."""
    (path,) = files
    return read_table(path).columns


def spectra(files: list[Path]) -> dict[str, np.ndarray]:
    """Mutation spectra of tumours, from one .csv with a row per channel and a column `type::sample` per tumour.

    spectra: (tumours, 96) float64, counts of mutations; type: (tumours,) str; channel: (96,) str, such as A[C>A]A.
    """
    (path,) = files
    columns = read_table(path)
    if columns.text != ["MutationType"]:
        raise BadInput(
            f"{path}: one column of text, MutationType, and counts in the others are needed; the columns of text are: "
            f"{', '.join(columns.text[:8]) or 'none'}."
        )
    channels = columns.columns["MutationType"].astype(str)
    if len(set(channels)) != SPECTRUM_CHANNELS or columns.rows != SPECTRUM_CHANNELS:
        raise BadInput(f"{path}: {SPECTRUM_CHANNELS} different channels are needed, not {columns.rows} rows.")
    nameless = [name for name in columns.numeric if "::" not in name]
    if nameless:
        raise BadInput(f"{path}: column {nameless[0]!r} does not say its tumour's type, as in `type::sample`.")
    counts = columns.matrix().T.copy()
    if (counts < 0).any():
        tumour = columns.numeric[int(np.argmax((counts < 0).any(axis=1)))]
        raise BadInput(f"{path}: column {tumour!r} has a negative count of mutations.")
    types = np.array([name.split("::")[0] for name in columns.numeric])
    return {"spectra": counts, "type": types, "channel": channels}


def vertices(files: list[Path]) -> dict[str, np.ndarray]:
    """Vertices (n, 3) of one shape per gzipped .csv without names; `horse-reference.csv.gz` is read as `horse`."""
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
    """The arrays of one NumPy archive, by their own names and as they are stored; pickled objects are refused."""
    (path,) = files
    return read_npz(path, ARCHIVE_BYTES)


def state_dicts(files: list[Path]) -> dict[str, np.ndarray]:
    """Weights of networks, one PyTorch checkpoint per network: `resnet20/layer1.0.conv1.weight` -> array, float32.

    The tensors of the checkpoint's `state_dict`; the network is named by the file up to its first hyphen, and the
    prefix `module.` (of DataParallel) is left out.
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
    lacking = [name for name in names.values() if not isinstance(content, dict) or name not in content]
    if lacking:
        raise BadInput(f"{path}: {lacking[0]!r} is not in it; torchvision's checkpoint of vgg16 is needed.")
    return _arrays(path, {ours: content[theirs] for ours, theirs in names.items()})


def _state_dict(path: Path) -> dict[str, np.ndarray]:
    content = read_torch(path, CHECKPOINT)
    tensors = content.get("state_dict") if isinstance(content, dict) else None
    if not isinstance(tensors, dict) or not tensors:
        raise BadInput(f"{path}: a PyTorch checkpoint with a key `state_dict` is needed.")
    return _arrays(path, tensors)


def _arrays(path: Path, tensors: dict) -> dict[str, np.ndarray]:
    import torch  # imported late: it takes seconds

    strange = [name for name, tensor in tensors.items() if not isinstance(tensor, torch.Tensor)]
    if strange:
        raise BadInput(f"{path}: {strange[0]!r} in its `state_dict` is not a tensor.")
    if 4 * sum(tensor.numel() for tensor in tensors.values()) > ARCHIVE_BYTES:  # a kilobyte may be viewed as terabytes
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
    found = sorted(entry for entry in folder.iterdir() if entry.suffix.lower() in endings)
    if not found:
        raise BadInput(f"{folder}: holds no image ({', '.join(endings)}).")
    return found


def points(path) -> np.ndarray:
    """A user's own points (n, d): .npy, .npz or .mat with one array, .csv or .txt with one row per point.

    A first line of column names is passed over; columns are separated by commas, semicolons, tabs or blanks.
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
    said = read_text(path, "utf-8-sig", ARCHIVE_BYTES)
    Room(path, "a sample of its rows").takes(TEXT_BYTE * len(said) + TEXT_LINE * said.count("\n"))
    lines = [line for line in said.splitlines() if line.strip()]
    if not lines:
        raise BadInput(f"{path}: the file is empty.")
    separator = next((mark for mark in (",", ";", "\t") if mark in lines[0]), None)
    skip = 1 if _names(lines[0], separator) else 0
    try:
        return np.loadtxt(io.StringIO("\n".join(lines[skip:])), delimiter=separator, ndmin=2)
    except ValueError as error:
        raise BadInput(f"{path}: every row must hold the same number of numbers ({error}).") from None


def _names(line: str, separator: str | None) -> bool:
    """Whether no entry is a number; a first row with one bad number among good ones is data, and refused."""
    for entry in line.split(separator):
        with contextlib.suppress(ValueError):
            float(entry)
            return False
    return True
