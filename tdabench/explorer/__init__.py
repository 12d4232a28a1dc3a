"""The Mapper explorer: one HTML file that shows a Mapper graph, and what the chosen part of it has in common.

The file holds its data, needs nothing from elsewhere and opens without a network.
"""

from tdabench.explorer.exploration import Exploration
from tdabench.explorer.page import write_page
from tdabench.explorer.placement import layout

__all__ = ["Exploration", "layout", "write_page"]
