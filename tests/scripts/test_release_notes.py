"""The notes of a release, from the changelog."""

import pytest

from ghpypi.core.project import URL, VERSION_TAG
from scripts.release_notes import CHANGELOG, NotesError, main, release_notes

LONGEST = 10_000
"""Characters of the notes of a release."""
TEXT = """\
# Changelog

## Unreleased

- later

## 1.1.0 (2026-12-01)

### Added

- a thing

## [1.0.0] - 2026-11-30

- first
"""


def test_the_section_of_a_version_ends_at_the_next_one() -> None:
    assert release_notes(TEXT, "v1.1.0") == "### Added\n\n- a thing\n"
    assert release_notes(TEXT, "1.0.0") == "- first\n"


def test_links_lead_to_the_files_of_the_version() -> None:
    text = "## 1.0.0\n- [a](docs/a.md#b), [b](https://example.com/), [c](#c)\n"

    assert release_notes(text, "v1.0.0") == (
        f"- [a]({URL}/blob/v1.0.0/docs/a.md#b), [b](https://example.com/), [c](#c)\n"
    )


def test_the_changelog_is_written_for_readers() -> None:
    """Entries are added as changes are made; a release sums them up."""
    text = CHANGELOG.read_text(encoding="utf-8")

    assert len(release_notes(text, VERSION_TAG)) < LONGEST


def test_a_version_without_a_section_is_an_error() -> None:
    with pytest.raises(NotesError, match="no section '## 2"):
        release_notes(TEXT, "v2.0.0")
    with pytest.raises(NotesError, match="is empty"):
        release_notes("## 1.0.0\n\n## 0.9.0\n- x\n", "1.0.0")


def test_a_tag_of_another_version_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["v0.0.1"]) == 1
    assert f"the version of ghpypi is {VERSION_TAG}" in capsys.readouterr().err


def test_the_changelog_has_notes_for_this_version_or_for_the_next_release() -> None:
    text = CHANGELOG.read_text(encoding="utf-8")
    tag = VERSION_TAG if f"## {VERSION_TAG[1:]}" in text else "Unreleased"

    assert release_notes(text, tag).startswith("### ")
