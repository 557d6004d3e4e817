"""Provenance for files that are published already, from bundles that other tools made (PEP 740).

    store.releases() ─files without provenance─► bundles of the release, or of GitHub ─convert─► put

Bundles are assets of the same release (`NAME.sigstore.json`, `attestations.intoto.jsonl`), or what
`actions/attest` has stored at GitHub. Immutable releases take no more files, so they are skipped:
what they lack has to be in them before they are published.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import PROVENANCE_SUFFIX, Filename, InvalidFilenameError
from ghpypi.core.patterns import matches_glob
from ghpypi.core.quantities import count_of
from ghpypi.core.upload.bundles import Bundle, usable
from ghpypi.errors import DamagedError, FailedError, NotFoundError, RefusedError
from ghpypi.ports import AttestationSource, Convert, FileStore, NewAsset, Reporter
from ghpypi.stored_files import counted, released_bundles, stored_digest


class ProvenanceOutcome(StrEnum):
    """The outcome for one file without provenance."""

    ADDED = "added"
    NONE = "none"
    INVALID = "invalid"


class ProvenanceItem(NamedTuple):
    """The outcome for one file.

    Attributes:
        tag: The tag of its release.
        filename: Its filename.
        outcome: What was done, or with `dry_run` would be.
        reason: Why it has none.
    """

    tag: str
    filename: str
    outcome: ProvenanceOutcome
    reason: str = ""


class ProvenanceOptions(NamedTuple):
    """What is written.

    Attributes:
        convert: Converts bundles.
        source: What has stored attestations besides the releases; `None` for nothing.
        tags: The releases to look at; without any, all.
        dry_run: Write nothing.
        exclude: Globs of the names of assets that are left alone.
    """

    convert: Convert
    source: AttestationSource | None = None
    tags: tuple[str, ...] = ()
    dry_run: bool = False
    exclude: tuple[str, ...] = ()


def add_provenance(
    store: FileStore, reporter: Reporter, options: ProvenanceOptions
) -> list[ProvenanceItem]:
    """Add provenance to the files of releases that have none.

    Returns:
        The outcome for each file of a mutable release without provenance, in the order of the
        listing.

    Raises:
        NotAllowedError: The token may not write, or not read attestations.
        TryLaterError: A rate limit or outage; another run continues.
    """
    reporter.step(f"looking for attestations of the files of {store.name}")
    with reporter.progress("listing", unit="file") as advance:
        releases = list(counted(store.releases(), advance))
    return [
        item
        for release in releases
        if not release.immutable and (not options.tags or release.tag in options.tags)
        for item in _release(release, store, options)
    ]


def _release(
    release: StoredRelease, store: FileStore, options: ProvenanceOptions
) -> Iterator[ProvenanceItem]:
    names = {asset.name for asset in release.assets}
    lacking = [
        (asset, filename)
        for asset in release.assets
        if asset.complete and asset.name + PROVENANCE_SUFFIX not in names
        for filename in [_filename(asset.name, options.exclude)]
        if filename
    ]
    if not lacking:
        return
    bundles, faults = released_bundles(store, release)
    room = store.rules.max_assets - len(names)
    for asset, filename in lacking:
        item = _file(release, (asset, filename), bundles, store, options)
        if item.outcome is ProvenanceOutcome.ADDED:
            room -= 1
            if room < 0:
                most = count_of(store.rules.max_assets, "asset")
                raise FailedError(f"release {release.tag} has reached the limit of {most}")
        yield item if item.reason or not faults else item._replace(reason="; ".join(faults))


def _filename(name: str, exclude: Sequence[str]) -> Filename | None:
    """Parse the name of a wheel or source distribution; `None` for other files."""
    try:
        filename = Filename.parse(name)
    except InvalidFilenameError:
        return None
    excluded = any(matches_glob(name, glob) for glob in exclude)
    return None if excluded or filename.kind == "variants" else filename


def _file(
    release: StoredRelease,
    wanted: tuple[Asset, Filename],
    bundles: Sequence[Bundle],
    store: FileStore,
    options: ProvenanceOptions,
) -> ProvenanceItem:
    asset, filename = wanted
    try:
        sha256 = stored_digest(store, asset)
        stored = usable(options.source.bundles(sha256)) if options.source else []
        content, obstacles = options.convert([*bundles, *stored], filename, sha256)
    except (ValueError, RefusedError, DamagedError, NotFoundError) as error:
        return ProvenanceItem(release.tag, asset.name, ProvenanceOutcome.INVALID, str(error))
    if content is None:
        reason = "; ".join(dict.fromkeys(obstacles))
        return ProvenanceItem(release.tag, asset.name, ProvenanceOutcome.NONE, reason)
    if not options.dry_run:
        new = NewAsset.of(asset.name + PROVENANCE_SUFFIX, content)
        store.put(release, new, lambda _: None)
    return ProvenanceItem(release.tag, asset.name, ProvenanceOutcome.ADDED)
