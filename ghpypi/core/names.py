"""Names of distribution files: parsed once, by the packaging library, then trusted.

The rules are the binary and source distribution formats of the packaging specifications. Only
the three suffixes that installers accept count: `.whl`, `.tar.gz` and `.zip`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NewType
from urllib.parse import quote

from packaging.utils import (
    NormalizedName,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from ghpypi.core.parsing import parse_version
from ghpypi.core.quantities import count_of

SIDECAR_SUFFIX = ".metadata"
SDIST_SUFFIXES = (".tar.gz", ".zip")
SUFFIXES = (".whl", *SDIST_SUFFIXES)
VARIANTS_SUFFIX = "-variants.json"
"""Ends the file that tells the variants of a version apart (the drafts PEP 817 and PEP 825)."""
PROVENANCE_SUFFIX = ".provenance"

_NUMBER = re.compile(r"(\d+)")
_DISTRIBUTION_SUFFIXES = (*SUFFIXES, VARIANTS_SUFFIX)
_BESIDE = ("", SIDECAR_SUFFIX, PROVENANCE_SUFFIX)
_DASHLESS_SUFFIXES = (*(f".whl{suffix}" for suffix in _BESIDE), VARIANTS_SUFFIX)
"""End the names in which the project's own has no dash."""
_DASHED_SUFFIXES = tuple(f"{end}{suffix}" for suffix in _BESIDE for end in SDIST_SUFFIXES)
_CHARACTERS = re.compile(r"[A-Za-z0-9._+!-]+")
"""Of a filename: `Version` ignores white space around it, and `parse_tag` takes any character."""
_PLAIN = re.compile(r"[A-Za-z0-9/._~-]*")
_PYTHON = re.compile(r"(?:py|cp|ip|pp|jy|graalpy)\d")
_POST_RELEASE = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)-(?P<version>\d+(\.\d+)+-\d+)")
_LABEL = re.compile(r"[0-9a-z_.]+")

LONGEST_FILENAME = 255
"""Characters of a filename at most: no file system keeps a longer one."""

Sha256 = NewType("Sha256", str)
"""A SHA-256 digest as 64 lower-case hexadecimal digits."""


class InvalidFilenameError(ValueError):
    """The name is not that of a wheel or source distribution; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filename:
    """The name of one distribution file, taken apart.

    Attributes:
        text: The name as it stands.
        project: The normalized project name (PEP 503).
        version: The version, comparable (PEP 440).
        kind: `wheel`, `sdist`, or `variants` for the file that describes the variants of wheels.
    """

    text: str
    project: NormalizedName
    version: Version
    kind: Literal["wheel", "sdist", "variants"]

    @classmethod
    def parse(cls, text: str) -> "Filename":
        """Take a filename apart.

        Raises:
            InvalidFilenameError: It is not the name of a wheel or source distribution.
        """
        if len(text) > LONGEST_FILENAME:
            length = f"{count_of(len(text), 'character')}, {LONGEST_FILENAME} is the limit"
            raise InvalidFilenameError(f"its name has {length}")
        if not is_safe(text):
            raise InvalidFilenameError(
                f"invalid filename {text!r}: only ASCII letters, digits and . _ - + ! may be in it"
            )
        try:
            if text.endswith(VARIANTS_SUFFIX):
                project, version = _parse_variants(text)
                return cls(text=text, project=project, version=version, kind="variants")
            if text.endswith(".whl"):
                plain, _ = split_label(text)
                project, version, _, _ = parse_wheel_filename(plain)
                # `parse_wheel_filename` takes letters of all alphabets.
                canonicalize_name(text.partition("-")[0], validate=True)
                return cls(text=text, project=project, version=version, kind="wheel")
            project, version = _parse_sdist(text)
            return cls(text=text, project=project, version=version, kind="sdist")
        except ValueError as error:  # also of `int`, for a number of more than 4,300 digits
            raise InvalidFilenameError(str(error)) from error


def is_safe(filename: str) -> bool:
    """Check that only characters are in a filename that distributions may have in theirs."""
    return bool(_CHARACTERS.fullmatch(filename))


def is_distribution(filename: str) -> bool:
    """Tell by the suffix whether a file claims to be one that an index offers."""
    return filename.endswith(_DISTRIBUTION_SUFFIXES)


def stem_of(filename: str) -> str | None:
    """Take the project's name, as it is written, off a distribution or what lies beside one.

    For every name that `Filename.parse` accepts, its normal form is the project's. Nothing else is
    judged, because a large listing has hundreds of thousands of names.

    Returns:
        The name; `None` if by its suffix the file is nothing an index has to do with.
    """
    if filename.endswith(_DASHLESS_SUFFIXES):
        return filename.partition("-")[0]
    if filename.endswith(_DASHED_SUFFIXES):
        stem, _, version = filename.rpartition("-")
        # Most names are sorted out by their last character.
        if stem[-1:].isdigit() and (post := _POST_RELEASE.fullmatch(f"{stem}-{_bare(version)}")):
            return post["name"]
        return stem
    return None


def _parse_variants(text: str) -> tuple[NormalizedName, Version]:
    """Take the name of a description of variants apart: name and version as in wheels."""
    stem = text.removesuffix(VARIANTS_SUFFIX)
    if stem.count("-") != 1:
        raise InvalidFilenameError(f"invalid filename {text!r}: its name and version have no dash")
    return parse_sdist_filename(f"{stem}.zip")


def _parse_sdist(text: str) -> tuple[NormalizedName, Version]:
    """Take the name of a source distribution apart.

    `NAME-6.7.8-9.tar.gz` is post release 9 of version 6.7.8 (PEP 440, "Implicit post releases").
    pip and uv know the project from the page that they read; here, the dots tell. PKG-INFO is
    compared later.
    """
    if text.endswith(SUFFIXES) and (post := _POST_RELEASE.fullmatch(_bare(text))):
        name, version = post["name"], post["version"]
        return canonicalize_name(name, validate=True), parse_version(version)
    project, version = parse_sdist_filename(text)
    # `parse_sdist_filename` takes any text before the last dash for a name.
    canonicalize_name(text.rpartition("-")[0], validate=True)
    return project, version


def _bare(text: str) -> str:
    """Take the suffix off the name of a source distribution, or of what lies beside one."""
    suffix = next((each for each in _DASHED_SUFFIXES if text.endswith(each)), "")
    return text.removesuffix(suffix)


def split_label(filename: str) -> tuple[str, str]:
    """Take the variant label off the name of a wheel (PEP 825): its sixth or seventh part.

    Returns:
        The name without it, and the label; empty if there is none.
    """
    parts = filename.removesuffix(".whl").split("-")
    plain = 6 if len(parts) > 5 and parts[2][:1].isdigit() else 5  # noqa: PLR2004 - PEP 427
    if len(parts) == plain + 1 and _PYTHON.match(parts[-4]) and _LABEL.fullmatch(parts[-1]):
        return "-".join(parts[:-1]) + ".whl", parts[-1]
    return filename, ""


def normalize(name: str) -> NormalizedName:
    """Normalize a project name (PEP 503)."""
    # Clients of a server choose names, and a cache must not fill up with long ones.
    return _normalized(name) if len(name) <= LONGEST_FILENAME else canonicalize_name(name)


@lru_cache(maxsize=65536)
def _normalized(name: str) -> NormalizedName:
    return canonicalize_name(name)


@lru_cache(maxsize=65536)
def version_key(version: str) -> Version:
    """Make a version comparable; the text comes from a parsed filename."""
    return parse_version(version)


def same_version(one: str, other: str) -> bool:
    """Compare two versions as PEP 440 does: `1.0` is `1.0.0`. A text that is none has no equal."""
    try:
        return version_key(one) == version_key(other)
    except ValueError:
        return False


def distinct_versions(versions: Iterable[str]) -> list[str]:
    """List each version once, in the spelling that comes first."""
    found: dict[Version, str] = {}
    for version in versions:
        found.setdefault(version_key(version), version)
    return list(found.values())


def quote_path(path: str) -> str:
    """Quote a path for a URL so that every client and store reads the same name.

    `+` becomes `%2B`: stores in the manner of S3 read a bare one as a space.
    """
    return path if _PLAIN.fullmatch(path) else quote(path, safe="/-._~")


def natural_key(text: str) -> tuple[tuple[int, str], ...]:
    """Sort texts with numbers in them as people do: `torch2.9` before `torch2.10`."""
    parts = _NUMBER.split(text)
    return tuple((int(x) if number % 2 else 0, x) for number, x in enumerate(parts))
