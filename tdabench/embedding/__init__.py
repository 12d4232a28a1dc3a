"""Dimension reduction behind one call, timed in processes of its own, and judged for what it keeps."""

from tdabench.embedding.embedded import Embedded as Embedded
from tdabench.embedding.method import embed as embed
