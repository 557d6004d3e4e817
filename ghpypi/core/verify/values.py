"""Rules for the values of files: hashes, requires-python, yanks, metadata, times, provenance."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from packaging.specifiers import InvalidSpecifier

from ghpypi.core.parsing import parse_specifiers
from ghpypi.core.simple.upstream_file import LARGEST_SIZE, LONGEST_VALUE
from ghpypi.core.verify.finding import VerifyFinding
from ghpypi.core.verify.listing_rules import ListingRule
from ghpypi.core.verify.page import BARE, ListedFile, ParsedPage

LENGTHS = {
    "md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128, "blake2b": 128,
}  # fmt: skip
"""Hexadecimal digits of the hashes of known algorithms."""

_UV_KNOWS = frozenset({"md5", "sha256", "sha384", "sha512", "blake2b"})
_PIP_KNOWS = frozenset({*LENGTHS, "blake2s", "sha3_224", "sha3_256", "sha3_384", "sha3_512"})
_SAFE = frozenset({"sha256", "sha384", "sha512", "blake2b"})

_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)
_PORTABLE_TIME = re.compile(r"[^.]*(?:\.\d{3}|\.\d{6})?Z", re.ASCII)
_ENTITY = re.compile(r"&(?:amp;)*(?:gt|lt|quot|#\d{1,4});")

CLOCK_SKEW = timedelta(hours=1)
"""How far clocks may differ."""

Findings = Iterator[VerifyFinding]


def value_findings(page: ParsedPage, file: ListedFile, now: datetime) -> Findings:
    """Check the values of a file.

    Args:
        page: The page.
        file: A file on it.
        now: The current time.
    """
    for check in _CHECKS:
        yield from check(page, file)
    yield from _future(page, file, now)


def _keys(page: ParsedPage, file: ListedFile) -> Findings:
    if page.form != "json":
        return
    if not file.name:
        yield page.about(file, ListingRule.JSON_KEY_MISSING, "a file has no 'filename'")
    if not file.written:
        yield page.about(file, ListingRule.JSON_KEY_MISSING, "the file has no 'url'")
    if "hashes" not in file.values:
        yield page.about(file, ListingRule.JSON_KEY_MISSING, "the file has no 'hashes'")
    if "dist-info-metadata" in file.values:
        yield page.about(file, ListingRule.OLD_METADATA_KEY)


def _nulls(page: ParsedPage, file: ListedFile) -> Findings:
    if page.form == "json":
        for key in _NOT_NULL:
            if key in file.values and file.values[key] is None:
                yield page.about(file, ListingRule.JSON_NULL, f"'{key}'")


def _types(page: ParsedPage, file: ListedFile) -> Findings:
    if page.form == "json":
        for key, fits in _TYPES.items():
            value = file.values.get(key)
            if value is not None and not fits(value):
                yield page.about(file, ListingRule.JSON_TYPE, f"'{key}' is {repr(value)[:80]}")


def _hash_names(page: ParsedPage, file: ListedFile) -> Findings:
    names = list(file.hashes)
    if page.form == "html" and names and names[0].lower() not in _UV_KNOWS:
        yield page.about(file, ListingRule.HASH_FRAGMENT, f"#{names[0][:40]}=")
    elif page.form == "json" and names and names[0].lower() not in _PIP_KNOWS:
        yield page.about(file, ListingRule.HASH_FIRST, names[0][:40])
    elif names and not _SAFE & {name.lower() for name in names}:
        yield page.about(file, ListingRule.HASH_WEAK, ", ".join(names)[:80])


def _hash_values(page: ParsedPage, file: ListedFile) -> Findings:
    for name, value in file.hashes.items():
        known = page.form == "json" or name.lower() in _UV_KNOWS
        if known and isinstance(value, str) and not is_hash(name, value):
            yield page.about(file, ListingRule.HASH_MALFORMED, f"{name}={value[:80]}")


def is_hash(name: str, value: object) -> bool:
    """Return whether a value can be a hash of an algorithm, by its length and its characters."""
    length = LENGTHS.get(name.lower())
    if not isinstance(value, str) or (length and len(value) != length):
        return False
    return bool(_HEXADECIMAL.fullmatch(value))


def _requires_python(page: ParsedPage, file: ListedFile) -> Findings:
    text = file.values.get("requires-python")
    if not isinstance(text, str):
        return
    if len(text) > LONGEST_VALUE:
        yield page.about(file, ListingRule.REQUIRES_PYTHON_INVALID, repr(text[:80]))
        return
    if _ENTITY.search(text):
        yield page.about(file, ListingRule.REQUIRES_PYTHON_ESCAPED, repr(text[:80]))
        return
    try:
        parse_specifiers(text)
    except InvalidSpecifier:
        yield page.about(file, ListingRule.REQUIRES_PYTHON_INVALID, repr(text[:80]))


def _yanked(page: ParsedPage, file: ListedFile) -> Findings:
    if page.form == "html" and "yanked" in file.values and file.values["yanked"] is BARE:
        yield page.about(file, ListingRule.YANKED_BARE)


def _core_metadata(page: ParsedPage, file: ListedFile) -> Findings:
    value = file.values.get("core-metadata")
    if isinstance(value, Mapping):
        if not is_hash("sha256", value.get("sha256")):
            yield page.about(file, ListingRule.CORE_METADATA_VALUE, repr(dict(value))[:120])
    elif page.form == "html" and isinstance(value, str):
        yield page.about(file, ListingRule.CORE_METADATA_VALUE, repr(value[:80]))


def _alias(page: ParsedPage, file: ListedFile) -> Findings:
    values = file.values
    both = page.form == "html" and {"core-metadata", "dist-info-metadata"} <= values.keys()
    if both and values["core-metadata"] != values["dist-info-metadata"]:
        yield page.about(file, ListingRule.CORE_METADATA_ALIAS)


def _upload_time(page: ParsedPage, file: ListedFile) -> Findings:
    text = file.values.get("upload-time")
    if not isinstance(text, str):
        return
    time = _parsed_time(text)
    if time is None or time.tzinfo is None:
        json = page.form == "json"
        rule = ListingRule.UPLOAD_TIME_INVALID if json else ListingRule.UPLOAD_TIME_ATTRIBUTE
        yield page.about(file, rule, repr(text[:80]))
    elif not _TIME.fullmatch(text) or not _PORTABLE_TIME.fullmatch(text):
        yield page.about(file, ListingRule.UPLOAD_TIME_DIGITS, repr(text[:80]))


def _future(page: ParsedPage, file: ListedFile, now: datetime) -> Findings:
    text = file.values.get("upload-time")
    time = _parsed_time(text) if isinstance(text, str) else None
    if time and time.tzinfo and time.astimezone(UTC) > now + CLOCK_SKEW:
        yield page.about(file, ListingRule.UPLOAD_TIME_FUTURE, str(text)[:80])


def _provenance(page: ParsedPage, file: ListedFile) -> Findings:
    url = file.values.get("provenance")
    if isinstance(url, str) and not url.startswith("https://"):
        yield page.about(file, ListingRule.PROVENANCE_URL, repr(url[:200]))


def _parsed_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_SIZE


def _is_hashes(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(each, str) for each in value.values())


_NOT_NULL = ("hashes", "size", "upload-time", "yanked")
"""Keys of files whose value `null` makes uv reject a page."""

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "hashes": _is_hashes,
    "size": _is_size,
    "upload-time": lambda value: isinstance(value, str),
    "requires-python": lambda value: isinstance(value, str),
    "yanked": lambda value: isinstance(value, bool | str),
    "core-metadata": lambda value: isinstance(value, bool | Mapping),
}
"""The types of values in JSON; uv rejects a page with another one."""

_CHECKS: tuple[Callable[[ParsedPage, ListedFile], Findings], ...] = (
    _keys, _nulls, _types, _hash_names, _hash_values, _requires_python, _yanked, _core_metadata,
    _alias, _upload_time, _provenance,
)  # fmt: skip
