"""Seconds and memory of Mapper and of the embeddings on generated tables of growing size, each as far as it goes."""

from reproductions.embedding_growth.experiment import measure

__all__ = ["measure"]
