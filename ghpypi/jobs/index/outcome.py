"""What can be chosen of a run, and what came of it."""

from dataclasses import dataclass

from ghpypi.core.catalog import Refused
from ghpypi.core.differences import Differences
from ghpypi.ports import Published


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOptions:
    """What can be chosen.

    Attributes:
        full: Trust nothing that is published: read everything, write everything that differs.
        refresh: Look again at what changes without a release: download counts, and what indexes
            elsewhere have of our names.
        allow_shrink: Publish though files are gone, or none are left.
        dry_run: Stop before writing.
        check: Stop before writing, and fail if there is something to write.
        parallel: Files read at once.
    """

    full: bool = False
    refresh: bool = False
    allow_shrink: bool = False
    dry_run: bool = False
    check: bool = False
    parallel: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """What the index holds, and how that differs from before.

    Attributes:
        projects: Projects with files.
        files: Files known.
        indexes: The indexes of the site; `""` is the main one.
        differences: Filenames added, changed and removed.
        refused: Files that were found and are left out, of all indexes or of the main one.
        overtaken: Project to the higher version that the public index has of its name.
        ignored: Files that are no distributions.
        unfinished: Files left behind by broken uploads.
        published: What was written; `None` if that was not wanted.
        outdated: The site is, or was, not what it should be.
    """

    projects: int
    files: int
    indexes: tuple[str, ...]
    differences: Differences
    refused: tuple[Refused, ...]
    overtaken: dict[str, str]
    ignored: int
    unfinished: int
    published: Published | None
    outdated: bool
