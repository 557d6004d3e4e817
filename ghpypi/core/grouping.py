"""Messages of one kind, of which a log has a few and a count instead of thousands of lines."""

import re
from collections.abc import Iterable, Iterator

MOST = 10
"""Messages of one kind that are written out."""

_DETAIL = re.compile(r"'[^']*'|\S*\d\S*")
"""What differs between messages of one kind: quoted values, versions and filenames."""


def kind_of(message: str) -> str:
    """Return what messages of one kind have in common: the words without quotes and numbers."""
    return _DETAIL.sub("", message)


def limited(messages: Iterable[str]) -> Iterator[str]:
    """Give the first messages of each kind, and a count of the others."""
    kinds: dict[str, list[str]] = {}
    for message in messages:
        kind = kind_of(message)
        kinds.setdefault(kind if len(kinds) < MOST else "", []).append(message)
    for same in kinds.values():
        yield from same[:MOST]
        if len(same) > MOST:
            yield f"{len(same) - MOST} more files like these: {same[MOST - 1]}"
