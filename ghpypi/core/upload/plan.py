"""The plan of an upload: the values that `core/upload/planning.py` computes, and jobs carry out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO, NamedTuple

from ghpypi.core.metadata import Metadata
from ghpypi.core.model import StoredRelease
from ghpypi.core.names import (
    PROVENANCE_SUFFIX,
    SIDECAR_SUFFIX,
    Filename,
    Sha256,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A built file that was read and checked.

    Attributes:
        place: Where it is, for messages.
        open: Opens it at the start; may be called again for another attempt.
        filename: Its name, parsed.
        size: Bytes.
        sha256: Its digest.
        metadata: What it says of itself; `None` if it is of a kind that says nothing.
        sidecar: Its METADATA byte for byte, if it is a wheel.
        provenance: Its provenance (PEP 740), if there are attestations of it.
        warnings: What is wrong with it although it is accepted.
    """

    place: str
    open: Callable[[], BinaryIO] = field(repr=False, compare=False)
    filename: Filename
    size: int
    sha256: Sha256
    metadata: Metadata | None
    sidecar: bytes | None
    provenance: bytes | None = None
    warnings: tuple[str, ...] = ()

    @property
    def siblings(self) -> Mapping[str, bytes]:
        """The files that are stored beside it, by the suffix of their names."""
        found = {SIDECAR_SUFFIX: self.sidecar, PROVENANCE_SUFFIX: self.provenance}
        return {suffix: content for suffix, content in found.items() if content is not None}


class Action(StrEnum):
    """The action for a file; the values are what `--json` prints as its outcome."""

    SEND = "uploaded"
    PRESENT = "unchanged"
    CONFLICT = "conflict"
    SKIP = "skipped"


class Item(NamedTuple):
    """A file of a plan.

    Attributes:
        distribution: The file.
        action: The action for it.
        siblings: The suffixes of files beside it that must be sent, because they are missing or
            different: of its metadata file, and of its provenance.
        lacking: The suffixes of those that cannot be sent, because the release is immutable, is
            another one, or has the file under another spelling of its name.
        where: The release that already has the file, or another file of that name.
        held_as: The spelling of its name there.
    """

    distribution: Distribution
    action: Action
    siblings: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    where: str = ""
    held_as: str = ""

    @property
    def assets(self) -> int:
        """The number of assets to store."""
        return (self.action is Action.SEND) + len(self.siblings)


class ReleasePlan(NamedTuple):
    """The plan of a release.

    Attributes:
        tag: The tag.
        title: The title, if it must be created.
        prerelease: Whether all its files are prereleases.
        existing: The existing release, if any.
        items: Its sorted files.
        drafts: Other drafts of its tag.
    """

    tag: str
    title: str
    prerelease: bool
    existing: StoredRelease | None
    items: tuple[Item, ...]
    drafts: tuple[StoredRelease, ...] = ()

    @property
    def members(self) -> tuple[Item, ...]:
        """The files that are or will be in this release; others are in another one."""
        return tuple(x for x in self.items if x.action is Action.SEND or x.where == self.tag)

    @property
    def assets(self) -> int:
        """The number of assets to store: new ones, and replaced files beside distributions."""
        return sum(item.assets for item in self.items)

    @property
    def replaced(self) -> int:
        """The number of assets that replace another."""
        present = {asset.name for asset in self.existing.assets} if self.existing else set[str]()
        siblings = (
            item.distribution.filename.text + suffix
            for item in self.items
            for suffix in item.siblings
        )
        return len(present.intersection(siblings))

    @property
    def size(self) -> int:
        """The number of bytes to send, without files beside distributions."""
        return sum(item.distribution.size for item in self.items if item.action is Action.SEND)


class Plan(NamedTuple):
    """The plan of all releases."""

    releases: tuple[ReleasePlan, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """All files."""
        return tuple(item for release in self.releases for item in release.items)

    @property
    def conflicts(self) -> tuple[Item, ...]:
        """The files in conflict, which prevent the whole upload."""
        return tuple(item for item in self.items if item.action is Action.CONFLICT)
