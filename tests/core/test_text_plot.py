"""Bars of text."""

from ghpypi.core.text_plot import text_bars


def test_the_highest_value_has_the_full_width() -> None:
    assert text_bars([8, 4, 1, 0], 2) == ["██", "█", "▎", ""]
    assert text_bars([8, 4, 1, 0], 2, ascii_only=True) == ["##", "#", "#", ""]


def test_a_value_above_zero_always_has_a_bar() -> None:
    assert text_bars([1_000_000, 1], 3) == ["███", "▏"]


def test_without_any_value_above_zero_there_are_no_bars() -> None:
    assert text_bars([], 9) == []
    assert text_bars([0, -1], 9) == ["", ""]
    assert text_bars([4, -1], 1) == ["█", ""]
