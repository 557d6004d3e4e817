"""Parsing of distribution filenames.

The rules are the binary and source distribution formats of the packaging specifications, as
implemented by `packaging`. Accepted suffixes are `.whl`, `.tar.gz` and `.zip`.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple, NewType
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
"""Suffix of the file that describes the variants of a version (draft PEPs 817 and 825)."""
PROVENANCE_SUFFIX = ".provenance"
SIBLING_SUFFIXES = (SIDECAR_SUFFIX, PROVENANCE_SUFFIX)
"""Suffixes of the files that are stored beside a distribution."""
ATTESTATION_SUFFIX = ".attestation"
"""End of the name of an attestation beside a file: `NAME.TYPE.attestation`, as twine and uv find
it; the type is that of the predicate, such as `publish`."""

_NUMBER = re.compile(r"(\d+)")
_DISTRIBUTION_SUFFIXES = (*SUFFIXES, VARIANTS_SUFFIX)
_BESIDE = ("", *SIBLING_SUFFIXES)
_DASHLESS_SUFFIXES = (*(f".whl{suffix}" for suffix in _BESIDE), VARIANTS_SUFFIX)
"""Suffixes of filenames in which the project name has no dash."""
_DASHED_SUFFIXES = tuple(f"{end}{suffix}" for suffix in _BESIDE for end in SDIST_SUFFIXES)
_CHARACTERS = re.compile(r"[A-Za-z0-9._+!-]+")
"""Allowed in filenames: `Version` ignores whitespace, and `parse_tag` accepts any character."""
_PLAIN = re.compile(r"[A-Za-z0-9/._~-]*")
_PYTHON = re.compile(r"(?:py|cp|ip|pp|jy|graalpy)\d")
_POST_RELEASE = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)-(?P<version>\d+(\.\d+)+-\d+)")
_LABEL = re.compile(r"[0-9a-z_.]+")

LONGEST_FILENAME = 255
"""Maximum length of a filename in characters; also the limit of common file systems."""

Sha256 = NewType("Sha256", str)
"""A SHA-256 digest as 64 lower-case hexadecimal digits."""


class InvalidFilenameError(ValueError):
    """The filename is not that of a wheel or source distribution; the message has the reason."""


class Filename(NamedTuple):
    """A parsed distribution filename.

    Attributes:
        text: The filename.
        project: The normalized project name (PEP 503).
        version: The version (PEP 440).
        kind: `wheel`, `sdist`, or `variants` for the file that describes the variants of wheels.
    """

    text: str
    project: NormalizedName
    version: Version
    kind: Literal["wheel", "sdist", "variants"]

    @classmethod
    def parse(cls, text: str) -> "Filename":
        """Parse a filename.

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
                # `parse_wheel_filename` accepts non-ASCII letters.
                canonicalize_name(text.partition("-")[0], validate=True)
                return cls(text=text, project=project, version=version, kind="wheel")
            project, version = _parse_sdist(text)
            return cls(text=text, project=project, version=version, kind="sdist")
        except ValueError as error:  # also from `int`, for numbers of more than 4,300 digits
            raise InvalidFilenameError(str(error)) from error


def is_safe(filename: str) -> bool:
    """Return whether a filename has allowed characters only."""
    return bool(_CHARACTERS.fullmatch(filename))


def is_distribution(filename: str) -> bool:
    """Return whether the suffix is that of a distribution."""
    return filename.endswith(_DISTRIBUTION_SUFFIXES)


def stem_of(filename: str) -> str | None:
    """Return the project name, as written, of a distribution or its sibling.

    If `Filename.parse` accepts the name, the normalized result is its project. Nothing else is
    checked, for performance: a large listing has hundreds of thousands of names.

    Returns:
        The project name; `None` if the suffix is not that of a distribution or its sibling.
    """
    if filename.endswith(_DASHLESS_SUFFIXES):
        return filename.partition("-")[0]
    if filename.endswith(_DASHED_SUFFIXES):
        stem, _, version = filename.rpartition("-")
        if "-" not in stem or not stem[-1].isdigit():
            return stem  # most names
        post = _POST_RELEASE.fullmatch(f"{stem}-{_bare(version)}")
        return post["name"] if post else stem
    return None


def _parse_variants(text: str) -> tuple[NormalizedName, Version]:
    """Parse the name of a variants.json file: name and version as in wheels."""
    stem = text.removesuffix(VARIANTS_SUFFIX)
    if stem.count("-") != 1:
        raise InvalidFilenameError(f"invalid filename {text!r}: its name and version have no dash")
    return parse_sdist_filename(f"{stem}.zip")


def _parse_sdist(text: str) -> tuple[NormalizedName, Version]:
    """Parse the name of a source distribution.

    `NAME-6.7.8-9.tar.gz` is post release 9 of version 6.7.8 (PEP 440, "Implicit post releases").
    pip and uv know the project from the page; here, the dots in the version decide. PKG-INFO is
    compared later.
    """
    if text.endswith(SUFFIXES) and (post := _POST_RELEASE.fullmatch(_bare(text))):
        name, version = post["name"], post["version"]
        return canonicalize_name(name, validate=True), parse_version(version)
    project, version = parse_sdist_filename(text)
    # `parse_sdist_filename` accepts any text before the last dash as a name.
    canonicalize_name(text.rpartition("-")[0], validate=True)
    return project, version


def _bare(text: str) -> str:
    """Remove the suffix of a source distribution or its sibling."""
    suffix = next((each for each in _DASHED_SUFFIXES if text.endswith(each)), "")
    return text.removesuffix(suffix)


def split_label(filename: str) -> tuple[str, str]:
    """Split the variant label off the name of a wheel (PEP 825): its sixth or seventh part.

    Returns:
        The name without the label, and the label; empty if there is none.
    """
    parts = filename.removesuffix(".whl").split("-")
    plain = 6 if len(parts) > 5 and parts[2][:1].isdigit() else 5  # noqa: PLR2004 - PEP 427
    if len(parts) == plain + 1 and _PYTHON.match(parts[-4]) and _LABEL.fullmatch(parts[-1]):
        return "-".join(parts[:-1]) + ".whl", parts[-1]
    return filename, ""


def normalize(name: str) -> NormalizedName:
    """Normalize a project name (PEP 503)."""
    # Clients of a server choose names, so long ones are not cached.
    return _normalized(name) if len(name) <= LONGEST_FILENAME else canonicalize_name(name)


@lru_cache(maxsize=65536)
def _normalized(name: str) -> NormalizedName:
    return canonicalize_name(name)


@lru_cache(maxsize=65536)
def version_key(version: str) -> Version:
    """Return a comparable version; the text must come from a parsed filename."""
    return parse_version(version)


def same_version(one: str, other: str) -> bool:
    """Return whether two versions are equal by PEP 440: `1.0` is `1.0.0`. Invalid ones are not."""
    parse = version_key if max(len(one), len(other)) <= LONGEST_FILENAME else parse_version
    try:
        return parse(one) == parse(other)
    except ValueError:
        return False


def distinct_versions(versions: Iterable[str]) -> list[str]:
    """Return versions without duplicates, in their first spelling."""
    found: dict[Version, str] = {}
    for version in dict.fromkeys(versions):  # comparing versions takes longer than texts
        found.setdefault(version_key(version), version)
    return list(found.values())


def quote_path(path: str) -> str:
    """Quote a path for a URL.

    `+` becomes `%2B`, because S3-like stores decode a plain `+` as a space.
    """
    return path if _PLAIN.fullmatch(path) else quote(path, safe="/-._~")


def natural_key(text: str) -> tuple[tuple[int, str], ...]:
    """Return a key for natural sort order: `torch2.9` before `torch2.10`.

    Numbers are compared by their digits: Python refuses to read one of more than 4,300.
    """
    parts = _NUMBER.split(text)
    return tuple(
        (len(x.lstrip("0")), x.lstrip("0")) if number % 2 else (0, x)
        for number, x in enumerate(parts)
    )
