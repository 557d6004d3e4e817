"""The version of a project that its page, lists and feeds show."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import chain, filterfalse
from typing import TYPE_CHECKING

from packaging.version import Version

from ghpypi.core.catalog.entry import Shown
from ghpypi.core.model import File, Project, Yanks
from ghpypi.core.names import Filename, InvalidFilenameError, same_version, version_key
from ghpypi.core.simple.documents import ProjectDocument

if TYPE_CHECKING:  # for speed: the metadata parser is slow to import, and lists need none
    from ghpypi.core.metadata import Metadata


def shown_file(project: Project, yanked: Yanks) -> File | None:
    """Choose the file whose metadata is shown for a project; `None` if no file has metadata.

    It is a file of the newest version that is neither yanked nor a prerelease; otherwise of the
    newest prerelease; otherwise of the newest yanked version, prereleases last. Wheels are
    preferred to source distributions, whose metadata may be incomplete.
    """
    described = [file for file in project.files if not file.filename.endswith(".json")]
    return max(
        described,
        key=lambda file: (
            file.yank(yanked) is None,
            not version_key(file.version).is_prerelease,
            version_key(file.version),
            file.filename.endswith(".whl"),
            file.core_metadata is not None,
            file.filename,
        ),
        default=None,
    )


def shown_of(project: Project, file: File, metadata: "Metadata") -> Shown:
    """Return what lists show of a project."""
    return Shown(
        version=file.version,
        uploaded_at=min(
            x.uploaded_at for x in project.files if same_version(x.version, file.version)
        ),
        summary=metadata.summary,
        keywords=" ".join(metadata.keywords),
    )


def current_version(document: ProjectDocument) -> tuple[str, bool]:
    """Return the version that installers would choose, and whether it is yanked.

    A version is yanked if all its files are (PEP 592). Yanked versions and prereleases are chosen
    only if there are no others.
    """
    kept = set()
    for file in document["files"]:
        if not file.get("yanked"):
            with suppress(InvalidFilenameError):
                kept.add(Filename.parse(file["filename"]).version)
    return newest_version(document["versions"], kept.__contains__)


def newest_version(versions: Sequence[str], is_kept: Callable[[Version], bool]) -> tuple[str, bool]:
    """Return the version that installers would choose, and whether it is yanked.

    Args:
        versions: The versions, oldest first; at least one.
        is_kept: Returns whether a version has a file that is not yanked; called for the highest
            versions only, until one has.
    """

    def is_prerelease(version: str) -> bool:
        return version_key(version).is_prerelease

    newest = versions[::-1]
    ordered = chain(filterfalse(is_prerelease, newest), filter(is_prerelease, newest))
    for version in ordered:
        if is_kept(version_key(version)):
            return version, False
    return next(filterfalse(is_prerelease, newest), newest[0]), True
