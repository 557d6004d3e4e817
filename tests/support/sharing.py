"""The order of tests that several workers of pytest-xdist share.

With `--dist worksteal` each worker begins with an equal share of the list, one after the other, and
who has finished takes over tests from the end of another's share. Therefore each share begins with
tests that take long and ends with short ones: then all workers finish at about the same time. The
tests of a module stay together, because they have fixtures in common.
"""

from collections.abc import Sequence
from itertools import chain
from typing import TypeVar

T = TypeVar("T")


def shared(long: Sequence[Sequence[T]], short: Sequence[Sequence[T]], workers: int) -> list[T]:
    """Order the tests of modules.

    Args:
        long: The tests of each module in which some take seconds.
        short: Those of each other module.
        workers: How many processes run them.
    """
    shares: list[list[T]] = [[] for _ in range(workers)]
    for module in (*long, *short):
        min(shares, key=len).extend(module)
    return list(chain.from_iterable(shares))
