"""The files that an index run copies to the site: `files = "copy"` in `[site]`."""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.entry import Entry, Line
from ghpypi.core.catalog.stock import Found, Stock
from ghpypi.core.catalog.upload_times import place_of
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.model import Asset, File, release_name
from ghpypi.core.names import PROVENANCE_SUFFIX, SIDECAR_SUFFIX, Sha256
from ghpypi.core.quantities import NEAR_LIMIT, count_of, human_size
from ghpypi.core.site.copied_files import (
    copied_path,
    copied_paths,
    has_provenance_file,
    is_copied_path,
    is_elsewhere,
)
from ghpypi.errors import NotFoundError, RefusedError
from ghpypi.ports import FileSource, Reporter, Site, SiteFile, SiteLimits
from ghpypi.stored_files import verified_file

MOST_NAMES = 20
"""Maximum number of files that an error names."""

_FEWER_FILES = (
    "leave them out with 'exclude-assets' in [index] or with [retention], or write the site to a "
    "folder with 'ghpypi index --output'"
)


class OfferedFiles(NamedTuple):
    """The files that the indexes of a catalog offer.

    Attributes:
        lines: The projects of the catalog.
        indexes: Its indexes.
        entries: Entries that need not be read.
        separate: The site is not where the files of its store are.
    """

    lines: Mapping[NormalizedName, Line]
    indexes: Indexes
    entries: Mapping[NormalizedName, Entry] = {}
    separate: bool = False

    def of(self, name: NormalizedName) -> list[File]:
        """Return the files of a project, each content once; none if there is no such project."""
        line = self.lines.get(name)
        if line is None or not line.files:
            return []
        entry = self.entries.get(name) or line.entry()
        offers = self.indexes.offers(entry, self.indexes.holding(line.membership))
        files = (file for _, offer in offers for file in offer.files)
        copied = (file for file in files if is_elsewhere(file, separate=self.separate))
        return list({copied_path(file): file for file in copied}.values())

    def all(self) -> Iterator[File]:
        """Yield the files of all projects."""
        for name in self.lines:
            yield from self.of(name)


def unused_copies(site: Site, offered: OfferedFiles | None) -> Iterator[str]:
    """Yield the paths of copies on a site that no index offers, also those of interrupted runs.

    Args:
        site: The site.
        offered: The files of the indexes; `None` if there are to be no copies.
    """
    found = list(filter(is_copied_path, site.paths()))
    # The first copies are made without reading all lines of the catalog for this.
    used = set(copied_paths(offered.all())) if offered and found else set()
    yield from (path for path in found if path not in used)


def left_copies(
    before: OfferedFiles, after: OfferedFiles, names: Iterable[NormalizedName]
) -> Iterator[str]:
    """Yield the paths of the copies of some projects that no index offers any more."""
    for name in names:
        used = set(copied_paths(after.of(name)))
        yield from (path for path in copied_paths(before.of(name)) if path not in used)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCopies:
    """Finds and opens the files that a site has besides pages.

    Attributes:
        source: The store.
        stock: What it lists.
    """

    source: FileSource
    stock: Stock

    def of(
        self,
        names: Collection[NormalizedName],
        offered: OfferedFiles,
        changed: Container[NormalizedName],
        reporter: Reporter,
    ) -> Iterator[SiteFile]:
        """Yield the files of projects, with their metadata files and provenance.

        Args:
            names: The projects.
            offered: The files of the indexes.
            changed: The projects whose provenance may be another one than before.
            reporter: Shows progress.
        """
        with reporter.progress("copying", len(names), unit="project") as advance:
            for name in names:
                files = offered.of(name)
                listed = {x.place: x for x in self.stock.found(name, salt="")} if files else {}
                for file in files:
                    found = listed.get(place_of(file))
                    yield from self._files(file, found, changed=name in changed)
                advance(1)

    def _files(self, file: File, found: Found | None, *, changed: bool) -> Iterator[SiteFile]:
        path = copied_path(file)
        if found is None:
            yield SiteFile(path=path, size=file.size, open=partial(_missing, file))
            return
        yield self._file(path, found.asset, file.sha256)
        if file.core_metadata and found.sidecar:
            yield self._file(path + SIDECAR_SUFFIX, found.sidecar, file.core_metadata)
        if has_provenance_file(file) and found.provenance:
            beside = found.provenance
            yield self._file(path + PROVENANCE_SUFFIX, beside, beside.sha256, may_differ=changed)

    def _file(
        self, path: str, asset: Asset, sha256: Sha256 | None, *, may_differ: bool = False
    ) -> SiteFile:
        opener: Callable[[], AbstractContextManager[BinaryIO]]
        opener = partial(verified_file, self.source, asset, sha256)
        return SiteFile(path=path, size=asset.size, open=opener, may_differ=may_differ)


@contextmanager
def _missing(file: File) -> Iterator[BinaryIO]:
    raise NotFoundError(
        f"{file.filename} cannot be copied to the site: it is not in "
        f"{release_name(file.origin, file.tag)} any more",
        hint="run 'ghpypi index' again",
    )
    yield  # type: ignore[unreachable]  # makes it a generator


def check_limits(files: Iterable[File], limits: SiteLimits, site: str, reporter: Reporter) -> None:
    """Refuse files that a site does not accept, before one is copied.

    Args:
        files: All files of the index; they are not read without a limit.
        limits: The limits of the site.
        site: Its name.
        reporter: Receives a warning if a limit is near.

    Raises:
        RefusedError: Files are too large for the site, or all of them together are.
    """
    if limits.page is None and limits.site is None:
        return
    sizes = {copied_path(file): (file.size, file.filename) for file in files}
    if limits.page is not None:
        _check_sizes(sizes.values(), limits.page, site, limits.source)
    if limits.site is None:
        return
    total = sum(size for size, _ in sizes.values())
    what = f"{count_of(len(sizes), 'file')} of {site} have {human_size(total)}"
    if total > limits.site:
        largest = sorted(sizes.values(), reverse=True)
        raise RefusedError(
            f"{what}; {limits.source} publishes sites of {human_size(limits.site)}; nothing was "
            "copied",
            faults=[f"{name}: {human_size(size)}" for size, name in largest[:MOST_NAMES]],
            hint=_FEWER_FILES,
        )
    if total >= NEAR_LIMIT * limits.site:
        reporter.warn(f"{what}; {limits.source} publishes sites of {human_size(limits.site)}")


def _check_sizes(sizes: Iterable[tuple[int, str]], most: int, site: str, source: str) -> None:
    too_large = sorted((each for each in sizes if each[0] > most), reverse=True)
    if too_large:
        raise RefusedError(
            f"{count_of(len(too_large), 'file')} cannot be copied to {site}: {source} accepts "
            f"files of {human_size(most)}; nothing was copied",
            faults=[f"{name}: {human_size(size)}" for size, name in too_large[:MOST_NAMES]],
            hint=_FEWER_FILES,
        )
