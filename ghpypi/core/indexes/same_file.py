"""Files that are one file to an installer: which is the older, and how two indexes are merged."""

from collections.abc import Iterable
from functools import lru_cache

from ghpypi.core.identity import Identity, identity_of, upstream_identity
from ghpypi.core.model import File, UpstreamFile, release_name
from ghpypi.core.names import version_key


def identity(file: File) -> Identity:
    """Identify a file among those of its project, however its name is spelled."""
    return identity_of(file.filename, version_key(file.version))


def all_differ(files: Iterable[File]) -> bool:
    """Check that no two files have one identity."""
    files = tuple(files)
    return len({*map(identity, files)}) == len(files)


def by_identity(files: Iterable[File]) -> dict[Identity, list[File]]:
    """Group files by identity, the oldest first."""
    found: dict[Identity, list[File]] = {}
    for file in sorted(files, key=lambda x: (x.uploaded_at, where(x), x.url)):
        found.setdefault(identity(file), []).append(file)
    return found


def chosen(files: Iterable[File], *, newest: bool) -> dict[Identity, File]:
    """Take the oldest file of each identity, or the newest."""
    files = tuple(files)
    found = {identity(file): file for file in files}
    if len(found) == len(files):
        return found
    return {key: same[-1 if newest else 0] for key, same in by_identity(files).items()}


def merged(near: tuple[File, ...], far: tuple[File, ...]) -> tuple[File, ...]:
    """Merge the files of two indexes; of one identity the nearer index has it."""
    if not near:
        return far
    taken = {*map(identity, near)}
    more = tuple(file for file in far if identity(file) not in taken)
    return in_order((*near, *more)) if more else near


def not_ours(files: Iterable[File], theirs: Iterable[UpstreamFile]) -> tuple[UpstreamFile, ...]:
    """Take the files of other indexes that are none of ours; of one identity the first.

    Args:
        files: Our files of the project.
        theirs: The files of other indexes, as the standard's JSON describes them (PEP 691).
    """
    taken: set[object] = {*map(identity, files)}
    found = []
    for each in theirs:
        key = upstream_identity(each["filename"])
        if key not in taken:
            taken.add(key)
            found.append(each.copy())
    return tuple(found)


def in_order(files: Iterable[File]) -> tuple[File, ...]:
    """Sort files as pages list them."""
    return tuple(sorted(files, key=lambda x: (version_key(x.version), x.filename, x.url)))


def is_prerelease(file: File) -> bool:
    """Tell whether its release is marked so, or its version is one (PEP 440)."""
    return file.prerelease or version_key(file.version).is_prerelease


def public_version(file: File) -> str:
    """Give the version of a file without its local part (PEP 440)."""
    return _public(file.version)


@lru_cache(maxsize=16384)
def _public(version: str) -> str:
    return version_key(version).public


def where(file: File) -> str:
    """Say where it was found."""
    return release_name(file.origin, file.tag)
