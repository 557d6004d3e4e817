"""One project of the catalog: what is known of it, and the line that says so."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
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

FILE_NAME = "catalog.jsonl"
"""The name of the published catalog."""

encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
"""Writes a value as it is in the catalog."""


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

    def line(self, membership: Membership) -> "Line":
        """Serialize the entry."""
        name, count = self.project.name, len(self.project.files)
        written = Rows.of(self.project.files)
        data = {
            "name": name,
            "fingerprint": self.fingerprint,
            "files": count,
            "standing": membership,
            "shown": self.shown,
            "refused": _refused_rows(self.refused),
            # Most projects have neither.
            **({"remarks": _refused_rows(self.remarks)} if self.remarks else {}),
            **({"variants": written_variants(self.variants)} if self.variants else {}),
            "upstream": self.upstream,
            "shelves": written.locations,
            "releases": written.releases,
            "rows": written.rows,
        }
        shown_text = encode(self.shown).encode()
        return Line(name, self.fingerprint, count, membership, shown_text, encode(data).encode())


class Line(NamedTuple):
    """One line of the catalog, of which only the beginning is parsed.

    Attributes:
        name: The normalized name of the project.
        fingerprint: The fingerprint of its listing.
        files: The number of its files.
        membership: What decides which indexes contain it.
        shown_text: The JSON of `shown`.
        text: The whole line, without the newline. Both are views of the parsed catalog.
    """

    name: NormalizedName
    fingerprint: str
    files: int
    membership: Membership
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
            locations = read_locations(locations_text(text, 0, len(text)))
            found = (origin_of_location(str(origin), str(url)) for origin, url, *_ in locations)
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
            f"{FILE_NAME} is damaged in the line of {self.name}: {error}",
            hint="rebuild everything with 'ghpypi index --full'",
        )


def _shown(values: Iterable[Any]) -> Shown:
    return Shown._make(checked_texts(values, len(Shown._fields)))


def _refused_rows(files: Iterable[Refused]) -> list[list[str]]:
    return [[x.filename, x.where, x.reason, x.stamp] for x in files]


def _refused(values: Iterable[Any]) -> Refused:
    filename, where, reason, stamp = checked_texts(values, 4)
    return Refused(filename=filename, where=where, reason=reason, stamp=stamp)
