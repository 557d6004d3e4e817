"""The catalog: everything known of all files, and the cheap way to see what changed.

It is published beside the pages as `catalog.jsonl`: a header line, then one line for each
project, sorted by name. Each line begins with a fingerprint of what the stores listed when it was
written. A project whose fingerprint is unchanged is neither parsed nor rendered again, so that
one new file among a hundred thousand costs what one file costs.

A project line can hold no files at all: then it remembers why the ones found were refused.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from operator import attrgetter

from packaging.utils import NormalizedName

from ghpypi.core.model import File, Project
from ghpypi.errors import FailedError

CATALOG_PATH = "catalog.jsonl"
CATALOG_FORMAT = 1

_PREFIX = re.compile(
    rb'\{"name":"([a-z0-9-]+)","fingerprint":"([0-9a-f]+)",'
    rb'"count":([0-9]+),"refused":\[(\])?'
)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of one project.

    Attributes:
        fingerprint: Of the listing this was made from.
        project: The files offered.
        refused: The files not offered.
    """

    fingerprint: str
    project: Project
    refused: tuple[Refused, ...] = ()

    def line(self) -> "Line":
        """Write it down."""
        name = self.project.name
        refused = [[x.filename, x.where, x.reason, x.stamp] for x in self.refused]
        count = len(self.project.files)
        head = {
            "name": name,
            "fingerprint": self.fingerprint,
            "count": count,
            "refused": refused,
        }
        rows = _encode(self.project.files)
        text = f'{_encode(head)[:-1]},"files":{rows}}}'
        return Line(
            name=name,
            fingerprint=self.fingerprint,
            count=count,
            blemished=bool(refused),
            text=text.encode(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the catalog, read only as far as it has to be.

    Attributes:
        name: The project.
        fingerprint: Of the listing it was made from.
        count: How many files are offered.
        blemished: Some files were refused.
        text: The whole line, without its end.
    """

    name: NormalizedName
    fingerprint: str
    count: int
    blemished: bool
    text: bytes

    def entry(self) -> Entry:
        """Read it whole.

        Raises:
            FailedError: It is damaged.
        """
        try:
            data = json.loads(self.text)
            return Entry(
                fingerprint=self.fingerprint,
                project=Project(name=self.name, files=tuple(map(File._make, data["files"]))),
                refused=tuple(
                    Refused(filename=filename, where=where, reason=reason, stamp=stamp)
                    for filename, where, reason, stamp in data["refused"]
                ),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise FailedError(
                f"{CATALOG_PATH} is damaged in the line of {self.name}: {error}",
                hint="rebuild everything with 'ghpypi index --full'",
            ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All projects, and the digest of everything but files that decides how pages look.

    Attributes:
        pages: `render_key` of the configuration the published pages were made with.
        lines: The projects, sorted by name.
    """

    pages: str = ""
    lines: Mapping[NormalizedName, Line] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: bytes, *, source: str) -> "Catalog":
        """Read a published catalog.

        Args:
            text: The file.
            source: Where it is from, for the error.

        Raises:
            FailedError: It is not a catalog, or one of a newer ghpypi.
        """
        header_text, *body = text.splitlines() or [b""]
        try:
            header = json.loads(header_text)
            if header["format"] != CATALOG_FORMAT:
                raise FailedError(
                    f"the catalog of {source} has format {header['format']}, "
                    f"this ghpypi reads {CATALOG_FORMAT}",
                    hint="upgrade ghpypi, or rebuild everything with 'ghpypi index --full'",
                )
            lines = (_line(line) for line in body)
            return cls(pages=header["pages"], lines={line.name: line for line in lines})
        except (ValueError, KeyError, TypeError) as error:
            raise FailedError(
                f"{CATALOG_PATH} of {source} is damaged: {error}",
                hint="rebuild everything with 'ghpypi index --full'",
            ) from error

    @property
    def names(self) -> tuple[NormalizedName, ...]:
        """The projects that have files, sorted."""
        return tuple(line.name for line in self.lines.values() if line.count)

    def entries(self) -> Iterator[Entry]:
        """Read everything, one project at a time."""
        for line in self.lines.values():
            yield line.entry()

    def dump(self) -> bytes:
        """Write it down; equal catalogs give equal bytes."""
        header = _encode({"format": CATALOG_FORMAT, "pages": self.pages}).encode()
        lines = sorted(self.lines.values(), key=attrgetter("name"))
        return b"\n".join([header, *(line.text for line in lines), b""])


def fingerprint(stamps: Iterable[str], *, salt: str) -> str:
    """Digest what a store lists of one project, in whatever order it lists it."""
    text = "\n".join([salt, *sorted(stamps)])
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _line(text: bytes) -> Line:
    match = _PREFIX.match(text)
    if not match:
        raise ValueError(f"no project in {text[:60]!r}")
    name, mark, count, clean = match.groups()
    return Line(
        name=NormalizedName(name.decode()),
        fingerprint=mark.decode(),
        count=int(count),
        blemished=clean is None,
        text=text,
    )
