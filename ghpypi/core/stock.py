"""From what the stores list to what has to be found out: stock is taken, then compared.

    releases ── take_stock ──► Stock ── compare(catalog) ──► Change* ── (facts are read) ──► Entry*

Only finished files of published releases count. A file that was known under the same stamp keeps
its facts; the others are `wanted`, and the caller reads what there is to know of them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog import Catalog, Entry, Refused, fingerprint
from ghpypi.core.model import Asset, File, StoredRelease
from ghpypi.core.names import (
    SIDECAR_SUFFIX,
    Filename,
    InvalidFilenameError,
    Sha256,
    is_distribution,
    is_sidecar,
    project_of,
)

_NORMALIZED = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Found(NamedTuple):
    """One distribution file in a listing, with the sidecar beside it.

    A named tuple, because there is one for each file of a listing, whether it changed or not, and
    nothing is cheaper to make.

    Attributes:
        asset: The file itself.
        sidecar: Its metadata sidecar, if the same release has one.
        release: Where it is.
        stamp: Changes whenever file, sidecar or the mark of the release change.
    """

    asset: Asset
    sidecar: Asset | None
    release: StoredRelease
    stamp: str

    @property
    def where(self) -> str:
        """Say where it was found."""
        return f"{self.release.origin} {self.release.tag}".strip()

    def refused(self, reason: str) -> Refused:
        """Refuse it."""
        return Refused(filename=self.asset.name, where=self.where, reason=reason, stamp=self.stamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """A listing in order.

    Attributes:
        projects: The distribution files, by project.
        nameless: Files whose names begin with no project name.
        ignored: How many files are no distributions.
        unfinished: How many were left behind by broken uploads.
    """

    projects: Mapping[NormalizedName, tuple[Found, ...]]
    nameless: tuple[Refused, ...]
    ignored: int
    unfinished: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One project that is not as the catalog has it.

    Attributes:
        name: The project.
        fingerprint: Of its listing now.
        before: Its files as published; empty if it is new.
        kept: Files whose facts are known and still true.
        wanted: Files to be read, with their parsed names.
        known_digests: Digests found earlier, by the asset's own stamp.
        refused: Files already known to be unfit.
    """

    name: NormalizedName
    fingerprint: str
    before: tuple[File, ...]
    kept: tuple[File, ...]
    wanted: tuple[tuple[Filename, Found], ...]
    known_digests: Mapping[str, Sha256]
    refused: tuple[Refused, ...]


def take_stock(releases: Iterable[StoredRelease], *, prereleases: bool = True) -> Stock:
    """Sort a listing by project; drafts and unfinished uploads are left out."""
    projects: dict[NormalizedName, list[Found]] = {}
    ignored = unfinished = 0
    for release in releases:
        if release.draft or (release.prerelease and not prereleases):
            continue
        names = {asset.name: asset for asset in release.assets if asset.complete}
        unfinished += len(release.assets) - len(names)
        for name, asset in names.items():
            if is_distribution(name):
                found = _found(asset, names.get(name + SIDECAR_SUFFIX), release)
                projects.setdefault(project_of(name), []).append(found)
            elif not is_sidecar(name):
                ignored += 1
    nameless = [name for name in projects if not _NORMALIZED.fullmatch(name)]
    refused = [
        found.refused("its name does not begin with a project name")
        for name in nameless
        for found in projects.pop(name)
    ]
    return Stock(
        projects={name: tuple(projects[name]) for name in sorted(projects)},
        nameless=tuple(sorted(refused, key=lambda x: (x.filename, x.where))),
        ignored=ignored,
        unfinished=unfinished,
    )


def compare(stock: Stock, catalog: Catalog, *, salt: str) -> Iterator[Change]:
    """Yield the projects whose listing is not the one the catalog was made from.

    Args:
        stock: What the stores list now.
        catalog: What is published.
        salt: What else the facts depend on; a new salt makes everything a change.
    """
    for name, found in stock.projects.items():
        mark = fingerprint((each.stamp for each in found), salt=salt)
        line = catalog.lines.get(name)
        if line is None or line.fingerprint != mark:
            # The salt goes into the stamps too: what was found out under another one is not kept.
            salted = tuple(each._replace(stamp=f"{each.stamp}|{salt}") for each in found)
            yield _change(name, mark, salted, line.entry() if line else None)


def _found(asset: Asset, sidecar: Asset | None, release: StoredRelease) -> Found:
    mark = "*" if release.prerelease else ""
    stamp = f"{asset.stamp}|{sidecar.stamp if sidecar else ''}{mark}"
    return Found(asset, sidecar, release, stamp)


def _change(
    name: NormalizedName, mark: str, found: tuple[Found, ...], before: Entry | None
) -> Change:
    known = {file.stamp: file for file in before.project.files} if before else {}
    judged = {x.stamp: x for x in before.refused} if before else {}
    kept: list[File] = []
    refused: list[Refused] = []
    wanted: list[tuple[Filename, Found]] = []
    for each in _one_of_each(found, refused):
        if each.stamp in known:
            kept.append(known[each.stamp])
        elif each.stamp in judged:
            refused.append(judged[each.stamp])
        else:
            try:
                wanted.append((Filename.parse(each.asset.name), each))
            except InvalidFilenameError as error:
                refused.append(each.refused(str(error)))
    return Change(
        name=name,
        fingerprint=mark,
        before=before.project.files if before else (),
        kept=tuple(kept),
        wanted=tuple(wanted),
        known_digests={stamp.partition("|")[0]: file.sha256 for stamp, file in known.items()},
        refused=tuple(refused),
    )


def _one_of_each(found: Iterable[Found], refused: list[Refused]) -> Iterator[Found]:
    """Of several files with one name offer the oldest: it is the one that was locked by users."""
    first: dict[str, Found] = {}
    for each in sorted(found, key=lambda x: (x.asset.uploaded_at, x.where, x.asset.key)):
        chosen = first.setdefault(each.asset.name, each)
        if chosen is each:
            yield each
        elif chosen.asset.sha256 is None or chosen.asset.sha256 != each.asset.sha256:
            refused.append(
                each.refused(f"another file of this name was uploaded earlier, to {chosen.where}")
            )
