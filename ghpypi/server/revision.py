"""A catalog in memory, as small as it can be, with the configuration that belongs to it."""

import gzip
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog, Entry, Line, Standing
from ghpypi.core.config.config import Config
from ghpypi.core.indexes.indexes import Indexes

BATCH = 128 << 10
"""Bytes of a catalog that are read at once."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it goes out.

    Attributes:
        plain: The bytes.
        packed: The same, compressed with gzip.
        tag: Names the bytes, without quotes.
        attested: It would name provenance, if the address of this server were known.
    """

    plain: bytes
    packed: bytes
    tag: str
    attested: bool = False

    @classmethod
    def of(cls, content: bytes, *, attested: bool = False) -> "Page":
        """Make one."""
        tag = blake2b(content, digest_size=12).hexdigest()
        return cls(content, gzip.compress(content, 6, mtime=0), tag, attested)

    def __len__(self) -> int:
        """About how many bytes of memory it takes."""
        return len(self.plain) + len(self.packed) + 400


@dataclass(frozen=True, slots=True)
class Record:
    """One project: where it stands, and where its line is in the catalog.

    Of a large catalog only its bytes are kept, once; a line is read when somebody asks for it.

    Attributes:
        name: The project.
        files: How many files are known.
        standing: Where it stands.
        text: Its line.
        sign: Tells this line from others.
        origins: The repositories that its files are from.
    """

    name: NormalizedName
    files: int
    standing: Standing
    text: memoryview | bytes
    sign: bytes
    origins: tuple[str, ...]

    @classmethod
    def of(cls, line: Line, text: memoryview | bytes) -> "Record":
        """Make one of a line that was read."""
        sign = blake2b(line.text, digest_size=12).digest()
        return cls(line.name, line.files, line.standing, text, sign, line.origins)

    def entry(self) -> Entry:
        """Read all of it."""
        line = Line(self.name, "", self.files, self.standing, b"", bytes(self.text))
        return line.entry()


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A catalog and a configuration that belong together.

    Attributes:
        indexes: The indexes they make.
        records: The projects, sorted by name.
        config: The configuration.
        number: Tells it from others of the same store.
        files: How many files there are.
        origins: The repositories that they are from.
    """

    indexes: Indexes
    records: Mapping[NormalizedName, Record]
    config: Config
    number: int
    files: int
    origins: frozenset[str]

    def seen(self, record: Record, visible: Collection[str]) -> Record | None:
        """Give a project as it is without the files of some repositories.

        Args:
            record: The project.
            visible: The repositories whose files are left in.

        Returns:
            The project; `None` if no file is left.
        """
        if all(origin in visible for origin in record.origins):
            return record
        entry = record.entry()
        files = tuple(file for file in entry.project.files if file.origin in visible)
        if not files:
            return None
        project = replace(entry.project, files=files)
        line = replace(entry, project=project).line(self.indexes.stand(project))
        return Record.of(line, line.text)


def read_records(
    catalog: bytes, source: str, server: str | None
) -> Iterator[tuple[NormalizedName, Record]]:
    """Read a catalog, some lines at a time: all at once they would be in memory twice.

    Args:
        catalog: The file.
        source: Where it is from, for errors.
        server: The address of the GitHub that files of repositories have to be on; `None` for not
            to compare.

    Raises:
        FailedError: It is damaged.
    """
    view, position = memoryview(catalog), catalog.find(b"\n") + 1
    header = catalog[:position] if position else catalog
    Catalog.parse(header, source=source)
    while 0 < position < len(catalog):
        end = catalog.find(b"\n", position + BATCH) + 1 or len(catalog)
        part = Catalog.parse(header + catalog[position:end], source=source, server=server)
        for line in part.lines.values():
            text = view[position : position + len(line.text)]
            yield line.name, Record.of(line, text)
            position += len(line.text) + 1
        position = end


def make_revision(
    store: str, records: Mapping[NormalizedName, Record], config: Config, number: int
) -> Revision:
    """Put a revision together."""
    ordered = dict(sorted(records.items()))
    indexes = find_indexes(config, store, ordered)
    return Revision(
        indexes=indexes,
        records=ordered,
        config=config,
        number=number,
        files=sum(record.files for record in ordered.values()),
        origins=frozenset().union(*{record.origins for record in ordered.values()}),
    )


def find_indexes(config: Config, store: str, records: Mapping[NormalizedName, Record]) -> Indexes:
    """Find all indexes; many projects stand alike."""
    standings = {record.standing for record in records.values()}
    lines = (Line(NormalizedName(""), "", 0, each, b"", b"") for each in standings)
    return Indexes.of(config, store, lines)
