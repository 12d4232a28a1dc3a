"""Downloads: verified, whole or not at all, and with the way out named when they fail."""

import functools
import gzip
import hashlib
import http.server
import io
import os
import socket
import tarfile
import threading
import zipfile

import pytest

from tdabench.data import labelled_images
from tdabench.data.dataset import DataSet, Form, files_digest
from tdabench.data.fetch import fetch
from tdabench.errors import BadInput, DataMissing

CONTENT = b"one and two and three\n" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def entry(url, **files):
    return DataSet(
        name="numbers", title="Numbers", origin="the integers", licence="free", url=url,
        files=files or {"n.txt": DIGEST}, read=lambda paths: {path.stem: path.read_bytes() for path in paths},
    )  # fmt: skip


@pytest.fixture
def data(tmp_path, monkeypatch):
    """The folder that downloads go to, after one that is only looked into."""
    monkeypatch.setenv("TDABENCH_DATA", f"{tmp_path / 'shared'}{os.pathsep}{tmp_path / 'mine'}")
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "mine"


@pytest.fixture
def origin(tmp_path):
    """A folder at a file:// address with n.txt in it."""
    folder = tmp_path / "origin"
    folder.mkdir()
    (folder / "n.txt").write_bytes(CONTENT)
    return folder.as_uri() + "/"


@pytest.fixture
def server():
    """An address that answers by its path: /good/, /short/ (breaks off half way), /hung/ (stops half way and keeps the
    line open), /alien/ (not HTTP), anything else: not found."""
    done = threading.Event()

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            kind = self.path.split("/")[1]
            if kind == "alien":
                self.wfile.write(b"220 mail.example ready\r\n")
                return
            self.send_response(404 if kind not in ("good", "short", "hung") else 200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT if kind == "good" else CONTENT[:500])
            if kind == "hung":
                done.wait(30)

        def log_message(self, *_):
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}"
    done.set()
    listening.shutdown()
    listening.server_close()


def left(folder):
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def assert_missing(wanted, data, *words, timeout_s=5):
    with pytest.raises(DataMissing) as missing:
        fetch(wanted, timeout_s)
    said = str(missing.value)
    for word in ("numbers", wanted.url or wanted.archive.split("#")[0], "the integers", str(data / "numbers"), *words):
        assert word in said
    assert "\n" not in said and "/." not in said  # no scratch folder is named
    assert left(data) == []


def test_a_file_is_downloaded_and_can_be_read(origin, data):
    assert fetch(entry(origin)) == [data / "numbers" / "n.txt"]
    assert entry(origin).load() == {"n": CONTENT}
    assert left(data) == [data / "numbers" / "n.txt"]


def test_a_file_comes_over_http(server, data):
    assert fetch(entry(f"{server}/good/"))[0].read_bytes() == CONTENT


def test_what_is_here_is_not_downloaded_again(data, tmp_path):
    here = tmp_path / "shared" / "numbers" / "n.txt"
    here.parent.mkdir(parents=True)
    here.write_bytes(CONTENT)
    assert fetch(entry("http://127.0.0.1:9/")) == [here]
    assert left(data) == []


def test_only_what_lacks_is_downloaded(origin, data, tmp_path):
    (data / "numbers").mkdir(parents=True)
    (data / "numbers" / "m.txt").write_bytes(CONTENT)
    assert len(fetch(entry(origin, **{"m.txt": DIGEST, "n.txt": DIGEST}))) == 2


def test_something_else_than_was_published_is_refused_and_not_kept(origin, data):
    assert_missing(entry(origin, **{"n.txt": "0" * 64}), data, "n.txt", "sha256 is", "not 000000000000")


@pytest.mark.parametrize(
    "kind, words",
    [("short", "500 of 22,000 bytes"), ("gone", "404"), ("hung", "timed out"), ("alien", "not one of HTTP")],
)
def test_half_a_file_or_none_leaves_nothing(server, data, kind, words):
    assert_missing(entry(f"{server}/{kind}/"), data, "n.txt", words, timeout_s=0.5 if kind == "hung" else 5)


def test_the_first_digits_of_a_sha256_will_do(origin, data):
    assert len(fetch(entry(origin, **{"n.txt": DIGEST[:8]}))) == 1
    with pytest.raises(BadInput, match="the sha256 is .*, not 00000000"):
        entry(origin, **{"n.txt": "0" * 8}).locate()


def test_each_file_comes_from_the_folder_whose_pattern_fits_first(tmp_path, data):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{folder}.txt").write_text(folder)
    digests = {f"{name}.txt": hashlib.sha256(name.encode()).hexdigest() for name in ("one", "two")}
    address = {"o*.txt": f"{(tmp_path / 'one').as_uri()}/", "*": f"{(tmp_path / 'two').as_uri()}/"}
    assert [path.read_text() for path in fetch(entry(address, **digests))] == ["one", "two"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "file:///nowhere/at/all/"])
def test_an_address_out_of_reach_is_missing_data(data, url):
    assert_missing(entry(url), data)


def test_a_folder_that_cannot_be_written_to_is_missing_data(origin, data):
    data.write_text("not a folder")
    with pytest.raises(DataMissing, match="n.txt could not be downloaded"):
        fetch(entry(origin))


def test_what_has_no_address_names_its_origin(data):
    with pytest.raises(DataMissing, match="the integers"):
        fetch(entry(""))


def test_an_altered_file_is_not_overwritten_but_named(origin, data):
    (data / "numbers").mkdir(parents=True)
    (data / "numbers" / "n.txt").write_bytes(b"mine")
    with pytest.raises(BadInput, match="altered"):
        fetch(entry(origin))
    assert (data / "numbers" / "n.txt").read_bytes() == b"mine"


# Out of archives


OTHERS = {"box/readme": b"mine", "other/n.txt": b"another", "box/../../n.txt": b"out", "/box/n.txt": b"out"}


def zipped(members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def tarred(members):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        link = tarfile.TarInfo("box/l.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


PACK = {"numbers.zip": zipped, "numbers.tgz": tarred}


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def site(tmp_path):
    """site(name, content): the address of a file on a server of this machine."""
    folder = tmp_path / "site"
    folder.mkdir()
    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()

    def put(name, content):
        (folder / name).write_bytes(content)
        return f"http://127.0.0.1:{listening.server_port}/{name}"

    yield put
    listening.shutdown()
    listening.server_close()


def packed_numbers(address, digest=DIGEST):
    return DataSet(
        name="numbers", title="Numbers", origin="the integers", licence="free", archive=f"{address}#box/",
        forms=(Form(lambda paths: {path.stem: path.read_bytes() for path in paths}, {"n.txt": digest}, ("box", "")),),
    )  # fmt: skip


@pytest.mark.parametrize("name", PACK)
def test_only_what_is_wanted_is_taken_out_of_an_archive(site, data, tmp_path, name):
    address = site(name, PACK[name]({"box/n.txt": CONTENT} | OTHERS))
    assert fetch(packed_numbers(address)) == [data / "numbers" / "box" / "n.txt"]
    assert packed_numbers(address).load() == {"n": CONTENT, "note": ""}
    assert left(data) == [data / "numbers" / "box" / "n.txt"]
    assert not (tmp_path / "n.txt").exists()


def test_a_zip_with_a_name_twice_or_a_wrong_checksum_is_refused(site, data):
    with pytest.warns(UserWarning):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("box/n.txt", CONTENT)
            archive.writestr("box/n.txt", b"other")
    assert_missing(packed_numbers(site("numbers.zip", packed.getvalue())), data, "twice")
    damaged = bytearray(zipped({"box/n.txt": os.urandom(1000)}))
    damaged[500] ^= 1
    assert_missing(packed_numbers(site("numbers.zip", bytes(damaged))), data, "truncated or altered")


@pytest.mark.parametrize("name", PACK)
@pytest.mark.parametrize(
    "members, change, words",
    [
        ({"box/n.txt": b"other"}, bytes, "n.txt: the sha256 is"),
        ({"other/n.txt": CONTENT}, bytes, "holds no box/n.txt"),
        ({"box/n.txt": CONTENT}, lambda packed: packed[: len(packed) // 2], "truncated or altered"),
        ({"box/n.txt": CONTENT}, lambda packed: b"", "the file is empty"),
        ({"box/n.txt": CONTENT}, lambda packed: b"<!doctype html><p>moved", "this is a web page"),
        ({"box/n.txt": bytes(200_000)}, bytes, "unpacks to"),
    ],
)
def test_an_archive_with_a_fault_leaves_nothing_and_says_which(site, data, monkeypatch, name, members, change, words):
    monkeypatch.setattr("tdabench.data.fetch.UNPACKED_BYTES", 100_000)
    assert_missing(packed_numbers(site(name, change(PACK[name](members)))), data, name, words)


@pytest.mark.parametrize("kind, words", [("short", "500 of 22,000 bytes"), ("gone", "404"), ("hung", "timed out")])
def test_half_an_archive_or_none_leaves_nothing(server, data, kind, words):
    assert_missing(packed_numbers(f"{server}/{kind}/numbers.zip"), data, words, timeout_s=0.5 if kind == "hung" else 5)


def test_an_archive_does_not_replace_a_users_own_file(site, data):
    own = data / "numbers" / "box" / "n.txt"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"mine")
    with pytest.raises(BadInput, match="altered"):
        fetch(packed_numbers(site("numbers.zip", zipped({"box/n.txt": CONTENT}))))
    assert own.read_bytes() == b"mine"


def test_a_download_that_is_interrupted_while_it_unpacks_leaves_nothing(site, data, monkeypatch):
    def stop(*_):
        assert left(data)
        raise KeyboardInterrupt

    monkeypatch.setattr("tdabench.data.fetch._move", stop)
    with pytest.raises(KeyboardInterrupt):
        fetch(packed_numbers(site("numbers.zip", zipped({"box/n.txt": CONTENT}))))
    assert not list(data.iterdir())


def collection(address, tmp_path, **texts):
    """An open collection whose archive is published with these files."""
    (tmp_path / "published").mkdir()
    published = [tmp_path / "published" / f"{name}.txt" for name in texts]
    for path in published:
        path.write_text(texts[path.stem])
    return DataSet(
        name="numbers", title="Numbers", origin="the integers", licence="free", endings=(".txt",),
        read=lambda paths: {path.stem: path.read_text() for path in paths},
        archive=f"{address}#box/", collection=files_digest(published),
    )  # fmt: skip


@pytest.mark.parametrize("name", PACK)
@pytest.mark.parametrize("empty_folder", [True, False])
def test_a_collection_is_taken_out_of_an_archive_as_a_whole(site, data, tmp_path, name, empty_folder):
    if empty_folder:
        (data / "numbers").mkdir(parents=True)
    members = {"box/a.txt": b"one", "box/b.txt": b"two", "box/index": b"", "other/c.txt": b"three"}
    wanted = collection(site(name, PACK[name](members)), tmp_path, a="one", b="two")
    assert fetch(wanted) == [data / "numbers" / "a.txt", data / "numbers" / "b.txt"]
    assert wanted.digest() == wanted.collection
    assert list(data.iterdir()) == [data / "numbers"]


@pytest.mark.parametrize(
    "members", [{"box/a.txt": b"one"}, {"box/a.txt": b"one", "box/b.txt": b"2"}, {"a.txt": b"one"}]
)
def test_another_collection_than_was_published_is_refused(site, data, tmp_path, members):
    wanted = collection(site("numbers.zip", zipped(members)), tmp_path, a="one", b="two")
    assert_missing(wanted, data, "not those that were published")


# Through torchvision: its own classes, with the addresses and md5s of a small MNIST on this machine


SMALL = {
    f"{part}-{kind}-ubyte.gz": gzip.compress(head + bytes([count]) + rest)
    for part, count in (("train", 3), ("t10k", 2))
    for kind, head, rest in (
        ("images-idx3", b"\0\0\x08\3\0\0\0", b"\0\0\0\2\0\0\0\2" + bytes(4 * count)),
        ("labels-idx1", b"\0\0\x08\1\0\0\0", bytes(count)),
    )
}


@pytest.fixture
def digits(site, data, monkeypatch):
    """digits(**files): the small MNIST, of which a server has these files in place of the right ones."""
    from torchvision import datasets

    md5s = {name: hashlib.md5(content).hexdigest() for name, content in SMALL.items()}
    monkeypatch.setattr(datasets.MNIST, "resources", list(md5s.items()))

    def make(**files):
        for name, content in (SMALL | files).items():
            address = site(name, content)
        monkeypatch.setattr(datasets.MNIST, "mirrors", [address.removesuffix(name)])
        return DataSet(
            name="digits", title="Digits", origin="the postman", licence="free", torchvision="MNIST",
            forms=(Form(labelled_images.idx_files, md5s, under=("", "MNIST/raw")),),
        )  # fmt: skip

    return make


def test_torchvision_downloads_what_is_nowhere_here(digits, data):
    entry = digits()
    place = data / "digits" / "MNIST" / "raw"
    assert fetch(entry) == [place / name for name in entry.forms[0].files]
    assert sorted(left(data)) == sorted(place / name for name in SMALL)
    read = entry.load()
    assert (read["train_x"].shape, read["test_x"].shape, read["note"]) == ((3, 2, 2), (2, 2, 2), "")
    assert socket.getdefaulttimeout() is None


def test_what_is_here_is_not_asked_of_torchvision(digits, data, tmp_path):
    here = tmp_path / "shared" / "digits"
    here.mkdir(parents=True)
    for name, content in SMALL.items():
        (here / name).write_bytes(content)
    assert fetch(digits())[0].parent == here
    assert left(data) == []


def assert_not_downloaded(entry, data, *words):
    with pytest.raises(DataMissing) as missing:
        fetch(entry, timeout_s=5)
    for word in ("digits could not be downloaded by torchvision.datasets.MNIST", "the postman", *words):
        assert word in str(missing.value)
    for word in (*SMALL, str(data / "digits")):
        assert word in str(missing.value)
    assert "\n" not in str(missing.value)
    assert not list(data.iterdir())


def test_half_a_download_or_another_file_leaves_nothing(digits, data):
    name = "t10k-images-idx3-ubyte.gz"
    assert_not_downloaded(digits(**{name: SMALL[name][:9]}), data, name, "corrupted")
    assert_not_downloaded(digits(**{name: gzip.compress(b"other")}), data, name, "corrupted")


def test_a_download_that_is_broken_off_leaves_nothing(digits, data, monkeypatch):
    from torchvision import datasets

    def stop(*_, **__):
        assert left(data)  # the training files, in the scratch folder
        raise KeyboardInterrupt

    monkeypatch.setattr(datasets.MNIST, "_load_data", stop)
    with pytest.raises(KeyboardInterrupt):
        fetch(digits())
    assert not list(data.iterdir())
    assert socket.getdefaulttimeout() is None


def test_without_a_network_the_way_out_is_named(digits, data, monkeypatch):
    from torchvision import datasets

    entry = digits()
    monkeypatch.setattr(datasets.MNIST, "mirrors", ["http://127.0.0.1:9/"])
    assert_not_downloaded(entry, data, "http://127.0.0.1:9/", "tdabench fetch digits")


def test_a_users_own_altered_file_is_named_and_kept(digits, data):
    own = data / "digits" / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"mine")
    with pytest.raises(BadInput, match="t10k-labels-idx1-ubyte.gz: the md5 is .*altered"):
        fetch(digits())
    assert own.read_bytes() == b"mine"


def test_other_files_than_the_catalogue_lists_are_refused(digits, data):
    entry = digits()
    entry.forms[0].files["t10k-labels-idx1-ubyte.gz"] = "0" * 32
    with pytest.raises(DataMissing, match="the md5 is .*, not 000000000000"):
        fetch(entry)
    assert not list(data.iterdir())
