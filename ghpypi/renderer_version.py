"""The versions of everything that decides how a description is rendered."""

import platform
from functools import cache
from importlib.metadata import version

from ghpypi import __version__

PACKAGES = ("comrak", "docutils", "nh3", "Pygments", "readme_renderer")
"""The packages that take part, which are `readme_renderer` and what it requires."""


@cache
def renderer_version() -> str:
    """Return the versions as a text.

    The parser of HTML is Python's own, and security releases of Python have changed it.
    """
    versions = [f"{package} {version(package)}" for package in PACKAGES]
    return "; ".join([f"ghpypi {__version__}", f"Python {platform.python_version()}", *versions])
