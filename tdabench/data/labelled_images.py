"""Readers of labelled images. They return train_x, train_y, test_x and test_y, and run no code of a file.

Images are uint8, (n, rows, columns) when grey and (n, rows, columns, 3) in colour. Labels are int64, 0 to 9. A set
without test images has empty arrays for them. Sizes are checked before anything is unpacked, so that no archive can
fill the memory.
"""

import gzip
import io
import math
import pickle
import re
import struct
from pathlib import Path

import numpy as np

from tdabench.data.files import at_most, member, opened, picture, read_bytes, readable, unpacked, zip_archive
from tdabench.data.matlab import read_mat
from tdabench.data.readers import npz_arrays
from tdabench.errors import BadInput
from tdabench.processes.memory import ran_out

CLASSES = 10
UNPACKED_BYTES = 2**30  # limit on what one file unpacks to; the largest, SVHN's training images, has 225 MB
USPS_BYTES = 2**26  # of text: 7,291 lines of 256 numbers take less than half
BATCH_BYTES = 2**26  # of CIFAR-10; the largest has 31 MB
JPEG_BYTES = 2**16  # of one image of 32 x 32; the largest has 1.1 kB
CIFAR10_CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
CIFAR10_SHAPE = (32, 32, 3)
USPS_SHAPE = (16, 16)
SVHN_TRAINING_SHARE = 0.8


def labelled_images(train_x, train_y, test_x, test_y, where: Path, untested: bool = False) -> dict[str, np.ndarray]:
    """The four arrays, checked.

    Parameters
    ----------
    train_x, test_x
        uint8, (n, rows, columns) or (n, rows, columns, 3).
    train_y, test_y
        Whole numbers, (n,), 0 to 9.
    where
        File or folder that an error names.
    untested
        Whether the test part may be empty.

    Raises
    ------
    BadInput
        For other types, shapes or labels, a part without images, or two parts of different image sizes.
    """
    arrays = {}
    for part, images, labels in (("train", train_x, train_y), ("test", test_x, test_y)):
        images, labels = np.asarray(images), np.asarray(labels)
        if images.dtype != np.uint8 or not (images.ndim == 3 or (images.ndim == 4 and images.shape[3] == 3)):
            raise BadInput(
                f"{where}: the {part} images must be uint8, (n, rows, columns) or (n, rows, columns, 3), "
                f"not {images.dtype} {images.shape}."
            )
        if labels.ndim != 1 or labels.dtype.kind not in "iu" or len(labels) != len(images):
            raise BadInput(
                f"{where}: one whole number as label per {part} image is needed; there are {len(images)} images and "
                f"labels {labels.dtype} {labels.shape}."
            )
        if len(labels) and not (labels.min() >= 0 and labels.max() < CLASSES):
            raise BadInput(f"{where}: {part} labels must be 0 to 9, not {labels.min()} to {labels.max()}.")
        arrays |= {f"{part}_x": np.ascontiguousarray(images), f"{part}_y": labels.astype(np.int64)}
    for part in ["train"] if untested else ["train", "test"]:
        if not len(arrays[f"{part}_x"]):
            raise BadInput(f"{where}: half a data set, without {part} images.")
    if arrays["train_x"].shape[1:] != arrays["test_x"].shape[1:]:
        raise BadInput(
            f"{where}: training images of {arrays['train_x'].shape[1:]} and test images of "
            f"{arrays['test_x'].shape[1:]} do not belong together."
        )
    return arrays


def idx_files(files: list[Path], counts: tuple[int, int] | None = None) -> dict[str, np.ndarray]:
    """LeCun's IDX files train-images, train-labels, t10k-images and t10k-labels, each plain or .gz.

    Parameters
    ----------
    files
        The four files.
    counts
        Numbers of training and test images to expect, for files without published digests.
    """
    by_name = {path.name.split("-idx")[0]: path for path in files}
    names = [f"{part}-{kind}" for part in ("train", "t10k") for kind in ("images", "labels")]
    missing = [name for name in names if name not in by_name]
    if missing:
        raise BadInput(f"{files[0].parent}: half a data set, without {' and '.join(missing)}.")
    arrays = [
        _idx(by_name[f"{part}-{kind}"], dimensions)
        for part in ("train", "t10k")
        for kind, dimensions in (("images", 3), ("labels", 1))
    ]
    sizes = len(arrays[0]), len(arrays[2])
    if counts and sizes != counts:
        raise BadInput(f"{files[0].parent}: {sizes} training and test images, but {counts} are expected.")
    return labelled_images(*arrays, where=files[0].parent)


def _idx(path: Path, dimensions: int) -> np.ndarray:
    """One IDX file of unsigned bytes: 0 0 8 dimensions, the sizes as big-endian 32 bit, then the bytes."""
    with opened(path) as packed, readable(path, "IDX file"):
        file = gzip.GzipFile(fileobj=packed) if path.suffix == ".gz" else packed
        head = file.read(4)
        if head != bytes([0, 0, 8, dimensions]):
            raise BadInput(
                f"{path}: an IDX file of {dimensions} dimension(s) begins with 0 0 8 {dimensions}, "
                f"not with {' '.join(map(str, head)) or 'nothing'}."
            )
        sizes = file.read(4 * dimensions)
        if len(sizes) < 4 * dimensions:
            raise BadInput(f"{path}: the IDX file ends within its head.")
        shape = struct.unpack(f">{dimensions}I", sizes)
        if math.prod(shape) > UNPACKED_BYTES:
            raise BadInput(f"{path}: claims {shape}, more than the {UNPACKED_BYTES >> 20} MiB that are read.")
        content = at_most(file, math.prod(shape) + 1)  # one more reaches the end, where gzip verifies
        if len(content) != math.prod(shape):
            what = "more" if len(content) > math.prod(shape) else f"{len(content)}"
            raise BadInput(f"{path}: the head says {math.prod(shape)} bytes, {shape}; there are {what}.")
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)


def cifar_batches(files: list[Path]) -> dict[str, np.ndarray]:
    """CIFAR-10's own batches: data_batch_1 to 5 for training, in the order of `files`, and test_batch."""
    train_x, train_y = _cifar_batches(files, "data_batch_")
    return labelled_images(train_x, train_y, *_cifar_batches(files, "test_batch"), files[0].parent)


def cifar_training(files: list[Path]) -> dict[str, np.ndarray]:
    """CIFAR-10's own batches for training, without test images."""
    x, y = _cifar_batches(files, "data_batch_")
    return labelled_images(x, y, x[:0], y[:0], files[0].parent, untested=True)


def _cifar_batches(files: list[Path], prefix: str) -> tuple[np.ndarray, np.ndarray]:
    batches = [_cifar_batch(path) for path in files if path.name.startswith(prefix)]
    if not batches:
        raise BadInput(f"{files[0].parent}: half a data set, without {prefix}*.")
    images, labels = zip(*batches, strict=True)
    return np.concatenate(images), np.concatenate(labels)


class _OnlyArrays(pickle._Unpickler):
    """An unpickler for CIFAR-10's pickles of Python 2 that looks up arrays and nothing else.

    It is the one written in Python: for a file of ten bytes that gives its first object a high number, the one in C
    takes gigabytes.
    """

    def find_class(self, module: str, name: str):
        if (module, name) == ("numpy", "dtype"):
            return np.dtype
        if (module, name) == ("numpy", "ndarray"):
            return name  # a pickle names it; calling it could make an array of terabytes
        if module in ("numpy.core.multiarray", "numpy._core.multiarray") and name == "_reconstruct":
            return _empty_array
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no array needs")


def _empty_array(kind, shape, code) -> np.ndarray:
    """The empty array with which NumPy's pickle of an array begins; its state fills it afterwards."""
    return np.ndarray.__new__(np.ndarray, (0,), np.int8)


def _cifar_batch(path: Path) -> tuple[np.ndarray, np.ndarray]:
    with readable(path, "batch of CIFAR-10"):
        content = _OnlyArrays(io.BytesIO(read_bytes(path, BATCH_BYTES)), encoding="latin1").load()
        if not isinstance(content, dict) or not content.keys() >= {"data", "labels"}:
            raise BadInput(f"{path}: not a batch of CIFAR-10, which holds data and labels.")
        data, labels = (_numbers(path, content[name]) for name in ("data", "labels"))
    rows, columns, channels = CIFAR10_SHAPE
    if data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] != math.prod(CIFAR10_SHAPE):
        raise BadInput(f"{path}: a batch of CIFAR-10 holds rows of 3072 bytes, not {data.dtype} {data.shape}.")
    return data.reshape(-1, channels, rows, columns).transpose(0, 2, 3, 1), labels


def _numbers(path: Path, value) -> np.ndarray:
    # Lists that contain each other are short in a pickle, but endless as an array.
    if not isinstance(value, np.ndarray) and not (isinstance(value, list) and all(type(x) is int for x in value)):
        raise BadInput(f"{path}: not a batch of CIFAR-10, whose data and labels are whole numbers.")
    return np.asarray(value)


def cifar_jpegs(files: list[Path]) -> dict[str, np.ndarray]:
    """A zip of train|test/CLASS/NAME.jpg, 32 x 32 pixels.

    The images are sorted by class, then by name. The ten classes in alphabetical order have CIFAR-10's labels 0 to 9.
    """
    (path,) = files
    parts = {"train": ([], []), "test": ([], [])}
    with zip_archive(path, "zip of images", UNPACKED_BYTES) as (archive, infos):
        for info in sorted(infos, key=lambda info: info.filename):
            name = re.fullmatch(r"(train|test)/(\w+)/\w+\.jpe?g", info.filename, re.ASCII)
            if not name or name[2] not in CIFAR10_CLASSES:
                raise BadInput(f"{path}: {info.filename!r} is not train|test/CLASS/NAME.jpg of a CIFAR-10 class.")
            if info.file_size > JPEG_BYTES:
                raise BadInput(f"{path}: {info.filename} unpacks to {info.file_size} bytes, too much for 32 x 32.")
            images, labels = parts[name[1]]
            images.append(_jpeg(member(archive, info), f"{path}: {info.filename}"))
            labels.append(CIFAR10_CLASSES.index(name[2]))
    arrays = [(np.array(x, np.uint8).reshape(-1, *CIFAR10_SHAPE), np.array(y, np.int64)) for x, y in parts.values()]
    return labelled_images(*arrays[0], *arrays[1], where=path)


def _jpeg(content: bytes, where: str) -> np.ndarray:
    try:
        with picture(io.BytesIO(content), ("JPEG",)) as image:
            if image.size == CIFAR10_SHAPE[:2]:  # before any pixel is unpacked
                return np.asarray(image.convert("RGB"))
            reason = f"it has {image.size[0]} x {image.size[1]} pixels, not 32 x 32"
    except Exception as error:  # Pillow raises OSError, SyntaxError, ValueError, ... on damaged files
        if ran_out(error):
            raise
        reason = str(error)
    raise BadInput(f"{where} is not a readable JPEG image ({reason}).")


def training_images(files: list[Path]) -> dict[str, np.ndarray]:
    """A NumPy archive of training images x (n, rows, columns[, 3]) and labels y (n,); no test images."""
    x, y = _entries(files[0], ["x", "y"])
    return labelled_images(x, y, x[:0], y[:0], files[0], untested=True)


def svhn_crops(files: list[Path]) -> dict[str, np.ndarray]:
    """SVHN's official crops train_32x32.mat and test_32x32.mat: X (32, 32, 3, n), y (n, 1), where 10 is the digit 0."""
    arrays = []
    for path in sorted(files, reverse=True):  # train before test
        content = read_mat(path, "MATLAB file of SVHN", ["X", "y"], UNPACKED_BYTES)
        if missing := [name for name in ("X", "y") if name not in content]:
            raise BadInput(f"{path}: not a MATLAB file of SVHN, whose arrays are X and y; {missing[0]} is missing.")
        images, labels = content["X"], content["y"].reshape(-1)
        if images.ndim != 4:
            raise BadInput(f"{path}: X must be (32, 32, 3, n), not {images.shape}.")
        arrays += [images.transpose(3, 0, 1, 2), np.where(labels == 10, 0, labels)]
    if len(arrays) != 4:
        raise BadInput(f"{files[0].parent}: half a data set; train_32x32.mat and test_32x32.mat are both needed.")
    return labelled_images(*arrays, where=files[0].parent)


def svhn_digits(files: list[Path]) -> dict[str, np.ndarray]:
    """Digits cut from SVHN's number crops: a NumPy archive of x (n, 32, 32), y (n,) and source_image (n,).

    A fixed random sample of 80 % of the source images is for training. No source image has digits in both parts.
    """
    (path,) = files
    x, y, source = _entries(path, ["x", "y", "source_image"])
    sources = np.unique(source)
    # The stream of RandomState is the same in every version of NumPy, and so is the split.
    drawn = np.random.RandomState(0).permutation(sources)[: int(SVHN_TRAINING_SHARE * len(sources))]
    training = np.isin(source, drawn)
    if len(training) != len(x) or len(y) != len(x):
        raise BadInput(f"{path}: {len(x)} images, {len(y)} labels and {len(training)} source images do not agree.")
    return labelled_images(x[training], y[training], x[~training], y[~training], path)


def _entries(path: Path, names: list[str]) -> list[np.ndarray]:
    arrays = npz_arrays([path])
    missing = [name for name in names if name not in arrays or not arrays[name].ndim]
    if missing:
        raise BadInput(f"{path}: arrays {', '.join(names)} are needed; {', '.join(missing)} is missing.")
    return [arrays[name] for name in names]


def usps(files: list[Path]) -> dict[str, np.ndarray]:
    """USPS as LIBSVM text, usps.bz2 and usps.t.bz2: a label 1 to 10, then 1:VALUE to 256:VALUE, each -1 to 1.

    Label 1 is the digit 0. Grey levels are (VALUE + 1) / 2 * 255, truncated in float32, as torchvision does.
    """
    by_name = {path.name: path for path in files}
    if set(by_name) != {"usps.bz2", "usps.t.bz2"}:
        raise BadInput(f"{files[0].parent}: half a data set; usps.bz2 and usps.t.bz2 are both needed.")
    arrays = [array for name in ("usps.bz2", "usps.t.bz2") for array in _usps(by_name[name])]
    return labelled_images(*arrays, where=files[0].parent)


def _usps(path: Path) -> tuple[np.ndarray, np.ndarray]:
    text = unpacked(path, "bz2 file of text", min(UNPACKED_BYTES, USPS_BYTES))
    with readable(path, "bz2 file of text"):
        lines = [line for line in text.decode("ascii").splitlines() if line.strip()]
    pixels = math.prod(USPS_SHAPE)
    rows = np.empty((len(lines), 1 + 2 * pixels), np.float32)
    for number, line in enumerate(lines):
        try:
            rows[number] = line.replace(":", " ").split()
        except ValueError:  # too few or too many, or not numbers
            rows[number] = 0
        if (rows[number, 1::2] != np.arange(1, pixels + 1)).any():
            raise BadInput(f"{path}: line {number + 1} is not a label and 1:VALUE to {pixels}:VALUE.")
    values, labels = rows[:, 2::2], rows[:, 0]
    if not (np.abs(values) <= 1).all() or (labels % 1).any():
        raise BadInput(f"{path}: every value must lie within -1 to 1, and every label be a whole number.")
    return ((values + 1) / 2 * 255).astype(np.uint8).reshape(-1, *USPS_SHAPE), labels.astype(np.int64) - 1
