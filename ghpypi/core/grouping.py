"""Messages of one kind, of which a log has a few and a count instead of thousands of lines."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ghpypi.core.quantities import count_of

T = TypeVar("T")

MOST = 10
"""Messages of one kind that are written out."""

_DETAIL = re.compile(r"'[^']*'|\S*\d\S*")
"""What differs between messages of one kind: quoted values, versions and filenames."""


def kind_of(message: str) -> str:
    """Return what messages of one kind have in common: the words without quotes and numbers."""
    return _DETAIL.sub("", message)


def grouped(items: Iterable[T], message: Callable[[T], str]) -> list[list[T]]:
    """Group items by the kind of their messages, in order.

    Args:
        items: The items.
        message: Returns the message of an item.

    Returns:
        The groups, `MOST` and one at most: the last one has whatever comes after them.
    """
    kinds: dict[str, list[T]] = {}
    for item in items:
        kind = kind_of(message(item))
        kinds.setdefault(kind if len(kinds) < MOST else "", []).append(item)
    return list(kinds.values())


def limited(messages: Iterable[str]) -> Iterator[str]:
    """Give the first messages of each kind, and a count of the others."""
    for same in grouped(messages, str):
        yield from same[:MOST]
        if len(same) > MOST:
            yield f"{count_of(len(same) - MOST, 'more file')} like these: {same[MOST - 1]}"
