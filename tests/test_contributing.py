"""CONTRIBUTING.md names places of the code; they have to be there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PLACES = sorted(set(re.findall(r"`((?:\w+/)+\w+\.py|errors\.py)`", TEXT)))


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_is_named_is_there(place: str) -> None:
    assert any((folder / place).is_file() for folder in (ROOT, ROOT / "ghpypi"))
