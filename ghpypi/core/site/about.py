"""The content of a project page from the metadata of its shown version.

It is published as `about.json`, so that pages can be rendered again with other settings without
reading the distribution again.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ghpypi.core.metadata import Metadata
from ghpypi.core.parsing import parse_json, split_url
from ghpypi.core.site.text import line

Render = Callable[[str, str], str]
"""Renders a description with a content type as sanitized HTML."""

ABOUT_FORMAT = 1

_MOST = 500
"""Maximum number of dependencies, classifiers and other list items."""

_LICENSE_LINE = 100
"""Maximum length of a license name; a longer text is the license itself."""

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode


def _render(description: str, content_type: str) -> str:
    # Slow to import, with parsers of HTML and e-mail; most runs render no description.
    from ghpypi.core.site.readme import render  # noqa: PLC0415

    return render(description, content_type)


class About(NamedTuple):
    """The content of a project page; all strings are sanitized and all lists limited.

    Attributes:
        name: The project name as written by its author.
        version: The shown version.
        summary: One line.
        keywords: The keywords.
        author: Names, separated by commas.
        maintainer: Names, separated by commas.
        license: A license expression, or the name of a license.
        requires_python: The specifier, or empty.
        requires_dist: The dependencies (PEP 508).
        extras: The names of its extras.
        classifiers: The trove classifiers.
        urls: Labels and URLs, the home page first.
        description: Sanitized HTML; empty if there is none.
        description_digest: A digest of the HTML, of its source, and of what rendered it; empty if
            it must be rendered again for the next version.
    """

    name: str
    version: str
    summary: str = ""
    keywords: tuple[str, ...] = ()
    author: str = ""
    maintainer: str = ""
    license: str = ""
    requires_python: str = ""
    requires_dist: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    urls: tuple[tuple[str, str], ...] = ()
    description: str = ""
    description_digest: str = ""

    @classmethod
    def of(cls, metadata: Metadata, render: Render = _render) -> "About":
        """Create the content of a page from metadata.

        Args:
            metadata: The core metadata.
            render: Renders a description as sanitized HTML.
        """
        classifiers = _lines(metadata.classifiers)
        return cls(
            name=line(metadata.name),
            version=line(metadata.version),
            summary=line(metadata.summary),
            keywords=_lines(metadata.keywords, 60)[:50],
            author=_people(metadata.author),
            maintainer=_people(metadata.maintainer),
            license=_license(metadata.license, classifiers),
            requires_python=line(metadata.requires_python or ""),
            requires_dist=_lines(metadata.requires_dist, 1000),
            extras=_lines(metadata.provides_extra),
            classifiers=classifiers,
            urls=tuple(_urls(metadata.project_urls))[:50],
            description=render(metadata.description, metadata.description_content_type),
        )

    def dump(self) -> bytes:
        """Serialize as JSON."""
        return (_encode({"format": ABOUT_FORMAT, **self._asdict()}) + "\n").encode()

    @classmethod
    def parse(cls, text: bytes) -> "About":
        """Parse the JSON of `dump`.

        Raises:
            ValueError: The text is damaged, or has another format.
        """
        data = parse_json(text)
        if not isinstance(data, dict) or data.pop("format", None) != ABOUT_FORMAT:
            raise ValueError("unsupported format")
        if not _FIELDS - _ADDED <= data.keys() <= _FIELDS:
            raise ValueError("missing or unexpected fields")
        return cls(**{name: _read(name, value) for name, value in data.items()})


def _lines(texts: Iterable[str], limit: int = 512) -> tuple[str, ...]:
    found = dict.fromkeys(line(text, limit) for text in texts)
    return tuple(text for text in found if text)[:_MOST]


def _people(text: str) -> str:
    """Return the names of people, without email addresses if they have names."""
    text = line(text)
    if "@" not in text:
        return text
    from email.utils import getaddresses  # noqa: PLC0415 - slow to import, as in `_render`

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
    """Validate a field, and convert lists to tuples.

    Raises:
        ValueError: The value has a wrong type.
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
    raise ValueError(f"invalid value of field '{name}'")


def _is_pair(value: Any) -> bool:
    match value:
        case [str(), str()]:
            return True
        case _:
            return False


_FIELDS = {*About._fields}
_ADDED = {"description_digest", "maintainer"}
"""Fields that files of earlier versions lack. The files need not be made again for them, which
would read a distribution of each project."""
_LISTS = {"keywords", "requires_dist", "extras", "classifiers", "urls"}
