"""3x3 patches of images: extraction, contrast norm, DCT basis, density cores, the Klein bottle of patches."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
