"""Clouds of known topology before and after every method: what is kept, what is torn, what is invented."""

from reproductions.embedding_topology.experiment import measure

__all__ = ["measure"]
