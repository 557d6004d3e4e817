"""Core metadata: what a distribution says of itself, as far as an index and its pages need it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier
from packaging.version import InvalidVersion, Version

from ghpypi.core.metadata_text import MetadataText
from ghpypi.core.names import InvalidFilenameError
from ghpypi.core.parsing import LONGEST_QUOTE, parse_specifiers, parse_version
from ghpypi.core.quantities import count_of
from ghpypi.errors import GhpypiError

LONGEST_REASON = 500
"""Characters at most of a reason to leave a file out."""

NEWEST_METADATA = Version("2.6")

HEADERS_LIMIT = 20_000
"""Lines of fields. Each is held as a string, and read once for every field that there could be."""

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


class InvalidMetadataError(ValueError):
    """The metadata cannot be read, or no installer can use its file; the message says why.

    The message may quote the file, and the catalog remembers it, so it is cut off.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message[:LONGEST_REASON])


@contextmanager
def content_faults() -> Iterator[None]:
    """Take whatever the content of a file does to the code that reads it for a fault of the file.

    What libraries raise for content that was made to break them has no list, and one such file
    must not end an index run, an upload or a server for all others.

    Raises:
        InvalidMetadataError: Anything was raised but our own errors and those of the system.
    """
    try:
        yield
    except (GhpypiError, OSError, MemoryError, InvalidMetadataError, InvalidFilenameError):
        raise
    except Exception as error:
        reason = f"it cannot be read ({type(error).__name__}: {error})"
        raise InvalidMetadataError(reason) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What an index needs of a METADATA or PKG-INFO file.

    Attributes:
        name: The project name as its author writes it.
        version: The version as written.
        requires_python: The specifier, or `None`.
        summary: One line, or empty.
        keywords: What to find it by.
        author: Author or maintainer as written: a name, an address, or several of both.
        license: The license expression (PEP 639), or else the text of the older field.
        requires_dist: The dependencies (PEP 508).
        provides_extra: The names of its extras.
        classifiers: The trove classifiers.
        project_urls: Labels and addresses, the home page first.
        description: The long description, in the markup that its content type names.
        description_content_type: Such as `text/markdown; variant=GFM`; empty is plain or rst.
        utf8: The file is UTF-8, as the specification demands; else it was read as Latin-1.
        faults: What is wrong with fields that no installer reads strictly.
    """

    name: str
    version: str
    requires_python: str | None
    summary: str
    keywords: tuple[str, ...] = ()
    author: str = ""
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
        """Read a METADATA or PKG-INFO file.

        Raises:
            InvalidMetadataError: A required field is missing, the file is no metadata, or its
                Metadata-Version has a greater major version than ours: the specification demands
                that such files are refused.
        """
        found = _read(text)
        _check_metadata_version(_required(found.metadata_version, "Metadata-Version"))
        return cls(
            name=_required(found.name, "Name"),
            version=_required(found.version, "Version"),
            requires_python=found.requires_python or None,
            summary=found.summary or "",
            keywords=_keywords(found.keywords or ""),
            author=found.author
            or found.author_email
            or found.maintainer
            or found.maintainer_email
            or "",
            license=found.license_expression or found.license or "",
            requires_dist=tuple(found.requires_dist),
            provides_extra=tuple(found.provides_extras),
            classifiers=tuple(found.classifiers),
            project_urls=_project_urls(found),
            description=found.description or "",
            description_content_type=found.description_content_type or "",
            utf8=_is_utf8(text),
            faults=tuple(found.faults()),
        )

    @property
    def valid_requires_python(self) -> str | None:
        """Requires-Python, if it is a version specifier (PEP 440)."""
        try:
            parse_specifiers(self.requires_python or "")
        except InvalidSpecifier:
            return None
        return self.requires_python


def _read(text: bytes) -> MetadataText:
    end = _END_OF_HEADERS.search(text)
    headers = text[: end.start()] if end else text
    if max(headers.count(b"\n"), headers.count(b"\r")) > HEADERS_LIMIT:
        raise InvalidMetadataError(
            f"its metadata has more than {count_of(HEADERS_LIMIT, 'line')} of fields"
        )
    try:
        return MetadataText(text)
    except Exception as error:  # the parser for e-mail behind it has bugs
        raise InvalidMetadataError(f"its metadata cannot be read ({error})") from error


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _keywords(text: str) -> tuple[str, ...]:
    """Take a list apart: commas separate, says the specification, but spaces often do."""
    words = text.split(",") if "," in text else text.split()
    return tuple(dict.fromkeys(stripped for word in words if (stripped := word.strip())))


def _project_urls(found: MetadataText) -> tuple[tuple[str, str], ...]:
    urls = {}  # by address: the older fields often repeat what the newer one says
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
    """Compare labels as the specification does: letters and digits alone count."""
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
            f"Metadata-Version {text} is newer than {NEWEST_METADATA}, the newest that can be read"
        )
