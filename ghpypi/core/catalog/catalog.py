"""The catalog: the facts about all files, with fingerprints to detect changes cheaply.

It is published with the pages. `catalog.jsonl` has a header line, then a short line per project,
sorted by name: a fingerprint of the stores' listing of the project, and what lists of projects and
the choice of indexes need. The files of a project are in a long line, in a part of the catalog
(`parts`), which is read when it is needed. If the fingerprint is unchanged, it is not, and the
project is not rendered again, so that the cost of a run depends on the number of changed files.

A project may have no files: then its line records why all files were excluded.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from typing import Any

from packaging.utils import NormalizedName

from ghpypi.core.addresses import REPOSITORY
from ghpypi.core.catalog.checks import checked_indexes, checked_path, checked_variants
from ghpypi.core.catalog.entry import CATALOG_PATH, Entry, Line, Membership, encode
from ghpypi.core.catalog.former_format import FORMER_FORMAT, former_lines
from ghpypi.core.catalog.parts import PART_BYTES, PartReader, Parts, ReadFiles, part_text, parts_of
from ghpypi.core.model import OWN
from ghpypi.core.parsing import parse_json
from ghpypi.errors import FailedError, OldFormatError

CATALOG_FORMAT = 3

UNREAD = "0"
"""Stamp of a file that could not be read, and fingerprint of its project. Real values differ, so
that the next run reads both again."""

_LINE = re.compile(
    rb'\{"name":"([a-z0-9-]+)","fingerprint":"([0-9a-f]+)","files":([0-9]{1,15}),'
    rb'"size":([0-9]{1,15}),"digest":"([0-9a-f]+)",("origins":\[.*?),"shown":\[.*\]\}'
)


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """All projects, and digests of the settings that the published pages depend on.

    Attributes:
        pages: `SiteSettings.key` of the configuration that the pages were rendered with.
        simple: `SiteSettings.simple_key` of it; empty in old catalogs.
        rules: `SiteSettings.rules` of that configuration.
        indexes: The published indexes, main index first.
        owns: Patterns of the published paths (`core/site/ownership.py`); empty in old catalogs.
        marks: The yanks and statuses that the pages show, by subject (`Config.marks`).
        attested: Attestations were looked up of all files without provenance.
        lines: The projects, sorted by name.
        part_bytes: Size of a part with several projects at most, in bytes.
        in_parts: False where the published parts are not those that follow from the lines: the
            catalog has the former format, or is damaged.
        reader: Reads the parts; `None` if all lines are in memory.
    """

    pages: str = ""
    simple: str = ""
    rules: str = ""
    indexes: tuple[str, ...] = ()
    owns: tuple[str, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    attested: bool = False
    lines: Mapping[NormalizedName, Line] = field(default_factory=dict)
    part_bytes: int = PART_BYTES
    in_parts: bool = True
    reader: PartReader | None = field(default=None, compare=False, repr=False)

    @classmethod
    def parse(
        cls,
        text: bytes,
        *,
        source: str,
        read: ReadFiles,
        server: str | None = None,
        cheap: bool = False,
    ) -> "Catalog":
        """Read a published catalog.

        Args:
            text: The content of `catalog.jsonl`.
            source: The name of the site in error messages.
            read: Reads published files: the parts of the catalog, when they are needed.
            server: The URL of the GitHub server that all files must be on; `None` for no check, if
                URLs of files are not used.
            cheap: Reading takes neither a request nor a fetch.

        Raises:
            OldFormatError: Its format is older than the supported ones.
            FailedError: It is not a catalog, or its format is newer than the supported one.
        """
        begin = text.find(b"\n") + 1 or len(text)
        try:
            header = parse_json(text[:begin])
            _check_format(header["format"], source)
            former = header["format"] == FORMER_FORMAT
            reader = PartReader(read, source=source, server=server, cheap=cheap)
            found = former_lines(text[begin:], server) if former else _lines(text, begin, reader)
            reader.lines = lines = {line.name: line for line in found}
            reader.part_bytes = PART_BYTES if former else _size(header["part-bytes"])
            return cls(
                pages=str(header["pages"]),
                simple=str(header.get("simple", "")),
                rules=str(header["rules"]),
                indexes=checked_indexes(header["indexes"]),
                owns=tuple(map(checked_path, header.get("owns", ()))),
                marks={str(key): str(x) for key, x in header.get("marks", {}).items()},
                attested=bool(header.get("attested")),
                lines=lines,
                part_bytes=reader.part_bytes,
                in_parts=not former,
                reader=None if former else reader,
            )
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise FailedError(
                f"{CATALOG_PATH} of {source} is damaged: {error}",
                hint="rebuild everything with 'ghpypi index --full', and with --adopt if nothing "
                "of it can be read",
            ) from error

    def entries(self) -> Iterator[Entry]:
        """Read and yield all entries, one at a time."""
        for line in self.lines.values():
            yield line.entry()

    def dump(self) -> bytes:
        """Serialize `catalog.jsonl`; equal catalogs give equal bytes."""
        header = {
            "format": CATALOG_FORMAT,
            "pages": self.pages,
            "simple": self.simple,
            "rules": self.rules,
            "indexes": self.indexes,
            "owns": self.owns,
            "part-bytes": self.part_bytes,
            **({"marks": self.marks} if self.marks else {}),
            **({"attested": True} if self.attested else {}),
        }
        lines = [self.lines[name].text for name in sorted(self.lines)]
        return b"\n".join([encode(header).encode(), *lines, b""])

    @cached_property
    def parts(self) -> Parts:
        """The projects of each part, by its path."""
        return parts_of(self.lines, self.part_bytes)

    def changed_parts(self, before: "Catalog | None") -> Iterator[tuple[str, bytes]]:
        """Serialize the parts that differ from those of the published catalog.

        Args:
            before: The published catalog; `None` for all parts.

        Raises:
            PartMismatchError: The line of an unchanged project is not what is published.
        """
        known = before.parts if before and before.in_parts else {}
        for path, lines in self.parts.items():
            if [x.digest for x in known.get(path, ())] != [x.digest for x in lines]:
                yield path, part_text(lines)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Serialize everything, `catalog.jsonl` last."""
        yield from self.changed_parts(None)
        yield CATALOG_PATH, self.dump()

    def without(self, names: Iterable[str]) -> "Catalog":
        """Return the catalog without projects whose long lines are lost; its parts are not used."""
        gone: set[str] = {*names}
        lines = {name: line for name, line in self.lines.items() if name not in gone}
        return replace(self, lines=lines, in_parts=False)

    def stored(self, read: ReadFiles, source: str, *, cheap: bool = False) -> "Catalog":
        """Return the catalog as it is after it was published, without the long lines in memory.

        Args:
            read: Reads published files.
            source: The name of the site in error messages.
            cheap: Reading takes neither a request nor a fetch.
        """
        reader = PartReader(read, source=source, cheap=cheap)
        reader.part_bytes = self.part_bytes
        reader.lines = {name: x._replace(details=reader.read) for name, x in self.lines.items()}
        return replace(self, lines=reader.lines, reader=reader)


def fingerprint(stamps: Iterable[str], *, salt: str) -> str:
    """Return a digest of the stamps of a project's files, independent of their order."""
    text = "\n".join([salt, *sorted(stamps)])
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _check_format(number: Any, source: str) -> None:
    if number < FORMER_FORMAT:
        raise OldFormatError(
            f"the catalog of {source} has the older format {number}",
            hint="run 'ghpypi index' to write it in the current format",
        )
    if number > CATALOG_FORMAT:
        raise FailedError(
            f"the catalog of {source} has format {number}, this ghpypi reads {CATALOG_FORMAT}",
            hint="upgrade ghpypi, or rebuild everything with 'ghpypi index --full'",
        )


def _size(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is not a size")
    return value


def _lines(text: bytes, begin: int, reader: PartReader) -> Iterator[Line]:
    """Parse short lines without copying; equal values are parsed once."""
    view = memoryview(text)
    common: dict[bytes, tuple[tuple[str, ...], Membership]] = {}
    while begin < len(text):
        end = text.find(b"\n", begin)
        end = len(text) if end < 0 else end
        match = _LINE.fullmatch(text, begin, end)
        if not match:
            raise ValueError(f"no project in {text[begin : min(end, begin + 60)]!r}")
        name, mark, files, size, digest, values = match.groups()
        if values not in common:
            common[values] = _common(values)
        origins, membership = common[values]
        yield Line(
            NormalizedName(name.decode()), mark.decode(), int(files), int(size), digest.decode(),
            origins, membership, view[begin:end], reader.read,
        )  # fmt: skip
        begin = end + 1


def _common(values: bytes) -> tuple[tuple[str, ...], Membership]:
    """Parse the values of a short line that most projects have in common."""
    data = parse_json(b"{%s}" % values)
    for origin in data["origins"]:
        if origin != OWN and not REPOSITORY.fullmatch(origin):
            raise ValueError(f"{origin!r} is not a repository")
    indexes, variants, flawed = data["membership"]
    if not isinstance(flawed, bool):
        raise TypeError(f"{flawed!r} is neither true nor false")
    membership = Membership(checked_indexes(indexes), checked_variants(variants), flawed)
    return tuple(data["origins"]), membership
