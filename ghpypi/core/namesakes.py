"""Files of one name: which is the older, and how two sets of files go together."""

from collections.abc import Iterable

from ghpypi.core.model import File
from ghpypi.core.names import version_key


def by_name(files: Iterable[File]) -> dict[str, list[File]]:
    """Put files of one name together, the oldest first."""
    found: dict[str, list[File]] = {}
    for file in sorted(files, key=lambda x: (x.uploaded_at, where(x), x.url)):
        found.setdefault(file.filename, []).append(file)
    return found


def oldest(files: Iterable[File]) -> dict[str, File]:
    """Take the oldest file of each name."""
    return {name: same[0] for name, same in by_name(files).items()}


def merged(near: tuple[File, ...], far: tuple[File, ...]) -> tuple[File, ...]:
    """Put files of two indexes together; of one name the nearer has it."""
    if not near:
        return far
    taken = {file.filename for file in near}
    more = tuple(file for file in far if file.filename not in taken)
    return in_order((*near, *more)) if more else near


def in_order(files: Iterable[File]) -> tuple[File, ...]:
    """Sort files as pages list them."""
    return tuple(sorted(files, key=lambda x: (version_key(x.version), x.filename, x.url)))


def is_prerelease(file: File) -> bool:
    """Tell whether its release is marked so, or its version is one (PEP 440)."""
    return file.prerelease or version_key(file.version).is_prerelease


def where(file: File) -> str:
    """Say where it was found."""
    return f"{file.origin} {file.tag}".strip()
