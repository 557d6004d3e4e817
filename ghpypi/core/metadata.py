"""Parsing of core metadata, as far as an index and its pages need it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from packaging.specifiers import InvalidSpecifier
from packaging.version import InvalidVersion, Version

from ghpypi.core.names import InvalidFilenameError
from ghpypi.core.parsing import LONGEST_QUOTE, parse_specifiers, parse_version
from ghpypi.core.quantities import count_of
from ghpypi.core.remembered import remembered
from ghpypi.errors import GhpypiError

if TYPE_CHECKING:  # for speed, as in `_read`
    from ghpypi.core.metadata_text import MetadataText

LONGEST_REASON = 500
"""Maximum length of a reason to exclude a file, in characters."""

NEWEST_METADATA = Version("2.6")

HEADERS_LIMIT = 20_000
"""Maximum number of header lines; the parser for e-mail keeps each as several strings."""

_END_OF_HEADERS = re.compile(rb"\n\r?\n")


class InvalidMetadataError(ValueError):
    """The metadata is invalid, or no installer can use its file; the message has the reason.

    The message may quote the file, and is stored in the catalog, so it is truncated.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message[:LONGEST_REASON])


@contextmanager
def content_faults() -> Iterator[None]:
    """Convert unexpected exceptions while reading a file into `InvalidMetadataError`.

    The exceptions of libraries for malicious content are not documented, and one such file must not
    stop an index run, an upload or a server.

    Raises:
        InvalidMetadataError: Instead of any exception except `GhpypiError` and `OSError`.
    """
    try:
        yield
    except (GhpypiError, OSError, MemoryError, InvalidMetadataError, InvalidFilenameError):
        raise
    except Exception as error:
        reason = f"it cannot be read ({type(error).__name__}: {error})"
        raise InvalidMetadataError(reason) from error


class Metadata(NamedTuple):
    """The fields of a METADATA or PKG-INFO file that an index needs.

    Attributes:
        name: The project name as written by its author.
        version: The version as written.
        requires_python: The specifier, or `None`.
        summary: One line, or empty.
        keywords: The keywords.
        author: The authors as written: names, email addresses, or both.
        maintainer: The maintainers, likewise.
        license: The license expression (PEP 639), or else the text of the older field.
        requires_dist: The dependencies (PEP 508).
        provides_extra: The names of its extras.
        classifiers: The trove classifiers.
        project_urls: Labels and URLs, the home page first.
        description: The long description, in the markup of its content type.
        description_content_type: Such as `text/markdown; variant=GFM`; empty means plain or rst.
        utf8: Whether the file is UTF-8, as the specification requires; otherwise it was decoded as
            Latin-1.
        faults: What is wrong with fields that no installer reads strictly.
    """

    name: str
    version: str
    requires_python: str | None
    summary: str
    keywords: tuple[str, ...] = ()
    author: str = ""
    maintainer: str = ""
    license: str = ""
    requires_dist: tuple[str, ...] = ()
    provides_extra: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()
    project_urls: tuple[tuple[str, str], ...] = ()
    description: str = ""
    description_content_type: str = ""
    utf8: bool = True
    faults: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: bytes) -> "Metadata":
        """Parse a METADATA or PKG-INFO file.

        Raises:
            InvalidMetadataError: The file is not metadata, a required field is missing, or its
                Metadata-Version has a greater major version than supported, for which the
                specification requires an error.
        """
        found = _read(text)
        _check_metadata_version(_required(found.metadata_version, "Metadata-Version"))
        return cls(
            name=_required(found.name, "Name"),
            version=_required(found.version, "Version"),
            requires_python=found.requires_python or None,
            summary=found.summary or "",
            keywords=_keywords(found.keywords or ""),
            author=_people(found.author, found.author_email),
            maintainer=_people(found.maintainer, found.maintainer_email),
            license=found.license_expression or found.license or "",
            requires_dist=tuple(found.requires_dist),
            provides_extra=tuple(found.provides_extras),
            classifiers=tuple(found.classifiers),
            project_urls=_project_urls(found),
            description=found.description or "",
            description_content_type=found.description_content_type or "",
            utf8=found.utf8,
            faults=tuple(found.faults()),
        )

    @property
    def valid_requires_python(self) -> str | None:
        """Requires-Python, if it is a version specifier (PEP 440)."""
        return self.requires_python if _is_specifier(self.requires_python or "") else None


@remembered(256)
def _is_specifier(text: str) -> bool:
    """Return whether a text is a version specifier; cached, as most files have one of a few."""
    try:
        parse_specifiers(text)
    except InvalidSpecifier:
        return False
    return True


def _read(text: bytes) -> "MetadataText":
    # Slow to import, with parsers of archives and e-mail; a run without new files reads none.
    from ghpypi.core.metadata_text import MetadataText  # noqa: PLC0415

    end = _END_OF_HEADERS.search(text)
    headers = text[: end.start()] if end else text
    if max(headers.count(b"\n"), headers.count(b"\r")) > HEADERS_LIMIT:
        raise InvalidMetadataError(
            f"its metadata has more than {count_of(HEADERS_LIMIT, 'line')} of fields"
        )
    try:
        return MetadataText(text)
    except Exception as error:  # the email parser has bugs
        raise InvalidMetadataError(f"invalid metadata ({error})") from error


def _people(names: str | None, addresses: str | None) -> str:
    """Return people as they are written in a field of names and in one of email addresses.

    Build backends write people that have an address to the second field, with their names, and all
    others to the first. In older metadata, the second only has the addresses of the same people.

    Source: PyPA specifications, "pyproject.toml", "authors/maintainers".
    """
    if names and addresses and "<" in addresses:
        return f"{names}, {addresses}"
    return names or addresses or ""


def _keywords(text: str) -> tuple[str, ...]:
    """Split a list: by commas as in the specification, or by spaces, which are common."""
    words = text.split(",") if "," in text else text.split()
    return tuple(dict.fromkeys(stripped for word in words if (stripped := word.strip())))


def _project_urls(found: "MetadataText") -> tuple[tuple[str, str], ...]:
    urls = {}  # by URL: the older fields often repeat the newer one
    if found.home_page:
        urls[found.home_page.strip()] = "Homepage"
    for line in found.project_urls:
        label, _, url = line.partition(",")
        if url.strip():
            urls.setdefault(url.strip(), label.strip())
    if found.download_url:
        urls.setdefault(found.download_url.strip(), "Download")
    pairs = [(label, url) for url, label in urls.items()]
    return tuple(sorted(pairs, key=lambda pair: not _is_home(pair[0])))


def _is_home(label: str) -> bool:
    """Return whether a label is the home page, by its letters and digits only (PEP 753)."""
    return "".join(filter(str.isalnum, label)).lower() == "homepage"


def _required(value: str | None, field: str) -> str:
    if not value:
        raise InvalidMetadataError(f"its metadata has no {field}")
    return value


def _check_metadata_version(text: str) -> None:
    try:
        version = parse_version(text)
    except InvalidVersion as error:
        short = text[:LONGEST_QUOTE]
        raise InvalidMetadataError(f"Metadata-Version '{short}' is not a version") from error
    if version.major > NEWEST_METADATA.major:
        raise InvalidMetadataError(
            f"Metadata-Version {text} is newer than {NEWEST_METADATA}, the newest supported version"
        )
