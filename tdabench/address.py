"""Addresses of records without their user part, which may hold a password: nothing else is printed or stored.

A process finds the user part again where it was given, in $MLFLOW_TRACKING_URI of its own environment, or MLflow does
in $MLFLOW_TRACKING_USERNAME and $MLFLOW_TRACKING_PASSWORD.
"""

import os
import re

USER_PART = re.compile(r"([a-zA-Z][\w+.-]*://)[^\s/'\"]*@")


def public(address: str) -> str:
    """The address without its user part."""
    return USER_PART.sub(r"\1", address)


def masked(text: str) -> str:
    """A text without the user part of any address in it, and without that of the record's address anywhere."""
    secret = USER_PART.match(os.environ.get("MLFLOW_TRACKING_URI", ""))
    if secret and (user_part := secret[0].removeprefix(secret[1])):
        text = text.replace(user_part, "")
    return public(text)


def whole(address: str) -> str:
    """The address with its user part, where the environment has it."""
    given = os.environ.get("MLFLOW_TRACKING_URI", "")
    return given if public(given) == address else address
