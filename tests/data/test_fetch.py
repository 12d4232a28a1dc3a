"""Downloads: verified, whole or not at all, and with the way out named when they fail."""

import hashlib
import http.server
import os
import threading

import pytest

from tdabench.data.catalogue import DataSet
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
