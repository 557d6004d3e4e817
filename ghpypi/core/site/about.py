"""What pages say of a project, besides its files: from the metadata of one version of it.

Published beside the page as `about.json`, so that a page whose look changed can be made again
without reading the distribution again.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from email.utils import getaddresses
from typing import Any

from ghpypi.core.metadata import Metadata
from ghpypi.core.parsing import parse_json, split_url
from ghpypi.core.site.readme import render
from ghpypi.core.site.text import line

Render = Callable[[str, str], str]
"""Makes harmless HTML of a description and its content type."""

ABOUT_FORMAT = 1

_MOST = 500
"""Dependencies, classifiers and the like are cut off here: no page is helped by more."""

_LICENSE_LINE = 100
"""A longer text is the license itself, not its name."""

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the author says; every text is harmless and every list short.

    Attributes:
        name: The project's name as the author writes it.
        version: The version this was read of.
        summary: One line.
        keywords: What to find it by.
        author: Names, separated by commas.
        license: A license expression, or the name of a license.
        requires_python: The specifier, or empty.
        requires_dist: The dependencies (PEP 508).
        extras: The names of its extras.
        classifiers: The trove classifiers.
        urls: Labels and addresses, the home page first.
        description: HTML, rendered and cleaned; empty if there is none.
    """

    name: str
    version: str
    summary: str = ""
    keywords: tuple[str, ...] = ()
    author: str = ""
    license: str = ""
    requires_python: str = ""
    requires_dist: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    urls: tuple[tuple[str, str], ...] = ()
    description: str = ""

    @classmethod
    def of(cls, metadata: Metadata, render: Render = render) -> "About":
        """Judge and render what a distribution says of itself.

        Args:
            metadata: Its core metadata.
            render: Makes HTML of a description and its content type.
        """
        classifiers = _lines(metadata.classifiers)
        return cls(
            name=line(metadata.name),
            version=line(metadata.version),
            summary=line(metadata.summary),
            keywords=_lines(metadata.keywords, 60)[:50],
            author=_author(metadata.author),
            license=_license(metadata.license, classifiers),
            requires_python=line(metadata.requires_python or ""),
            requires_dist=_lines(metadata.requires_dist, 1000),
            extras=_lines(metadata.provides_extra),
            classifiers=classifiers,
            urls=tuple(_urls(metadata.project_urls))[:50],
            description=render(metadata.description, metadata.description_content_type),
        )

    def dump(self) -> bytes:
        """Write it down."""
        data = {name: getattr(self, name) for name in _FIELDS}
        return (_encode({"format": ABOUT_FORMAT, **data}) + "\n").encode()

    @classmethod
    def parse(cls, text: bytes) -> "About":
        """Read what `dump` wrote.

        Raises:
            ValueError: It is damaged, or of another format.
        """
        data = parse_json(text)
        if not isinstance(data, dict) or data.pop("format", None) != ABOUT_FORMAT:
            raise ValueError("it is not of the format that can be read")
        if data.keys() != _FIELDS:
            raise ValueError("it has not the fields it should have")
        return cls(**{name: _read(name, value) for name, value in data.items()})


def _lines(texts: Iterable[str], limit: int = 512) -> tuple[str, ...]:
    found = dict.fromkeys(line(text, limit) for text in texts)
    return tuple(text for text in found if text)[:_MOST]


def _author(text: str) -> str:
    """Name the people, and leave out their addresses where they have names."""
    text = line(text)
    if "@" not in text:
        return text
    people = [name or address for name, address in getaddresses([text]) if name or address]
    return ", ".join(dict.fromkeys(people)) or text


def _license(text: str, classifiers: tuple[str, ...]) -> str:
    short = line(text, _LICENSE_LINE + 1)
    if short and len(short) <= _LICENSE_LINE:
        return short
    named = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License :: ")]
    if named:
        return ", ".join(named)
    return short


def _urls(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for label, text in pairs:
        url = line(text, 2000)
        if _is_link(url):
            yield line(label, 60) or split_url(url).netloc or url, url


def _is_link(url: str) -> bool:
    if re.search(r"\s", url):
        return False
    parts = split_url(url)
    return parts.scheme == "mailto" or (parts.scheme in {"http", "https"} and bool(parts.netloc))


def _read(name: str, value: Any) -> Any:
    """Check one field, and make tuples of lists.

    Raises:
        ValueError: It is of another type.
    """
    match value:
        case str() if name not in _LISTS:
            return value
        case list() if name == "urls":
            if all(_is_pair(each) and _is_link(each[1]) for each in value):
                return tuple((label, url) for label, url in value)
        case list() if name in _LISTS:
            if all(isinstance(each, str) for each in value):
                return tuple(value)
        case _:
            pass
    raise ValueError(f"its field '{name}' is not what it should be")


def _is_pair(value: Any) -> bool:
    match value:
        case [str(), str()]:
            return True
        case _:
            return False


_FIELDS = {field.name for field in fields(About)}
_LISTS = {"keywords", "requires_dist", "extras", "classifiers", "urls"}
