"""The identity of files: which filenames mean the same file to an installer.

A filename has many spellings: `My.Pkg-1.0-py3-none-any.whl` and `my_pkg-1.0.0-py3-none-any.whl` are
the same wheel to an installer, and a version has one source distribution, whatever its suffix.
If several of them have different content, installers differ in their choice: pip uses the last,
Poetry the first (pypi/warehouse#14602). So files are compared by the meaning of their names.
"""

from collections.abc import Container
from functools import lru_cache
from typing import NamedTuple

from packaging.tags import Tag
from packaging.utils import BuildTag, NormalizedName, parse_wheel_filename
from packaging.version import Version

from ghpypi.core.names import (
    VARIANTS_SUFFIX,
    Filename,
    InvalidFilenameError,
    is_distribution,
    normalize,
    split_label,
    stem_of,
)
from ghpypi.core.remembered import remembered


class WheelBuild(NamedTuple):
    """What distinguishes the wheels of a version (PEP 427, PEP 825).

    Attributes:
        number: The build tag; empty if there is none.
        tags: The compatibility tags, expanded.
        label: The variant label; empty if there is none.
    """

    number: BuildTag
    tags: frozenset[Tag]
    label: str


Identity = tuple[Version, WheelBuild | str]
"""What distinguishes the files of a project; versions are compared as in PEP 440."""

FileKey = tuple[NormalizedName, Identity]
"""What distinguishes all files."""


def identity_of(filename: str, version: Version) -> Identity:
    """Return the identity of a file within its project.

    Args:
        filename: A name that `Filename.parse` accepts.
        version: The version in the name.
    """
    if filename.endswith(".whl"):
        return version, _build(filename.split("-", 2)[2])
    return version, "variants" if filename.endswith(VARIANTS_SUFFIX) else "sdist"


def is_platform_wheel(filename: str) -> bool:
    """Return whether a file is a wheel for certain platforms.

    A wheel whose only platform is `any` is pure: it has no machine code (PEP 427).
    """
    if not filename.endswith(".whl"):
        return False
    return any(tag.platform != "any" for tag in _build(filename.split("-", 2)[2]).tags)


def key_of(filename: Filename) -> FileKey:
    """Return the identity of a file among all files."""
    return filename.project, identity_of(filename.text, filename.version)


def stored_key(name: str, projects: Container[NormalizedName]) -> FileKey | None:
    """Return the identity of a stored file; `None` if it is not of one of these projects.

    Limiting the projects saves time: a store may have a hundred thousand files, and parsing a
    filename takes 30 microseconds.
    """
    stem = stem_of(name) if is_distribution(name) else None
    if stem is None or normalize(stem) not in projects:
        return None
    try:
        return key_of(Filename.parse(name))
    except InvalidFilenameError:
        return None


@remembered(16384)
def upstream_identity(filename: str) -> Identity | str:
    """Return the identity of an upstream file; the filename itself if it cannot be parsed.

    Cached, because the page of `torch` has thousands of files and is merged repeatedly.
    """
    try:
        return identity_of(filename, Filename.parse(filename).version)
    except InvalidFilenameError:
        return filename


@lru_cache(maxsize=8192)
def _build(rest: str) -> WheelBuild:
    """Parse the part after name and version; cached, because most files share it."""
    plain, label = split_label(f"x-0-{rest}")
    _, _, number, tags = parse_wheel_filename(plain)
    return WheelBuild(number, tags, label)
