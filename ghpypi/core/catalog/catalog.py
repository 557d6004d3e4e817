"""The catalog: the facts about all files, with fingerprints to detect changes cheaply.

It is published with the pages as `catalog.jsonl`: a header line, then one line per project, sorted
by name. Each line begins with the values that every run needs: a fingerprint of the stores' listing
of the project, and its `Membership`. If the fingerprint is unchanged, the rest of the line is not
parsed and the project not rendered again, so that the cost of a run depends on the number of
changed files.

A project line may have no files: then it records why all files were excluded.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from packaging.utils import NormalizedName

from ghpypi.core.catalog.checks import (
    checked_indexes,
    checked_path,
    checked_variants,
    locations_text,
    read_locations,
)
from ghpypi.core.catalog.entry import FILE_NAME, Entry, Line, Membership, encode
from ghpypi.core.catalog.rows import check_server
from ghpypi.core.parsing import parse_json
from ghpypi.errors import FailedError, OldFormatError

CATALOG_PATH = FILE_NAME
CATALOG_FORMAT = 2

UNREAD = "0"
"""Stamp of a file that could not be read, and fingerprint of its project. Real values differ, so
that the next run reads both again."""

_HEAD = re.compile(
    rb'\{"name":"([a-z0-9-]+)","fingerprint":"([0-9a-f]+)","files":([0-9]+),(.*?),"shown":(?=\[)'
)
_AFTER_SHOWN = b',"refused":['
"""This cannot be part of a JSON string, where its quotes would be escaped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All projects, and digests of the settings that the published pages depend on.

    Attributes:
        pages: `SiteSettings.key` of the configuration that the pages were rendered with.
        rules: `SiteSettings.rules` of that configuration.
        indexes: The published indexes, main index first.
        owns: Patterns of the published paths (`core/site/ownership.py`); empty in old catalogs.
        marks: The yanks and statuses that the pages show, by subject (`Config.marks`).
        lines: The projects, sorted by name.
    """

    pages: str = ""
    rules: str = ""
    indexes: tuple[str, ...] = ()
    owns: tuple[str, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[NormalizedName, Line] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: bytes, *, source: str, server: str | None = None) -> "Catalog":
        """Read a published catalog.

        Args:
            text: The content of `catalog.jsonl`.
            source: The name of the site in error messages.
            server: The URL of the GitHub server that all files must be on; `None` for no check, if
                URLs of files are not used.

        Raises:
            OldFormatError: Its format is older than the supported one.
            FailedError: It is not a catalog, or its format is newer than the supported one.
        """
        begin = text.find(b"\n") + 1 or len(text)
        try:
            header = parse_json(text[:begin])
            if header["format"] < CATALOG_FORMAT:
                raise OldFormatError(
                    f"the catalog of {source} has the older format {header['format']}",
                    hint="run 'ghpypi index' to write it in the current format",
                )
            if header["format"] > CATALOG_FORMAT:
                raise FailedError(
                    f"the catalog of {source} has format {header['format']}, "
                    f"this ghpypi reads {CATALOG_FORMAT}",
                    hint="upgrade ghpypi, or rebuild everything with 'ghpypi index --full'",
                )
            lines = {line.name: line for line in _Reader(text, server).lines(begin)}
            return cls(
                pages=str(header["pages"]),
                rules=str(header["rules"]),
                indexes=checked_indexes(header["indexes"]),
                owns=tuple(map(checked_path, header.get("owns", ()))),
                marks={str(key): str(x) for key, x in header.get("marks", {}).items()},
                lines=lines,
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise FailedError(
                f"{CATALOG_PATH} of {source} is damaged: {error}",
                hint="rebuild everything with 'ghpypi index --full'",
            ) from error

    def entries(self) -> Iterator[Entry]:
        """Parse and yield all entries, one at a time."""
        for line in self.lines.values():
            yield line.entry()

    def dump(self) -> bytes:
        """Serialize the catalog; equal catalogs give equal bytes."""
        header = {
            "format": CATALOG_FORMAT,
            "pages": self.pages,
            "rules": self.rules,
            "indexes": self.indexes,
            "owns": self.owns,
            **({"marks": self.marks} if self.marks else {}),
        }
        lines = [self.lines[name].text for name in sorted(self.lines)]
        return b"\n".join([encode(header).encode(), *lines, b""])


def fingerprint(stamps: Iterable[str], *, salt: str) -> str:
    """Return a digest of the stamps of a project's files, independent of their order."""
    text = "\n".join([salt, *sorted(stamps)])
    return blake2b(text.encode(), digest_size=16).hexdigest()


class _Reader:
    """Parses the beginnings of lines without copying; equal `Membership`s are parsed once."""

    def __init__(self, text: bytes, server: str | None) -> None:
        self._text = text
        self._server = server
        self._checked: set[bytes] = set()
        self._view = memoryview(text)
        self._memberships: dict[bytes, Membership] = {}

    def lines(self, begin: int) -> Iterator[Line]:
        """Yield all lines from a position on."""
        while begin < len(self._text):
            end = self._text.find(b"\n", begin)
            end = len(self._text) if end < 0 else end
            yield self._line(begin, end)
            begin = end + 1

    def _line(self, begin: int, end: int) -> Line:
        match = _HEAD.match(self._text, begin, end)
        if not match:
            raise ValueError(f"no project in {self._text[begin : min(end, begin + 60)]!r}")
        name, mark, files, membership_text = match.groups()
        membership = self._memberships.get(membership_text)
        if membership is None:
            indexes, variants, flawed = parse_json(membership_text.removeprefix(b'"standing":'))
            if not isinstance(flawed, bool):
                raise TypeError(f"{flawed!r} is neither true nor false")
            membership = Membership(checked_indexes(indexes), checked_variants(variants), flawed)
            self._memberships[membership_text] = membership
        after = self._text.index(_AFTER_SHOWN, match.end(), end)
        self._check_server(after, end)
        return Line(
            NormalizedName(name.decode()),
            mark.decode(),
            int(files),
            membership,
            self._view[match.end() : after],
            self._view[begin:end],
        )

    def _check_server(self, begin: int, end: int) -> None:
        """Check the host of all files of a line; cached, because most lines have the same."""
        if self._server is None:
            return
        locations = locations_text(self._text, begin, end)
        if locations not in self._checked:
            check_server(read_locations(locations), self._server)
            self._checked.add(locations)
