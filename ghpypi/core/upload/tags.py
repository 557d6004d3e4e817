"""The tags of releases: which are valid, which a version has, and which an upload must read.

Source: the manual of git, "git check-ref-format"; GitHub documentation, "Dealing with special
characters in branch and tag names". A release in a folder can be moved to GitHub, and the tag is
part of addresses and paths, so the rules are the same there.
"""

import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator
from contextlib import suppress

from packaging.utils import NormalizedName
from packaging.version import InvalidVersion, Version

from ghpypi.core.addresses import is_plain_path
from ghpypi.core.model import File
from ghpypi.core.names import Filename, same_version, version_key

PublishedFiles = Callable[[NormalizedName], Iterable[File]]
"""Returns the files of a project that the published index lists."""

LONGEST_TAG = 200
"""Maximum length in bytes; folders are named after tags, with some characters escaped."""

_NO_TAG = re.compile(
    r"""
    [\x00-\x20\x7f~^:?*\[\\] | \.\. | @\{ | //  # nowhere
    | ^@$ | ^[-/] | (^|/)\.  # not at the start
    | [/.]$ | \.lock(/|$)  # not at the end
    | ^([0-9a-f]{40}|[0-9a-f]{64})$  # GitHub takes it for a commit
    """,
    re.VERBOSE,
)


def is_tag(name: str) -> bool:
    """Return whether git allows this tag, and GitHub a release with it."""
    try:
        length = len(name.encode())
    except UnicodeEncodeError:  # an argument of a command that is not UTF-8
        return False
    return 0 < length <= LONGEST_TAG and not _NO_TAG.search(name) and is_plain_path(name)


def default_tag(filename: Filename) -> str:
    """Return the default tag of a file: one for each version of each project."""
    return f"{filename.project}-{filename.version}"


def release_tags(
    filenames: Collection[Filename], known: Collection[str]
) -> dict[tuple[NormalizedName, Version], str]:
    """Return the tag of each version's release: the existing one, even if spelled 1.0.0 for 1.0.

    Args:
        filenames: The files of an upload.
        known: The tags of the releases of the store.
    """
    tags: dict[tuple[NormalizedName, Version], str] = {}
    spelled: dict[tuple[NormalizedName, Version], str] = {}
    projects = {filename.project for filename in filenames}
    for tag in sorted(known):
        for named in _named_versions(tag, projects):
            spelled.setdefault(named, tag)
    for filename in sorted(filenames, key=lambda x: str(x.version)):
        tag, key = default_tag(filename), (filename.project, filename.version)
        if tag in known:
            tags[key] = tag
        elif key not in tags:
            tags[key] = spelled.get(key, tag)
    return tags


def _named_versions(
    tag: str, projects: Container[NormalizedName]
) -> Iterator[tuple[NormalizedName, Version]]:
    """Read a tag as project and version, in any spelling of the version, for certain projects."""
    for place, sign in enumerate(tag[:-1]):
        project = NormalizedName(tag[:place])
        if sign == "-" and tag[place + 1].isdigit() and project in projects:
            with suppress(InvalidVersion):
                yield project, version_key(tag[place + 1 :])


def related_tags(
    filenames: Iterable[Filename], tag: str | None, origin: str, published: PublishedFiles
) -> set[str]:
    """Return the tags of the releases that may have the files of an upload, or their names.

    These are the default releases of the files, in all spellings of their versions, and releases
    that have files of the same version according to the published index. A file that was added
    to a release with another tag after the last index run is not found.

    Args:
        filenames: The files of an upload.
        tag: The release for all files; `None` for one release per version.
        origin: The origin of the store's releases.
        published: The files that the index lists.
    """
    tags = set() if tag is None else {tag}
    for filename in filenames:
        tags.update(default_tags(filename))
        for file in published(filename.project):
            own = file.origin.lower() == origin.lower()
            if own and same_version(file.version, str(filename.version)):
                tags.add(file.tag)
    return tags


def default_tags(filename: Filename) -> Iterator[str]:
    """Yield the default tag, also of versions that are equal: `1.0` is `1` and `1.0.0`."""
    yield default_tag(filename)
    for version in _spellings(filename.version):
        yield f"{filename.project}-{version}"


def _spellings(version: Version) -> Iterator[str]:
    epoch = f"{version.epoch}!" if version.epoch else ""
    numbers = ".".join(map(str, version.release))
    rest = str(version).removeprefix(f"{epoch}{numbers}")
    significant = list(version.release)
    while len(significant) > 1 and significant[-1] == 0:
        significant.pop()
    for length in range(len(significant), max(len(significant), 3) + 1):
        padded = [*significant, *[0] * (length - len(significant))]
        yield f"{epoch}{'.'.join(map(str, padded))}{rest}"
