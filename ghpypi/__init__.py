"""A Python package index with no server."""

__version__ = "0.1.0"
