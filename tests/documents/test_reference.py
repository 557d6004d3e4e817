"""Pages that follow from the program are those that the program says."""

from pathlib import Path

import pytest

from tests.documents.reference import FOLDER, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_written_page_is_what_the_program_says(name: str) -> None:
    """`make reference` writes them again."""
    path: Path = FOLDER / name

    assert path.read_text(encoding="utf-8") == PAGES[name](), "run 'make reference'"
