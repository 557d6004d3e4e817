"""The bar chart of downloads per release."""

from collections.abc import Sequence
from typing import NamedTuple

from ghpypi.core.quantities import number
from ghpypi.core.site.releases import Release

MOST_BARS = 24
HEIGHT = 90
WIDTH, STEP = 20, 26
"""Width of a bar, and distance between bars, in SVG units."""


class Plot(NamedTuple):
    """A bar chart.

    Attributes:
        width: The width in SVG units.
        path: The outlines of all bars, oldest first, as an SVG path.
        words: The content as text, for screen readers.
        span: The first and the last version.
        most: The highest count.
    """

    width: int
    path: str
    words: str
    span: str
    most: str


def plot(found: Sequence[Release]) -> Plot | None:
    """Return the chart of the newest releases; `None` with fewer than two."""
    drawn = found[:MOST_BARS][::-1]
    most = max(release.downloads for release in drawn)
    if len(drawn) < 2 or not most:  # noqa: PLR2004 - one bar compares with nothing
        return None
    heights = [max(release.downloads * HEIGHT // most, 1) for release in drawn]
    return Plot(
        width=len(drawn) * STEP,
        path="".join(
            f"M{place * STEP} {HEIGHT}v-{height}h{WIDTH}v{height}z"
            for place, height in enumerate(heights)
        ),
        words=", ".join(f"{release.version}: {number(release.downloads)}" for release in drawn),
        span=f"{drawn[0].version} to {drawn[-1].version}",
        most=number(most),
    )
