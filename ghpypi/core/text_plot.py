"""Bars of text, for tables in a terminal."""

from collections.abc import Sequence

BLOCK = "\N{FULL BLOCK}"
BLOCKS = "▏▎▍▌▋▊▉" + BLOCK
"""Bars of one to eight eighths of a character."""

ASCII_BAR = "#"


def text_bars(values: Sequence[int], width: int, *, ascii_only: bool = False) -> list[str]:
    """Return a horizontal bar for each value; the highest value has the full width.

    A value above zero always has a bar, so that it differs from zero.

    Args:
        values: The values; negative ones count as zero.
        width: The width of the longest bar, in characters.
        ascii_only: Use no characters outside of ASCII.
    """
    most = max(values, default=0)
    if most <= 0:
        return ["" for _ in values]
    step = 1 if ascii_only else len(BLOCKS)
    bars = []
    for value in values:
        units = max(value * width * step // most, 1) if value > 0 else 0
        whole, rest = divmod(units, step)
        bars.append(
            (ASCII_BAR if ascii_only else BLOCK) * whole + (BLOCKS[rest - 1] if rest else "")
        )
    return bars
