"""The readers of data sets and of what runs keep, over files that are damaged, hostile, or of another kind.

A set of several files is whole but for one of them. Where the format has checksums, an altered byte is never read as
another number.
"""

import bz2
import gzip
import json
import pickle
import tracemalloc

import numpy as np
import pytest
import torch
from hostile.files import GOOD, SHAPE, TABLE, answer, hostile, no_files, npz, tarred, written, zipped
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.io import savemat

from reproductions.deck_convolutions.experiment import learned_filters
from tdabench.cli import explore
from tdabench.data import files, labelled_images, matlab, ratings, readers, yelp
from tdabench.embedding.embedded import Embedded, read_embedded
from tdabench.errors import BadInput
from tdabench.mapper import MapperGraph
from tdabench.mapper.saved import KeptMapper, read_kept
from tdabench.networks import checkpoints
from tdabench.networks.nets import build

pytestmark = pytest.mark.usefixtures("guarded")
RANDOM = np.random.default_rng(0)
PHOTO = RANDOM.integers(0, 256, (32, 32, 3), dtype=np.uint8)
DIGITS = RANDOM.integers(0, 256, (4, 3, 3), dtype=np.uint8)
GRAPH = MapperGraph.from_members([[0, 1], [1, 2], [2, 3], [4]], 5)
PRIZE = b"1:\n7,3,2005-01-01\n30,5,2005-01-02\n2:\n30,1,2005-01-03\n"
TITLES = b"1,1995,Toy Story\n2,NULL,Heat, again\n"
ABOUT = {"business_id": "a", "stars": 3.5, "review_count": 9, "is_open": 1, "categories": "Food, Pets"}


def idx(array) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4) for size in array.shape) + array.tobytes()


def batch(label: int) -> bytes:
    return pickle.dumps({"data": PHOTO.reshape(1, -1), "labels": [label]}, protocol=3)


def svhn(count: int) -> bytes:
    held = {"X": RANDOM.integers(0, 256, (32, 32, 3, count), dtype=np.uint8), "y": np.full((count, 1), 10)}
    return written(lambda file: savemat(file, held, do_compression=True))


def usps(label: int) -> bytes:
    values = RANDOM.uniform(-1, 1, 256)
    return bz2.compress(f"{label} {' '.join(f'{k}:{value:.4f}' for k, value in enumerate(values, 1))}\n".encode())


def image(form: str) -> bytes:
    return written(lambda file: Image.fromarray(PHOTO).save(file, form))


def learned(folder, name: str):
    """What the deck makes of a store in whose folder this file lies."""
    (folder / "net").mkdir(exist_ok=True)
    for path in folder.glob("*.*"):
        path.replace(folder / "net" / path.name)
    return learned_filters(folder)


IDX = {
    f"{part}-{kind}": idx(array)
    for part in ("train", "t10k")
    for kind, array in (("images-idx3-ubyte", DIGITS), ("labels-idx1-ubyte", np.arange(4, dtype=np.uint8)))
}
# Name: (reader of a list of files, the files, whether their checksums cover all numbers)
SETS = {
    "idx": (labelled_images.idx_files, IDX, False),
    "idx.gz": (labelled_images.idx_files, {f"{name}.gz": gzip.compress(held) for name, held in IDX.items()}, True),
    "batches": (labelled_images.cifar_batches, {"data_batch_1": batch(3), "test_batch": batch(4)}, False),
    "jpegs": (labelled_images.cifar_jpegs, {"images.zip": zipped(
        {"train/cat/1.jpg": image("jpeg"), "test/dog/1.jpg": image("jpeg")})}, True),
    "training": (labelled_images.training_images, {"train.npz": npz(x=DIGITS, y=np.arange(4))}, True),
    "crops": (labelled_images.svhn_crops, {"train_32x32.mat": svhn(2), "test_32x32.mat": svhn(1)}, True),
    "digits": (labelled_images.svhn_digits, {"digits.npz": npz(
        x=np.repeat(DIGITS, 3, axis=0), y=np.arange(12) % 10, source_image=np.arange(12))}, True),
    "usps": (labelled_images.usps, {"usps.bz2": usps(1), "usps.t.bz2": usps(10) + usps(2)}, True),
    "prize": (ratings.netflix_arrays, {"combined_data_1.txt": PRIZE, "movie_titles.txt": TITLES}, False),
    "prize.tar.gz": (ratings.netflix_arrays, {"prize.tar.gz": gzip.compress(tarred({
        "download/movie_titles.txt": TITLES, "download/training_set.tar": tarred({"mv_0000001.txt": PRIZE})}))}, True),
    "single": (ratings.single_arrays, {"ratings.csv": b"MovieID,UserID,Rating,Date\n1,7,3,2005-01-01\n",
                                       "titles.csv": b"MovieID,Year,Title\n1,1995,Toy Story\n"}, False),
    "block": (ratings.block_arrays, {"block.txt": b"1 0 5\n0 3 2\n"}, False),
    "100k": (ratings.movielens_arrays, {"u.data": b"30\t1\t5\t881250949\n", "u.genre": b"unknown|0\nDrama|1\n",
                                        "u.item": b"1|Toy Story (1995)|01-Jan-1995||http|0|1\n"}, False),
    "1m": (ratings.movielens_arrays, {"ratings.dat": b"30::1::5::978300760\n",
                                      "movies.dat": b"1::Toy Story (1995)::Drama\n"}, False),
    "32m": (ratings.movielens_arrays, {"ratings.csv": b"userId,movieId,rating,timestamp\n30,1,4.5,1\n",
                                       "movies.csv": b'movieId,title,genres\n1,"Toy Story (1995)",Drama\n'}, False),
    "yelp": (yelp.arrays, {"businesses.json": json.dumps(ABOUT).encode()}, False),
    "patches": (readers.mat_files, {"points.mat": GOOD["points.mat"]}, False),
    "packed": (readers.mat_files, {"packed.mat": written(
        lambda file: savemat(file, {"a": TABLE[["a", "b"]].to_numpy()}, do_compression=True))}, True),
    "photographs": (readers.images, {"a.png": image("png"), "b.jpg": image("jpeg"), "c.bmp": image("bmp")}, False),
    "spectra": (readers.spectra, {"spectra.csv": b"MutationType,skin::1\n" + b"".join(
        b"channel%d,%d\n" % (k, k) for k in range(96))}, False),
    "table": (readers.table, {"table.csv": GOOD["table.csv"]}, False),
    "shapes": (readers.vertices, {"horse-reference.csv.gz": gzip.compress(SHAPE)}, True),
    "weights": (readers.npz_arrays, {"weights.npz": GOOD["weights.npz"]}, True),
    "networks": (readers.state_dicts, {"resnet-1.th": written(
        lambda file: torch.save({"state_dict": {"a": torch.arange(6.0)}}, file))}, True),
    "vgg16": (readers.torchvision_vgg16, {"vgg16.pth": written(
        lambda file: torch.save({f"features.{place}.{kind}": torch.arange(2.0) for place in range(29)
                                 for kind in ("weight", "bias")}, file))}, True),
    "learned": (lambda paths: learned(paths[0].parent, paths[0].name), {"recipe.json": json.dumps(
        {"model": "deck", "parameters": {"filters": 64}}).encode(), "seed-0000-60.pt": written(
        lambda file: torch.save({"network": {"first.weight": build("deck", 0, filters=64).first.weight.detach()}},
                                file))}, False),
    "coordinates": (lambda paths: read_embedded(paths[0], {}), {"pca.npz": written(
        lambda file: Embedded(RANDOM.normal(size=(5, 2))).save(file))}, True),
    "graph": (lambda paths: read_embedded(paths[0], {}), {"mapper.npz": written(
        lambda file: Embedded(RANDOM.normal(size=(5, 2)), GRAPH, np.ones(2)).save(file))}, True),
    "kept": (lambda paths: read_kept(paths[0]), {"kept.npz": npz(
        **KeptMapper("a", GRAPH, {"b": np.arange(5)}).arrays())}, True),
    "thumbnails": (lambda paths: explore._pictures(paths[0]), {"pictures.npy": written(
        lambda file: np.save(file, DIGITS))}, False),
    "JSON": (lambda paths: files.read_json(paths[0]), {"job.json": b'{"rows": [1.5, null]}'}, False),
}  # fmt: skip
ONE = [(name, file) for name, (_, held, _) in SETS.items() for file in held]


def read(folder, name, file, content) -> tuple[str, object]:
    """A set with that content in one of its files."""
    reader, held, _ = SETS[name]
    folder.mkdir(exist_ok=True)
    for each, good in held.items():
        (folder / each).write_bytes(content if each == file else good)
    return answer(reader, [folder / each for each in held], (folder.name,))


@pytest.mark.parametrize("name", SETS)
def test_a_good_set_is_read(tmp_path, name):
    file, content = next(iter(SETS[name][1].items()))
    said, found = read(tmp_path / "set", name, file, content)
    assert said == "" and found is not None


@pytest.mark.parametrize(("name", "file"), ONE)
def test_hostile_files_are_refused_or_read(tmp_path, name, file):
    found = {what: read(tmp_path / "set", name, file, content)[0] for what, content in hostile().items()}
    assert {what: said for what, said in found.items() if said} == {}


@pytest.mark.parametrize(("name", "file"), ONE)
def test_cut_files_are_refused_or_read(tmp_path, name, file):
    content = SETS[name][1][file]
    lengths = sorted({*range(0, len(content), max(1, len(content) // 12)), len(content) - 1})
    found = {length: read(tmp_path / "set", name, file, content[:length]) for length in lengths}
    assert {length: said for length, (said, _) in found.items() if said} == {}
    if SETS[name][2]:
        good = read(tmp_path / "set", name, file, content)
        assert all(each in (("", None), good) for each in found.values())


@pytest.mark.parametrize(("name", "file"), ONE)
@settings(max_examples=12)
@given(data=st.data())
def test_altered_bytes_are_noticed_or_harmless(tmp_path_factory, name, file, data):
    content = SETS[name][1][file]
    altered = bytearray(content)
    altered[data.draw(st.integers(0, len(altered) - 1))] ^= data.draw(st.integers(1, 255))
    folder = tmp_path_factory.getbasetemp() / "altered"
    found = read(folder, name, file, bytes(altered))
    assert found[0] == ""
    if SETS[name][2]:
        assert found in (("", None), read(folder, name, file, content))


@pytest.mark.parametrize("name", [name for name in SETS if name != "learned"])
def test_what_is_no_file_is_refused(tmp_path, name):
    reader, held, _ = SETS[name]
    file = next(iter(held))
    with no_files(tmp_path, file) as places:
        found = {}
        for kind, place in places.items():
            folder = tmp_path / f"set of {kind}"
            folder.mkdir()
            for each, good in held.items():
                (folder / each).write_bytes(good)
            (folder / file).unlink()
            (folder / file).symlink_to(place)
            found[kind] = answer(reader, [folder / each for each in held], (str(tmp_path),))
    assert found == dict.fromkeys(found, ("", None))


def test_an_altered_network_of_the_store_counts_for_nothing(tmp_path):
    path = tmp_path / "seed-0000-60.pt"
    checkpoints.write(path, {"network": torch.arange(1000.0)})
    assert checkpoints.read(path)["network"][500] == 500
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert checkpoints.read(path) is None


@pytest.mark.parametrize(
    "unpack",
    [
        lambda path: files.read_npz(path, 2**20),
        lambda path: matlab.read_mat(path, "MATLAB file", most=2**20),
        lambda path: files.unpacked(path.rename(path.with_suffix(".gz")), "gzip file", 2**20),
        lambda path: files.unpacked(path.rename(path.with_suffix(".bz2")), "bz2 file", 2**20),
        lambda path: [stream.read() for _, stream in files.tar_files(path, ".*", 2**20)],
        lambda path: readers.images([path]),
    ],
)
def test_no_bomb_takes_memory(tmp_path, unpack):
    for number, content in enumerate(bombs().values()):
        (path := tmp_path / f"bomb-{number}").write_bytes(content)
        tracemalloc.start()
        try:
            with pytest.raises(BadInput):
                unpack(path)
            assert tracemalloc.get_traced_memory()[1] < 2**24
        finally:
            tracemalloc.stop()


def bombs() -> dict[str, bytes]:
    """Each unpacks to 16 MiB or more, or says so."""
    named = ("a zip of zeros", "a MATLAB file of zeros", "a bz2 of zeros", "a gzip of zeros", "a tar.gz of zeros",
             "a zip that tells a small size", "a header of a thousand terabytes")  # fmt: skip
    return {name: hostile()[name] for name in named}


def test_more_than_the_head_of_an_array_says_is_refused(tmp_path):
    (tmp_path / "a.npy").write_bytes(GOOD["points.npy"].replace(b"(12, 3)", b"(11, 3)"))
    with pytest.raises(BadInput, match="a.npy: not a readable NumPy array"):
        readers.points(tmp_path / "a.npy")


def test_pixels_that_are_no_numbers_are_counted(tmp_path):
    (tmp_path / "a.tif").write_bytes(hostile()["pixels that are no numbers"])
    with pytest.raises(BadInput, match="a.tif: 1 pixels are not finite"):
        readers.image(tmp_path / "a.tif")


@pytest.mark.parametrize("form", ["eps", "gif", "ppm", "pdf"])
def test_images_are_of_the_formats_that_were_promised(tmp_path, form):
    Image.fromarray(PHOTO).save(tmp_path / "a.png", form)
    with pytest.raises(BadInput, match="a.png: not a readable image"):
        readers.image(tmp_path / "a.png")


def test_a_damaged_head_within_an_archive_is_not_taken_for_its_end(tmp_path):
    content = bytearray(tarred({"mv_0000001.txt": PRIZE, "mv_0000002.txt": PRIZE.replace(b"1:", b"3:")}))
    content[1024 + 5] ^= 1  # in the head of the second
    (tmp_path / "prize.tar").write_bytes(content)
    with pytest.raises(BadInput, match="prize.tar: not a readable archive"):
        ratings.read_netflix([tmp_path / "prize.tar"])


def test_a_graph_of_nodes_that_are_not_there_is_refused(tmp_path):
    arrays = KeptMapper("a", GRAPH, {}).arrays()
    for change in ({"simplices.1": np.array([[0, 9]])}, {"indices": arrays["indices"] + 4}, {"points": np.array(-1)}):
        (tmp_path / "kept.npz").write_bytes(npz(**arrays | change))
        with pytest.raises(BadInput, match="not a Mapper graph that a run kept"):
            read_kept(tmp_path / "kept.npz")
