"""Dimension reduction behind one call, timed in processes of its own, and judged for what it keeps."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
