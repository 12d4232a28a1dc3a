"""Convolution by hand: the deck's two worked outputs, its four kernels, and three filters that a net learned."""

from reproductions.deck_convolutions.experiment import measure

__all__ = ["measure"]
