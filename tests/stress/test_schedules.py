"""A part of the random schedules of failures; `GHPYPI_SCHEDULES` sets how many."""

import os

import pytest

from tests.stress.schedules import run_schedule

COUNT = int(os.environ.get("GHPYPI_SCHEDULES", "15"))


@pytest.mark.parametrize("number", range(COUNT))
def test_whatever_fails_the_end_is_right(number: int) -> None:
    run_schedule(number)
