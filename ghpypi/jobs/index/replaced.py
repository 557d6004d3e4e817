"""Files that were replaced: same name, another digest."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from ghpypi.core.catalog.differences import MESSAGE_LINES, ReplacedFile
from ghpypi.core.quantities import count_of, first_of
from ghpypi.core.release_parts import matches_tag
from ghpypi.errors import RefusedError

NAMES = 10
"""Maximum number of filenames per release in a message."""


def refuse_replaced(
    site: str, replaced: Iterable[ReplacedFile], accepted: Iterable[str] = ()
) -> None:
    """Publish nothing if published files have another content now.

    Args:
        site: The name of the site.
        replaced: The files.
        accepted: Globs of the tags of releases whose files may be replaced.

    Raises:
        RefusedError: There is such a file in another release.
    """
    globs = [*accepted]
    found = [x for x in replaced if not any(matches_tag(x.after.tag, glob) for glob in globs)]
    if found:
        raise RefusedError(
            f'{site} has {count_of(len(found), "replaced file")}, and on-replace = "refuse"; '
            "nothing was published",
            faults=list(_by_release(found))[:MESSAGE_LINES],
            hint="upload the former files again, and the new ones as another version; or run "
            "'ghpypi index --accept-replaced TAG'",
        )


def _by_release(replaced: Iterable[ReplacedFile]) -> Iterator[str]:
    ordered = sorted(replaced, key=lambda x: (x.where, x.after.filename))
    for where, same in groupby(ordered, lambda x: x.where):
        yield f"{where}: {first_of([x.after.filename for x in same], NAMES)}"
