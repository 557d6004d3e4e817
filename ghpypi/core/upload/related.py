"""The releases that matter to an upload, by their tags."""

from collections.abc import Callable, Iterable, Iterator

from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.core.model import File
from ghpypi.core.names import Filename, same_version
from ghpypi.core.upload.plan import default_tag

PublishedFiles = Callable[[NormalizedName], Iterable[File]]
"""Returns the files of a project that the published index lists."""


def related_tags(
    filenames: Iterable[Filename], tag: str | None, origin: str, published: PublishedFiles
) -> set[str]:
    """Name the releases that may hold the files of an upload, or other files of their names.

    These are the release that the files belong into, whichever way the version is written in its
    tag, and those that hold files of the same version according to the published index. A file
    that came later into a release of another name is not among them.

    Args:
        filenames: The files.
        tag: The release that all files go into; `None` for the one of each version.
        origin: The origin of the store's releases.
        published: What the index lists.
    """
    tags = set() if tag is None else {tag}
    for filename in filenames:
        tags.update(_default_tags(filename))
        for file in published(filename.project):
            own = file.origin.lower() == origin.lower()
            if own and same_version(file.version, str(filename.version)):
                tags.add(file.tag)
    return tags


def _default_tags(filename: Filename) -> Iterator[str]:
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
