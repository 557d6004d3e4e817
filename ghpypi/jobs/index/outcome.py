"""Settings and report of an index run."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.differences import Differences
from ghpypi.core.catalog.entry import Refused
from ghpypi.core.config.hold import Hold
from ghpypi.core.indexes.ambiguous import Ambiguous
from ghpypi.core.indexes.unlisted import SharedName
from ghpypi.jobs.index.attestations import AttestationSettings
from ghpypi.jobs.index.budget import WHOLE, Batch, ReadBudget, StopRequest
from ghpypi.ports import ProvenanceVerifier, Published


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOptions:
    """Settings of an index run.

    Attributes:
        full: Ignore the published catalog: read all files, and write all pages that differ.
        refresh: Update data that changes without a release: download counts, and files of upstream
            indexes.
        accept_replaced: Globs of the tags of releases whose files may have been replaced.
        allow_shrink: Publish even if files have been removed, or none are left.
        accept_removed: Globs of the tags of releases that were deleted, or whose files were, on
            purpose.
        adopt: Overwrite files that ghpypi did not write at paths of the index.
        dry_run: Stop before writing.
        check: Stop before writing, compare all pages, and fail if any differ.
        parallel: Number of files that are read concurrently.
        max_seconds: When reading ends, in seconds; what was read by then is published. `None` for
            never.
        batch: What is read before an index is published.
        clock: Monotonic clock, in seconds.
        now: The time, for the age of releases.
        verifier: Verifies the provenance of files that are read; `None` to leave that to others.
        attestations: How attestations of files without provenance are found; `None` to look for
            none. What earlier runs have found stays.
        stop: Ends the run early, with what was read; ignored where all must be read.
    """

    full: bool = False
    refresh: bool = False
    allow_shrink: bool = False
    accept_replaced: tuple[str, ...] = ()
    accept_removed: tuple[str, ...] = ()
    adopt: bool = False
    dry_run: bool = False
    check: bool = False
    parallel: int = 8
    max_seconds: float | None = None
    batch: Batch = field(default_factory=Batch)
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    verifier: ProvenanceVerifier | None = None
    attestations: AttestationSettings | None = None
    stop: StopRequest = field(default_factory=StopRequest)

    def budget(self) -> ReadBudget:
        """Decide how much is read before an index is published.

        A full run must read everything before it replaces what is published, and one that
        publishes nothing has no use for a part.
        """
        whole = self.full or self.dry_run or self.check
        if whole:
            return ReadBudget(WHOLE, self.max_seconds, self.clock)
        return ReadBudget(self.batch, self.max_seconds, self.clock, self.stop)


class HigherUpstream(NamedTuple):
    """A project that the public index has in a higher version.

    Attributes:
        project: The normalized name.
        ours: The highest version in this index.
        theirs: The highest version in the public index.
    """

    project: NormalizedName
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """The content of the index, and its changes.

    Attributes:
        projects: The number of projects with files.
        files: The number of files.
        indexes: The indexes of the site; `""` is the main one.
        differences: Filenames added, changed and removed.
        refused: Files that are excluded because they are invalid.
        unread: Files that could not be read this time; the next run reads them again.
        shared_names: Filenames that files of several variants have.
        left: Names of files that are in no index, because the configuration says so.
        unlabeled: Names of platform wheels in no variant's index, as no variant of them is known.
        variants_only: Projects that the main index does not have: all their files are of variants.
        source_only: Projects of which the main index has source distributions, and no wheel.
        ambiguous: Builds of one version in one index that only their local versions tell apart.
        undigested: Names of files that are offered without a digest.
        remarks: What is wrong with files that are offered nevertheless.
        to_compile: Versions with a source distribution whose wheels are all left out, such as
            `acme==1.0`.
        contradictory: Versions whose variant wheels contradict each other, and how.
        unmatched: Settings that match nothing, each with its place.
        overtaken: Our names that the public index has in higher versions.
        expired: Releases that `[retention]` leaves out, each as origin and tag.
        excluded: Assets that `exclude-assets` excludes.
        ignored: Files that are no distributions.
        unfinished: Files left behind by broken uploads.
        remaining: Files that are still to be read by another run, because the time was up or the
            remote refused.
        read: Files that were read in this run.
        published: What was written; `None` if that was not wanted.
        outdated: The site is, or was, not what it should be.
        hold: The earlier state that was published instead of the releases; `None` if none was.
        site: The name of the site.
        address: The URL of the main index, ending in `/`; empty if it is not known.
    """

    projects: int
    files: int
    indexes: tuple[str, ...]
    differences: Differences
    published: Published | None
    outdated: bool
    refused: tuple[Refused, ...] = ()
    unread: tuple[Refused, ...] = ()
    shared_names: tuple[SharedName, ...] = ()
    left: tuple[str, ...] = ()
    unlabeled: tuple[str, ...] = ()
    variants_only: tuple[NormalizedName, ...] = ()
    source_only: tuple[NormalizedName, ...] = ()
    ambiguous: tuple[Ambiguous, ...] = ()
    undigested: tuple[str, ...] = ()
    remarks: tuple[Refused, ...] = ()
    to_compile: tuple[str, ...] = ()
    contradictory: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    overtaken: tuple[HigherUpstream, ...] = ()
    expired: tuple[tuple[str, str], ...] = ()
    excluded: int = 0
    ignored: int = 0
    unfinished: int = 0
    remaining: int = 0
    read: int = 0
    hold: Hold | None = None
    site: str = ""
    address: str = ""
