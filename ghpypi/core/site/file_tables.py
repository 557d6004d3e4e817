"""The releases and files on pages for browsers, and which of them a page has room for."""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ghpypi.core.model import File, Yank, Yanks
from ghpypi.core.provenance_pages import absolute_provenance
from ghpypi.core.quantities import count_of, human_size, number
from ghpypi.core.site.releases import Release, by_variant
from ghpypi.core.site.tags import tags_of

MOST_TOGETHER = 30
"""Files of a release that are in one table even if they are of several variants."""

MOST_BUILDS = 6
"""Maximum number of builds of a release that are shown next to its version."""


class FileRow(NamedTuple):
    """A file in a table; all values are text for the page.

    Attributes:
        url: The URL with the digest as fragment, relative to the page if it is on the same site.
        filename: Its name.
        tags: The systems and Pythons that it is for, in words.
        variant: What it was built for; empty for nothing in particular.
        size: Its size.
        date: The day of its upload.
        downloads: Its downloads; empty if they are unknown or 0.
        sha256: Its digest; empty if unknown.
        provenance: The URL of its provenance; empty or `None` for none.
        yanked: Its yank, if it is yanked.
    """

    url: str
    filename: str
    tags: str
    variant: str
    size: str
    date: str
    downloads: str
    sha256: str
    provenance: str | None
    yanked: Yank | None


class FileGroup(NamedTuple):
    """Files of a release that are in one table.

    Attributes:
        variant: What all of them were built for; empty if they are not grouped, or have none.
        file_count: The number of files, in words.
        rows: The files; empty if there is no room for them.
        path: The index that has all of them, below the root of the site; `None` if there is none.
    """

    variant: str
    file_count: str
    rows: Sequence[FileRow]
    path: str | None


class ListedRelease(NamedTuple):
    """A release in the list of a page.

    Attributes:
        version: The public version.
        date: The day of its first upload.
        current: Whether it is the release that the page describes.
        prerelease: Whether it is a prerelease.
        yanked: Its yank, if all of it is yanked.
        builds: The local versions, if they are few.
        file_count: The number of its files, in words.
        downloads: The downloads of all files; empty if they are unknown or 0.
        groups: Its files; empty if they are on its version page only.
        page: Whether it has a version page.
    """

    version: str
    date: str
    current: bool
    prerelease: bool
    yanked: Yank | None
    builds: Sequence[str]
    file_count: str
    downloads: str
    groups: Sequence[FileGroup]
    page: bool


class FileCells(NamedTuple):
    """The part of a row that is the same on all pages, see `FileRow`."""

    tags: str
    variant: str
    size: str
    date: str
    yanked: Yank | None


def file_cells(
    file: File, variant_of: Callable[[File], str], needs_of: Callable[[File], str], yanked: Yanks
) -> FileCells:
    """Return the part of the row of a file that is the same on all pages.

    Args:
        file: The file.
        variant_of: Returns its variant; empty for none.
        needs_of: Returns what a wheel variant needs (PEP 825); empty for other files.
        yanked: The yanks of the project.
    """
    tags, needs = tags_of(file.filename).words, needs_of(file)
    return FileCells(
        tags=f"{tags} · {needs}" if needs else tags,
        variant=variant_of(file),
        size=human_size(file.size),
        date=file.uploaded_at[:10],
        yanked=file.yank(yanked),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTables:
    """Makes the tables of a page.

    Attributes:
        root: The relative URL from the page to the root of the store.
        site_root: The relative URL from the page to the root of the site.
        variant_of: Returns the variant of a file; empty for none.
        cells_of: Returns the part of the row of a file that is the same on all pages.
        paths: The paths of indexes below the root of the site, by name; empty for all that list
            files without a variant.
        first: The variant that is listed first.
        most: Maximum number of files; the first group is listed in any case.
        with_counts: Whether download counts are shown.
    """

    root: str
    site_root: str
    variant_of: Callable[[File], str]
    cells_of: Callable[[File], FileCells]
    paths: dict[str, str]
    first: str
    most: int
    with_counts: bool = True

    def listed(
        self, found: Sequence[Release], current: Release, pages: Container[str]
    ) -> Iterator[ListedRelease]:
        """List releases, with their files as far as there is room, the current release first.

        Args:
            found: The releases.
            current: The release that the page describes.
            pages: The versions that have pages of their own, which have the other files.
        """
        groups = self._groups(current, self.most, all_groups=True)
        room = self.most - _count(groups)
        for release in found:
            if release is current:
                yield self._release(release, groups, pages, current=True)
                continue
            split = len(release.files) > MOST_TOGETHER
            if release.version in pages and (split or len(release.files) > room):
                room = 0  # no release after this one, so that the order of the list is plain
                yield self._release(release, (), pages)
                continue
            listed = self._groups(release, room)
            room = max(room - len(release.files), 0)
            yield self._release(release, listed, pages)

    def _release(
        self,
        release: Release,
        groups: Sequence[FileGroup],
        pages: Container[str],
        *,
        current: bool = False,
    ) -> ListedRelease:
        return ListedRelease(
            version=release.version,
            date=release.first[:10],
            current=current,
            prerelease=release.prerelease,
            yanked=release.yanked,
            builds=release.builds if len(release.builds) <= MOST_BUILDS else (),
            file_count=_count_in_words(release),
            downloads=number(release.downloads) if release.downloads and self.with_counts else "",
            groups=groups,
            page=release.version in pages,
        )

    def _groups(self, release: Release, room: int, *, all_groups: bool = False) -> list[FileGroup]:
        """FileGroup the files of a release by variant, if there are many.

        Args:
            release: The release.
            room: Maximum number of files.
            all_groups: List more than the first group, and that one whatever its size.
        """
        groups: list[FileGroup] = []
        for variant, files in self._by_variant(release.files).items():
            fits = len(files) <= room and (all_groups or not groups)
            fits = fits or (all_groups and not groups)
            room -= len(files) if fits else 0
            rows = [self._row(file) for file in files] if fits else []
            path = self.paths.get(variant)
            groups.append(FileGroup(variant, count_of(len(files), "file"), rows, path))
        return groups

    def _by_variant(self, files: Sequence[File]) -> dict[str, Sequence[File]]:
        if len(files) <= MOST_TOGETHER:
            return {"": files}
        return {**by_variant(files, self.variant_of, first=self.first)}

    def _row(self, file: File) -> FileRow:
        url = file.url if "://" in file.url else self.root + file.url
        cells = self.cells_of(file)
        return FileRow(
            url=f"{url}#sha256={file.sha256}" if file.sha256 else url,
            filename=file.filename,
            tags=cells.tags,
            variant=cells.variant,
            size=cells.size,
            date=cells.date,
            downloads=number(file.downloads) if file.downloads and self.with_counts else "",
            sha256=file.sha256,
            provenance=absolute_provenance(file, self.root, self.site_root),
            yanked=cells.yanked,
        )


def _count(groups: Sequence[FileGroup]) -> int:
    return sum(len(group.rows) for group in groups)


def _count_in_words(release: Release) -> str:
    count = count_of(len(release.files), "file")
    many = len(release.builds) > MOST_BUILDS
    return f"{count} in {count_of(len(release.builds), 'build')}" if many else count
