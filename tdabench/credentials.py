"""Addresses of records without user and password, the only form that is printed or stored.

A process takes user and password from $MLFLOW_TRACKING_URI in its environment, or MLflow takes them from
$MLFLOW_TRACKING_USERNAME and $MLFLOW_TRACKING_PASSWORD.
"""

import os
import re
from urllib.parse import quote, unquote

USER_PART = re.compile(r"([a-zA-Z][\w+.-]*://)[^\s/'\"]*@")  # of an address within a text
SECRET_KEYS = re.compile(r"([?&;](?:user|username|pass|passwd|password|pwd|token|secret)=)([^&;\s]*)", re.IGNORECASE)
FILES = ("sqlite", "file")  # their addresses are paths, in which an @ has no meaning
LEAST = 4  # characters of a password that is masked everywhere; a shorter one occurs in any text by chance


def public(address: str) -> str:
    """An address without user and password, whatever characters these have."""
    scheme, mark, rest = address.rpartition("://") if "://" not in address else address.partition("://")
    if scheme.split("+")[0] in FILES:
        return address
    return SECRET_KEYS.sub(r"\1***", scheme + mark + rest.rpartition("@")[2])


def masked(text: str) -> str:
    """A text without the user part of any address, and without the secrets of the record's address."""
    address = os.environ.get("MLFLOW_TRACKING_URI", "")
    if address and public(address) != address:
        text = text.replace(address, public(address))
        for secret in sorted(_secrets(address), key=len, reverse=True):
            for form in {secret, unquote(secret), quote(secret, safe=""), quote(unquote(secret), safe="")}:
                text = text.replace(form, "***") if len(form) >= LEAST else text
    return SECRET_KEYS.sub(r"\1***", USER_PART.sub(r"\1", text))


def has_secret(text: str) -> bool:
    """Whether a text has an address with a user part, or with a password in its options."""
    return bool(USER_PART.search(text) or ("://" in text and SECRET_KEYS.search(text)))


def with_secrets(address: str) -> str:
    """The address with user and password, when the environment has it; else the address itself."""
    tracking_uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    return tracking_uri if public(tracking_uri) == address else address


def _secrets(address: str) -> set[str]:
    """User part, password and secret options of an address."""
    user_part = address.partition("://")[2].rpartition("@")[0] if "://" in address else address.rpartition("@")[0]
    options = {value for _, value in SECRET_KEYS.findall(address)}
    return {user_part, user_part.partition(":")[2], *options} - {""}
