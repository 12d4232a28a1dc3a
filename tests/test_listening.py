"""Nothing of ours listens on any address but this machine's own: no job, no page, no script."""

import re
import subprocess

import pytest

from tdabench import paths

HOOK = """
import os, sys

def note(event, arguments):
    if event == "socket.bind":
        with open(os.environ["BOUND"], "a") as log:
            log.write(f"bound {arguments[1]!r}\\n")

sys.addaudithook(note)
with open(os.environ["BOUND"], "a") as log:
    log.write(f"started {' '.join(sys.orig_argv)[:200]!r}\\n")
"""
LOOPBACK = re.compile(r"bound (\('(127\.[\d.]+|::1|localhost)'|'|b'|\(\d)")  # the last two: a file, another process
EVERYWHERE = re.compile(
    r"0\.0\.0\.0|INADDR_ANY|--host[ =](?!127|localhost)"
    r"|\b(bind|listen|create_server|HTTPServer)\(\s*\(\s*['\"]['\"]"
)


@pytest.fixture
def bound(command, tmp_path):
    """bound(*words): what the command, and every Python process it starts, noted of itself."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    log = tmp_path / "bound.txt"

    def call(*words):
        done = command(*words, PYTHONPATH=str(tmp_path / "hook"), BOUND=str(log))
        assert done.returncode == 0, done.stderr
        return log.read_text().splitlines()

    return call


def test_a_job_and_its_worker_listen_nowhere_else(bound):
    noted = bound("run", "reproduction=deck_convolutions", "profile=quick")
    assert sum(line.startswith("started") for line in noted) >= 2  # the command, and the job in a process of its own
    assert [line for line in noted if not line.startswith("started") and not LOOPBACK.match(line)] == []


def test_the_test_sees_who_does():
    assert not LOOPBACK.match("bound ('0.0.0.0', 80)") and not LOOPBACK.match("bound ('', 80)")
    assert not LOOPBACK.match("bound ('::', 80, 0, 0)") and not LOOPBACK.match("bound ('192.168.0.4', 80)")
    assert LOOPBACK.match("bound ('127.0.0.1', 0)") and LOOPBACK.match("bound '/tmp/socket'")


def test_no_source_of_the_project_asks_for_every_address():
    listed = subprocess.run(["git", "-C", paths.ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, text=True)  # fmt: skip
    if listed.returncode:
        pytest.skip("not a checkout of git")
    sources = [paths.ROOT / name for name in listed.stdout.split("\0")
               if re.search(r"\.(py|ya?ml|toml|sh|js|md)$|Makefile$|\.ci/run$", name)
               and "test_listening" not in name]  # fmt: skip
    assert len(sources) > 100
    found = [path.name for path in sources if path.is_file() and EVERYWHERE.search(path.read_text("utf-8"))]
    assert found == []
