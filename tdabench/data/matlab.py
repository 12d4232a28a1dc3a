"""MATLAB's files up to version 7.

They are decoded here because scipy's reader ignores their checksums, and one altered byte can make it end the process.
"""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np

from tdabench.data.files import ARCHIVE_BYTES, read_bytes, readable
from tdabench.errors import BadInput

MAT_HEAD = 128  # bytes before the first element of a MATLAB file of version 5 to 7
MAT_MATRIX, MAT_COMPRESSED = 14, 15  # types of elements
MAT_KINDS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
MAT_NUMBERS = range(6, 16)  # the classes of full arrays, from double to uint64
MAT_COMPLEX = 0x800


def read_mat(path, what: str, names=None, most: int = ARCHIVE_BYTES) -> dict[str, np.ndarray]:
    """The full real arrays of a MATLAB file up to version 7.

    Parameters
    ----------
    path
        The file.
    what
        What the file should be, for an error.
    names
        Arrays to read; None for all.
    most
        Limit on the unpacked bytes.

    Returns
    -------
    dict
        Name -> array in its stored type, in Fortran order.
    """
    packed = read_bytes(path, most)
    with readable(path, what):
        if 0 in packed[:4]:
            from scipy.io import loadmat

            arrays = loadmat(io.BytesIO(packed)).items()  # version 4; this reader is in Python
            return {name: array for name, array in arrays if name[:2] != "__" and (names is None or name in names)}
        version = packed[MAT_HEAD - 4 : MAT_HEAD]
        if version in (b"\0\2IM", b"\2\0MI") or packed.startswith(b"MATLAB 7.3"):
            raise BadInput(f"{path}: MATLAB 7.3 files are not read; save it with -v7 or as .npy.")
        order = {b"\0\1IM": "<", b"\1\0MI": ">"}[version]
        arrays = {}
        for element in _mat_matrices(memoryview(packed), order, most):
            flags, shape, name, numbers = _mat_parts(element, order)
            if not name or (names is not None and name not in names):
                continue
            if flags & 0xFF not in MAT_NUMBERS or flags & MAT_COMPLEX:
                raise BadInput(f"{path}: {name!r} is no full array of real numbers; save it as one.")
            if name in arrays:
                raise BadInput(f"{path}: two arrays are named {name!r}.")
            kind, content, _ = _mat_element(numbers, 0, order)
            arrays[name] = np.frombuffer(bytearray(content), order + MAT_KINDS[kind]).reshape(shape, order="F")
        return arrays


def _mat_element(data, place: int, order: str) -> tuple[int, memoryview, int]:
    """The type and the bytes of the element at a place, and the place of the next element."""
    kind, size = struct.unpack_from(f"{order}II", data, place)
    place, small = place + 8, kind >> 16
    if small:  # up to four bytes, within the head
        kind, size, place = kind & 0xFFFF, small, place - 4
    if size > len(data) - place or small > 4:
        raise EOFError("it ends too early")
    padding = 0 if kind == MAT_COMPRESSED else -(place + size) % 8
    return kind, data[place : place + size], place + size + padding


def _mat_matrices(data, order: str, most: int) -> Iterator[memoryview]:
    """The elements of the arrays, unpacked."""
    place, room = MAT_HEAD, most
    while place < len(data):
        kind, element, place = _mat_element(data, place, order)
        if kind == MAT_COMPRESSED:
            stream = zlib.decompressobj()
            unpacked = stream.decompress(element, room + 1)
            room -= len(unpacked)
            if room < 0:
                raise ValueError(f"it unpacks to more than {most >> 20} MiB")
            if not stream.eof:  # where zlib verifies its checksum
                raise EOFError("a compressed element ends too early")
            kind, element, _ = _mat_element(memoryview(unpacked), 0, order)
        if kind != MAT_MATRIX:
            raise ValueError(f"an element of kind {kind} where an array is expected")
        yield element


def _mat_parts(element, order: str) -> tuple[int, tuple[int, ...], str, memoryview]:
    """The parts of an array: flags with class, shape, name, and the element of its numbers."""
    _, flags, place = _mat_element(element, 0, order)
    _, shape, place = _mat_element(element, place, order)
    _, name, place = _mat_element(element, place, order)
    shape = struct.unpack(f"{order}{len(shape) // 4}i", shape)
    if min(shape, default=-1) < 0:
        raise ValueError(f"an array of shape {shape}")
    return struct.unpack_from(f"{order}I", flags)[0], shape, bytes(name).decode("latin-1"), element[place:]
