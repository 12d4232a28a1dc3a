"""VGG16's 3x3 filters layer by layer, SqueezeNet's and four ResNets': circles, kinds, and a Gaussian beside each."""

from reproductions.carlsson_2019_depths.experiment import measure

__all__ = ["measure"]
