"""Backfill: add missing metadata files (PEP 658) to releases, and replace wrong ones.

    store.releases() ─wheels─► METADATA by ranges ─compare─► put ─► BackfillItem*

Releases made by other tools have no metadata files, and the metadata file of a replaced wheel is
that of the old one. Immutable releases are skipped. Running it again after any failure is safe.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO, NamedTuple

from ghpypi.core.catalog.facts import facts_salt
from ghpypi.core.catalog.stock import stamp_of
from ghpypi.core.digest import digest_of
from ghpypi.core.distribution.examine import skim
from ghpypi.core.metadata import InvalidMetadataError
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import (
    PROVENANCE_SUFFIX,
    SIDECAR_SUFFIX,
    Filename,
    InvalidFilenameError,
    Sha256,
)
from ghpypi.core.patterns import matches_glob
from ghpypi.core.quantities import count_of
from ghpypi.errors import DamagedError, FailedError, NotFoundError
from ghpypi.ports import FileStore, NewAsset, Reporter
from ghpypi.stored_files import counted, hash_stored, read_stored
from ghpypi.workers import workers


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillOptions:
    """Settings of a backfill.

    Attributes:
        tags: The releases to look at; without any, all.
        dry_run: Read and compare, and write nothing.
        parallel: Wheels read at once.
        known: `File.stamp` of wheels in the catalog: an index run has compared them with their
            metadata files, so they are not read again.
        hash_missing: A setting of the index that those stamps depend on.
        exclude: Globs of the names of assets that are left alone.
    """

    tags: tuple[str, ...] = ()
    dry_run: bool = False
    parallel: int = 8
    known: Container[str] = field(default_factory=frozenset)
    hash_missing: bool = True
    exclude: tuple[str, ...] = ()


class WheelOutcome(StrEnum):
    """The outcome for one wheel."""

    ADDED = "added"
    REPLACED = "replaced"
    PRESENT = "present"
    INVALID = "invalid"
    UNREAD = "unread"
    FAILED = "failed"


class BackfillItem(NamedTuple):
    """The outcome for one wheel.

    Attributes:
        tag: The tag of its release.
        filename: The filename of the wheel.
        outcome: What was done with its metadata file, or with `dry_run` would be.
        reason: Why it failed.
    """

    tag: str
    filename: str
    outcome: WheelOutcome
    reason: str = ""


class BackfillReport(NamedTuple):
    """The report of a backfill.

    Attributes:
        items: All wheels of mutable releases, in the order of the listing.
        immutable: The number of immutable releases.
    """

    items: tuple[BackfillItem, ...]
    immutable: int

    def of(self, *outcomes: WheelOutcome) -> tuple[BackfillItem, ...]:
        """Return the items with these outcomes."""
        return tuple(item for item in self.items if item.outcome in outcomes)


class _Wheel(NamedTuple):
    release: StoredRelease
    asset: Asset
    filename: Filename
    sidecar: Asset | None
    provenance: Asset | None
    room: bool


def backfill(store: FileStore, reporter: Reporter, options: BackfillOptions) -> BackfillReport:
    """Add missing metadata files to the releases of a store, and replace wrong ones.

    Raises:
        NotFoundError: A tag has no release.
        NotAllowedError: The token may not write.
        TryLaterError: A rate limit or outage; another run continues.
    """
    reporter.step(f"listing the releases of {store.name}")
    with reporter.progress("listing", unit="file") as advance:
        releases = _chosen(list(counted(store.releases(), advance)), options.tags, store)
    wheels = [
        wheel
        for release in releases
        if not release.immutable
        for wheel in _wheels(release, store.rules.max_assets)
        if not any(matches_glob(wheel.asset.name, glob) for glob in options.exclude)
    ]
    if wheels:
        reporter.step(f"comparing the metadata of {count_of(len(wheels), 'file')}")

    def complete(wheel: _Wheel) -> BackfillItem:
        item = _complete(wheel, store, options)
        advance(1)
        return item

    with (
        reporter.progress("comparing", len(wheels), unit="file") as advance,
        workers(options.parallel, "backfill") as pool,
    ):
        items = tuple(pool.map(complete, wheels))
    return BackfillReport(items=items, immutable=sum(release.immutable for release in releases))


def _chosen(
    releases: Sequence[StoredRelease], tags: Sequence[str], store: FileStore
) -> Sequence[StoredRelease]:
    missing = sorted({*tags} - {release.tag for release in releases})
    if missing:
        raise NotFoundError(
            f"{store.name} has no release {', '.join(missing)}; nothing was written",
            hint="omit the tags to check all releases",
        )
    return [release for release in releases if not tags or release.tag in tags]


def _wheels(release: StoredRelease, most: int) -> Iterator[_Wheel]:
    """Yield the wheels of a release, which can have at most `most` assets."""
    complete = {asset.name: asset for asset in release.assets if asset.complete}
    names = {asset.name for asset in release.assets}
    room = most - len(names)
    for asset in complete.values():
        beside = asset.name + SIDECAR_SUFFIX
        filename = _wheel_name(asset.name)
        if filename:
            room -= beside not in names
            provenance = complete.get(asset.name + PROVENANCE_SUFFIX)
            sidecar = complete.get(beside)
            yield _Wheel(release, asset, filename, sidecar, provenance, room >= 0)


def _wheel_name(name: str) -> Filename | None:
    try:
        filename = Filename.parse(name)
    except InvalidFilenameError:
        return None  # the index reports it
    return filename if filename.kind == "wheel" else None


def _complete(wheel: _Wheel, store: FileStore, options: BackfillOptions) -> BackfillItem:
    """Check and, if needed, write the metadata file of a wheel."""
    outcome, reason = WheelOutcome.PRESENT, ""
    try:
        if _stamp(wheel, options) not in options.known:
            outcome = _compared(wheel, store, options)
    except InvalidMetadataError as error:
        outcome, reason = WheelOutcome.INVALID, str(error)
    except (NotFoundError, DamagedError) as error:
        outcome, reason = WheelOutcome.UNREAD, str(error)
    except FailedError as error:
        outcome, reason = WheelOutcome.FAILED, str(error)
    return BackfillItem(wheel.release.tag, wheel.asset.name, outcome, reason)


def _compared(wheel: _Wheel, store: FileStore, options: BackfillOptions) -> WheelOutcome:
    content = _metadata(wheel, store)
    if _digest_of_sidecar(wheel, store) == digest_of(content):
        return WheelOutcome.PRESENT
    if not wheel.room:
        raise FailedError(
            f"the release has reached the limit of {count_of(store.rules.max_assets, 'asset')}"
        )
    if not options.dry_run:
        asset = NewAsset.of(wheel.asset.name + SIDECAR_SUFFIX, content)
        store.put(wheel.release, asset, lambda _: None, overwrite=True)
    return WheelOutcome.REPLACED if wheel.sidecar else WheelOutcome.ADDED


def _metadata(wheel: _Wheel, store: FileStore) -> bytes:
    """Return the METADATA file of a wheel, unless it contradicts the filename."""

    def read(file: BinaryIO) -> bytes:
        inside = skim(file, wheel.filename)
        if inside.text is None or not (inside.metadata and inside.metadata.utf8):
            raise InvalidMetadataError("pip cannot read its metadata")
        return inside.text

    return read_stored(store, wheel.asset, wheel.asset.sha256, read)


def _digest_of_sidecar(wheel: _Wheel, store: FileStore) -> Sha256 | None:
    if wheel.sidecar is None:
        return None
    return wheel.sidecar.sha256 or hash_stored(store, wheel.sidecar)


def _stamp(wheel: _Wheel, options: BackfillOptions) -> str:
    """Return the stamp that the catalog has for the wheel, if it has not changed."""
    salt = facts_salt(hash_missing=options.hash_missing)
    return stamp_of(wheel.asset, (wheel.sidecar, wheel.provenance), wheel.release, salt=salt)
