"""Boosted against standard input on SVHN, the second table: measured as on MNIST."""

from reproductions.carlsson_2018_boosted_mnist import measure

__all__ = ["measure"]
