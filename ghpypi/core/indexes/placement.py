"""The index pages of published files, according to the catalog."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import Entry
from ghpypi.core.indexes.indexes import MAIN_FOLDER, Indexes
from ghpypi.core.model import File, StatusMarker
from ghpypi.core.names import Sha256


class PublishedFile(NamedTuple):
    """A published file that should appear in an index.

    Attributes:
        filename: Its name.
        project: The normalized name of its project.
        sha256: Its digest; `None` if unknown, so that only the name is compared.
        yanked: Whether it must be shown as yanked, or not yanked; `None` for either.
        status: The status of its project that must be shown; `None` for any.
        gone: Whether it must not be listed any more.
    """

    filename: str
    project: NormalizedName
    sha256: Sha256 | None = None
    yanked: bool | None = None
    status: StatusMarker | None = None
    gone: bool = False

    @property
    def is_change(self) -> bool:
        """Whether the file was published before, and a change of its page is expected."""
        return self.gone or self.yanked is not None or self.status is not None

    def is_listed(self, digests: Mapping[str, str | None]) -> bool:
        """Return whether a page lists the file.

        Args:
            digests: The SHA-256 of the page's files by name; `None` if unknown.
        """
        if self.filename not in digests:
            return False
        found = digests[self.filename]
        return found is None or self.sha256 in {None, found}

    def is_shown(
        self, digests: Mapping[str, str | None], yanked: Collection[str], status: str
    ) -> bool:
        """Return whether a page lists the file as expected.

        Args:
            digests: The SHA-256 of the page's files by name; `None` if unknown.
            yanked: The names of yanked files.
            status: The status of the project.
        """
        if self.gone:
            return not self.is_listed(digests)
        if self.status is not None and self.status != status:
            return False
        if self.status is StatusMarker.QUARANTINED:
            return True  # the page of a quarantined project lists no files (PEP 792)
        as_expected = self.yanked is None or (self.filename in yanked) is self.yanked
        return as_expected and self.is_listed(digests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The index pages of files.

    Attributes:
        pages: The files of each project page, by the folder of the index (empty for the main one)
            and the project.
        missing: The files that are not in the catalog yet.
        left_out: The reasons for excluded files, by filename.
    """

    pages: Mapping[tuple[str, NormalizedName], tuple[PublishedFile, ...]] = field(
        default_factory=dict
    )
    missing: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether all files have a page."""
        return not self.missing and not self.left_out


def place(
    files: Iterable[PublishedFile], catalog: Catalog, indexes: Indexes, wanted: str | None = None
) -> Placement:
    """Return the index page of each file: in the main index if possible, otherwise in any other.

    Args:
        files: The files.
        catalog: The catalog of the site.
        indexes: The indexes of the site.
        wanted: The index that must contain them; `None` for any.
    """
    pages: dict[tuple[str, NormalizedName], list[PublishedFile]] = {}
    missing, left_out = [], {}
    for file in files:
        if file.gone:
            pages.setdefault((wanted or MAIN_FOLDER, file.project), []).append(file)
            continue
        line = catalog.lines.get(file.project)
        entry = line.entry() if line else None
        if line is None or entry is None or not any(_is(x, file) for x in entry.project.files):
            if reason := _refusal(entry, file):
                left_out[file.filename] = reason
            else:
                missing.append(file.filename)
            continue
        names = [wanted] if wanted is not None else indexes.holding(line.membership)
        folder = next(_holding(file, entry, indexes, names), None)
        if folder is None:
            which = f"'{wanted}'" if wanted else "any index"
            left_out[file.filename] = f"the configuration does not include it in {which}"
        else:
            pages.setdefault((folder, file.project), []).append(file)
    return Placement(
        pages={page: tuple(found) for page, found in pages.items()},
        missing=tuple(missing),
        left_out=left_out,
    )


def _is(file: File, wanted: PublishedFile) -> bool:
    return wanted.is_listed({file.filename: file.sha256 or None})


def _holding(
    file: PublishedFile, entry: Entry, indexes: Indexes, names: Iterable[str]
) -> Iterator[str]:
    for name, offer in indexes.offers(entry, sorted(names, key=lambda x: x != MAIN_FOLDER)):
        if any(_is(each, file) for each in offer.files):
            yield name


def _refusal(entry: Entry | None, file: PublishedFile) -> str:
    refused = entry.refused if entry else ()
    return next((each.reason for each in refused if each.filename == file.filename), "")
