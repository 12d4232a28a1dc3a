"""Mapper: lens, cover, clustering, nerve graph; engines that agree; features, stability and pictures of the graph."""

from tdabench.mapper.cover import Cover
from tdabench.mapper.engines import ENGINES, mapper_graph
from tdabench.mapper.nerve import MapperGraph

__all__ = ["ENGINES", "Cover", "MapperGraph", "mapper_graph"]
