"""Errors for an index that would lose files, with the reason for each file."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.changes import EXPIRED, Stock
from ghpypi.core.catalog.differences import MESSAGE_LINES
from ghpypi.core.catalog.entry import Line
from ghpypi.core.indexes.same_file import where
from ghpypi.core.model import File
from ghpypi.core.patterns import matches_glob
from ghpypi.core.quantities import count_of, first_of
from ghpypi.errors import DamagedError, RefusedError
from ghpypi.jobs.index.outcome import IndexReport
from ghpypi.ports import FileSource

NAMES = 10
"""Maximum number of filenames per release in a message."""

PLACES = 20
"""Releases with a line of their own in a message at most, for each reason."""

GONE = {
    None: "the release was deleted",
    "draft": "the release is a draft",
    "prerelease": "the release is marked as a prerelease, and prereleases = false",
}
"""Reasons by the state of a release."""

MEANT = (
    "if this is intended, run 'ghpypi index --allow-shrink', or start the index workflow with "
    "'allow-shrink'"
)


class _Cause(NamedTuple):
    """Why files would be removed.

    Attributes:
        place: The repository, or the release in it.
        reason: What happened to it.
        hint: What to do; may be empty.
    """

    place: str
    reason: str
    hint: str = ""


def unexpected(
    lost: Iterable[tuple[NormalizedName, File]],
    stock: Stock,
    may_shrink: Collection[str],
    source: FileSource,
) -> list[tuple[NormalizedName, File]]:
    """Leave out the lost files that the configuration lets go.

    These are the files that `exclude-assets` excludes, those of releases that `[retention]` leaves
    out, and of releases that come and go (`may-shrink`), unless all of their repository is out of
    sight.
    """
    absence = cache(source.absence)
    return [
        (project, file)
        for project, file in lost
        if stock.releases.get((file.origin, file.tag)) != EXPIRED
        and not any(matches_glob(file.filename, each) for each in stock.excluded)
        and not (
            any(matches_glob(file.tag, each) for each in may_shrink) and not absence(file.origin)
        )
    ]


def refuse_unread(
    report: IndexReport,
    site: str,
    lost: Iterable[tuple[NormalizedName, File]],
    *,
    empty: bool = False,
) -> None:
    """Publish nothing if published files would be lost because they could not be read.

    Args:
        report: Of what would be published.
        site: The name of the site.
        lost: The files that are published and would not be any more, each with its project.
        empty: Nothing at all would be published.

    Raises:
        DamagedError: At least one of them could not be read.
    """
    names = {file.filename for _, file in lost}
    if missed := [x for x in report.unread if empty or x.filename in names]:
        raise DamagedError(
            f"{count_of(len(missed), 'file')} of {site} could not be read; nothing was published",
            faults=[f"{x.filename}: {x.reason}" for x in missed],
            hint="run the same command again later",
        )


def loss_error(
    site: str,
    lost: Iterable[tuple[NormalizedName, File]],
    *,
    stock: Stock,
    after: Catalog,
    source: FileSource,
) -> RefusedError:
    """Return the error with all files that an index would lose, grouped by reason.

    Args:
        site: The name of the site.
        lost: The published files that would be removed, with their projects.
        stock: The current listing of the store.
        after: The new catalog.
        source: The store.
    """
    absence = cache(source.absence)

    def cause(project: NormalizedName, file: File) -> _Cause:
        if found := absence(file.origin):
            return _Cause(file.origin, found.reason, found.hint)
        state = stock.releases.get((file.origin, file.tag))
        return _Cause(where(file), GONE.get(state) or _of_file(file, after.lines.get(project)))

    causes: dict[_Cause, list[str]] = {}
    for project, file in lost:
        causes.setdefault(cause(project, file), []).append(file.filename)
    number = sum(map(len, causes.values()))
    hints = dict.fromkeys([*(cause.hint for cause in causes if cause.hint), MEANT])
    return RefusedError(
        f"{site} would lose {count_of(number, 'file')}; nothing was published",
        faults=list(_faults(causes))[:MESSAGE_LINES],
        hint="; ".join(hints),
    )


def _of_file(file: File, line: Line | None) -> str:
    """Return the reason for a file whose release still exists."""
    for refused in line.entry().refused if line else ():
        if (refused.filename, refused.where) == (file.filename, where(file)):
            return f"excluded: {refused.reason}"
    return "deleted from the release"


def _faults(causes: Mapping[_Cause, list[str]]) -> Iterator[str]:
    """Describe the losses; many releases of one fate are one line."""
    for reason, same in groupby(sorted(causes, key=lambda x: (x.reason, x)), lambda x: x.reason):
        found = list(same)
        if len(found) > PLACES:
            count = count_of(sum(len(causes[cause]) for cause in found), "file")
            places = first_of([cause.place for cause in found], NAMES)
            yield f"{reason}, {count} of {count_of(len(found), 'release')}: {places}"
            continue
        for cause in found:
            yield f"{cause.place}: {reason}: {first_of(sorted(causes[cause]), NAMES)}"
