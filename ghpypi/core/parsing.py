"""Parsing of text that anyone may have written: the result is a value, or one documented error.

The libraries behind document one exception each, and raise others for text that was made to break
them: Python refuses numbers of more than 4,300 digits with ValueError, a specifier with such a
number only when it is compared, deep nesting ends in RecursionError, and `urlsplit` rejects an
address such as `http://[`. Nothing else in the package calls these functions directly.
"""

import json
import re
import tomllib
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

LONGEST_QUOTE = 80
"""Characters of a bad value that an error repeats."""

_MOST_DIGITS = 19
"""Digits of a number at most: sizes fit in 63 bits."""

_PROBE = Version("0")

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse_version(text: str) -> Version:
    """Read a version (PEP 440).

    Raises:
        InvalidVersion: It is none, or has a number that Python refuses to read.
    """
    try:
        return Version(text)
    except ValueError as error:
        raise InvalidVersion(f"Invalid version: '{_short(text)}'") from error


def parse_specifiers(text: str) -> SpecifierSet:
    """Read a set of version specifiers (PEP 440).

    Raises:
        InvalidSpecifier: It is none, or has a number that Python refuses to read.
    """
    try:
        return _probed(SpecifierSet(text))
    except ValueError as error:
        raise InvalidSpecifier(f"Invalid specifier: '{_short(text)}'") from error


def parse_requirement(text: str) -> Requirement:
    """Read a requirement (PEP 508).

    Raises:
        InvalidRequirement: It is none, or too large or too deeply nested to be read.
    """
    try:
        requirement = Requirement(text)
        _probed(requirement.specifier)
    except InvalidRequirement:
        raise
    except (ValueError, RecursionError) as error:
        raise InvalidRequirement(f"Invalid requirement: '{_short(text)}'") from error
    else:
        return requirement


def parse_json(text: str | bytes, *, lone_surrogates: bool = False) -> Any:
    """Read a JSON document.

    Args:
        text: The document.
        lone_surrogates: Accept text that is not Unicode; the caller checks each value.

    Raises:
        ValueError: It is none, is nested too deeply to be read, or holds a lone surrogate, which
            cannot be written again as UTF-8.
    """
    if isinstance(text, bytes):
        # `json.loads` would take surrogates that are encoded as if they were characters.
        text = text.decode("utf-8-sig", "surrogatepass" if lone_surrogates else "strict")
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if lone_surrogates:
        return value
    # Only an escape can be a surrogate: a text is decoded from UTF-8 without any.
    if _SURROGATE.search(text):
        json.dumps(value, ensure_ascii=False).encode()
    return value


def parse_toml(text: str) -> dict[str, Any]:
    """Read a TOML document.

    Raises:
        tomllib.TOMLDecodeError: It is none, is too deeply nested to be read, or holds a lone
            surrogate: "A TOML file must be a valid UTF-8 encoded Unicode document".
    """
    try:
        text.encode()
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise tomllib.TOMLDecodeError(_reason(error)) from error


def parse_number(text: str) -> int | None:
    """Read a number written in ASCII digits, at most 19; `None` for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def split_url(url: str) -> SplitResult:
    """Split an address; one that cannot be split has neither a scheme nor a host."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError for one that is no number
    except ValueError:
        return SplitResult("", "", url, "", "")
    return parts


def join_url(base: str, reference: str) -> str:
    """Make an address absolute; empty if that cannot be done."""
    try:
        return urljoin(base, reference)
    except ValueError:
        return ""


def _probed(specifiers: SpecifierSet) -> SpecifierSet:
    """Compare with each specifier once: their versions are parsed no earlier."""
    for each in specifiers:
        each.contains(_PROBE, prereleases=True)
    return specifiers


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}..."


def _reason(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
