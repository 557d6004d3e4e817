"""The listing of the stores, sorted by project: which files there are, and their siblings.

Only complete files of published releases count. The stamp of a file changes with the file and with
all else that its facts depend on.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import UNREAD
from ghpypi.core.catalog.entry import Refused
from ghpypi.core.checksums import has_digest_of, is_checksum_file
from ghpypi.core.config.retention import Retention, UploadTime, listed_time
from ghpypi.core.folder_files import are_complete, names_of
from ghpypi.core.model import Asset, StoredRelease, release_name
from ghpypi.core.names import (
    PROVENANCE_SUFFIX,
    SIDECAR_SUFFIX,
    is_distribution,
    normalize,
    stem_of,
)
from ghpypi.core.patterns import matches_glob

_NORMALIZED = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
HALF = 12
"""Characters of each half of a stamp: for the file itself, and for all else its facts depend on."""

PUBLISHED = "published"
"""The state of a release whose files are indexed."""

EXPIRED = "expired"
"""The state of a release that `[retention]` leaves out."""

PROVENANCE_FORMAT = "1"
"""Incremented when the facts of provenance change, so that files with provenance are read again."""

Listed = tuple[StoredRelease, Sequence[Asset]]
"""A release of a listing, and its files of one project."""

Place = tuple[str, str, str]
"""Where a file is: its name, and the origin and tag of its release."""


class Found(NamedTuple):
    """A distribution file in a listing, with its metadata file and provenance.

    Attributes:
        asset: The file itself.
        sidecar: Its metadata sidecar, if the same release has one.
        provenance: Its attestations, if the same release has them.
        checksums: Files of its release that may have its digest.
        release: Where it is.
        stamp: A short digest that changes with the file, its siblings, the prerelease flag of its
            release, and the rules for reading files.
    """

    asset: Asset
    sidecar: Asset | None
    provenance: Asset | None
    release: StoredRelease
    stamp: str
    checksums: tuple[Asset, ...] = ()

    def judged_on(self, conditions: Iterable[str]) -> "Found":
        """Give it the stamp of a file whose verdict depends on certain settings.

        Args:
            conditions: The settings: as soon as one of them changes, the file is read again.
        """
        if not (text := "\n".join(sorted(conditions))):
            return self
        return self._replace(stamp=self.stamp[:HALF] + short_digest(self.stamp[HALF:], text))

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.asset.name, self.release.origin, self.release.tag

    @property
    def where(self) -> str:
        """Store and release, for messages."""
        return release_name(self.release.origin, self.release.tag)

    def refused(self, reason: str) -> Refused:
        """Refuse it."""
        return self._refusal("", reason, self.stamp)

    def unread(self, reason: str) -> Refused:
        """Exclude the file from this run only; the next one reads it again."""
        return self._refusal("", reason, UNREAD)

    def refused_sidecar(self, reason: str) -> Refused:
        """Exclude its metadata file."""
        return self._refusal(SIDECAR_SUFFIX, reason, self.stamp)

    def foreign_sidecar(self) -> Refused:
        """Exclude its metadata file, because it is that of another file."""
        stays = (
            "its release is immutable, so it cannot be replaced"
            if self.release.immutable
            else "replace it with 'ghpypi backfill'"
        )
        return self.refused_sidecar(f"it is not the metadata of its wheel; {stays}")

    def unread_sidecar(self, reason: str) -> Refused:
        """Exclude its metadata file from this run only."""
        return self._refusal(SIDECAR_SUFFIX, reason, UNREAD)

    def _refusal(self, suffix: str, reason: str, stamp: str) -> Refused:
        name = self.asset.name + suffix
        return Refused(filename=name, where=self.where, reason=reason, stamp=stamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The listing of the stores, grouped by project.

    Attributes:
        projects: The distribution files and their siblings, by project.
        nameless: Files whose names do not begin with a project name.
        ignored: The number of files that are not distributions.
        unfinished: The number of incomplete uploads.
        releases: The states of the releases of each origin, by tag: `published`, or why its files
            are left out, `draft`, `prerelease` or `expired`.
        checksums: The checksum files of each release, by origin and tag.
        excluded: How many assets each glob excludes; one that several match counts for the first.
        fingerprints: The fingerprints of projects by salt, as far as `compare` needed them.
    """

    projects: Mapping[NormalizedName, list[Listed]]
    nameless: tuple[Refused, ...]
    ignored: int
    unfinished: int
    releases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    checksums: Mapping[tuple[str, str], list[Asset]] = field(default_factory=dict)
    excluded: Mapping[str, int] = field(default_factory=dict)
    fingerprints: dict[str, dict[NormalizedName, str]] = field(default_factory=dict)

    def state(self, origin: str, tag: str) -> str | None:
        """Return the state of a release; `None` if there is none."""
        return self.releases.get(origin, {}).get(tag)

    def found(self, name: NormalizedName, *, salt: str) -> Iterator[Found]:
        """Yield the files of a project with their siblings, in any order."""
        # A release can be listed twice, if others are added or removed during pagination.
        listed = {
            (release.origin, release.tag, asset.name): (asset, release)
            for release, assets in self.projects[name]
            for asset in assets
        }

        def beside(release: StoredRelease, filename: str) -> Asset | None:
            asset, _ = listed.get((release.origin, release.tag, filename), (None, None))
            return asset

        for asset, release in listed.values():
            if is_distribution(asset.name):
                sidecar = beside(release, asset.name + SIDECAR_SUFFIX)
                provenance = beside(release, asset.name + PROVENANCE_SUFFIX)
                stamp = stamp_of(asset, (sidecar, provenance), release, salt=salt)
                beside_it = self.checksums.get((release.origin, release.tag), ())
                checksums = tuple(x for x in beside_it if has_digest_of(x.name, asset.name))
                yield Found(asset, sidecar, provenance, release, stamp, checksums)


def take_stock(  # noqa: PLR0913 - a listing, and what is left out of it
    releases: Iterable[StoredRelease],
    *,
    prereleases: bool = True,
    retention: Retention | None = None,
    now: datetime | None = None,
    uploaded_at: UploadTime = listed_time,
    exclude: tuple[str, ...] = (),
) -> Stock:
    """Sort a listing by project; drafts and unfinished uploads are left out.

    Args:
        releases: The listing.
        prereleases: Take releases that are marked as prereleases.
        retention: Which old releases are left out.
        now: The time by which they are old.
        uploaded_at: Returns when a file was uploaded; by default as it is listed.
        exclude: Globs of the names of assets that are left alone.
    """
    states: dict[str, dict[str, str]] = {}
    taken: list[StoredRelease] = []
    for release in releases:
        of_origin = states.setdefault(release.origin, {})
        if release.draft or (release.prerelease and not prereleases):
            of_origin.setdefault(release.tag, "draft" if release.draft else "prerelease")
        else:
            of_origin[release.tag] = PUBLISHED
            taken.append(release)
    expired = retention.expired(taken, now, uploaded_at) if retention and now else set()
    for origin, tag in expired:
        states[origin][tag] = EXPIRED
    sorting = _Sorting(exclude)
    for release in taken:
        if (release.origin, release.tag) not in expired:
            sorting.add(release)
    projects = sorting.projects
    stock = Stock(projects=projects, nameless=(), ignored=0, unfinished=0)
    nameless = [name for name in projects if not _NORMALIZED.fullmatch(name)]
    refused = [
        found.refused("its name does not begin with a project name")
        for name in nameless
        for found in stock.found(name, salt="")
    ]
    for name in nameless:
        del projects[name]
    return Stock(
        projects={
            name: projects[name]
            for name in sorted(projects)
            if any(is_distribution(x) for _, assets in projects[name] for x in names_of(assets))
        },
        nameless=tuple(sorted(refused, key=lambda x: (x.filename, x.where))),
        ignored=sorting.ignored,
        unfinished=sorting.unfinished,
        releases=states,
        checksums=sorting.checksums,
        excluded=sorting.excluded,
    )


class _Sorting:
    """Sorts the files of releases by project.

    Its attributes are those of `Stock`; `exclude` is that of `take_stock`.
    """

    def __init__(self, exclude: Iterable[str]) -> None:
        self.projects: dict[NormalizedName, list[Listed]] = {}
        self.ignored = self.unfinished = 0
        self.checksums: dict[tuple[str, str], list[Asset]] = {}
        self.excluded = dict.fromkeys(exclude, 0)

    def add(self, release: StoredRelease) -> None:
        """Add the files of a release."""
        for stem, assets in self._by_stem(release).items():
            # Several stems may normalize to one project.
            self.projects.setdefault(normalize(stem), []).append((release, assets))

    def _by_stem(self, release: StoredRelease) -> Mapping[str, Sequence[Asset]]:
        (stem, *others) = {*map(stem_of, names_of(release.assets))} or {None}
        if stem and not (others or self.excluded) and are_complete(release.assets):
            return {stem: release.assets}  # most releases
        found = defaultdict[str, list[Asset]](list)
        for asset in self._not_excluded(release) if self.excluded else release.assets:
            if not asset.complete:
                self.unfinished += 1
            elif (stem := stem_of(asset.name)) is None:
                self.ignored += 1
                if is_checksum_file(asset.name):
                    self.checksums.setdefault((release.origin, release.tag), []).append(asset)
            else:
                found[stem].append(asset)
        return found

    def _not_excluded(self, release: StoredRelease) -> Iterator[Asset]:
        """Pass on the assets that no glob excludes, and count the others."""
        for asset in release.assets:
            glob = next((each for each in self.excluded if matches_glob(asset.name, each)), None)
            if glob is None:
                yield asset
            else:
                self.excluded[glob] += 1


def stamp_of(
    asset: Asset, beside: Iterable[Asset | None], release: StoredRelease, *, salt: str
) -> str:
    """Return the stamp of a file: one half for the file, one for all else its facts depend on.

    Args:
        asset: The file.
        beside: Its metadata file and its provenance, in this order, or `None`.
        release: The release.
        salt: A digest of the rules for reading files.
    """
    others = [each.stamp if each else "" for each in beside]
    if others[-1]:
        others[-1] += PROVENANCE_FORMAT
    return short_digest(asset.stamp) + short_digest(*others, str(release.prerelease), salt)


def short_digest(*parts: str) -> str:
    """Return a short digest; long enough to be unique among the files of a project."""
    digest = blake2b("\n".join(parts).encode(), digest_size=HALF // 2)
    return digest.hexdigest()
