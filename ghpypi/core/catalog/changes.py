"""From what the stores list to what has to be found out: stock is taken, then compared.

    releases ── take_stock ──► Stock ── compare(catalog) ──► Change* ── (facts are read) ──► Entry*

Only finished files of published releases count. A file that was known under the same stamp keeps
its facts; the others are `wanted`, and the caller reads what there is to know of them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from itertools import combinations
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import UNREAD, Catalog, Entry, Refused, fingerprint
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
"""Characters of each half of a stamp: of the file itself, and of all else its facts depend on."""

PUBLISHED = "published"
"""The state of a release whose files are indexed."""

EXPIRED = "expired"
"""The state of a release that `[retention]` leaves out."""

Listed = tuple[Asset, StoredRelease]
"""One asset of a listing, and the release it is in."""


class Found(NamedTuple):
    """One distribution file in a listing, with what lies beside it.

    Attributes:
        asset: The file itself.
        sidecar: Its metadata sidecar, if the same release has one.
        provenance: Its attestations, if the same release has them.
        checksums: Files of its release that may have its digest.
        release: Where it is.
        stamp: Changes whenever the file, what lies beside it, its release's mark or the way of
            reading change; short, because a catalog has one for each file.
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

    def is_at(self, file: File) -> bool:
        """Tell whether a published file was found here."""
        place = (self.asset.name, self.release.origin, self.release.tag)
        return (file.filename, file.origin, file.tag) == place

    @property
    def where(self) -> str:
        """Say where it was found."""
        return release_name(self.release.origin, self.release.tag)

    def refused(self, reason: str) -> Refused:
        """Refuse it."""
        return self._refusal("", reason, self.stamp)

    def unread(self, reason: str) -> Refused:
        """Leave it out of this run only: the next one reads it again."""
        return self._refusal("", reason, UNREAD)

    def refused_sidecar(self, reason: str) -> Refused:
        """Refuse the metadata file beside it."""
        return self._refusal(SIDECAR_SUFFIX, reason, self.stamp)

    def foreign_sidecar(self) -> Refused:
        """Refuse the metadata file beside it, which is not that of this file."""
        stays = (
            "its release is immutable, so it stays"
            if self.release.immutable
            else "'ghpypi backfill' replaces it"
        )
        return self.refused_sidecar(f"it is not the metadata of the file beside it; {stays}")

    def unread_sidecar(self, reason: str) -> Refused:
        """Leave the metadata file beside it out of this run only."""
        return self._refusal(SIDECAR_SUFFIX, reason, UNREAD)

    def _refusal(self, suffix: str, reason: str, stamp: str) -> Refused:
        name = self.asset.name + suffix
        return Refused(filename=name, where=self.where, reason=reason, stamp=stamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """A listing in order.

    Attributes:
        projects: The distribution files and what lies beside them, by project.
        nameless: Files whose names begin with no project name.
        ignored: How many files are no distributions.
        unfinished: How many were left behind by broken uploads.
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
        """Match the files of a project with what lies beside them, in any order."""
        # A release can be listed twice, when others come or go while pages are turned.
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
    """One project that is not as the catalog has it.

    Attributes:
        name: The project.
        fingerprint: Of its listing now.
        before: What was known of it; `None` if it is new.
        kept: Files whose facts are known and still true.
        wanted: Files to be read, with their parsed names.
        known_digests: Digests found earlier, by the first half of the file's stamp.
        refused: Files already known to be unfit.
        found: All of its files as they are listed.
    """

    name: NormalizedName
    fingerprint: str
    before: Entry | None
    kept: tuple[File, ...]
    wanted: tuple[tuple[Filename, Found], ...]
    known_digests: Mapping[str, Sha256]
    refused: tuple[Refused, ...]
    found: tuple[Found, ...]

    def find(self, file: File) -> Found | None:
        """Find a file in the listing."""
        return next((found for found in self.found if found.stamp == file.stamp), None)

    def published(self, found: Found) -> File | None:
        """Find the published file in the place of a listed one; its facts may be old."""
        files = self.before.project.files if self.before else ()
        return next((file for file in files if found.is_at(file)), None)

    def keep(self, file: File, found: Found) -> File | None:
        """Keep the facts of a published file until it is read again; `None` if it was replaced."""
        same = file.stamp[:_HALF] == found.stamp[:_HALF]
        return _placed(file, found) if same else None

    def known_digest(self, found: Found) -> Sha256 | None:
        """Recall the digest of a file that has not changed itself."""
        return self.known_digests.get(found.stamp[:_HALF])


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
    shelves = _Shelves()
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
                shelves[stem].append((asset, release))
    projects = shelves.projects
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
            if is_distribution(projects[name][0][0].name)  # and most end here
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


class _Shelves(dict[str, list[Listed]]):
    """What was found of each project, by its name as it is written; several may be one project."""

    def __init__(self) -> None:
        super().__init__()
        self.projects: dict[NormalizedName, list[Listed]] = {}

    def __missing__(self, stem: str) -> list[Listed]:
        shelf = self[stem] = self.projects.setdefault(normalize(stem), [])
        return shelf


def compare(
    stock: Stock,
    catalog: Catalog,
    *,
    salt: str,
    refresh: bool = False,
    conditions: tuple[str, ...] = (),
) -> Iterator[Change]:
    """Yield the projects whose listing is not the one the catalog was made from.

    Args:
        stock: What the stores list now.
        catalog: What is published.
        salt: What else the facts depend on; a new salt makes everything a change.
        refresh: Yield the others too, for what no stamp tells of.
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
    known = {file.stamp: file for file in before.project.files} if before else {}
    judged: dict[str, list[Refused]] = {}
    for verdict in before.refused if before else ():
        judged.setdefault(verdict.stamp, []).append(verdict)
    kept: list[File] = []
    refused: list[Refused] = []
    wanted: list[tuple[Filename, Found]] = []
    remembered = {*known, *judged}
    found = tuple(_as_judged(each, conditions, remembered) for each in stock.found(name, salt=salt))
    for each in found:
        # Of the file, or of the metadata file beside it.
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
    """Make the stamp of a file: one half of the file itself, one of all else its facts depend on.

    Args:
        asset: The file.
        beside: Its metadata file and its attestations, in this order, where there are any.
        release: Where it is.
        salt: What else the facts depend on.
    """
    others = [each.stamp if each else "" for each in beside]
    return _short(asset.stamp) + _short(*others, str(release.prerelease), salt)


def _placed(file: File, found: Found) -> File:
    """Take what the listing says from there, and only what was read of a file from the catalog."""
    return file._replace(
        url=found.asset.url,
        key=found.asset.key,
        origin=found.release.origin,
        tag=found.release.tag,
        label=found.asset.label,
        downloads=rounded(found.asset.downloads),
    )


def rounded(count: int) -> int:
    """Leave two digits of a count, so that not every download is a change."""
    scale: int = 10 ** max(0, len(str(count)) - 2)
    return count // scale * scale


def _short(*parts: str) -> str:
    """Digest a part of a stamp; among the files of one project these do not collide."""
    digest = blake2b("\n".join(parts).encode(), digest_size=_HALF // 2)
    return digest.hexdigest()
