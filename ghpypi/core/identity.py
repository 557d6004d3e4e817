"""Which filenames are spellings of one file.

A filename has many spellings: `My.Pkg-1.0-py3-none-any.whl` and `my_pkg-1.0.0-py3-none-any.whl` are
the same wheel to an installer, and a version has one source distribution, whatever its suffix.
Where several of them have different content, it depends on the installer which one it takes:
pip takes the last, Poetry the first (pypi/warehouse#14602). So files are compared by what their
names mean.
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


class WheelBuild(NamedTuple):
    """What tells the wheels of one version apart (PEP 427, PEP 825).

    Attributes:
        number: The build tag; empty if there is none.
        tags: The compatibility tags, expanded.
        label: The variant label; empty if there is none.
    """

    number: BuildTag
    tags: frozenset[Tag]
    label: str


Identity = tuple[Version, WheelBuild | str]
"""What tells the files of one project apart; versions are equal as PEP 440 compares them."""

FileKey = tuple[NormalizedName, Identity]
"""What tells all files apart."""


def identity_of(filename: str, version: Version) -> Identity:
    """Identify a file among those of its project.

    Args:
        filename: A name that `Filename.parse` accepts.
        version: The version in it.
    """
    if filename.endswith(".whl"):
        return version, _build(filename.split("-", 2)[2])
    return version, "variants" if filename.endswith(VARIANTS_SUFFIX) else "sdist"


def is_platform_wheel(filename: str) -> bool:
    """Check whether a file is a wheel for certain platforms: a tag of it names one.

    A wheel whose only platform is `any` is pure: it holds no machine code (PEP 427).
    """
    if not filename.endswith(".whl"):
        return False
    return any(tag.platform != "any" for tag in _build(filename.split("-", 2)[2]).tags)


def key_of(filename: Filename) -> FileKey:
    """Identify a file among all files."""
    return filename.project, identity_of(filename.text, filename.version)


def stored_key(name: str, projects: Container[NormalizedName]) -> FileKey | None:
    """Identify a stored file; `None` if it is not a distribution of one of these projects.

    The projects come first because a store may hold a hundred thousand files, and parsing a
    filename takes 30 microseconds.
    """
    stem = stem_of(name) if is_distribution(name) else None
    if stem is None or normalize(stem) not in projects:
        return None
    try:
        return key_of(Filename.parse(name))
    except InvalidFilenameError:
        return None


@lru_cache(maxsize=16384)
def upstream_identity(filename: str) -> Identity | str:
    """Identify a file of another index among those of its project; an odd name stands for itself.

    Cached, because the page of `torch` has thousands of files and is merged again and again.
    """
    try:
        return identity_of(filename, Filename.parse(filename).version)
    except InvalidFilenameError:
        return filename


@lru_cache(maxsize=8192)
def _build(rest: str) -> WheelBuild:
    """Parse what follows name and version; few of these differ in a large index."""
    plain, label = split_label(f"x-0-{rest}")
    _, _, number, tags = parse_wheel_filename(plain)
    return WheelBuild(number, tags, label)
