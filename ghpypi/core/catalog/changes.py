"""The comparison of the stores' listings with the catalog: which files must be read.

    releases ── take_stock ──► Stock ── compare(catalog) ──► ChangedProject* ──► Change*
    Change ── (facts are read) ──► Entry

A file with an unchanged stamp keeps its facts from the catalog; the others are `wanted`: the caller
must read them.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog, fingerprint
from ghpypi.core.catalog.entry import Entry, Line, Refused
from ghpypi.core.catalog.stock import HALF, Found, Listed, Place, Stock
from ghpypi.core.catalog.upload_times import place_of
from ghpypi.core.folder_files import names_of, stamps_of
from ghpypi.core.model import File
from ghpypi.core.names import Filename, InvalidFilenameError, Sha256, is_distribution


class Change(NamedTuple):
    """A project whose listing differs from the catalog.

    Attributes:
        name: The normalized name of the project.
        fingerprint: The fingerprint of its current listing.
        before: Its entry in the catalog; `None` if it is new.
        unchanged: Unchanged files.
        wanted: Files to be read, with their parsed names.
        known_digests: Digests in the catalog, by the first half of the file's stamp.
        refused: Unchanged files that are excluded.
        found: All listed files.
        published: The files in the catalog, by place; their facts may be outdated.
    """

    name: NormalizedName
    fingerprint: str
    before: Entry | None
    unchanged: tuple[File, ...]
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
        same = file.stamp[:HALF] == found.stamp[:HALF]
        return _placed(file, found) if same else None

    def known_digest(self, found: Found) -> Sha256 | None:
        """Return the digest of a file in the catalog if the file itself has not changed."""
        return self.known_digests.get(found.stamp[:HALF])


class _Comparison(NamedTuple):
    """What all projects are compared with; see `compare`."""

    stock: Stock
    salt: str
    conditions: tuple[str, ...]


class ChangedProject(NamedTuple):
    """A project whose listing differs from the catalog, before its files are compared.

    The files of new projects and of unchanged ones are compared when these are to be read: there
    may be a million files, and a first run leaves most for later batches.

    Attributes:
        name: The normalized name of the project.
        fingerprint: The fingerprint of its current listing.
        files: The number of files to be read; of a new project, also of those that are refused by
            their names.
        line: The project in the catalog; `None` if it is new.
        compared: Its files, if they had to be compared to count those to be read.
        comparison: What it is compared with.
    """

    name: NormalizedName
    fingerprint: str
    files: int
    line: Line | None
    compared: Change | None
    comparison: _Comparison

    @property
    def published(self) -> bool:
        """Whether the catalog has it."""
        return self.line is not None

    def change(self) -> Change:
        """Compare its files."""
        before = self.line.entry() if self.line and not self.compared else None
        return self.compared or _change(self.comparison, self.name, self.fingerprint, before)


def compare(
    stock: Stock,
    catalog: Catalog,
    *,
    salt: str,
    refresh: Container[NormalizedName] = (),
    conditions: tuple[str, ...] = (),
) -> Iterator[ChangedProject]:
    """Yield the projects whose listing has changed.

    Args:
        stock: The current listing.
        catalog: The published catalog.
        salt: A digest of the rules for reading files; if it differs, all projects have changed.
        refresh: Projects to yield even if unchanged, to update data without a stamp.
        conditions: The settings that the verdicts of some files depend on; where one changes,
            these files are wanted again.
    """
    comparison = _Comparison(stock, salt, conditions)
    listing_salt = " ".join([salt, *conditions])
    known = stock.fingerprints.setdefault(listing_salt, {})  # each batch compares all projects
    for name, listed in stock.projects.items():
        mark = known.get(name)
        if mark is None:
            mark = known[name] = _fingerprint(listed, salt=listing_salt)
        line = catalog.lines.get(name)
        if line is None:
            files = sum(is_distribution(x) for _, assets in listed for x in names_of(assets))
            yield ChangedProject(name, mark, files, None, None, comparison)
        elif line.fingerprint != mark:
            change = _change(comparison, name, mark, line.entry())
            yield ChangedProject(name, mark, len(change.wanted), line, change, comparison)
        elif name in refresh:
            yield ChangedProject(name, mark, 0, line, None, comparison)


def _fingerprint(listed: Iterable[Listed], *, salt: str) -> str:
    stamps = (
        f"{stamp}*" if release.prerelease else stamp
        for release, assets in listed
        for stamp in stamps_of(assets)
    )
    return fingerprint(stamps, salt=salt)


def _change(
    comparison: _Comparison, name: NormalizedName, mark: str, before: Entry | None
) -> Change:
    stock, salt, conditions = comparison
    files = before.project.files if before else ()
    known = {file.stamp: file for file in files}
    judged: dict[str, list[Refused]] = {}
    for verdict in before.refused if before else ():
        judged.setdefault(verdict.stamp, []).append(verdict)
    unchanged: list[File] = []
    refused: list[Refused] = []
    wanted: list[tuple[Filename, Found]] = []
    remembered = {*known, *judged}
    found = tuple(_as_judged(each, conditions, remembered) for each in stock.found(name, salt=salt))
    for each in found:
        # Of the file, or of its metadata file.
        refused += [x._replace(where=each.where) for x in judged.get(each.stamp, ())]
        if each.stamp in known:
            unchanged.append(_placed(known[each.stamp], each))
        elif each.stamp not in judged:
            try:
                wanted.append((Filename.parse(each.asset.name), each))
            except InvalidFilenameError as error:
                refused.append(each.refused(str(error)))
    return Change(
        name=name,
        fingerprint=mark,
        before=before,
        unchanged=tuple(unchanged),
        wanted=tuple(wanted),
        known_digests={stamp[:HALF]: file.sha256 for stamp, file in known.items()},
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
