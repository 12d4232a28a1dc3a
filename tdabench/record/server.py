"""A record's server: how long it is waited for, and what is wrong with it, in words."""

import contextlib
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator

from tdabench.errors import RecordUnusable
from tdabench.record import database

REMEDY = "start it, or name another place in MLFLOW_TRACKING_URI"
SILENT_S = 3  # until a line says that it is waited for
CONTACT_S = 6  # within which it must answer for the first time
# Later it may be busy: 20 s, three times. MLflow itself would try for four minutes.
PATIENCE = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "20", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2"}

for name, value in PATIENCE.items():
    os.environ.setdefault(name, value)


@contextlib.contextmanager
def answering(address: str, again: bool) -> Iterator[None]:
    """While it is asked something: a line when it is silent, with what is waited for and how long.

    again: whether it has answered before.
    """
    seconds, retries = (os.environ.get(name, usual) for name, usual in PATIENCE.items())
    longest = f"{int(retries) + 1} times {seconds} s" if again else f"{CONTACT_S} s"
    said = f"tdabench: {address} has not answered for {SILENT_S} s; it is tried for up to {longest}."
    timer = threading.Timer(SILENT_S, print, [said], {"file": sys.stderr, "flush": True})
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def first_contact(address: str, ask: Callable):
    """What it answers to `ask`. RecordUnusable when it has not within CONTACT_S, however it spends them: silent, with a
    byte a second, or in retries of a driver."""
    answer = []

    def call():
        try:
            answer.append((ask(), None))
        except BaseException as error:
            answer.append((None, error))

    with _without_retries():
        thread = threading.Thread(target=call, daemon=True)  # what does not end by itself, ends with this process
        thread.start()
        thread.join(CONTACT_S + 0.5)
    if not answer:
        raise RecordUnusable(f"{address}: no answer within {CONTACT_S} s; {REMEDY}.")
    result, error = answer[0]
    if error:
        raise error
    return result


@contextlib.contextmanager
def _without_retries() -> Iterator[None]:
    before = {name: os.environ.get(name, usual) for name, usual in PATIENCE.items()}
    os.environ.update(MLFLOW_HTTP_REQUEST_TIMEOUT=str(CONTACT_S), MLFLOW_HTTP_REQUEST_MAX_RETRIES="0")
    try:
        yield
    finally:
        os.environ.update(before)


def trouble(said: str) -> str:
    """What is wrong with a server, in words, by what MLflow says."""
    if "timed out" in said or "Timeout" in said:
        seconds = re.search(r"timeout=(\d+)", said)
        return f"no answer within {seconds[1]} s" if seconds else "no answer in time"
    if code := re.search(r"too many (5\d\d) error|error code (5\d\d)", said):
        return f"the server answers with error {code[1] or code[2]}"
    if driver := re.search(r"No module named '([\w.]+)'", said):
        return f"its driver is not installed: pip install {driver[1]}"
    if "NameResolution" in said or "not known" in said:
        return "there is no machine of that name"
    if "NewConnectionError" in said or "refused" in said:
        return "nothing answers there (connection refused)"
    if "401" in said or "403" in said:
        return "the server asks for another user or password"
    return database.trouble(said)
