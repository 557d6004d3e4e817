"""Files that installers consider the same: choosing one, and merging indexes."""

from collections.abc import Iterable
from functools import lru_cache

from ghpypi.core.identity import Identity, identity_of, upstream_identity
from ghpypi.core.model import File, UpstreamFile, release_name
from ghpypi.core.names import version_key


def identity(file: File) -> Identity:
    """Return the identity of a file within its project, independent of the spelling of its name."""
    return identity_of(file.filename, version_key(file.version))


def all_differ(files: Iterable[File]) -> bool:
    """Return whether all files have different identities."""
    files = tuple(files)
    return len({*map(identity, files)}) == len(files)


def by_identity(files: Iterable[File]) -> dict[Identity, list[File]]:
    """Group files by identity, oldest first."""
    found: dict[Identity, list[File]] = {}
    for file in sorted(files, key=lambda x: (x.uploaded_at, where(x), x.url)):
        found.setdefault(identity(file), []).append(file)
    return found


def chosen(files: Iterable[File], *, newest: bool) -> dict[Identity, File]:
    """Return the oldest or newest file of each identity."""
    files = tuple(files)
    found = {identity(file): file for file in files}
    if len(found) == len(files):
        return found
    return {key: same[-1 if newest else 0] for key, same in by_identity(files).items()}


def merged(near: tuple[File, ...], far: tuple[File, ...]) -> tuple[File, ...]:
    """Merge the files of two indexes; the nearer one takes precedence for each identity."""
    if not near:
        return far
    taken = {*map(identity, near)}
    more = tuple(file for file in far if identity(file) not in taken)
    return in_order((*near, *more)) if more else near


def upstream_only(
    files: Iterable[File], theirs: Iterable[UpstreamFile]
) -> tuple[UpstreamFile, ...]:
    """Return the upstream files that the index does not have; the first of each identity.

    Args:
        files: The files of the index.
        theirs: The files of upstream indexes, with the keys of the JSON Simple API (PEP 691).
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
    """Sort files in the order of pages."""
    return tuple(sorted(files, key=lambda x: (version_key(x.version), x.filename, x.url)))


def is_prerelease(file: File) -> bool:
    """Return whether its GitHub release or its version (PEP 440) is a prerelease."""
    return file.prerelease or version_key(file.version).is_prerelease


def public_version(file: File) -> str:
    """Return the public version of a file, without the local part (PEP 440)."""
    return _public(file.version)


@lru_cache(maxsize=16384)
def _public(version: str) -> str:
    return version_key(version).public


def where(file: File) -> str:
    """Return store and release of a file, for messages."""
    return release_name(file.origin, file.tag)
