"""tdabench says whether published claims of topological data analysis hold. See README.md."""

__version__ = "0.1.0"
