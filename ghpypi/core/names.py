"""Names of distribution files: parsed once, by the packaging library, then trusted.

The rules are the binary and source distribution formats of the packaging specifications. Only
the three suffixes that installers accept count: `.whl`, `.tar.gz` and `.zip`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NewType
from urllib.parse import quote

from packaging.utils import (
    InvalidName,
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

SIDECAR_SUFFIX = ".metadata"
SUFFIXES = (".whl", ".tar.gz", ".zip")
_SIDECAR_SUFFIXES = tuple(suffix + SIDECAR_SUFFIX for suffix in SUFFIXES)

Sha256 = NewType("Sha256", str)
"""A SHA-256 digest as 64 lower-case hexadecimal digits."""


class InvalidFilenameError(ValueError):
    """The name is not that of a wheel or source distribution; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filename:
    """The name of one distribution file, taken apart.

    Attributes:
        text: The name as it stands.
        project: The normalised project name (PEP 503).
        version: The version, comparable (PEP 440).
        kind: `wheel` or `sdist`.
    """

    text: str
    project: NormalizedName
    version: Version
    kind: Literal["wheel", "sdist"]

    @classmethod
    def parse(cls, text: str) -> "Filename":
        """Take a filename apart.

        Raises:
            InvalidFilenameError: It is not the name of a wheel or source distribution.
        """
        try:
            if text.endswith(".whl"):
                project, version, _, _ = parse_wheel_filename(text)
                return cls(text=text, project=project, version=version, kind="wheel")
            project, version = parse_sdist_filename(text)
            # `parse_sdist_filename` takes any text before the last dash for a name.
            canonicalize_name(text.rpartition("-")[0], validate=True)
            return cls(text=text, project=project, version=version, kind="sdist")
        except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion, InvalidName) as error:
            raise InvalidFilenameError(str(error)) from error


def is_distribution(filename: str) -> bool:
    """Tell by the suffix whether a file claims to be a wheel or source distribution."""
    return filename.endswith(SUFFIXES)


def is_sidecar(filename: str) -> bool:
    """Tell whether a file is the metadata sidecar of a distribution (PEP 658)."""
    return filename.endswith(_SIDECAR_SUFFIXES)


def project_of(filename: str) -> NormalizedName:
    """Name the project a distribution file belongs to, cheaply and without judging the rest.

    For every name that `Filename.parse` accepts, the answers are equal.
    """
    if filename.endswith(".whl"):
        return normalize(filename.partition("-")[0])
    return normalize(filename.rpartition("-")[0])


@lru_cache(maxsize=65536)
def normalize(name: str) -> NormalizedName:
    """Normalise a project name (PEP 503)."""
    return canonicalize_name(name)


@lru_cache(maxsize=65536)
def version_key(version: str) -> Version:
    """Make a version comparable; the text comes from a parsed filename."""
    return Version(version)


def quote_path(path: str) -> str:
    """Quote a path for a URL so that every client and store reads the same name.

    `+` becomes `%2B`: stores in the manner of S3 read a bare one as a space.
    """
    return quote(path, safe="/-._~")
