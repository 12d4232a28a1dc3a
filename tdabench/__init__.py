"""tdabench: does the published claim hold? See README.md."""

__version__ = "0.1.0"
