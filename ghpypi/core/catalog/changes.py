"""The comparison of the stores' listings with the catalog: which files must be read.

    releases ── take_stock ──► Stock ── compare(catalog) ──► Change* ── (facts are read) ──► Entry*

Only complete files of published releases count. A file with an unchanged stamp keeps its facts from
the catalog; the others are `wanted`: the caller must read them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from itertools import combinations
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import UNREAD, Catalog, fingerprint
from ghpypi.core.catalog.entry import Entry, Refused
from ghpypi.core.checksums import has_digest_of, is_checksum_file
from ghpypi.core.config.retention import Retention
from ghpypi.core.model import Asset, File, StoredRelease, release_name
from ghpypi.core.names import (
    PROVENANCE_SUFFIX,
    SIDECAR_SUFFIX,
    Filename,
    InvalidFilenameError,
    Sha256,
    is_distribution,
    normalize,
    stem_of,
)
from ghpypi.core.patterns import matches_glob

_NORMALIZED = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HALF = 12
"""Characters of each half of a stamp: for the file itself, and for all else its facts depend on."""

PUBLISHED = "published"
"""The state of a release whose files are indexed."""

EXPIRED = "expired"
"""The state of a release that `[retention]` leaves out."""

Listed = tuple[Asset, StoredRelease]
"""An asset of a listing, and its release."""

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
        return self._replace(stamp=self.stamp[:_HALF] + _short(self.stamp[_HALF:], text))

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
        releases: The state of each release by origin and tag: `published`, or why its files are
            left out, `draft`, `prerelease` or `expired`.
        checksums: The checksum files of each release, by origin and tag.
        excluded: How many assets each glob excludes; one that several match counts for the first.
    """

    projects: Mapping[NormalizedName, list[Listed]]
    nameless: tuple[Refused, ...]
    ignored: int
    unfinished: int
    releases: Mapping[tuple[str, str], str] = field(default_factory=dict)
    checksums: Mapping[tuple[str, str], list[Asset]] = field(default_factory=dict)
    excluded: Mapping[str, int] = field(default_factory=dict)

    def found(self, name: NormalizedName, *, salt: str) -> Iterator[Found]:
        """Yield the files of a project with their siblings, in any order."""
        # A release can be listed twice, if others are added or removed during pagination.
        listed = {(x.origin, x.tag, asset.name): (asset, x) for asset, x in self.projects[name]}

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A project whose listing differs from the catalog.

    Attributes:
        name: The normalized name of the project.
        fingerprint: The fingerprint of its current listing.
        before: Its entry in the catalog; `None` if it is new.
        kept: Unchanged files.
        wanted: Files to be read, with their parsed names.
        known_digests: Digests in the catalog, by the first half of the file's stamp.
        refused: Unchanged files that are excluded.
        found: All listed files.
        published: The files in the catalog, by place; their facts may be outdated.
    """

    name: NormalizedName
    fingerprint: str
    before: Entry | None
    kept: tuple[File, ...]
    wanted: tuple[tuple[Filename, Found], ...]
    known_digests: Mapping[str, Sha256]
    refused: tuple[Refused, ...]
    found: tuple[Found, ...]
    published: Mapping[Place, File]

    def find(self, file: File) -> Found | None:
        """Return the listed file for a file of the catalog."""
        return next((found for found in self.found if found.stamp == file.stamp), None)

    def keep(self, file: File, found: Found) -> File | None:
        """Return a published file with its old facts, until it can be read; `None` if replaced."""
        same = file.stamp[:_HALF] == found.stamp[:_HALF]
        return _placed(file, found) if same else None

    def known_digest(self, found: Found) -> Sha256 | None:
        """Return the digest of a file in the catalog if the file itself has not changed."""
        return self.known_digests.get(found.stamp[:_HALF])


def place_of(file: File) -> Place:
    """Return where a file of the catalog is, as far as the listing said so."""
    return file.filename, file.origin, file.tag


def take_stock(
    releases: Iterable[StoredRelease],
    *,
    prereleases: bool = True,
    retention: Retention | None = None,
    now: datetime | None = None,
    exclude: tuple[str, ...] = (),
) -> Stock:
    """Sort a listing by project; drafts and unfinished uploads are left out.

    Args:
        releases: The listing.
        prereleases: Take releases that are marked as prereleases.
        retention: Which old releases are left out.
        now: The time by which they are old.
        exclude: Globs of the names of assets that are left alone.
    """
    by_name = _FilesByName()
    ignored = unfinished = 0
    excluded = dict.fromkeys(exclude, 0)
    states: dict[tuple[str, str], str] = {}
    checksums: dict[tuple[str, str], list[Asset]] = {}
    taken: list[StoredRelease] = []
    for release in releases:
        state = _state(release, prereleases=prereleases)
        if state != PUBLISHED:
            states.setdefault((release.origin, release.tag), state)
            continue
        states[release.origin, release.tag] = state
        taken.append(release)
    expired = retention.expired(taken, now) if retention and now else set()
    states |= dict.fromkeys(expired, EXPIRED)
    for release in taken:
        if (release.origin, release.tag) in expired:
            continue
        for asset in _not_excluded(release, excluded):
            if not asset.complete:
                unfinished += 1
            elif (stem := stem_of(asset.name)) is None:
                ignored += 1
                if is_checksum_file(asset.name):
                    checksums.setdefault((release.origin, release.tag), []).append(asset)
            else:
                by_name[stem].append((asset, release))
    projects = by_name.projects
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
            if is_distribution(projects[name][0][0].name)  # most names are of other files
            or any(is_distribution(asset.name) for asset, _ in projects[name])
        },
        nameless=tuple(sorted(refused, key=lambda x: (x.filename, x.where))),
        ignored=ignored,
        unfinished=unfinished,
        releases=states,
        checksums=checksums,
        excluded=excluded,
    )


def _not_excluded(release: StoredRelease, excluded: dict[str, int]) -> Iterator[Asset]:
    """Pass on the assets of a release, but for those that a glob excludes, which are counted."""
    for asset in release.assets:
        glob = next((each for each in excluded if matches_glob(asset.name, each)), None)
        if glob is None:
            yield asset
        else:
            excluded[glob] += 1


def _state(release: StoredRelease, *, prereleases: bool) -> str:
    if release.draft:
        return "draft"
    return "prerelease" if release.prerelease and not prereleases else PUBLISHED


class _FilesByName(dict[str, list[Listed]]):
    """Files by the project name as written; several names may normalize to one project."""

    def __init__(self) -> None:
        super().__init__()
        self.projects: dict[NormalizedName, list[Listed]] = {}

    def __missing__(self, stem: str) -> list[Listed]:
        files = self[stem] = self.projects.setdefault(normalize(stem), [])
        return files


def compare(
    stock: Stock,
    catalog: Catalog,
    *,
    salt: str,
    refresh: bool = False,
    conditions: tuple[str, ...] = (),
) -> Iterator[Change]:
    """Yield the projects whose listing has changed.

    Args:
        stock: The current listing.
        catalog: The published catalog.
        salt: A digest of the rules for reading files; if it differs, all projects have changed.
        refresh: Also yield unchanged projects, to update data without a stamp.
        conditions: The settings that the verdicts of some files depend on; where one changes,
            these files are wanted again.
    """
    listing_salt = " ".join([salt, *conditions])
    lines = catalog.lines
    for name, listed in stock.projects.items():
        mark = fingerprint(
            [f"{a.stamp}*" if release.prerelease else a.stamp for a, release in listed],
            salt=listing_salt,
        )
        line = lines.get(name)
        if refresh or line is None or line.fingerprint != mark:
            entry = line.entry() if line else None
            yield _change(stock, name, mark, entry, salt=salt, conditions=conditions)


def _change(  # noqa: PLR0913 - what is listed, what is known, and what facts depend on
    stock: Stock,
    name: NormalizedName,
    mark: str,
    before: Entry | None,
    *,
    salt: str,
    conditions: tuple[str, ...],
) -> Change:
    files = before.project.files if before else ()
    known = {file.stamp: file for file in files}
    judged: dict[str, list[Refused]] = {}
    for verdict in before.refused if before else ():
        judged.setdefault(verdict.stamp, []).append(verdict)
    kept: list[File] = []
    refused: list[Refused] = []
    wanted: list[tuple[Filename, Found]] = []
    remembered = {*known, *judged}
    found = tuple(_as_judged(each, conditions, remembered) for each in stock.found(name, salt=salt))
    for each in found:
        # Of the file, or of its metadata file.
        refused += [replace(x, where=each.where) for x in judged.get(each.stamp, ())]
        if each.stamp in known:
            kept.append(_placed(known[each.stamp], each))
        elif each.stamp not in judged:
            try:
                wanted.append((Filename.parse(each.asset.name), each))
            except InvalidFilenameError as error:
                refused.append(each.refused(str(error)))
    return Change(
        name=name,
        fingerprint=mark,
        before=before,
        kept=tuple(kept),
        wanted=tuple(wanted),
        known_digests={stamp[:_HALF]: file.sha256 for stamp, file in known.items()},
        refused=tuple(refused),
        found=found,
        published={place_of(file): file for file in reversed(files)},  # of equal ones the first
    )


def _as_judged(found: Found, conditions: tuple[str, ...], remembered: set[str]) -> Found:
    """Give a file the stamp by which it is remembered, if its verdict depends on settings."""
    if found.stamp in remembered:
        return found
    for count in range(1, len(conditions) + 1):
        for several in combinations(conditions, count):
            if (judged := found.judged_on(several)).stamp in remembered:
                return judged
    return found


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
    return _short(asset.stamp) + _short(*others, str(release.prerelease), salt)


def _placed(file: File, found: Found) -> File:
    """Return a file of the catalog with the values of the listing, such as the URL, updated."""
    return file._replace(
        url=found.asset.url,
        key=found.asset.key,
        origin=found.release.origin,
        tag=found.release.tag,
        label=found.asset.label,
        downloads=rounded(found.asset.downloads),
    )


def rounded(count: int) -> int:
    """Round a download count to two digits, so that not every download is a change."""
    scale: int = 10 ** max(0, len(str(count)) - 2)
    return count // scale * scale


def _short(*parts: str) -> str:
    """Return a short digest; long enough to be unique among the files of a project."""
    digest = blake2b("\n".join(parts).encode(), digest_size=_HALF // 2)
    return digest.hexdigest()
