"""A catalog in memory, in a compact form, together with its configuration."""

import gzip
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import SHOWN, Entry, Line, Membership, Shown, encode
from ghpypi.core.config.config import Config
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.errors import PartMismatchError, TryLaterError
from ghpypi.server.page_locations import PageLocations

_NOT_SHOWN = SHOWN + encode(Shown()).encode() + b"}"
"""The end of a short line without what no page of installers shows."""


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page.

    Attributes:
        plain: The content.
        compressed: The content compressed with gzip.
        tag: The entity tag, without quotes.
        has_provenance: Whether it has files with provenance, whose URLs depend on the server's
            address.
    """

    plain: bytes
    compressed: bytes
    tag: str
    has_provenance: bool = False

    @classmethod
    def of(cls, content: bytes, *, has_provenance: bool = False) -> "Page":
        """Make one."""
        tag = blake2b(content, digest_size=12).hexdigest()
        return cls(content, gzip.compress(content, 6, mtime=0), tag, has_provenance)

    def __len__(self) -> int:
        """Return its approximate size in memory, in bytes."""
        return len(self.plain) + len(self.compressed) + 400


class Record(NamedTuple):
    """One project of the catalog, with its unparsed line.

    To save memory, lines of a large catalog are kept as bytes, and parsed when they are needed.

    Attributes:
        name: The normalized name of the project.
        files: The number of its files.
        membership: What decides which indexes contain it.
        digest: The digest of the long line.
        text: The long line; `None` if what is published is another one.
        fingerprint: A digest of the short line.
        origins: The repositories of its files.
    """

    name: NormalizedName
    files: int
    membership: Membership
    digest: str
    text: bytes | None
    fingerprint: bytes
    origins: tuple[str, ...]

    @classmethod
    def of(cls, line: Line, known: "Record | None" = None) -> "Record":
        """Create a record from a line.

        Args:
            line: The line, of which the long line is read if it is not known.
            known: What was known of the project so far.
        """
        text = known.text if known and known.digest == line.digest else None
        if text is None:
            with suppress(PartMismatchError):
                text = line.long_text()
        fingerprint = blake2b(line.text, digest_size=12).digest()
        return cls(
            line.name, line.files, line.membership, line.digest, text, fingerprint, line.origins
        )  # fmt: skip

    def entry(self) -> Entry:
        """Parse the long line.

        Raises:
            TryLaterError: What is published is another one.
        """
        if self.text is None:
            raise TryLaterError(
                f"the files of {self.name} cannot be read: the published catalog is incomplete",
                hint="run 'ghpypi index'",
            )
        line = Line(
            self.name, "", self.files, len(self.text), self.digest, self.origins, self.membership,
            _NOT_SHOWN, self.text,
        )  # fmt: skip
        return line.entry()


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A catalog together with its configuration.

    Attributes:
        indexes: The indexes that follow from both.
        records: The projects, sorted by name.
        config: The configuration.
        number: Increases with each revision of a store.
        files: The number of files.
        origins: The repositories of all files.
    """

    indexes: Indexes
    records: Mapping[NormalizedName, Record]
    config: Config
    number: int
    files: int
    origins: frozenset[str]

    @cached_property
    def locations(self) -> PageLocations:
        """The paths of the indexes, below the store."""
        return PageLocations.of(self.indexes.names, self.config.index.paths)

    def visible_part(self, record: Record, visible: Collection[str]) -> Record | None:
        """Return a project without the files of repositories that the caller may not see.

        Args:
            record: The project.
            visible: The repositories whose files are included.

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
        line = replace(entry, project=project).line(self.indexes.membership(project))
        return Record.of(line)


def read_records(
    catalog: Catalog, known: Mapping[NormalizedName, Record]
) -> dict[NormalizedName, Record]:
    """Read a published catalog, but for the long lines that are known.

    The lines of a project may not belong together while an index run is publishing. Until they do,
    the project is what it was before.

    Args:
        catalog: The catalog.
        known: What was read before.

    Raises:
        FailedError: The catalog is damaged.
    """
    records = {}
    for name, line in catalog.lines.items():
        before = known.get(name)
        record = Record.of(line, before)
        records[name] = before if before and record.text is None else record
    return records


def make_revision(
    store: str, records: Mapping[NormalizedName, Record], config: Config, number: int
) -> Revision:
    """Create a revision from parsed records."""
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
    """Return all indexes; projects with equal `Membership` are processed once."""
    memberships = {record.membership for record in records.values()}
    return Indexes.of_memberships(config, store, memberships)
