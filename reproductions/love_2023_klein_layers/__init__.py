"""Circle and Klein layers against ordinary ones: the filters' identities; speed, few images, noise, and other digits.

Controls replace what is said to help by what lacks it: Gaussian filters of the same norms for the Klein filters, and
connections drawn at random, as many for every slice, for those between near points of the Klein bottle.
"""

from reproductions.love_2023_klein_layers.experiment import measure

__all__ = ["measure"]
