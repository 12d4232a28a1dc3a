"""Errors for the user: one sentence that says what was wrong, where, and what to do."""

from tdabench.credentials import masked
from tdabench.text import visible


class TdabenchError(Exception):
    """Base of every error that tdabench raises on purpose.

    Its sentence may quote a file. It has no control characters and no password of an address.
    """

    def __init__(self, sentence=""):
        super().__init__(masked(visible(str(sentence))))


class BadRequest(TdabenchError):
    """The command line or the configuration names something that does not exist or makes no sense (exit code 2)."""


class BadInput(TdabenchError, ValueError):
    """An array, a table or a file cannot be used as it is."""


class NotNumbers(BadInput, TypeError):
    """An array holds what no number can be made of: a TypeError too, as scikit-learn expects of its estimators."""


class DataMissing(TdabenchError):
    """A data set is not on this machine. Its claims are `not run`."""


class RecordUnusable(TdabenchError):
    """The record cannot be read or written. Nothing more is measured, since it would be lost (exit code 1)."""

    REMEDY = "make room or make it writable, or name another place in MLFLOW_TRACKING_URI (sqlite:////FOLDER/mlflow.db)."
