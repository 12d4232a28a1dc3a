"""The Mapper explorer: one HTML file that shows a Mapper graph, and how selected nodes differ from the others.

The file contains its data and loads nothing, so it opens without a network.
"""

from tdabench.explorer.exploration import Exploration
from tdabench.explorer.page import write_page
from tdabench.explorer.placement import layout

__all__ = ["Exploration", "layout", "write_page"]
