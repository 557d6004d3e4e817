"""One project of the catalog: its facts, and the two lines that they are written to.

A short line in `catalog.jsonl` has what every index run and every list of projects needs; the long
line, in a part of the catalog (`parts`), has the files. The short line has the size and the digest
of the long one, so that a reader notices when the two do not belong together.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.checks import (
    check_locations,
    checked_texts,
    checked_upstream,
    locations_text,
    read_locations,
)
from ghpypi.core.catalog.rows import Rows, origin_of_location
from ghpypi.core.model import Project, UpstreamFile
from ghpypi.core.parsing import parse_json
from ghpypi.core.variant_metadata import Document, read_variants, written_variants
from ghpypi.errors import FailedError

CATALOG_PATH = "catalog.jsonl"
"""The path of the first file of the published catalog."""

SHOWN = b',"shown":'
"""What a short line has before its last value. It cannot be part of a JSON string, where quotes are
escaped."""

REQUIRES = b',"requires":'
"""What a long line has before the names of required projects, which have no brackets."""

encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
"""Writes a value as it is in the catalog."""


class Refused(NamedTuple):
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

    @classmethod
    def parse(cls, values: Iterable[Any]) -> "Shown":
        """Parse the values of a short line.

        Raises:
            ValueError, TypeError: The line is damaged.
        """
        return cls._make(checked_texts(values, len(cls._fields)))


class Membership(NamedTuple):
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
        upstream: Its files in upstream indexes, by the URLs of those indexes, as the JSON of the
            Simple API describes them.
        requires: The normalized names of the projects that its shown version requires, sorted.
    """

    fingerprint: str
    project: Project
    refused: tuple[Refused, ...] = ()
    remarks: tuple[Refused, ...] = ()
    variants: Mapping[str, Document] = field(default_factory=dict)
    shown: Shown = field(default_factory=Shown)
    upstream: Mapping[str, list[UpstreamFile]] = field(default_factory=dict)
    requires: tuple[str, ...] = ()

    @classmethod
    def parse(
        cls, name: NormalizedName, fingerprint: str, data: Mapping[str, Any], shown: "Shown"
    ) -> "Entry":
        """Parse the values of a long line.

        Args:
            name: The project.
            fingerprint: The fingerprint of its listing.
            data: The JSON.
            shown: What lists of projects show.

        Raises:
            ValueError, KeyError, TypeError, IndexError, AttributeError: The line is damaged.
        """
        written = Rows(data["locations"], data["releases"], data["rows"])
        return cls(
            fingerprint=fingerprint,
            project=Project(name=name, files=tuple(written.files(name))),
            refused=tuple(map(_refused, data["refused"])),
            remarks=tuple(map(_refused, data.get("remarks", ()))),
            variants=dict(read_variants(data.get("variants", {}))),
            shown=shown,
            upstream=checked_upstream(data["upstream"]),
            requires=_required(data.get("requires", ())),
        )

    def counted_as(self, before: "Entry") -> "Entry":
        """Use the previous download counts of unchanged files, so that counts cause no write."""
        counts = {file.stamp: file.downloads for file in before.project.files}
        files = [
            file._replace(downloads=counts.get(file.stamp, file.downloads))
            for file in self.project.files
        ]
        return replace(self, project=replace(self.project, files=tuple(files)))

    def line(self, membership: Membership) -> "Line":
        """Serialize the entry."""
        name, count = self.project.name, len(self.project.files)
        written = Rows.of(self.project.files)
        long = {
            "name": name,
            **({"requires": self.requires} if self.requires else {}),
            "refused": _refused_rows(self.refused),
            # Most projects have neither.
            **({"remarks": _refused_rows(self.remarks)} if self.remarks else {}),
            **({"variants": written_variants(self.variants)} if self.variants else {}),
            "upstream": self.upstream,
            "locations": written.locations,
            "releases": written.releases,
            "rows": written.rows,
        }
        details = encode(long).encode()
        origins, size, digest = origins_of(written.locations), len(details), digest_of(details)
        short = {
            "name": name,
            "fingerprint": self.fingerprint,
            "files": count,
            "size": size,
            "digest": digest,
            "origins": origins,
            "membership": membership,
            "shown": self.shown,
        }
        return Line(
            name=name,
            fingerprint=self.fingerprint,
            files=count,
            size=size,
            digest=digest,
            origins=origins,
            membership=membership,
            text=encode(short).encode(),
            details=details,
        )


class Line(NamedTuple):
    """One project of the catalog, whose files are read and parsed when they are needed.

    Attributes:
        name: The normalized name of the project.
        fingerprint: The fingerprint of its listing.
        files: The number of its files.
        size: The size of the long line, in bytes.
        digest: The digest of the long line.
        origins: The origins of its files, such as `OWNER/REPO`.
        membership: What decides which indexes contain it.
        text: The short line, without the newline. It may be a view of the parsed catalog.
        details: The long line, without the newline; or a function that reads it, which raises
            `PartMismatchError` if what is published is not the line with the digest, and
            `FailedError` if it is damaged.
    """

    name: NormalizedName
    fingerprint: str
    files: int
    size: int
    digest: str
    origins: tuple[str, ...]
    membership: Membership
    text: bytes | memoryview
    details: "bytes | Callable[[Line], bytes]"

    @property
    def shown(self) -> Shown:
        """What lists show of the project.

        Raises:
            FailedError: The line is damaged.
        """
        try:
            _, _, shown = bytes(self.text).partition(SHOWN)
            return Shown.parse(parse_json(shown[:-1]))
        except (ValueError, TypeError) as error:
            raise self.damaged(error) from error

    def long_text(self) -> bytes:
        """Return the long line, without the newline.

        Raises:
            PartMismatchError: What is published is not the line with the digest.
            FailedError: It is damaged.
        """
        return self.details if isinstance(self.details, bytes) else self.details(self)

    def requires(self) -> tuple[str, ...]:
        """Return the projects that its shown version requires, without parsing the other facts.

        Raises:
            PartMismatchError: What is published is not the line with the digest.
            FailedError: The line is damaged.
        """
        text = self.long_text()
        begin = text.find(REQUIRES)
        if begin < 0:
            return ()
        try:
            return _required(parse_json(text[begin + len(REQUIRES) : text.index(b"]", begin) + 1]))
        except (ValueError, TypeError) as error:
            raise self.damaged(error) from error

    def entry(self) -> Entry:
        """Read and parse all facts.

        Raises:
            PartMismatchError: What is published is not the line with the digest.
            FailedError: The line is damaged.
        """
        text = self.long_text()
        try:
            data = parse_json(text)
            check_locations(data["locations"], read_locations(locations_text(text)))
            return Entry.parse(self.name, self.fingerprint, data, self.shown)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise self.damaged(error) from error

    def damaged(self, error: Exception) -> FailedError:
        """Return the error for a line that has values which it cannot have."""
        return FailedError(
            f"the catalog is damaged in the line of {self.name}: {error}",
            hint="rebuild everything with 'ghpypi index --full'",
        )


def digest_of(details: bytes) -> str:
    """Return the digest of a long line."""
    return blake2b(details, digest_size=16).hexdigest()


def origins_of(locations: Iterable[Iterable[Any]]) -> tuple[str, ...]:
    """Return the origins of files, from their locations."""
    found = (origin_of_location(str(origin), str(url)) for origin, url, *_ in locations)
    return tuple(dict.fromkeys(found))


def _required(values: Any) -> tuple[str, ...]:
    """Check the names of required projects.

    Raises:
        ValueError, TypeError: They are no names.
    """
    names = checked_texts(values, len(values))
    if any("]" in name for name in names):
        raise ValueError(f"{values!r} are not names of projects")
    return names


def _refused_rows(files: Iterable[Refused]) -> list[list[str]]:
    return [[x.filename, x.where, x.reason, x.stamp] for x in files]


def _refused(values: Iterable[Any]) -> Refused:
    filename, where, reason, stamp = checked_texts(values, 4)
    return Refused(filename=filename, where=where, reason=reason, stamp=stamp)
