"""A Python package index with no server."""

__version__ = "0.1.0"

USER_AGENT = f"ghpypi/{__version__}"
"""The header User-Agent of requests."""
