"""Where ghpypi itself is published: the one place that knows its repository.

A fork changes `REPOSITORY`; a test compares documents, templates and workflows with it.
"""

from ghpypi import __version__

REPOSITORY = "ghpypi/ghpypi"
"""The repository of the source, of the Action and of the releases, on github.com."""

MAJOR_TAG = f"v{__version__.partition('.')[0]}"
"""The tag that moves with each release of this major version."""

VERSION_TAG = f"v{__version__}"
"""The tag of this version, which does not move."""

ACTION = f"{REPOSITORY}@{MAJOR_TAG}"
"""The Action, as documents and shared workflow templates refer to it."""

IMAGE = f"ghcr.io/{REPOSITORY}"
"""The container image."""

URL = f"https://github.com/{REPOSITORY}"
"""The page of the repository."""

ISSUES = f"{URL}/issues"
"""Where bugs are reported."""
