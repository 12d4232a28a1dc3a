"""The catalogue: every entry complete, found in the first folder that has it, refused when altered."""

import gzip
import hashlib
import inspect
import os
import subprocess
import sys
from dataclasses import replace
from pkgutil import resolve_name
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

from tdabench import paths
from tdabench.data import readers
from tdabench.data.catalogue import CATALOGUE, dataset
from tdabench.data.dataset import DataSet, Form, Reader, files_digest, sha256
from tdabench.errors import BadInput, BadRequest, DataMissing


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Two folders of data, first and last, in $TDABENCH_DATA."""
    both = [tmp_path / "first", tmp_path / "last"]
    for folder in both:
        folder.mkdir()
    monkeypatch.setenv("TDABENCH_DATA", os.pathsep.join(map(str, both)))
    return both


def put(folder, name, text):
    path = folder / "letters" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def letters(tmp_path):
    """A data set of one fixed file, letters/a.txt."""
    model = tmp_path / "model"
    model.write_text("abc")
    return DataSet(
        name="letters", title="Letters", origin="the alphabet", licence="free",
        read=lambda files: {path.stem: path.read_text() for path in files}, files={"a.txt": sha256(model)},
    )  # fmt: skip


OPEN = DataSet(
    name="letters", title="Any letters", origin="the alphabet", licence="free", endings=(".txt",),
    read=lambda files: {path.stem: path.read_text() for path in files},
)  # fmt: skip


@pytest.mark.parametrize("name", CATALOGUE)
def test_an_entry_says_what_it_is_where_it_comes_from_and_what_is_allowed(name):
    entry = CATALOGUE[name]
    assert entry.name == name
    assert entry.title and entry.origin and entry.licence
    assert bool(entry.files) + bool(entry.endings) + bool(entry.installed) + bool(entry.forms) == 1
    assert bool(entry.read) + bool(entry.forms) == 1
    assert all(len(digest) == 64 and int(digest, 16) for digest in entry.files.values())
    for form in entry.accepted():
        for digest in filter(None, form.files.values()):
            assert len(digest) in (8, 32, 64) and int(digest, 16)
        assert all(form.files.values()) or form.note  # what no digest vouches for says so
    assert all(ending.startswith(".") and ending == ending.lower() for ending in entry.endings)


@pytest.mark.parametrize("name", CATALOGUE)
def test_what_can_be_downloaded_has_one_address_its_size_and_what_verifies_it(name):
    entry = CATALOGUE[name]
    ways = [way for way in (entry.url, entry.archive, entry.torchvision) if way]
    assert len(ways) == entry.has_address() == (entry.megabytes > 0)
    if entry.has_address():
        assert all(entry.accepted()[0].files.values()) and (entry.accepted()[0].files or entry.collection)
    assert bool(entry.collection) <= bool(entry.endings and entry.archive)
    assert not entry.torchvision or entry.forms
    addresses = [entry.address(file) for file in entry.accepted()[0].files] if entry.url else []
    for address in [*addresses, *filter(None, [entry.archive])]:
        assert address.startswith("https://") and quote(address, safe=":/#") == address
    if entry.archive:
        assert entry.archive.count("#") == 1 and entry.archive.endswith("/")


def test_the_benchmark_of_persistence_comes_from_three_repositories():
    address = dataset("ph_benchmark").address
    assert address("o3_1024.txt").endswith("Ripser/ripser-benchmark/master/o3_1024.txt")
    assert address("sphere_3_192.lower_distance_matrix").endswith(
        "Ripser/ripser/master/examples/sphere_3_192.lower_distance_matrix"
    )
    roadmap = "n-otter/PH-roadmap/master/data_sets/roadmap_datasets"
    assert f"{roadmap}_point_cloud/dragon_vrip" in address("dragon_vrip.ply.txt_1000_.txt")
    for matrix in ("senate104_edge_list.txt_0.68902_distmat.txt", "fractal_9_5_2_random_edge_list_distmat.txt"):
        assert f"{roadmap}_distmat/{matrix}" in address(matrix)


def test_the_published_collection_is_the_one_that_was_measured():
    photographs = dataset("bsds500")
    try:
        assert photographs.digest() == photographs.collection
    except DataMissing as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", CATALOGUE)
def test_an_entry_is_read_into_arrays_without_gaps(name):
    entry = dataset(name)
    try:
        files = entry.locate()
    except DataMissing as error:
        pytest.skip(str(error))
    arrays = entry.read(files[:2]) if entry.endings else entry.load()
    assert arrays
    if entry.forms:
        assert isinstance(arrays.pop("note"), str)
    for key, array in arrays.items():
        assert isinstance(array, np.ndarray) and (array.size or key.startswith("test_"))
        assert all(array.tolist()) if array.dtype.kind in "OU" else np.isfinite(array).all()


def test_an_unknown_name_is_answered_with_those_that_exist():
    with pytest.raises(BadRequest, match="no data set 'mnsit'.*natural_patches.*kodak"):
        dataset("mnsit")


def test_without_the_variable_data_lies_in_the_cache(monkeypatch, tmp_path):
    monkeypatch.delenv("TDABENCH_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert paths.data_folders() == [tmp_path / "tdabench"] == [paths.download_folder()]


def test_downloads_go_to_the_last_folder_only(folders):
    assert paths.data_folders() == folders
    assert paths.download_folder() == folders[-1]


@pytest.mark.parametrize("have", [[0], [1], [0, 1]])
def test_the_first_folder_that_has_it_wins(folders, letters, have):
    placed = [put(folders[place], "a.txt", "abc") for place in have]
    assert letters.locate() == [placed[0]]
    assert letters.load() == {"a": "abc"}


def test_a_folder_with_only_some_of_the_files_does_not_count(folders, letters):
    letters.files["b.txt"] = letters.files["a.txt"]
    put(folders[0], "a.txt", "abc")
    whole = [put(folders[1], name, "abc") for name in ("a.txt", "b.txt")]
    assert letters.locate() == whole


@pytest.mark.parametrize("text", ["ab", "abd", ""])
def test_an_altered_or_truncated_file_is_refused_with_what_to_do(folders, letters, text):
    path = put(folders[0], "a.txt", text)
    with pytest.raises(BadInput, match="sha256.*truncated or altered.*Remove it.*tdabench fetch letters") as refusal:
        letters.load()
    assert str(path) in str(refusal.value)


def test_what_is_missing_says_where_from_and_where_to(folders, letters):
    for entry, files in ((letters, "a.txt"), (OPEN, "files ending in .txt")):
        with pytest.raises(DataMissing) as missing:
            entry.locate()
        for word in ("letters", "the alphabet", str(folders[1] / "letters"), files):
            assert word in str(missing.value)


def test_a_line_for_lists_says_how_to_get_what_is_missing(folders, letters):
    place = folders[1] / "letters"
    assert letters.brief() == f"letters: not here; put a.txt into {place} (origin: the alphabet)"
    assert OPEN.brief() == f"letters: not here; put files ending in .txt into {place} (origin: the alphabet)"
    for way in ({"url": "https://abc/"}, {"archive": "https://abc.zip#a/"}, {"torchvision": "MNIST"}):
        assert (
            replace(letters, megabytes=11, **way).brief()
            == "letters: not here; `tdabench fetch letters` downloads it (11 MB)"
        )
    letters.files.update({f"{letter}.txt": "" for letter in "bcdef"})
    assert letters.brief() == f"letters: not here; put a.txt and 5 more files into {place} (origin: the alphabet)"
    put(folders[0], "a.txt", "abc")
    assert letters.brief().startswith("letters: only partly here; put a.txt and 5 more")


@pytest.mark.parametrize("name", [name for name, entry in CATALOGUE.items() if not entry.installed])
def test_a_line_for_lists_is_one_short_line(folders, name):
    line = CATALOGUE[name].brief()
    assert line.startswith(f"{name}: not here; ") and "\n" not in line
    assert len(line) < 250 + len(str(folders[1]))


def test_an_open_collection_takes_its_endings_in_order_and_nothing_else(folders):
    for name in ("b.txt", "A.TXT", "c.csv", "readme"):
        put(folders[1], name, name)
    assert [path.name for path in OPEN.locate()] == ["A.TXT", "b.txt"]


def test_an_empty_folder_of_a_collection_is_passed_over(folders):
    (folders[0] / "letters").mkdir()
    found = put(folders[1], "a.txt", "abc")
    assert OPEN.locate() == [found]


def test_the_digest_changes_with_names_and_contents_and_not_with_the_place(folders):
    first = put(folders[0], "a.txt", "abc")
    one = OPEN.digest()
    assert one == files_digest([put(folders[1], "a.txt", "abc")])
    assert one != files_digest([put(folders[1], "b.txt", "abc")])
    first.write_text("abd")
    assert OPEN.digest() != one
    first.write_text("abc")
    put(folders[0], "b.txt", "")
    assert OPEN.digest() != one


def test_the_photographs_of_installed_packages_need_no_folder(folders):
    photographs = dataset("shipped_photographs")
    assert {"camera", "astronaut", "china"} <= {path.stem for path in photographs.locate()}
    assert readers.image(next(path for path in photographs.locate() if path.stem == "camera")).shape == (512, 512)


def test_a_collection_of_the_catalogue_takes_a_users_own_file(folders):
    (folders[1] / "kodak").mkdir()
    Image.new("L", (4, 3), 7).save(folders[1] / "kodak" / "mine.png")
    assert dataset("kodak").load()["mine"].tolist() == [[7.0] * 4] * 3


# Readers by name


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_reader_that_is_named_exists_and_takes_its_options(name):
    entry = CATALOGUE[name]
    for form in entry.accepted():
        inspect.signature(resolve_name(form.read.name)).bind([], **form.read.options)
    if entry.installed:
        inspect.signature(resolve_name(entry.installed.name)).bind()


def test_the_catalogue_is_imported_without_what_its_readers_need():
    code = "import sys, tdabench.data.catalogue, tdabench.data.fetch; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=paths.ROOT, capture_output=True, text=True, check=True)
    heavy = {"numpy", "scipy", "pandas", "torch", "torchvision", "PIL", "sklearn", "skimage", "tdabench.data.readers"}
    assert not heavy & set(run.stdout.split())


def test_a_reader_is_called_with_the_options_that_stand_beside_its_name():
    reader = Reader("fnmatch:filter", pat="*.txt")
    assert reader(["a.txt", "b.csv"]) == ["a.txt"]
    assert reader.module == "fnmatch"


def test_the_modules_that_read_a_set_are_those_of_all_its_forms():
    assert dataset("mnist").reader_modules() == ["tdabench.data.labelled_images"]
    assert dataset("netflix").reader_modules() == ["tdabench.data.ratings"]
    two = DataSet(
        name="two", title="Two", origin="here", licence="free", installed=Reader("b.c:files"),
        forms=(Form(Reader("z:first"), {"a": ""}), Form(Reader("b.c:second", rows=3), {"b": ""}), Form(content, {})),
    )  # fmt: skip
    assert two.reader_modules() == sorted(["b.c", "z", __name__])


# Several forms of one set


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def lesser(*letters):
    return {f"{letter}.txt": hashlib.sha256(letter.encode()).hexdigest() for letter in letters}


def content(files):
    return {path.stem: path.read_text() for path in files}


# Best: a and b with their md5, here or in raw/. Then a subset under the same names, and a copy under another.
SEVERAL = DataSet(
    name="letters", title="Letters", origin="the alphabet", licence="free",
    forms=(
        Form(content, {"a.txt": md5("Alpha"), "b.txt": md5("Beta")}, under=("", "raw")),
        Form(content, lesser("a", "b"), note="a subset"),
        Form(content, lesser("c"), note="a copy"),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    "texts, note",
    [
        ({"a.txt": "Alpha", "b.txt": "Beta"}, ""),
        ({"raw/a.txt": "Alpha", "raw/b.txt": "Beta"}, ""),
        ({"raw/a.txt": "Alpha", "raw/b.txt": "Beta", "c.txt": "c"}, ""),
        ({"raw/a.txt": "Alpha", "raw/b.txt": "Beta", "a.txt": "a", "b.txt": "b"}, ""),
        ({"a.txt": "a", "b.txt": "b", "c.txt": "c"}, "a subset"),
        ({"a.txt": "Alpha", "c.txt": "c"}, "a copy"),
    ],
)
def test_the_best_form_that_is_whole_is_read_and_says_what_it_is(folders, texts, note):
    (folders[0] / "letters" / "raw").mkdir(parents=True)
    for name, text in texts.items():
        put(folders[0], name, text)
    read = SEVERAL.load()
    assert read.pop("note") == note
    assert read == {"": {"a": "Alpha", "b": "Beta"}, "a subset": {"a": "a", "b": "b"}, "a copy": {"c": "c"}}[note]
    assert SEVERAL.digest() == files_digest(SEVERAL.locate())


def test_a_better_form_in_a_later_folder_wins(folders):
    put(folders[0], "c.txt", "c")
    assert SEVERAL.load()["note"] == "a copy"
    for name in ("a", "b"):
        put(folders[1], f"{name}.txt", name)
    assert SEVERAL.load()["note"] == "a subset"


def test_no_lesser_form_stands_in_for_an_altered_one(folders):
    """The complaint is about the form that fits best: b.txt is not the subset's, a.txt is."""
    put(folders[0], "a.txt", "a")
    altered = put(folders[0], "b.txt", "Bet")
    put(folders[0], "c.txt", "c")
    with pytest.raises(BadInput, match="sha256.*truncated or altered. Remove it, then `tdabench fetch letters`") as no:
        SEVERAL.load()
    assert str(no.value).startswith(f"{altered}: ")


def test_half_a_data_set_says_what_is_here_and_what_is_not(folders):
    (folders[1] / "letters" / "raw").mkdir(parents=True)
    put(folders[1], "raw/b.txt", "Beta")
    with pytest.raises(DataMissing, match="letters is only partly here") as missing:
        SEVERAL.load()
    assert f"{folders[1] / 'letters' / 'raw'} has b.txt, but not a.txt" in str(missing.value)
    assert "the alphabet" in str(missing.value)


def test_images_without_labels_are_half_a_data_set(folders):
    (folders[0] / "mnist").mkdir()
    (folders[0] / "mnist" / "train-images-idx3-ubyte.gz").touch()
    with pytest.raises(DataMissing, match="only partly here.*train-labels-idx1-ubyte.gz.*tdabench fetch mnist"):
        dataset("mnist").locate()


def test_unpacked_fashion_mnist_is_taken_at_its_counts_only(folders):
    """No digest of the unpacked files is published: they must have 60,000 + 10,000 images, and the note says so."""
    place = folders[0] / "fashion_mnist" / "FashionMNIST" / "raw"
    place.mkdir(parents=True)
    for name, count in (("train", 60_000), ("t10k", 10_000)):
        head = b"\0\0\x08\3" + count.to_bytes(4, "big") + b"\0\0\0\1" * 2
        (place / f"{name}-images-idx3-ubyte").write_bytes(head + bytes(count))
        (place / f"{name}-labels-idx1-ubyte").write_bytes(b"\0\0\x08\1" + count.to_bytes(4, "big") + bytes(count))
    assert "counts were checked, not their contents" in dataset("fashion_mnist").load()["note"]
    for kind in ("images-idx3", "labels-idx1"):
        (place / f"t10k-{kind}-ubyte").write_bytes((place / f"train-{kind}-ubyte").read_bytes())
    with pytest.raises(BadInput, match=r"\(60000, 10000\) are expected"):
        dataset("fashion_mnist").load()


def test_sets_can_share_a_folder(folders):
    shared = DataSet(name="vowels", title="Vowels", origin="the alphabet", licence="free", folder="letters",
                     read=content, files=lesser("a"))  # fmt: skip
    assert str(folders[1] / "letters") in shared.instructions()
    put(folders[0], "a.txt", "a")
    assert shared.load() == {"a": "a"}


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10", "cifar10_lossless", "svhn", "usps"])
def test_the_digests_of_the_official_forms_are_those_of_torchvision(name):
    from torchvision import datasets

    theirs = getattr(datasets, dataset(name).torchvision)
    if hasattr(theirs, "resources"):
        listed = theirs.resources
    elif hasattr(theirs, "train_list"):
        listed = theirs.train_list + theirs.test_list
    else:
        listed = [theirs.split_list[part][1:] for part in ("train", "test")]
    assert dataset(name).forms[0].files == dict(map(tuple, listed))


# The sets at hand


def test_van_haterens_stills_have_his_format():
    """1024 x 1536 pixels of 16 bits."""
    try:
        stills = dataset("van_hateren").load()
    except DataMissing as error:
        pytest.skip(str(error))
    for still in stills.values():
        assert still.shape == (1024, 1536)
        assert still.min() >= 0 and 255 < still.max() < 2**16
        assert (still == np.round(still)).all()


def loaded(name):
    try:
        return dataset(name).load()
    except DataMissing as error:
        pytest.skip(str(error))


def test_reaven_and_millers_patients_are_those_of_1979():
    """145 patients; 76 normal, 36 with chemical and 33 with overt diabetes; relative weights near 1."""
    columns = loaded("diabetes")
    assert list(columns) == ["rw", "fpg", "ga", "ina", "sspg", "cc"]
    kinds, counts = np.unique(columns["cc"].astype(str), return_counts=True)
    assert dict(zip(kinds, counts.tolist(), strict=True)) == {
        "Normal": 76, "Chemical_Diabetic": 36, "Overt_Diabetic": 33,
    }  # fmt: skip
    assert 0.7 < columns["rw"].min() and columns["rw"].max() < 1.3


def test_the_nki_table_has_its_tumours_clinic_and_genes():
    """272 tumours, 77 deaths; log ratios within 2; esr1 is the estrogen receptor's probe NM_000125 once more."""
    columns = loaded("nki")
    assert len(columns) == 16 + 1554
    assert {len(column) for column in columns.values()} == {272}
    assert columns["eventdeath"].sum() == 77
    genes = np.column_stack(list(columns.values())[16:])
    assert genes.dtype == np.float64 and np.abs(genes).max() <= 2
    assert (columns["esr1"] == columns["NM_000125"]).all()


def test_the_spectra_of_tcga_are_counts_of_9493_tumours():
    spectra = loaded("tcga")
    assert spectra["spectra"].shape == (9493, 96) and spectra["type"].shape == (9493,)
    assert (spectra["spectra"] == np.round(spectra["spectra"])).all() and (spectra["spectra"].sum(axis=1) > 0).all()
    assert len(set(spectra["type"])) == 32 and (spectra["type"] == "DLBC").sum() == 512
    assert spectra["channel"][0] == "A[C>A]A" and len(set(spectra["channel"])) == 96


def test_the_reference_shapes_are_points_in_space():
    shapes = loaded("meshes")
    assert {name: array.shape for name, array in shapes.items()} == {
        "camel": (21887, 3), "cat": (7207, 3), "elephant": (42321, 3), "horse": (8431, 3),
    }  # fmt: skip


def test_vgg16_has_13_layers_of_3x3_filters_as_simonyan_and_zisserman_published():
    """1,634,496 filters of 3x3; the first ones are 0.4295 0.3735 -0.0614 ..., as in Keras, within fp16's rounding."""
    weights = loaded("vgg16_imagenet")
    if "rounded" not in weights["note"]:
        pytest.skip("torchvision's file is here, of other weights")
    filters = {name: array for name, array in weights.items() if name.endswith("_W")}
    assert len(filters) == 13 and {array.shape[2:] for array in filters.values()} == {(3, 3)}
    assert sum(array.shape[0] * array.shape[1] for array in filters.values()) == 1_634_496
    assert filters["block5_conv3_W"].shape == (512, 512, 3, 3) and weights["block5_conv3_b"].shape == (512,)
    np.testing.assert_allclose(filters["block1_conv1_W"][0, :2, 0, 0], [0.429470569, 0.550379455], rtol=2**-11)


def test_the_layers_of_torchvisions_vgg16_are_those_of_the_names_they_get(tmp_path):
    """Built without weights: the same 13 shapes, in the same order, as Keras's names and widths say."""
    import torch
    from torchvision import models

    with torch.device("meta"):
        network = models.vgg16(weights=None)
    tensors = {
        name: torch.full((), place / 100).expand(tensor.shape)  # one number each, however large the layer
        for place, (name, tensor) in enumerate(network.state_dict().items())
    }
    torch.save(tensors, tmp_path / "vgg16.pth", _use_new_zipfile_serialization=False)  # as the file of 2017 is
    read = readers.torchvision_vgg16([tmp_path / "vgg16.pth"])
    widths = {
        "block1": (64, 64),
        "block2": (128, 128),
        "block3": (256,) * 3,
        "block4": (512,) * 3,
        "block5": (512,) * 3,
    }
    layers = [(f"{block}_conv{number}", width) for block in widths for number, width in enumerate(widths[block], 1)]
    assert list(read) == [f"{layer}_{ending}" for layer, _ in layers for ending in "Wb"]
    convolutions = [name for name, module in network.named_modules() if isinstance(module, torch.nn.Conv2d)]
    before = 3
    for (layer, width), theirs in zip(layers, convolutions, strict=True):
        assert read[f"{layer}_W"].shape == (width, before, 3, 3) and read[f"{layer}_b"].shape == (width,)
        assert read[f"{layer}_W"].dtype == np.float32
        assert read[f"{layer}_W"].flat[0] == tensors[f"{theirs}.weight"].flatten()[0]
        assert read[f"{layer}_b"][0] == tensors[f"{theirs}.bias"][0]
        before = width


def test_vgg16_comes_from_torchvisions_address_and_its_name_verifies_it():
    from torchvision.models import VGG16_Weights

    url = VGG16_Weights.IMAGENET1K_FEATURES.url
    entry = dataset("vgg16_imagenet")
    ((name, digest),) = entry.forms[0].files.items()
    assert entry.address(name) == url
    assert url.endswith(f"-{digest}.pth")


def test_the_rounded_vgg16_is_read_as_before_and_says_what_it_is(folders):
    """The best form that is here: not a lesser one in place of an altered better one, and with the name of its own."""
    rounded = dataset("vgg16_imagenet").forms[1]
    assert "rounded to fp16" in rounded.note and "torchvision" in dataset("vgg16_imagenet").forms[0].note
    (folders[0] / "weights").mkdir()
    (folders[0] / "weights" / "vgg16_features-amdegroot-88682ab5.pth").write_bytes(b"half")
    with pytest.raises(BadInput, match="amdegroot-88682ab5.pth: the sha256 is .*, not 88682ab5"):
        dataset("vgg16_imagenet").load()


def test_the_rounded_vgg16_keeps_its_digest():
    """What verdicts on record carry."""
    weights = loaded("vgg16_imagenet")
    if "rounded" not in weights["note"]:
        pytest.skip("torchvision's file is here")
    assert dataset("vgg16_imagenet").digest() == "d3752363c3c4a1551daef13cbaa227d769bcac56fbe0a745bbf0e9da1b13b594"
    assert weights["block1_conv1_W"].dtype == np.float16


def test_squeezenet_has_its_eight_fire_modules():
    weights = loaded("squeezenet_imagenet")
    assert len(weights) == 2 * (2 + 8 * 3)
    assert weights["fire2/expand3x3_W"].shape == (64, 16, 3, 3)
    assert weights["conv10_W"].shape == (1000, 512, 1, 1)


def test_the_resnets_have_as_many_weights_as_published():
    """0.27, 0.46, 0.66 and 0.85 million (He et al. 2016, table 6), without the running means of the batches."""
    weights = loaded("resnet_cifar10")
    assert weights["resnet20/layer1.0.conv1.weight"].shape == (16, 16, 3, 3)
    for net, millions in (("resnet20", 0.27), ("resnet32", 0.46), ("resnet44", 0.66), ("resnet56", 0.85)):
        own = [array.size for name, array in weights.items() if name.startswith(net) and "running" not in name]
        assert sum(own) / 1e6 == pytest.approx(millions, abs=0.01)
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}


# The readers of these sets, on small files of the same form


CHANNELS = [f"{before}[{change}]{after}" for change in ("C>A", "C>G", "C>T", "T>A", "T>C", "T>G")
            for before in "ACGT" for after in "ACGT"]  # fmt: skip


def spectra_file(tmp_path, header="MutationType,AML::one,Skin::two", channels=CHANNELS, last="5"):
    path = tmp_path / "spectra.csv"
    rows = [f"{channel},{place},0" for place, channel in enumerate(channels[:-1])] + [f"{channels[-1]},95,{last}"]
    path.write_text("\n".join([header, *rows]))
    return path


def test_spectra_are_read_one_row_per_tumour(tmp_path):
    read = readers.spectra([spectra_file(tmp_path)])
    assert read["spectra"].tolist() == [list(map(float, range(96))), [0.0] * 95 + [5.0]]
    assert read["type"].tolist() == ["AML", "Skin"]
    assert read["channel"].tolist() == CHANNELS


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"header": "Channel,AML::one,Skin::two"}, "MutationType"),
        ({"header": "MutationType,AML::one,two"}, "column 'two'.*type::sample"),
        ({"channels": CHANNELS[:95]}, "96 different channels.*95 rows"),
        ({"channels": CHANNELS[:95] + CHANNELS[:1]}, "96 different channels"),
        ({"last": "-1"}, "column 'Skin::two' has a negative"),
        ({"last": ""}, "column 'Skin::two': 1 of 96 values are missing"),
        ({"last": "many"}, "columns of text are: MutationType, Skin::two"),
    ],
)
def test_spectra_of_another_form_are_refused(tmp_path, changes, words):
    with pytest.raises(BadInput, match=words):
        readers.spectra([spectra_file(tmp_path, **changes)])


def test_a_table_is_read_by_its_own_names(tmp_path):
    (tmp_path / "a.csv").write_text("rw,cc\n0.81,Normal\n0.95,Overt\n")
    columns = readers.table([tmp_path / "a.csv"])
    assert columns["rw"].tolist() == [0.81, 0.95] and columns["cc"].tolist() == ["Normal", "Overt"]


def test_vertices_are_read_by_the_shapes_name(tmp_path):
    path = tmp_path / "horse-reference.csv.gz"
    path.write_bytes(gzip.compress(b"-.5,1,2\n3,4,5\n"))
    assert readers.vertices([path])["horse"].tolist() == [[-0.5, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    "content, words",
    [
        (b"1,2,3", "gzip"),
        (b"", "empty"),
        (gzip.compress(b"1,2,3\n" * 99)[:-9], "gzip"),
        (gzip.compress(b""), "empty"),
        (gzip.compress(b"1,2\n3,4\n"), "3 columns"),
        (gzip.compress(b"1,2,3\n4,5\n"), "three numbers"),
        (gzip.compress(b"x,y,z\n"), "three numbers"),
        (gzip.compress("1,2,ü\n".encode()), "three numbers"),
        (gzip.compress(b"1,2,nan\n"), "not finite"),
    ],
)
def test_damaged_vertices_are_refused(tmp_path, content, words):
    path = tmp_path / "horse-reference.csv.gz"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=words) as refusal:
        readers.vertices([path])
    assert str(path) in str(refusal.value)


def test_vertices_that_unpack_without_end_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "VERTICES_BYTES", 1000)
    path = tmp_path / "horse-reference.csv.gz"
    path.write_bytes(gzip.compress(b"1,2,3\n" * 1000))
    with pytest.raises(BadInput, match="unpacks to more than"):
        readers.vertices([path])
