"""The catalog: the facts about all files, with fingerprints to detect changes cheaply.

It is published with the pages as `catalog.jsonl`: a header line, then one line per project, sorted
by name. Each line begins with the values that every run needs: a fingerprint of the stores' listing
of the project, and its `Standing`. If the fingerprint is unchanged, the rest of the line is not
parsed and the project not rendered again, so that the cost of a run depends on the number of
changed files.

A project line may have no files: then it records why all files were excluded.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.checks import (
    check_locations,
    checked_indexes,
    checked_path,
    checked_texts,
    checked_upstream,
    checked_variants,
    locations_text,
    read_locations,
)
from ghpypi.core.catalog.rows import Rows, check_server, origin_of_shelf
from ghpypi.core.model import Project, UpstreamFile
from ghpypi.core.parsing import parse_json
from ghpypi.core.variant_metadata import Document, read_variants, written_variants
from ghpypi.errors import FailedError, OldFormatError

CATALOG_PATH = "catalog.jsonl"
CATALOG_FORMAT = 2

UNREAD = "0"
"""Stamp of a file that could not be read, and fingerprint of its project. Real values differ, so
that the next run reads both again."""

_HEAD = re.compile(
    rb'\{"name":"([a-z0-9-]+)","fingerprint":"([0-9a-f]+)","files":([0-9]+),(.*?),"shown":(?=\[)'
)
_AFTER_SHOWN = b',"refused":['
"""This cannot be part of a JSON string, where its quotes would be escaped."""
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that is excluded from the index.

    Attributes:
        filename: Its name in the store.
        where: Store and release, for messages.
        reason: Why it is excluded.
        stamp: Its stamp at that time; the file is checked again only when the stamp changes.
    """

    filename: str
    where: str
    reason: str
    stamp: str


class Shown(NamedTuple):
    """What lists show of a project: facts about the version that its page shows.

    Attributes:
        version: The shown version; empty if there is none.
        uploaded_at: When its first file was uploaded.
        summary: The summary in its metadata.
        keywords: The keywords in its metadata, separated by spaces.
        later: A higher version of this project on the public index; empty if there is none.
    """

    version: str = ""
    uploaded_at: str = ""
    summary: str = ""
    keywords: str = ""
    later: str = ""


class Standing(NamedTuple):
    """What decides which indexes of a site contain a project.

    Attributes:
        indexes: The configured indexes that contain files of it; `""` is the main index.
        variants: The variants that its files have: their values in each dimension with `/` between
            them; an empty one is to have none, `-` to have none and
            not to be shared, `*` to fit all.
        flawed: Whether the report must mention it, such as for files that are in no index.
    """

    indexes: tuple[str, ...]
    variants: tuple[str, ...]
    flawed: bool

    @property
    def is_of_variants_only(self) -> bool:
        """Whether indexes of variants contain it, but not the main index."""
        return "" not in self.indexes and any(each.strip("/-*") for each in self.variants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The catalog entry of a project.

    Attributes:
        fingerprint: Of the listing this was made from.
        project: The files found fit.
        refused: The files found unfit.
        remarks: What is wrong with files that are offered nevertheless.
        variants: Metadata of variants, by the stamps of the files that have it.
        shown: What lists of projects show.
        upstream: What indexes elsewhere have of it, by their addresses: their files, as the
            standard's JSON describes them, for those indexes that are bases of ours.
    """

    fingerprint: str
    project: Project
    refused: tuple[Refused, ...] = ()
    remarks: tuple[Refused, ...] = ()
    variants: Mapping[str, Document] = field(default_factory=dict)
    shown: Shown = field(default_factory=Shown)
    upstream: Mapping[str, list[UpstreamFile]] = field(default_factory=dict)

    def counted_as(self, before: "Entry") -> "Entry":
        """Use the previous download counts of unchanged files, so that counts cause no write."""
        counts = {file.stamp: file.downloads for file in before.project.files}
        files = [
            file._replace(downloads=counts.get(file.stamp, file.downloads))
            for file in self.project.files
        ]
        return replace(self, project=replace(self.project, files=tuple(files)))

    def line(self, standing: Standing) -> "Line":
        """Serialize the entry."""
        name, count = self.project.name, len(self.project.files)
        written = Rows.of(self.project.files)
        data = {
            "name": name,
            "fingerprint": self.fingerprint,
            "files": count,
            "standing": standing,
            "shown": self.shown,
            "refused": _refused_rows(self.refused),
            # Most projects have neither.
            **({"remarks": _refused_rows(self.remarks)} if self.remarks else {}),
            **({"variants": written_variants(self.variants)} if self.variants else {}),
            "upstream": self.upstream,
            "shelves": written.shelves,
            "releases": written.releases,
            "rows": written.rows,
        }
        shown_text = _encode(self.shown).encode()
        return Line(name, self.fingerprint, count, standing, shown_text, _encode(data).encode())


class Line(NamedTuple):
    """One line of the catalog, of which only the beginning is parsed.

    Attributes:
        name: The normalized name of the project.
        fingerprint: The fingerprint of its listing.
        files: The number of its files.
        standing: What decides which indexes contain it.
        shown_text: The JSON of `shown`.
        text: The whole line, without the newline. Both are views of the parsed catalog.
    """

    name: NormalizedName
    fingerprint: str
    files: int
    standing: Standing
    shown_text: bytes | memoryview
    text: bytes | memoryview

    @property
    def shown(self) -> Shown:
        """What lists show of the project.

        Raises:
            FailedError: The line is damaged.
        """
        try:
            return _shown(parse_json(bytes(self.shown_text)))
        except (ValueError, TypeError) as error:
            raise self._damaged(error) from error

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins of its files, such as `OWNER/REPO`.

        Raises:
            FailedError: The line is damaged.
        """
        text = bytes(self.text)
        try:
            shelves = read_locations(locations_text(text, 0, len(text)))
            found = (origin_of_shelf(str(origin), str(url)) for origin, url, *_ in shelves)
            return tuple(dict.fromkeys(found))
        except (ValueError, TypeError, IndexError) as error:
            raise self._damaged(error) from error

    def entry(self) -> Entry:
        """Parse the whole line.

        Raises:
            FailedError: The line is damaged.
        """
        try:
            text = bytes(self.text)
            data = parse_json(text)
            check_locations(data["shelves"], read_locations(locations_text(text, 0, len(text))))
            written = Rows(data["shelves"], data["releases"], data["rows"])
            return Entry(
                fingerprint=self.fingerprint,
                project=Project(name=self.name, files=tuple(written.files(self.name))),
                refused=tuple(map(_refused, data["refused"])),
                remarks=tuple(map(_refused, data.get("remarks", ()))),
                variants=dict(read_variants(data.get("variants", {}))),
                shown=_shown(data["shown"]),
                upstream=checked_upstream(data["upstream"]),
            )
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> FailedError:
        return FailedError(
            f"{CATALOG_PATH} is damaged in the line of {self.name}: {error}",
            hint="rebuild everything with 'ghpypi index --full'",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All projects, and digests of the settings that the published pages depend on.

    Attributes:
        pages: `Look.key` of the configuration that the pages were rendered with.
        rules: `Look.rules` of that configuration.
        indexes: The published indexes, main index first.
        owns: Patterns of the published paths (`core/site/ownership.py`); empty in old catalogs.
        lines: The projects, sorted by name.
    """

    pages: str = ""
    rules: str = ""
    indexes: tuple[str, ...] = ()
    owns: tuple[str, ...] = ()
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
        }
        lines = [self.lines[name].text for name in sorted(self.lines)]
        return b"\n".join([_encode(header).encode(), *lines, b""])


def _shown(values: Iterable[Any]) -> Shown:
    return Shown._make(checked_texts(values, len(Shown._fields)))


def _refused_rows(files: Iterable[Refused]) -> list[list[str]]:
    return [[x.filename, x.where, x.reason, x.stamp] for x in files]


def _refused(values: Iterable[Any]) -> Refused:
    filename, where, reason, stamp = checked_texts(values, 4)
    return Refused(filename=filename, where=where, reason=reason, stamp=stamp)


def fingerprint(stamps: Iterable[str], *, salt: str) -> str:
    """Return a digest of the stamps of a project's files, independent of their order."""
    text = "\n".join([salt, *sorted(stamps)])
    return blake2b(text.encode(), digest_size=16).hexdigest()


class _Reader:
    """Parses the beginnings of lines without copying; equal `Standing`s are parsed once."""

    def __init__(self, text: bytes, server: str | None) -> None:
        self._text = text
        self._server = server
        self._checked: set[bytes] = set()
        self._view = memoryview(text)
        self._standings: dict[bytes, Standing] = {}

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
        name, mark, files, standing_text = match.groups()
        standing = self._standings.get(standing_text)
        if standing is None:
            indexes, variants, flawed = parse_json(standing_text.removeprefix(b'"standing":'))
            if not isinstance(flawed, bool):
                raise TypeError(f"{flawed!r} is neither true nor false")
            standing = Standing(checked_indexes(indexes), checked_variants(variants), flawed)
            self._standings[standing_text] = standing
        after = self._text.index(_AFTER_SHOWN, match.end(), end)
        self._check_server(after, end)
        return Line(
            NormalizedName(name.decode()),
            mark.decode(),
            int(files),
            standing,
            self._view[match.end() : after],
            self._view[begin:end],
        )

    def _check_server(self, begin: int, end: int) -> None:
        """Check the host of all files of a line; cached, because most lines have the same."""
        if self._server is None:
            return
        shelves = locations_text(self._text, begin, end)
        if shelves not in self._checked:
            check_server(read_locations(shelves), self._server)
            self._checked.add(shelves)
