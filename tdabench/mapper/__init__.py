"""Mapper: lens, cover, clustering, nerve graph; engines that agree; features, stability and pictures of the graph."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
