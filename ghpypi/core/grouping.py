"""Grouping similar messages, so that a log has a few and a count instead of thousands."""

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

MOST = 10
"""Maximum number of kinds of messages that are distinguished."""

_DETAIL = re.compile(r"'[^']*'|\S*\d\S*")
"""The varying parts of similar messages: quoted values, versions and filenames."""


def kind_of(message: str) -> str:
    """Return the common part of similar messages: the words without quotes and numbers."""
    return _DETAIL.sub("", message)


def grouped(items: Iterable[T], message: Callable[[T], str]) -> list[list[T]]:
    """Group items by the kind of their messages, in order.

    Args:
        items: The items.
        message: Returns the message of an item.

    Returns:
        The groups, at most `MOST` and one for all others.
    """
    kinds: dict[str, list[T]] = {}
    for item in items:
        kind = kind_of(message(item))
        kinds.setdefault(kind if len(kinds) < MOST else "", []).append(item)
    return list(kinds.values())
