"""A guard for the tests of files."""

import signal

import pytest
from hostile.files import Hang


@pytest.fixture
def guarded(monkeypatch, tmp_path):
    """Nothing hangs, and nothing in a file is run."""
    monkeypatch.chdir(tmp_path)
    canary = tmp_path / "canary"
    monkeypatch.setenv("CANARY", str(canary))

    def too_long(*_):
        raise Hang

    before = signal.signal(signal.SIGALRM, too_long)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    assert not canary.exists()
