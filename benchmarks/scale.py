"""How much is measured: everything, or what about two minutes allow."""

from dataclasses import dataclass

from benchmarks.data import Law


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured.

    Attributes:
        quick: Leave out what takes long and changes seldom.
        law: The files that are indexed.
        smaller: Smaller sets of files that are indexed too, for the plot of growth.
        seconds: How long a server is loaded for one row.
        rounds: How often a row of a whole process is measured; the median counts.
    """

    quick: bool
    law: Law
    smaller: tuple[Law, ...]
    seconds: float
    rounds: int


FULL = Scale(
    quick=False,
    law=Law(100_000, 10_000, 5000),
    smaller=(Law(1000, 100, 50), Law(10_000, 1000, 500)),
    seconds=5,
    rounds=3,
)
QUICK = Scale(quick=True, law=Law(3000, 300, 150), smaller=(), seconds=1, rounds=1)

LARGE_INDEXES = {
    "index-300k": Law(300_000, 30_000, 5000),
    "index-1m": Law(1_000_000, 100_000, 5000),
}
"""Indexes that are measured only if they are named, for the plot of growth."""
