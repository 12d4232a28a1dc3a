"""Labelled images: each official form on small files made here, damaged ones refused, the sets at hand as published."""

import bz2
import gzip
import io
import pickle
import struct
import zipfile

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from tdabench.data import labelled_images, readers
from tdabench.data.catalogue import dataset
from tdabench.errors import BadInput, DataMissing

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (5, 4, 3), dtype=np.uint8)
COLOUR = RANDOM.integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)


def same(read, **expected):
    assert list(read) == ["train_x", "train_y", "test_x", "test_y"]
    for name, array in expected.items():
        assert read[name].dtype == (np.uint8 if name.endswith("x") else np.int64)
        assert read[name].flags.c_contiguous
        np.testing.assert_array_equal(read[name], array)


# IDX


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def idx_set(folder, packed=True, **changes):
    contents = {
        "train-images": idx(GREY[:3]), "train-labels": idx(np.array([7, 0, 9], np.uint8)),
        "t10k-images": idx(GREY[3:]), "t10k-labels": idx(np.array([1, 2], np.uint8)),
    }  # fmt: skip
    contents = {name: gzip.compress(content) if packed else content for name, content in contents.items()} | changes
    files = [folder / f"{name}-idx{3 if 'images' in name else 1}-ubyte{'.gz' * packed}" for name in contents]
    for path, content in zip(files, contents.values(), strict=True):
        path.write_bytes(content)
    return files


@pytest.mark.parametrize("packed", [True, False])
def test_idx_files_are_read_packed_and_unpacked(tmp_path, packed):
    read = labelled_images.idx_files(idx_set(tmp_path, packed))
    same(read, train_x=GREY[:3], train_y=[7, 0, 9], test_x=GREY[3:], test_y=[1, 2])


HUGE = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2**31, 28, 28)


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("train-images", gzip.compress(idx(GREY[:3]))[:-12], "train-images.*truncated or altered"),
        ("train-images", b"", "train-images.*begins with 0 0 8 3, not with nothing"),
        ("train-images", b"no gzip", "train-images.*gzip"),
        ("t10k-labels", gzip.compress(b"\0\0\x0d\1" + bytes(8)), "t10k-labels.*begins with 0 0 8 1, not with 0 0 13 1"),
        ("train-labels", gzip.compress(idx(GREY[:3])), "begins with 0 0 8 1, not with 0 0 8 3"),
        ("train-images", gzip.compress(idx(GREY[:3])[:9]), "ends within its head"),
        ("train-images", gzip.compress(idx(GREY[:3])[:-1]), "says 36 bytes.*there are 35"),
        ("train-images", gzip.compress(idx(GREY[:3]) + bytes(99)), "says 36 bytes.*there are more"),
        ("train-images", gzip.compress(HUGE), "more than the 1024 MiB"),
        ("train-labels", gzip.compress(idx(np.zeros(2, np.uint8))), r"3 images and labels uint8 \(2,\)"),
        ("train-labels", gzip.compress(idx(np.array([0, 1, 10], np.uint8))), "0 to 9, not 0 to 10"),
        ("t10k-images", gzip.compress(idx(GREY[3:, :3])), "do not belong together"),
    ],
)
def test_damaged_idx_files_are_refused(tmp_path, name, content, words):
    with pytest.raises(BadInput, match=words) as refusal:
        labelled_images.idx_files(idx_set(tmp_path, **{name: content}))
    assert str(tmp_path) in str(refusal.value)


def test_a_wrong_checksum_within_gzip_is_seen(tmp_path):
    packed = bytearray(gzip.compress(idx(GREY[:3]), compresslevel=0))
    packed[-20] ^= 1  # a pixel; the checksum is in the last eight bytes
    with pytest.raises(BadInput, match="truncated or altered.*CRC"):
        labelled_images.idx_files(idx_set(tmp_path, **{"train-images": bytes(packed)}))


def test_half_an_idx_set_says_which_half_lacks(tmp_path):
    files = idx_set(tmp_path)
    for kept, words in ((files[:1] + files[2:], "without train-labels"), (files[:2], "without t10k-images and t10k-l")):
        with pytest.raises(BadInput, match=f"half a data set, {words}"):
            labelled_images.idx_files(kept)
    none = {"t10k-images": gzip.compress(idx(GREY[:0])), "t10k-labels": gzip.compress(idx(np.zeros(0, np.uint8)))}
    with pytest.raises(BadInput, match="half a data set, without test images"):
        labelled_images.idx_files(idx_set(tmp_path, **none))


def test_files_without_a_digest_must_have_the_published_counts(tmp_path):
    files = idx_set(tmp_path)
    assert len(labelled_images.idx_files(files, counts=(3, 2))["train_x"]) == 3
    with pytest.raises(BadInput, match=r"\(3, 2\) training and test images, but \(60000, 10000\) are expected"):
        labelled_images.idx_files(files, counts=(60_000, 10_000))


# CIFAR-10's batches


def python2_text(text):
    return b"U" + bytes([len(text)]) + text.encode("latin1")


def python2_batch(images, labels, asks=b"cnumpy.core.multiarray\n_reconstruct\n"):
    """A batch as Python 2 pickled it: protocol 2, byte strings, an array of rows of 3072 bytes in channel order."""
    data = images.transpose(0, 3, 1, 2).tobytes()
    kind = b"cnumpy\ndtype\n" + python2_text("u1") + b"K\0K\1\x87R(K\3" + python2_text("|") + b"NNNJ" + b"\xff" * 4
    kind += b"J" + b"\xff" * 4 + b"K\0tb"
    array = asks + b"cnumpy\nndarray\nK\0\x85" + python2_text("b") + b"\x87R"
    state = b"(K\1M" + struct.pack("<H", len(images)) + b"M\0\x0c\x86" + kind
    state += b"\x89T" + struct.pack("<i", len(data)) + data + b"tb"
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return b"\x80\2}(" + python2_text("labels") + numbers + python2_text("data") + array + state + b"u."


def cifar_set(folder, **changes):
    contents = {
        "data_batch_1": python2_batch(COLOUR[:1], [3]), "data_batch_2": python2_batch(COLOUR[1:3], [8, 0]),
        "test_batch": python2_batch(COLOUR[3:], [9]),
    }  # fmt: skip
    for name, content in (contents | changes).items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def test_the_batches_made_here_are_pickles_like_any_other():
    content = pickle.loads(python2_batch(COLOUR[:2], [3, 4]), encoding="latin1")
    assert content["labels"] == [3, 4]
    np.testing.assert_array_equal(content["data"].reshape(2, 3, 32, 32).transpose(0, 2, 3, 1), COLOUR[:2])


def test_cifar_batches_are_read_in_order(tmp_path):
    files = cifar_set(tmp_path)
    read = labelled_images.cifar_batches(files)
    same(read, train_x=COLOUR[:3], train_y=[3, 8, 0], test_x=COLOUR[3:], test_y=[9])
    same(labelled_images.cifar_training(files), train_x=COLOUR[:3], train_y=[3, 8, 0], test_x=COLOUR[:0], test_y=[])


class Harmful:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_a_batch_that_asks_for_more_than_arrays_is_refused_and_not_run(tmp_path):
    files = cifar_set(tmp_path, data_batch_1=pickle.dumps({"data": Harmful(tmp_path / "harm")}, protocol=2))
    with pytest.raises(BadInput, match=r"data_batch_1.*asks for _?io\.open"):
        labelled_images.cifar_batches(files)
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    "content, words",
    [
        (python2_batch(COLOUR[:1], [3])[:-40], "data_batch_1: not a"),
        (b"", "data_batch_1: not a"),
        (pickle.dumps([1, 2], protocol=2), "data_batch_1: not a batch of CIFAR-10"),
        (pickle.dumps({"data": [[1, 2]], "labels": [1]}, protocol=2), "not a batch of CIFAR-10"),
        (python2_batch(COLOUR[:1], [3, 4]), "3 images and labels"),
        (python2_batch(COLOUR[:1], [200]), "0 to 9, not 0 to 200"),
        (python2_batch(COLOUR[:1], [3], asks=b"cos\nsystem\n"), "asks for os.system"),
    ],
)
def test_damaged_batches_are_refused(tmp_path, content, words):
    with pytest.raises(BadInput, match=words):
        labelled_images.cifar_batches(cifar_set(tmp_path, data_batch_1=content))


def test_half_of_the_batches_is_refused(tmp_path):
    files = cifar_set(tmp_path)
    for kept, lacks in ((files[:2], "test_batch"), (files[2:], "data_batch_")):
        with pytest.raises(BadInput, match=f"half a data set, without {lacks}"):
            labelled_images.cifar_batches(kept)


# A zip of JPEG images


def jpeg(level=100, size=(32, 32), mode="RGB", kind="JPEG"):
    file = io.BytesIO()
    Image.new(mode, size, (level,) * 3 if mode == "RGB" else level).save(file, kind)
    return file.getvalue()


def zipped(folder, **changes):
    path = folder / "images.zip"
    members = {
        "train/": b"", "train/truck/0000.jpg": jpeg(10), "train/airplane/0001.jpg": jpeg(30),
        "train/airplane/0000.jpg": jpeg(20), "test/dog/0000.jpg": jpeg(40, mode="L"),
    } | changes  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            if content is not None:
                archive.writestr(name, content)
    return [path]


def test_a_zip_of_images_is_read_by_class_and_name(tmp_path):
    read = labelled_images.cifar_jpegs(zipped(tmp_path))
    same(read, train_y=[0, 0, 9], test_y=[5])
    assert read["train_x"].shape == (3, 32, 32, 3) and read["test_x"].shape == (1, 32, 32, 3)
    assert read["train_x"].mean(axis=(1, 2, 3)).tolist() == [20, 30, 10]
    assert (read["test_x"] == 40).all()


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("../train/cat/0000.jpg", jpeg(), r"'\.\./train/cat/0000\.jpg' is not train\|test/CLASS"),
        ("/train/cat/0000.jpg", jpeg(), "is not train"),
        ("train/../cat/0000.jpg", jpeg(), "is not train"),
        ("train\\cat\\0000.jpg", jpeg(), "is not train"),
        ("train/cat/run.sh", b"", "is not train"),
        ("train/cow/0000.jpg", jpeg(), "is not train.*of a CIFAR-10 class"),
        ("train/cat/0000.jpg", b"nothing", "train/cat/0000.jpg is not a readable JPEG"),
        ("train/cat/0000.jpg", jpeg()[:200], "train/cat/0000.jpg is not a readable JPEG"),
        ("train/cat/0000.jpg", jpeg(kind="PNG"), "not a readable JPEG"),
        ("train/cat/0000.jpg", jpeg(size=(32, 33)), "32 x 33 pixels, not 32 x 32"),
        ("train/cat/0000.jpg", bytes(10**6), "unpacks to 1000000 bytes, too much"),
        ("test/dog/0000.jpg", None, "half a data set, without test images"),
    ],
)
def test_a_zip_with_anything_else_in_it_is_refused(tmp_path, name, content, words):
    with pytest.raises(BadInput, match=words) as refusal:
        labelled_images.cifar_jpegs(zipped(tmp_path, **{name: content}))
    assert "images.zip" in str(refusal.value)


def test_a_truncated_zip_is_refused(tmp_path):
    (path,) = zipped(tmp_path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(BadInput, match="images.zip.*zip"):
        labelled_images.cifar_jpegs([path])


# NumPy archives


def archive(folder, **arrays):
    np.savez(folder / "a.npz", **arrays)
    return [folder / "a.npz"]


def test_training_images_have_no_test_images(tmp_path):
    files = archive(tmp_path, x=COLOUR, y=np.arange(4, dtype=np.uint8), error=np.zeros(4))
    read = labelled_images.training_images(files)
    same(read, train_x=COLOUR, train_y=[0, 1, 2, 3], test_x=COLOUR[:0], test_y=[])


@pytest.mark.parametrize(
    "arrays, words",
    [
        ({"x": COLOUR}, "arrays x, y are needed; y is missing"),
        ({"x": COLOUR, "y": np.arange(3)}, "4 images and labels"),
        ({"x": COLOUR.astype(float), "y": np.arange(4)}, "must be uint8"),
        ({"x": COLOUR[..., :2], "y": np.arange(4)}, r"not uint8 \(4, 32, 32, 2\)"),
        ({"x": COLOUR, "y": np.array(["a"] * 4)}, "whole number as label"),
        ({"x": COLOUR[:0], "y": np.arange(0)}, "without train images"),
        ({"x": COLOUR, "y": np.array([1, None, 2, 3])}, "without pickled objects"),
    ],
)
def test_other_archives_are_refused(tmp_path, arrays, words):
    with pytest.raises(BadInput, match=words) as refusal:
        labelled_images.training_images(archive(tmp_path, **arrays))
    assert str(tmp_path) in str(refusal.value)


def test_an_archive_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(10**6))
    monkeypatch.setattr(readers, "ARCHIVE_BYTES", 10**6)
    with pytest.raises(BadInput, match="unpacks to 7 MiB; at most 0 MiB"):
        readers.npz_arrays([tmp_path / "a.npz"])


# SVHN


def mat_set(folder, **changes):
    contents = {
        "train_32x32.mat": {"X": COLOUR[:3].transpose(1, 2, 3, 0), "y": np.array([[1], [10], [9]], np.uint8)},
        "test_32x32.mat": {"X": COLOUR[3:].transpose(1, 2, 3, 0), "y": np.array([[2]], np.uint8)},
    }
    for name, content in contents.items():
        savemat(folder / name, content | changes)
    return [folder / name for name in contents]


def test_svhns_crops_are_read_and_their_ten_is_a_zero(tmp_path):
    read = labelled_images.svhn_crops(mat_set(tmp_path))
    same(read, train_x=COLOUR[:3], train_y=[1, 0, 9], test_x=COLOUR[3:], test_y=[2])


def test_other_mat_files_are_refused(tmp_path):
    files = mat_set(tmp_path)
    with pytest.raises(BadInput, match="half a data set"):
        labelled_images.svhn_crops(files[:1])
    files[0].write_bytes(files[0].read_bytes()[:500])
    with pytest.raises(BadInput, match="train_32x32.mat: not a"):
        labelled_images.svhn_crops(files)
    with pytest.raises(BadInput, match=r"X must be \(32, 32, 3, n\)"):
        labelled_images.svhn_crops(mat_set(tmp_path, X=np.zeros((3, 3))))


def digits(count=200):
    source = np.repeat(np.arange(count // 2), 2).astype(np.int32)
    x = np.repeat(source.astype(np.uint8), 16).reshape(-1, 4, 4)
    return {"x": x, "y": (source % 10).astype(np.uint8), "source_image": source}


def test_the_digits_of_one_source_image_stay_together(tmp_path):
    """100 images of two digits each; every pixel holds the number of its image."""
    read = labelled_images.svhn_digits(archive(tmp_path, **digits()))
    training, testing = set(read["train_x"].flat), set(read["test_x"].flat)
    assert len(training) == 80 and len(testing) == 20 and not training & testing
    assert len(read["train_x"]) == 160 and len(read["test_x"]) == 40
    assert (read["train_y"] == read["train_x"][:, 0, 0] % 10).all()


def test_the_split_is_the_same_every_time_and_in_any_order(tmp_path):
    first = labelled_images.svhn_digits(archive(tmp_path, **digits()))
    turned = labelled_images.svhn_digits(archive(tmp_path, **{name: array[::-1] for name, array in digits().items()}))
    assert set(first["test_x"].flat) == set(turned["test_x"].flat)


def test_digits_without_their_source_are_refused(tmp_path):
    with pytest.raises(BadInput, match="source_image is missing"):
        labelled_images.svhn_digits(archive(tmp_path, x=digits()["x"], y=digits()["y"]))
    with pytest.raises(BadInput, match="200 images, 200 labels and 9 source images do not agree"):
        labelled_images.svhn_digits(archive(tmp_path, **digits() | {"source_image": np.arange(9)}))


# USPS


def usps_line(label, values):
    return f"{label} " + " ".join(f"{place}:{value:g}" for place, value in enumerate(values, start=1)) + " "


USPS_VALUES = np.round(RANDOM.uniform(-1, 1, (3, 256)), 3)


def usps_set(folder, **changes):
    training = "\n".join([usps_line(10, USPS_VALUES[0]), usps_line(1, USPS_VALUES[1])]) + "\n"
    contents = {"usps": bz2.compress(training.encode()), "usps.t": bz2.compress(usps_line(7, USPS_VALUES[2]).encode())}
    for name, content in (contents | changes).items():
        (folder / f"{name}.bz2").write_bytes(content)
    return [folder / "usps.bz2", folder / "usps.t.bz2"]


def test_usps_is_read_as_torchvision_reads_it(tmp_path):
    from torchvision.datasets import USPS

    read = labelled_images.usps(usps_set(tmp_path))
    same(read, train_y=[9, 0], test_y=[6])
    assert read["train_x"].shape == (2, 16, 16)
    for part, theirs in (("train", USPS(tmp_path)), ("test", USPS(tmp_path, train=False))):
        np.testing.assert_array_equal(read[f"{part}_x"], theirs.data)
        np.testing.assert_array_equal(read[f"{part}_y"], theirs.targets)
    assert abs(read["train_x"].reshape(2, 256) - (USPS_VALUES[:2] + 1) * 127.5).max() <= 1


@pytest.mark.parametrize(
    "content, words",
    [
        (b"no bz2", "usps.bz2: not a readable bz2"),
        (bz2.compress(usps_line(1, USPS_VALUES[0]).encode())[:-9], "usps.bz2: not a readable bz2"),
        (bz2.compress(b""), "without train images"),
        (bz2.compress(b"1 1:0.5 2:0.5"), "line 1 is not a label and 1:VALUE to 256:VALUE"),
        (bz2.compress(usps_line(1, USPS_VALUES[0]).replace(" 9:", " 8:").encode()), "line 1 is not"),
        (bz2.compress(usps_line(1, USPS_VALUES[0]).replace(" 9:", " 9:x").encode()), "line 1 is not"),
        (bz2.compress(usps_line(1, USPS_VALUES[0] * 2).encode()), "within -1 to 1"),
        (bz2.compress(usps_line(1, USPS_VALUES[0] * np.nan).encode()), "within -1 to 1"),
        (bz2.compress(usps_line(0, USPS_VALUES[0]).encode()), "0 to 9, not -1 to -1"),
        (bz2.compress("ü".encode()), "usps.bz2: not a"),
    ],
)
def test_damaged_usps_files_are_refused(tmp_path, content, words):
    with pytest.raises(BadInput, match=words):
        labelled_images.usps(usps_set(tmp_path, usps=content))


def test_half_of_usps_is_refused(tmp_path):
    with pytest.raises(BadInput, match="half a data set; usps.bz2 and usps.t.bz2 are both needed"):
        labelled_images.usps(usps_set(tmp_path)[:1])


def test_text_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(labelled_images, "UNPACKED_BYTES", 1000)
    with pytest.raises(BadInput, match="unpacks to more than"):
        labelled_images.usps(usps_set(tmp_path))


# The sets at hand


def loaded(name):
    try:
        return dataset(name).load()
    except DataMissing as error:
        pytest.skip(str(error))


def test_mnist_has_its_published_counts_and_first_labels():
    """60,000 + 10,000; the training labels begin 5 0 4 1 9, the test labels 7 2 1 0 4; mean intensity 0.1307 of 1."""
    read = loaded("mnist")
    assert read["train_x"].shape == (60_000, 28, 28) and read["test_x"].shape == (10_000, 28, 28)
    assert read["train_y"][:5].tolist() == [5, 0, 4, 1, 9] and read["test_y"][:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(read["train_y"]).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert read["train_x"].mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert read["note"] == ""


def test_fashion_mnist_is_complete_or_says_so():
    read = loaded("fashion_mnist")
    sizes = len(read["train_x"]), len(read["test_x"])
    assert sizes == ((60_000, 10_000) if not read["note"].startswith("a subset") else (20_000, 5_000))
    assert read["train_y"][:5].tolist() == [9, 0, 0, 3, 0] and read["test_y"][:5].tolist() == [9, 2, 1, 1, 6]


def test_cifar10_has_as_many_images_of_each_class():
    read = loaded("cifar10")
    train, test = np.bincount(read["train_y"]), np.bincount(read["test_y"])
    assert (set(train), set(test)) == (({2_000}, {500}) if "JPEG" in read["note"] else ({5_000}, {1_000}))
    assert read["train_x"].shape[1:] == (32, 32, 3)


def test_the_lossless_images_are_the_first_of_cifar10():
    """The first ten training images: frog, truck, truck, deer, automobile, automobile, bird, horse, ship, cat."""
    read = loaded("cifar10_lossless")
    assert read["train_y"][:10].tolist() == [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]
    assert read["train_x"][0, 0, 0].tolist() == [59, 62, 63]
    assert read["test_x"].shape == (0, 32, 32, 3) and read["test_y"].shape == (0,)


def test_svhn_is_official_or_says_what_it_is():
    read = loaded("svhn")
    sizes = len(read["train_x"]), len(read["test_x"])
    if read["note"]:
        assert sum(sizes) == 26_022 and sizes[0] / 26_022 == pytest.approx(0.8, abs=0.01)
        assert "not the official" in read["note"] and "split by source image" in read["note"]
    else:
        assert sizes == (73_257, 26_032)


def test_usps_has_its_published_counts():
    read = loaded("usps")
    assert read["train_x"].shape == (7_291, 16, 16) and read["test_x"].shape == (2_007, 16, 16)
