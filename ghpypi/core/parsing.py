"""Parsing of untrusted text: each function returns a value or raises one documented error.

The underlying libraries document one exception each, but raise others for malicious text: numbers
of more than 4,300 digits raise ValueError, in a specifier only when it is compared, deep nesting
raises RecursionError, and `urlsplit` rejects URLs such as `http://[`. No other module calls these
libraries directly.
"""

import json
import re
import tomllib
from codecs import BOM_UTF8
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

LONGEST_QUOTE = 80
"""Maximum number of characters of an invalid value in an error."""

BYTE_ORDER_MARK = "\ufeff"
"""Editors on Windows may write it at the beginning of a file."""

_MOST_DIGITS = 19
"""Maximum number of digits: sizes fit in 63 bits."""

_PROBE = Version("0")

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse_version(text: str) -> Version:
    """Parse a version (PEP 440).

    Raises:
        InvalidVersion: The text is not a version, or has a number with too many digits.
    """
    try:
        return Version(text)
    except ValueError as error:
        raise InvalidVersion(f"Invalid version: '{_short(text)}'") from error


def parse_specifiers(text: str) -> SpecifierSet:
    """Parse a set of version specifiers (PEP 440).

    Raises:
        InvalidSpecifier: The text is not a specifier, or has a number with too many digits.
    """
    try:
        return _probed(SpecifierSet(text))
    except ValueError as error:
        raise InvalidSpecifier(f"Invalid specifier: '{_short(text)}'") from error


def parse_requirement(text: str) -> Requirement:
    """Parse a requirement (PEP 508).

    Raises:
        InvalidRequirement: The text is not a requirement, or is too large or too deeply nested.
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
    """Parse a JSON document.

    Args:
        text: The document.
        lone_surrogates: Accept lone surrogates; the caller checks each value.

    Raises:
        ValueError: The text is not JSON, is too deeply nested, or has a lone surrogate, which
            cannot be encoded as UTF-8.
    """
    if isinstance(text, bytes):
        # `json.loads` would accept encoded surrogates.
        # The codec "utf-8-sig" is written in Python, and an index run parses thousands of lines.
        text = text.removeprefix(BOM_UTF8).decode(
            errors="surrogatepass" if lone_surrogates else "strict"
        )
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is too deeply nested") from error
    if lone_surrogates:
        return value
    # Only escapes can be surrogates, because the text was decoded from UTF-8.
    if _SURROGATE.search(text):
        json.dumps(value, ensure_ascii=False).encode()
    return value


def parse_toml(text: str) -> dict[str, Any]:
    """Parse a TOML document.

    Raises:
        tomllib.TOMLDecodeError: The text is not TOML, is too deeply nested, begins with a byte
            order mark, or has a lone surrogate: "A TOML file must be a valid UTF-8 encoded Unicode
            document".
    """
    if text.startswith(BYTE_ORDER_MARK):
        raise tomllib.TOMLDecodeError(
            "it begins with a byte order mark: save it as UTF-8 without one"
        )
    try:
        text.encode()
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise tomllib.TOMLDecodeError(_reason(error)) from error


def parse_number(text: str) -> int | None:
    """Parse a number of at most 19 ASCII digits; `None` for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def split_url(url: str) -> SplitResult:
    """Split a URL; the result for an invalid one has neither a scheme nor a host."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError for an invalid port
    except ValueError:
        return SplitResult("", "", url, "", "")
    return parts


def join_url(base: str, reference: str) -> str:
    """Resolve a relative URL; empty if it is invalid."""
    try:
        return urljoin(base, reference)
    except ValueError:
        return ""


def _probed(specifiers: SpecifierSet) -> SpecifierSet:
    """Use each specifier once, because their versions are only parsed then."""
    for each in specifiers:
        each.contains(_PROBE, prereleases=True)
    return specifiers


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}..."


def _reason(error: Exception) -> str:
    return "it is too deeply nested" if isinstance(error, RecursionError) else str(error)
