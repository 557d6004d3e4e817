"""A Python package index with no server."""

__version__ = "1.0.0"

USER_AGENT = f"ghpypi/{__version__}"
"""The header User-Agent of requests."""
