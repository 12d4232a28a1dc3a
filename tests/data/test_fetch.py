"""Downloads: verified, whole or not at all, and with the way out named when they fail."""

import functools
import gzip
import hashlib
import http.server
import os
import socket
import threading

import pytest

from tdabench.data import labelled
from tdabench.data.catalogue import DataSet, Form
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
    """An address that answers by its path: /good/, /short/ (breaks off half way), anything else: not found."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            kind = self.path.split("/")[1]
            self.send_response(404 if kind not in ("good", "short") else 200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT if kind == "good" else CONTENT[:500])

        def log_message(self, *_):
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    listening.server_close()


def left(folder):
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def assert_missing(wanted, data):
    with pytest.raises(DataMissing) as missing:
        fetch(wanted, timeout_s=5)
    for word in ("numbers", "n.txt", wanted.url, "the integers", str(data / "numbers")):
        assert word in str(missing.value)
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
    assert_missing(entry(origin, **{"n.txt": "0" * 64}), data)


@pytest.mark.parametrize("kind", ["short", "gone"])
def test_half_a_file_or_none_leaves_nothing(server, data, kind):
    assert_missing(entry(f"{server}/{kind}/"), data)


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
def digits(tmp_path, data, monkeypatch):
    """digits(**files): the small MNIST, of which a server has these files in place of the right ones."""
    from torchvision import datasets

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    folder = tmp_path / "official"
    folder.mkdir()
    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    md5s = {name: hashlib.md5(content).hexdigest() for name, content in SMALL.items()}
    monkeypatch.setattr(datasets.MNIST, "mirrors", [f"http://127.0.0.1:{listening.server_port}/"])
    monkeypatch.setattr(datasets.MNIST, "resources", list(md5s.items()))

    def make(**files):
        for name, content in (SMALL | files).items():
            (folder / name).write_bytes(content)
        return DataSet(
            name="digits", title="Digits", origin="the postman", licence="free", torchvision="MNIST",
            forms=(Form(labelled.idx_files, md5s, under=("", "MNIST/raw")),),
        )  # fmt: skip

    yield make
    listening.shutdown()
    listening.server_close()


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

    monkeypatch.setattr(datasets.MNIST, "mirrors", ["http://127.0.0.1:9/"])
    assert_not_downloaded(digits(), data, "http://127.0.0.1:9/", "tdabench fetch digits")


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
