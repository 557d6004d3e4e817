"""The plot of how the work of `ghpypi index` grows with the number of files: docs/growth.svg.

    python -m benchmarks.growth

draws it from the numbers in `results.json`, those of `index-300k` and `index-1m` if they were
measured. Both axes are logarithmic: what grows in proportion to
the number of files is a line with a slope of 1.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.results import RESULTS, rows_of
from benchmarks.scale import LARGE_INDEXES
from benchmarks.table import CPU, PEAK

PLOT = Path(__file__).resolve().parents[1] / "docs" / "growth.svg"

WIDTH, HEIGHT, LEFT, TOP, GAP = 330, 260, 60, 40, 100
COLORS = ("#0969da", "#1a7f37", "#9a6700", "#cf222e", "#8250df")

Points = list[tuple[int, float]]


class Panel(NamedTuple):
    """A plot of one number of all works."""

    title: str
    unit: str
    symbol: str
    scale: float
    left: int


PANELS = (
    Panel("Processor time", CPU, "s", 1, LEFT),
    Panel("Peak memory", PEAK, "MiB", 1 << 20, LEFT + WIDTH + GAP),
)


def series(rows: Sequence[Mapping[str, Any]], unit: str, scale: float = 1) -> dict[str, Points]:
    """Collect the points of each work, by what it is called."""
    found: dict[str, Points] = {}
    for row in rows:
        if row.get("files"):
            name = row["what"].removeprefix("index: ").partition(",")[0]
            found.setdefault(name, []).append((row["files"], row["measured"][unit] / scale))
    return {name: sorted(points) for name, points in found.items()}


def draw(rows: Sequence[Mapping[str, Any]]) -> str:
    """Draw all panels and the legend."""
    parts = [
        part for panel in PANELS for part in _panel(panel, series(rows, panel.unit, panel.scale))
    ]
    for number, name in enumerate(series(rows, CPU)):
        y = TOP + HEIGHT + 60 + 18 * number
        parts.append(f'<path d="M{LEFT} {y - 4}h24" stroke="{COLORS[number]}" stroke-width="2"/>')
        parts.append(f'<text x="{LEFT + 32}" y="{y}">{escape(name)}</text>')
    width, height = LEFT + 2 * WIDTH + GAP + 50, TOP + HEIGHT + 160
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12" fill="#1f2328">\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _panel(panel: Panel, lines: Mapping[str, Points]) -> Iterator[str]:
    xs = [x for points in lines.values() for x, _ in points]
    ys = [y for points in lines.values() for _, y in points]
    low_x, high_x = floor(log10(min(xs))), ceil(log10(max(xs)))
    low_y, high_y = floor(log10(min(ys))), ceil(log10(max(ys)))

    def at(x: float, y: float) -> tuple[float, float]:
        across = (log10(x) - low_x) / (high_x - low_x)
        up = (log10(y) - low_y) / (high_y - low_y)
        return round(panel.left + across * WIDTH, 1), round(TOP + (1 - up) * HEIGHT, 1)

    yield f'<text x="{panel.left}" y="{TOP - 16}" font-weight="bold">{panel.title}</text>'
    for power in range(low_x, high_x + 1):
        x, y = at(10**power, 10**low_y)
        yield f'<path d="M{x} {y}V{TOP}" stroke="#d1d9e0"/>'
        yield f'<text x="{x}" y="{y + 18}" text-anchor="middle">{10**power:,} files</text>'
    for power in range(low_y, high_y + 1):
        x, y = at(10**low_x, 10**power)
        yield f'<path d="M{x} {y}h{WIDTH}" stroke="#d1d9e0"/>'
        label = f"{10.0**power:g} {panel.symbol}"
        yield f'<text x="{x - 6}" y="{y + 4}" text-anchor="end">{label}</text>'
    for color, points in zip(COLORS, lines.values(), strict=False):
        places = [at(x, y) for x, y in points]
        path = "L".join(f"{x} {y}" for x, y in places)
        yield f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="2"/>'
        yield from (f'<circle cx="{x}" cy="{y}" r="3" fill="{color}"/>' for x, y in places)


if __name__ == "__main__":
    PLOT.write_text(draw(rows_of(RESULTS, ("index", *LARGE_INDEXES))), encoding="utf-8")
