"""Errors for an index that would lose files, with the reason for each file."""

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.differences import MESSAGE_LINES
from ghpypi.core.catalog.entry import Line
from ghpypi.core.catalog.stock import EXPIRED, Stock
from ghpypi.core.indexes.same_file import where
from ghpypi.core.model import File
from ghpypi.core.names import version_key
from ghpypi.core.patterns import matches_glob
from ghpypi.core.quantities import count_of, first_of
from ghpypi.core.release_parts import matches_tag
from ghpypi.errors import DamagedError, RefusedError
from ghpypi.jobs.index.outcome import IndexReport
from ghpypi.ports import FileSource, Reporter

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

ACCEPTED_TAGS = 5
"""Maximum number of tags that a hint names; beyond that, it names the option for all of them."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedLoss:
    """Files whose loss does not stop a run.

    Attributes:
        tags: Globs of the tags of their releases: `may-shrink` and `--accept-removed`.
        versions: Versions that were deleted on purpose, by project: `[removed]`.
    """

    tags: tuple[str, ...] = ()
    versions: Mapping[NormalizedName, Collection[Version]] = field(default_factory=dict)

    def covers(self, project: NormalizedName, file: File) -> bool:
        """Return whether a file of a project may be gone."""
        if version_key(file.version) in self.versions.get(project, ()):
            return True
        return any(matches_tag(file.tag, glob) for glob in self.tags)


def unexpected(
    lost: Iterable[tuple[NormalizedName, File]],
    stock: Stock,
    accepted: AcceptedLoss,
    source: FileSource,
) -> list[tuple[NormalizedName, File]]:
    """Leave out the lost files that the configuration or the user lets go.

    These are the files that `exclude-assets` excludes, those of releases that `[retention]` leaves
    out, and the accepted ones, unless all of their repository is out of sight.
    """
    absence = cache(source.absence)
    return [
        (project, file)
        for project, file in lost
        if stock.state(file.origin, file.tag) != EXPIRED
        and not any(matches_glob(file.filename, each) for each in stock.excluded)
        and not (accepted.covers(project, file) and not absence(file.origin))
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
        state = stock.state(file.origin, file.tag)
        return _Cause(where(file), GONE.get(state) or _of_file(file, after.lines.get(project)))

    causes: dict[_Cause, list[str]] = {}
    tags: set[str] = set()
    hidden = False
    for project, file in lost:
        causes.setdefault(cause(project, file), []).append(file.filename)
        tags.add(file.tag)
        hidden = hidden or absence(file.origin) is not None
    number = sum(map(len, causes.values()))
    hints = dict.fromkeys(
        [*(cause.hint for cause in causes if cause.hint), _accepting(tags, hidden=hidden)]
    )
    return RefusedError(
        f"{site} would lose {count_of(number, 'file')}; nothing was published",
        faults=list(_faults(causes))[:MESSAGE_LINES],
        hint="; ".join(hints),
    )


def warn_of_loss(
    lost: Iterable[tuple[NormalizedName, File]],
    *,
    stock: Stock,
    after: Catalog,
    source: FileSource,
    reporter: Reporter,
) -> list[tuple[NormalizedName, File]]:
    """Warn about lost files; return those that are not known to be deleted.

    These are the files of repositories that are out of sight.

    Args:
        lost: The published files that would be removed, with their projects.
        stock: The current listing of the store.
        after: The new catalog.
        source: The store.
        reporter: Receives the warnings.
    """
    absence = cache(source.absence)
    hidden = [(project, file) for project, file in lost if absence(file.origin)]
    gone = [each for each in lost if each not in hidden]
    if gone:
        for fault in loss_error("", gone, stock=stock, after=after, source=source).faults:
            reporter.warn(f"not in the index any more: {fault}")
    return hidden


def _accepting(tags: Collection[str], *, hidden: bool) -> str:
    """Return the hint with the command that publishes the index without the lost files.

    Args:
        tags: The tags of the releases of these files.
        hidden: Whether some of them are in a repository that cannot be seen, so that it is not
            known whether they were deleted.
    """
    if hidden or len(tags) > ACCEPTED_TAGS or any(set(tag) & set(" *?[") for tag in tags):
        return (
            "if this is intended, run 'ghpypi index --allow-shrink', or start the index workflow "
            "with 'allow-shrink'"
        )
    options = " ".join(f"--accept-removed {shlex.quote(tag)}" for tag in sorted(tags))
    return (
        f"if this is intended, run 'ghpypi index {options}', or start the index workflow with "
        f"'accept-removed: {' '.join(sorted(tags))}'"
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
