"""Files grouped by release, newest first.

`1.0+cu126` and `1.0+cu128` are two builds of one release, although they are different versions.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple

from ghpypi.core.catalog.shown_version import shown_file
from ghpypi.core.model import File, Project, Yank, Yanks
from ghpypi.core.names import natural_key, version_key


class Release(NamedTuple):
    """The files of a public version.

    Attributes:
        version: Without the local part.
        files: In order of version, then filename.
        builds: The local parts there are, in natural order.
        prerelease: By its version (PEP 440), or marked so by its publisher.
        yanked: All of it is withdrawn; a yank of single builds is a matter of their files.
        first: When its first file arrived.
        last: When its last file arrived.
        downloads: Of all its files.
    """

    version: str
    files: tuple[File, ...]
    builds: tuple[str, ...]
    prerelease: bool
    yanked: Yank | None
    first: str
    last: str
    downloads: int


def releases(project: Project, yanked: Yanks) -> tuple[Release, ...]:
    """Return the releases of a project, newest first."""
    return tuple(_release(files, yanked) for files in files_by_release(project))


def files_by_release(project: Project) -> list[tuple[File, ...]]:
    """Return the files of each release of a project, newest first."""
    groups = groupby(project.files, key=lambda file: version_key(public_version(file)))
    return [tuple(files) for _, files in groups][::-1]


def shown(project: Project, found: Sequence[Release], yanked: Yanks) -> Release:
    """Return the release that a page shows: that of the file whose metadata is shown."""
    file = shown_file(project, yanked)
    return next((release for release in found if file in release.files), found[0])


def by_variant(
    files: Sequence[File], variant_of: Callable[[File], str], *, first: str = ""
) -> dict[str, list[File]]:
    """Group the files of a release by variant, in natural order.

    Args:
        files: The files.
        variant_of: Names the variant of a file; empty for none.
        first: The variant that comes first, if there is one, or the last of those that are
            finer: `cu128/torch2.10` for `cu128`.
    """
    found: dict[str, list[File]] = {}
    for file in files:
        found.setdefault(variant_of(file), []).append(file)
    order = sorted(found, key=natural_key)
    wanted = [name for name in order if f"{name}/".startswith(f"{first}/")][-1:]
    return {name: found[name] for name in [*wanted, *(x for x in order if x not in wanted)]}


def public_version(file: File) -> str:
    """Return the version of a file without its local part."""
    return file.version.partition("+")[0]


def _release(files: tuple[File, ...], yanked: Yanks) -> Release:
    version = public_version(files[0])
    times = [file.uploaded_at for file in files]
    builds = dict.fromkeys(file.version.partition("+")[2] for file in files)
    withdrawn = [file.yank(yanked) for file in files]
    return Release(
        version=version,
        files=files,
        builds=tuple(sorted(filter(None, builds), key=natural_key)),
        prerelease=version_key(version).is_prerelease or all(file.prerelease for file in files),
        yanked=withdrawn[0] if all(withdrawn) else None,
        first=min(times),
        last=max(times),
        downloads=sum(file.downloads for file in files),
    )
