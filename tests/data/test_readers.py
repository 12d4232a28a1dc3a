"""Readers of files: what is read, in which units, and what is refused with which words."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from tdabench.data import readers
from tdabench.errors import BadInput

TABLE = np.array([[1.0, -2.5], [3.0, 4e-3], [0.0, 7.0]])


def refused(read, path, words):
    """`read` refuses the file, by name, in words for a reader."""
    with pytest.raises(BadInput, match=words) as refusal:
        read(path)
    assert str(path) in str(refusal.value)


# Tables of points


def write_mat(path, **arrays):
    savemat(path, arrays or {"points": TABLE})
    return path


WRITERS = {
    ".npy": lambda path: np.save(path, TABLE),
    ".npz": lambda path: np.savez(path, points=TABLE),
    ".mat": write_mat,
    ".csv": lambda path: np.savetxt(path, TABLE, delimiter=","),
    ".txt": lambda path: np.savetxt(path, TABLE),
}


@pytest.mark.parametrize("ending", WRITERS)
def test_points_are_read_from_each_kind_of_file(tmp_path, ending):
    path = tmp_path / f"points{ending}"
    WRITERS[ending](path)
    assert readers.points(path).tolist() == TABLE.tolist()
    path.rename(tmp_path / f"POINTS{ending.upper()}")
    assert readers.points(str(tmp_path / f"POINTS{ending.upper()}")).dtype == np.float64


@pytest.mark.parametrize(
    "text",
    [
        "1,2\n3,4\n",
        "x,y\n1,2\n3,4\n",
        '"first","second"\n1,2\n3,4\n',
        ",y\n1,2\n3,4\n",
        "x;y\n1;2\n3;4\n",
        "1;2\r\n3;4\r\n",
        "x\ty\n1\t2\n3\t4\n",
        "x y\n1 2\n3   4\n",
        "  1 2\n\n3 4\n\n",
        "\ufeffx,y\n1,2\n3,4",
        "\ufeff1,2\n3,4",
        "1e0,+2\n3.,4.0",
    ],
)
def test_tables_of_text_in_their_usual_forms(tmp_path, text):
    path = tmp_path / "points.csv"
    path.write_text(text, encoding="utf-8")
    assert readers.points(path).tolist() == [[1, 2], [3, 4]]


def test_one_column_and_one_row_are_tables_too(tmp_path):
    path = tmp_path / "points.txt"
    path.write_text("1\n2\n")
    assert readers.points(path).tolist() == [[1], [2]]
    path.write_text("1 2")
    assert readers.points(path).tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("words", "content"),
    [
        ("is empty", b""),
        ("is empty", b"\n  \n"),
        ("is empty", b"\xef\xbb\xbf"),
        ("same number of numbers", b"1,2\n3,4,5\n"),
        ("same number of numbers", b"x,y\n1,2\n3\n"),
        ("same number of numbers", b"1,2\n3,four\n"),
        ("same number of numbers", b"1,two\n3,4\n"),  # a bad number in the first row is no name of a column
        ("same number of numbers", b"1,\n3,4\n"),
        ("same number of numbers", b"1,2\n3,\n"),
        ("same number of numbers", b"1,5;2,5\n3,5;4,5\n"),
        ("not finite, the first in row 1, column 0", b"1,2\nnan,4\n"),
        ("not finite", b"1,2\ninf,4\n"),
        ("not UTF-8", b"x,y\n1,2\xff\xfe\n"),
        ("at least 1 rows", b"x,y\n"),
    ],
)
@pytest.mark.filterwarnings("ignore:loadtxt")
def test_bad_tables_of_text_are_refused(tmp_path, words, content):
    path = tmp_path / "points.csv"
    path.write_bytes(content)
    refused(readers.points, path, words)


def test_nothing_pickled_is_ever_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path / "sprung").touch, ()

    objects = np.array([Trap()], dtype=object)
    np.save(tmp_path / "points.npy", objects, allow_pickle=True)
    np.savez(tmp_path / "points.npz", points=objects)
    for name in ("points.npy", "points.npz"):
        refused(readers.points, tmp_path / name, "without pickled objects")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("ending", [".npy", ".npz", ".mat"])
def test_truncated_files_are_refused(tmp_path, ending):
    path = tmp_path / f"points{ending}"
    WRITERS[ending](path)
    path.write_bytes(path.read_bytes()[:-20])
    refused(readers.points, path, "not a readable")
    path.write_bytes(b"")
    refused(readers.points, path, "not a readable")


@pytest.mark.parametrize("ending", [".npz", ".mat"])
def test_of_two_arrays_none_is_chosen(tmp_path, ending):
    path = tmp_path / f"points{ending}"
    (np.savez if ending == ".npz" else write_mat)(path, **{"first": TABLE, "second": TABLE})
    refused(readers.points, path, "one array is expected, it holds first, second")


def test_an_archive_without_arrays_is_refused(tmp_path):
    path = tmp_path / "points.npz"
    with zipfile.ZipFile(path, "w"):
        pass
    refused(readers.points, path, "it holds none")


@pytest.mark.parametrize("array", [np.ones(3), np.ones((2, 2, 2)), np.array([["a", "b"]]), np.array([[np.nan, 1]])])
def test_arrays_that_are_no_points_are_refused(tmp_path, array):
    path = tmp_path / "points.npy"
    np.save(path, array)
    refused(readers.points, path, "needed|not finite")


def test_matlab_73_is_refused_with_the_way_out(tmp_path):
    path = tmp_path / "points.mat"
    head = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02" + b"IM"
    path.write_bytes(head + b"\x89HDF\r\n\x1a\n".ljust(600, b"\0"))
    refused(readers.points, path, "-v7 or as .npy")


def test_a_file_that_is_not_there_or_of_no_known_kind(tmp_path):
    refused(readers.points, tmp_path / "points.csv", "no such file")
    refused(readers.points, tmp_path, "no such file")
    (tmp_path / "points.xlsx").touch()
    refused(readers.points, tmp_path / "points.xlsx", "read from .npy, .npz, .csv, .txt, .mat, not from .xlsx")


def test_matlab_files_come_by_name(tmp_path):
    files = [write_mat(tmp_path / f"{name}.mat", inner=TABLE * scale) for scale, name in enumerate(["a", "b"])]
    arrays = readers.mat_files(files)
    assert list(arrays) == ["a", "b"]
    assert (arrays["b"] == TABLE).all()


# Images


@pytest.mark.parametrize("ending", [".iml", ".imc", ".IML"])
def test_van_haterens_stills_are_big_endian(tmp_path, ending):
    still = np.random.default_rng(0).integers(0, 2**16, (1024, 1536))
    path = tmp_path / f"imk00001{ending}"
    still.astype(">u2").tofile(path)
    assert path.read_bytes()[:2] == int(still[0, 0]).to_bytes(2, "big")
    assert (readers.image(path) == still).all()


@pytest.mark.parametrize("size", [0, 3145726, 3145729])
def test_a_still_of_another_size_is_refused(tmp_path, size):
    path = tmp_path / "imk00001.iml"
    path.write_bytes(bytes(size))
    refused(readers.image, path, f"{size} bytes, but a van Hateren still has 3145728")


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_sixteen_bits_are_kept_in_the_files_own_units(tmp_path, order):
    pixels = np.array([[0, 1, 255], [256, 40000, 65535]])
    mode = "I;16" if order == "<u2" else "I;16B"
    Image.frombytes(mode, (3, 2), pixels.astype(order).tobytes()).save(tmp_path / "still.tiff")
    assert readers.image(tmp_path / "still.tiff").tolist() == pixels.tolist()


def test_eight_bits_are_kept_in_the_files_own_units(tmp_path):
    pixels = np.arange(256, dtype=np.uint8).reshape(8, 32)
    Image.fromarray(pixels).save(tmp_path / "grey.png")
    read = readers.image(tmp_path / "grey.png")
    assert read.dtype == np.float64
    assert (read == pixels).all()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colour_becomes_luminance(tmp_path, mode):
    colours = Image.new("RGB", (3, 1))
    colours.putdata([(255, 0, 0), (0, 255, 0), (0, 0, 255)])
    colours.convert(mode).save(tmp_path / "colour.png")
    assert readers.image(tmp_path / "colour.png") == pytest.approx(255 * np.array([[0.299, 0.587, 0.114]]))


def test_damaged_images_are_refused(tmp_path):
    whole = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)).save(whole, "png")
    for name, content in {"cut.png": whole.getvalue()[:900], "text.png": b"no image", "empty.jpg": b""}.items():
        (tmp_path / name).write_bytes(content)
        refused(readers.image, tmp_path / name, "not a readable image")


def test_a_folder_of_images_is_read_by_name(tmp_path):
    for name, grey in {"b.png": 2, "a.JPG": 1, "c.tif": 3}.items():
        Image.new("L", (8, 8), grey).save(tmp_path / name)
    (tmp_path / "notes.txt").touch()
    images = readers.image_folder(tmp_path)
    assert {name: image[0, 0] for name, image in images.items()} == {"a": 1, "b": 2, "c": 3}


def test_two_images_that_differ_only_in_their_ending_are_both_read(tmp_path):
    Image.new("L", (8, 8), 1).save(tmp_path / "a.png")
    Image.new("L", (8, 8), 2).save(tmp_path / "a.tif")
    assert {name: image[0, 0] for name, image in readers.image_folder(tmp_path).items()} == {"a.png": 1, "a.tif": 2}


def test_a_folder_without_images_is_refused(tmp_path):
    (tmp_path / "notes.txt").touch()
    refused(readers.image_folder, tmp_path, "holds no image")
    refused(readers.image_folder, tmp_path / "nowhere", "no such folder")
    refused(readers.image_folder, tmp_path / "notes.txt", "no such folder")
