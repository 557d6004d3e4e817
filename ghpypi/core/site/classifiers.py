"""Trove classifiers, grouped as PyPI shows them."""

from collections.abc import Iterable

_SEPARATOR = " :: "


def grouped_classifiers(classifiers: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Group classifiers by their first part, in the order of their first appearance.

    Args:
        classifiers: Such as `Programming Language :: Python :: 3`.

    Returns:
        Each group with the rest of its classifiers; a classifier of one part is its own group.
    """
    groups: dict[str, list[str]] = {}
    for classifier in classifiers:
        first, _, rest = classifier.partition(_SEPARATOR)
        groups.setdefault(first, []).extend([rest] if rest else [])
    return tuple((group, tuple(found)) for group, found in groups.items())
