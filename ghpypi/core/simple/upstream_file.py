"""Validation of a file on a page of an upstream index.

pip and uv reject a file, or a whole page, because of a single invalid value: a size of -1, a time
without a zone, a digest of the wrong length. Files of upstream indexes appear on pages with own
files, so invalid values are omitted. Files with an invalid name, URL or digest are omitted, because
they cannot be installed, or not safely.

Sources: the Simple repository API (PEP 503, 592, 658, 691, 700, 714, 740).
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urldefrag

from ghpypi.core.addresses import is_web_address
from ghpypi.core.model import UpstreamFile
from ghpypi.core.parsing import join_url, parse_specifiers, split_url

FILE_SUFFIXES = (".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar")
"""Suffixes that pip or uv support, including those of old projects."""

DIGEST_LENGTHS = {"sha256": 64, "sha512": 128, "sha384": 96, "sha224": 56, "sha1": 40, "md5": 32}
"""Hash algorithms that installers check, the preferred one first, and their hexadecimal digits."""

LONGEST_VALUE = 2048
"""Maximum length of a value in characters; Python cannot parse numbers of more than 4,300
digits."""

LARGEST_SIZE = 2**63 - 1
"""Maximum file size that uv can parse, in bytes."""

_HEXADECIMAL = re.compile(r"[0-9a-f]+")


class _UnusableError(ValueError):
    """The file cannot be installed, or not safely."""


def checked_file(row: Mapping[str, Any], page_url: str) -> UpstreamFile | None:
    """Validate a file of a project page.

    Args:
        row: The file, with the keys of the JSON form (PEP 691); values of any type.
        page_url: The URL of the page, for relative links.

    Returns:
        The file with an absolute URL and valid values only; `None` if it is unusable.
    """
    try:
        url, fragment = urldefrag(_address(row.get("url"), page_url))
        document: dict[str, Any] = {
            "filename": _filename(row.get("filename")),
            "url": url,
            "hashes": _digest(row.get("hashes")) or _digest_in(fragment),
        }
    except ValueError:
        return None
    for key, check in _OPTIONAL.items():
        value = check(row.get(key))
        if value is not None:
            document[key] = value
    metadata = _core_metadata(row)
    if metadata:
        document["core-metadata"] = metadata
    return cast("UpstreamFile", document)


def _filename(value: Any) -> str:
    text = _plain(value)
    if "/" in text or "\\" in text or not text.endswith(FILE_SUFFIXES):
        raise _UnusableError(text)
    return text


def _address(value: Any, page_url: str) -> str:
    """Return an absolute URL; URLs with a password are rejected, as they must not be published."""
    url = join_url(page_url, _plain(value)).replace(" ", "%20")
    parts = split_url(url)
    if not parts.hostname or "@" in parts.netloc:
        raise _UnusableError(url)
    # Also for the URL of the page, which a `<base>` may have changed.
    if len(url) > LONGEST_VALUE or not is_web_address(url):
        raise _UnusableError(url)
    return url


def _plain(value: Any) -> str:
    """Return a string without control characters and lone surrogates; others are rejected."""
    if not isinstance(value, str) or len(value) > LONGEST_VALUE or not value.isprintable():
        raise _UnusableError
    return value


def _digest(hashes: Any) -> dict[str, str]:
    """Return the digest that installers prefer.

    An invalid digest makes the file unusable, because without it, the file would be installed
    unchecked.
    """
    if not isinstance(hashes, Mapping):
        return {}
    for algorithm, length in DIGEST_LENGTHS.items():
        if algorithm in hashes:
            return {algorithm: _hexadecimal(hashes[algorithm], length)}
    return {}


def _digest_in(fragment: str) -> dict[str, str]:
    """Parse the digest in the fragment of a link (PEP 503), if there is one."""
    algorithm, _, digest = fragment.partition("&")[0].partition("=")
    return _digest({algorithm: digest}) if digest else {}


def _hexadecimal(value: Any, length: int) -> str:
    text = value.lower() if isinstance(value, str) else ""
    if len(text) != length or not _HEXADECIMAL.fullmatch(text):
        raise _UnusableError
    return text


def _size(value: Any) -> int | None:
    # True is an int in Python, but not in JSON.
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value <= LARGEST_SIZE else None


def _upload_time(value: Any) -> str | None:
    """Format a time as in PEP 700; uv rejects times without a zone."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        if time.tzinfo is None:
            return None
        return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    except (ValueError, OverflowError):
        return None


def _requires_python(value: Any) -> str | None:
    """Return a valid version specifier; pip ignores invalid ones."""
    try:
        text = _plain(value)
        parse_specifiers(text)
    except ValueError:
        return None
    return text or None


def _yanked(value: Any) -> bool | str | None:
    if isinstance(value, str) and value:
        # A reason may have several lines, but what is not Unicode cannot be written.
        return value[:LONGEST_VALUE].encode("utf-8", "replace").decode()
    return True if value is True or value == "" else None


def _provenance(value: Any) -> str | None:
    """Return a URL that is absolute and HTTPS, as PEP 740 requires."""
    try:
        url = _address(value, "")
    except ValueError:
        return None
    return url if url.startswith("https://") else None


_OPTIONAL: dict[str, Callable[[Any], Any]] = {
    "size": _size,
    "upload-time": _upload_time,
    "requires-python": _requires_python,
    "yanked": _yanked,
    "provenance": _provenance,
}
"""Validators of optional values by key."""

_METADATA_KEYS = ("core-metadata", "dist-info-metadata", "data-dist-info-metadata")
"""PEP 714, PEP 691, and the name that PyPI uses instead of PEP 691's."""


def _core_metadata(row: Mapping[str, Any]) -> bool | dict[str, str]:
    value = next((row[key] for key in _METADATA_KEYS if key in row), False)
    if not isinstance(value, Mapping):
        return value is True
    try:
        digest = _digest(value)
    except ValueError:
        return False  # installers would reject the file
    return digest if "sha256" in digest else bool(value)
