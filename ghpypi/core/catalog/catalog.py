"""The catalog: everything known of all files, and the cheap way to see what changed.

It is published beside the pages as `catalog.jsonl`: a header line, then one line for each
project, sorted by name. Each line begins with what is needed of every project in every run: a
fingerprint of what the stores listed when it was written, and where the project stands. A project
whose fingerprint is unchanged is neither read further nor rendered again, so that one new file
among a hundred thousand costs what one file costs.

A project line can hold no files at all: then it remembers why the ones found were refused.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.checks import (
    check_shelves,
    checked_indexes,
    checked_path,
    checked_texts,
    checked_upstream,
    checked_variants,
    read_shelves,
    shelves_text,
)
from ghpypi.core.catalog.rows import Rows, check_server, origin_of_shelf
from ghpypi.core.model import Project, UpstreamFile
from ghpypi.core.parsing import parse_json
from ghpypi.errors import FailedError, OldFormatError

CATALOG_PATH = "catalog.jsonl"
CATALOG_FORMAT = 2

UNREAD = "0"
"""Stamp of a file that could not be read, and fingerprint of its project: no real one is equal,
so that the next run reads both again."""

_HEAD = re.compile(
    rb'\{"name":"([a-z0-9-]+)","fingerprint":"([0-9a-f]+)","files":([0-9]+),(.*?),"shown":(?=\[)'
)
_AFTER_SHOWN = b',"refused":['
"""Stands in no text of JSON: there its quotes would be escaped."""
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that was found and is not offered.

    Attributes:
        filename: Its name in the store.
        where: Store and release, for people.
        reason: Why.
        stamp: The stamp it was judged by; judged again only when that changes.
    """

    filename: str
    where: str
    reason: str
    stamp: str


class Shown(NamedTuple):
    """What lists of projects show of one: facts of the version its page is about.

    Attributes:
        version: That version; empty if there is none.
        uploaded_at: When its first file arrived.
        summary: One line of its metadata.
        keywords: Of its metadata, with spaces between them.
        later: A higher version that the public index has of this name; empty if it has none.
    """

    version: str = ""
    uploaded_at: str = ""
    summary: str = ""
    keywords: str = ""
    later: str = ""


class Standing(NamedTuple):
    """Where a project stands among the indexes of a site.

    Attributes:
        indexes: The indexes by configuration that hold some of it; `""` is the main one.
        variants: The variants that its files have: their values in each dimension with `/` between
            them; an empty one is to have none, `-` to have none and
            not to be shared, `*` to fit all.
        flawed: Some of its files are left out somewhere, and the report has to tell.
    """

    indexes: tuple[str, ...]
    variants: tuple[str, ...]
    flawed: bool

    @property
    def is_of_variants_only(self) -> bool:
        """Whether the main index has no file of it, and indexes of variants have."""
        return "" not in self.indexes and any(each.strip("/-*") for each in self.variants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of one project.

    Attributes:
        fingerprint: Of the listing this was made from.
        project: The files found fit.
        refused: The files found unfit.
        remarks: What is wrong with files that are offered nevertheless.
        shown: What lists of projects show.
        upstream: What indexes elsewhere have of it, by their addresses: their files, as the
            standard's JSON describes them, for those indexes that are bases of ours.
    """

    fingerprint: str
    project: Project
    refused: tuple[Refused, ...] = ()
    remarks: tuple[Refused, ...] = ()
    shown: Shown = field(default_factory=Shown)
    upstream: Mapping[str, list[UpstreamFile]] = field(default_factory=dict)

    def counted_as(self, before: "Entry") -> "Entry":
        """Take over the counts of files that are the same: alone they are no reason to write."""
        counts = {file.stamp: file.downloads for file in before.project.files}
        files = [
            file._replace(downloads=counts.get(file.stamp, file.downloads))
            for file in self.project.files
        ]
        return replace(self, project=replace(self.project, files=tuple(files)))

    def line(self, standing: Standing) -> "Line":
        """Write it down."""
        name, count = self.project.name, len(self.project.files)
        written = Rows.of(self.project.files)
        data = {
            "name": name,
            "fingerprint": self.fingerprint,
            "files": count,
            "standing": standing,
            "shown": self.shown,
            "refused": [[x.filename, x.where, x.reason, x.stamp] for x in self.refused],
            "remarks": [[x.filename, x.where, x.reason, x.stamp] for x in self.remarks],
            "upstream": self.upstream,
            "shelves": written.shelves,
            "releases": written.releases,
            "rows": written.rows,
        }
        told = _encode(self.shown).encode()
        return Line(name, self.fingerprint, count, standing, told, _encode(data).encode())


class Line(NamedTuple):
    """One line of the catalog, read only as far as it has to be.

    Attributes:
        name: The project.
        fingerprint: Of the listing it was made from.
        files: How many files are known.
        standing: Where the project stands.
        told: What lists show of it, as it is written.
        text: The whole line, without its end. Both are views of the catalog they were read from.
    """

    name: NormalizedName
    fingerprint: str
    files: int
    standing: Standing
    told: bytes | memoryview
    text: bytes | memoryview

    @property
    def shown(self) -> Shown:
        """What lists show of it.

        Raises:
            FailedError: It is damaged.
        """
        try:
            return _shown(parse_json(bytes(self.told)))
        except (ValueError, TypeError) as error:
            raise self._damaged(error) from error

    @property
    def origins(self) -> tuple[str, ...]:
        """The stores that its files are from, such as `OWNER/REPO`.

        Raises:
            FailedError: It is damaged.
        """
        text = bytes(self.text)
        try:
            shelves = read_shelves(shelves_text(text, 0, len(text)))
            found = (origin_of_shelf(str(origin), str(url)) for origin, url, *_ in shelves)
            return tuple(dict.fromkeys(found))
        except (ValueError, TypeError, IndexError) as error:
            raise self._damaged(error) from error

    def entry(self) -> Entry:
        """Read it whole.

        Raises:
            FailedError: It is damaged.
        """
        try:
            text = bytes(self.text)
            data = parse_json(text)
            check_shelves(data["shelves"], read_shelves(shelves_text(text, 0, len(text))))
            written = Rows(data["shelves"], data["releases"], data["rows"])
            return Entry(
                fingerprint=self.fingerprint,
                project=Project(name=self.name, files=tuple(written.files(self.name))),
                refused=tuple(map(_refused, data["refused"])),
                remarks=tuple(map(_refused, data.get("remarks", ()))),
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
    """All projects, and the digest of everything but files that decides how pages look.

    Attributes:
        pages: `Look.key` of the configuration the published pages were made with.
        rules: `Look.rules` of that configuration.
        indexes: The indexes that were published, main index first.
        owns: The paths that were published (`core/site/ownership.py`); empty if it was
            not recorded yet.
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
            text: The file.
            source: Where it is from, for the error.
            server: The address of the GitHub that files of repositories have to be on; `None`
                where addresses of files are not used.

        Raises:
            OldFormatError: It was written by an older ghpypi.
            FailedError: It is not a catalog, or was written by a newer ghpypi.
        """
        begin = text.find(b"\n") + 1 or len(text)
        try:
            header = parse_json(text[:begin])
            if header["format"] < CATALOG_FORMAT:
                raise OldFormatError(
                    f"the catalog of {source} has the older format {header['format']}",
                    hint="run 'ghpypi index', which writes it anew",
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
        """Read everything, one project at a time."""
        for line in self.lines.values():
            yield line.entry()

    def dump(self) -> bytes:
        """Write it down; equal catalogs give equal bytes."""
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


def _refused(values: Iterable[Any]) -> Refused:
    filename, where, reason, stamp = checked_texts(values, 4)
    return Refused(filename=filename, where=where, reason=reason, stamp=stamp)


def fingerprint(stamps: Iterable[str], *, salt: str) -> str:
    """Digest what a store lists of one project, in whatever order it lists it."""
    text = "\n".join([salt, *sorted(stamps)])
    return blake2b(text.encode(), digest_size=16).hexdigest()


class _Reader:
    """Reads the beginnings of lines, and copies none; most projects stand like others."""

    def __init__(self, text: bytes, server: str | None) -> None:
        self._text = text
        self._server = server
        self._checked: set[bytes] = set()
        self._view = memoryview(text)
        self._standings: dict[bytes, Standing] = {}

    def lines(self, begin: int) -> Iterator[Line]:
        """Read all lines from a place on."""
        while begin < len(self._text):
            end = self._text.find(b"\n", begin)
            end = len(self._text) if end < 0 else end
            yield self._line(begin, end)
            begin = end + 1

    def _line(self, begin: int, end: int) -> Line:
        match = _HEAD.match(self._text, begin, end)
        if not match:
            raise ValueError(f"no project in {self._text[begin : min(end, begin + 60)]!r}")
        name, mark, files, told = match.groups()
        standing = self._standings.get(told)
        if standing is None:
            indexes, variants, flawed = parse_json(told.removeprefix(b'"standing":'))
            if not isinstance(flawed, bool):
                raise TypeError(f"{flawed!r} is neither true nor false")
            standing = Standing(checked_indexes(indexes), checked_variants(variants), flawed)
            self._standings[told] = standing
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
        """Check the host of all files of a line; most lines name the same ones."""
        if self._server is None:
            return
        shelves = shelves_text(self._text, begin, end)
        if shelves not in self._checked:
            check_server(read_shelves(shelves), self._server)
            self._checked.add(shelves)
