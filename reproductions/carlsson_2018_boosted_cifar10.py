"""Boosted against standard input on CIFAR-10, which was not published: measured as on MNIST."""

from reproductions.carlsson_2018_boosted_mnist import measure

__all__ = ["measure"]
