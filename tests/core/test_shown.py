"""The version that pages of a project are about."""

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.core.catalog.shown_version import current_version, shown_file, shown_of
from ghpypi.core.metadata import Metadata
from ghpypi.core.model import Offer, Yank
from ghpypi.core.names import is_distribution
from ghpypi.core.simple.documents import project_document
from tests.support.files import made, project_of
from tests.support.upstreams import elsewhere


def yanks_of(keys: list[str]) -> dict[Version | str, Yank]:
    """Yank versions, and files by their names."""
    return {key if is_distribution(key) else Version(key): Yank() for key in keys}


@pytest.mark.parametrize(
    ("names", "yanked", "shown"),
    [
        (["a-1.zip", "a-2.zip", "a-10.zip"], [], "a-10.zip"),
        (["a-1.zip", "a-2rc1.zip"], [], "a-1.zip"),
        (["a-1rc1.zip", "a-2.dev1.zip"], [], "a-2.dev1.zip"),
        (["a-1.zip", "a-2.zip"], ["2"], "a-1.zip"),
        (["a-1.zip", "a-2.0.zip"], ["2"], "a-1.zip"),
        (["a-1.zip", "a-2.zip"], ["2.0"], "a-1.zip"),
        (["a-1rc1.zip", "a-2.zip"], ["2"], "a-1rc1.zip"),
        (["a-1.zip", "a-2.zip"], ["1", "2"], "a-2.zip"),
        (["a-1.zip", "a-2rc1.zip"], ["1", "2rc1"], "a-1.zip"),
        (["a-1.zip", "a-1-py3-none-any.whl"], [], "a-1-py3-none-any.whl"),
        (["a-1-py3-none-any.whl", "a-1+b-py3-none-any.whl"], ["1+b"], "a-1-py3-none-any.whl"),
        (["a-1-py3-none-any.whl", "a-2.zip"], [], "a-2.zip"),
        (["a-1.zip", "a-2-variants.json"], [], "a-1.zip"),
        (["a-1.zip", "a-2.zip", "a-2-py3-none-any.whl"], ["a-2-py3-none-any.whl"], "a-2.zip"),
    ],
)
def test_the_newest_that_people_would_get_is_shown(
    names: list[str], yanked: list[str], shown: str
) -> None:
    for order in (names, names[::-1]):
        file = shown_file(project_of(*map(made, order)), yanks_of(yanked))

        assert file
        assert file.filename == shown


def test_without_metadata_nothing_is_shown() -> None:
    assert shown_file(project_of(made("a-1-variants.json")), {}) is None


def test_a_version_is_as_old_as_its_first_file() -> None:
    first = made("a-1.zip", uploaded_at="2025-01-01T00:00:00Z")
    later = made("a-1-py3-none-any.whl", uploaded_at="2026-01-01T00:00:00Z")
    older = made("a-0.zip", uploaded_at="2024-01-01T00:00:00Z")
    metadata = Metadata.parse(
        b"Metadata-Version: 2.1\nName: a\nVersion: 1\nSummary: It works\nKeywords: one,two\n"
    )
    shown = shown_of(project_of(older, first, later), later, metadata)

    assert shown._asdict() == {
        "version": "1",
        "uploaded_at": "2025-01-01T00:00:00Z",
        "summary": "It works",
        "keywords": "one two",
        "later": "",
    }


@pytest.mark.parametrize(
    ("names", "yanked", "current"),
    [
        (["a-1.zip", "a-2.zip", "a-10.zip"], [], ("10", False)),
        (["a-1.zip", "a-2rc1.zip"], [], ("1", False)),
        (["a-1.zip", "a-2.zip"], ["2"], ("1", False)),
        (["a-1.zip", "a-2.0.zip", "a-2-py3-none-any.whl"], ["2.0.0"], ("1", False)),
        (["a-1.zip", "a-2rc1.zip"], ["1"], ("2rc1", False)),
        (["a-1.zip", "a-2rc1.zip"], ["1", "2rc1"], ("1", True)),
        (["a-1.zip", "a-2.zip"], ["a-2.zip"], ("1", False)),
        (["a-1.zip", "a-2.zip", "a-2-py3-none-any.whl"], ["a-2.zip"], ("2", False)),
    ],
)
def test_the_current_version_is_the_one_installers_take(
    names: list[str], yanked: list[str], current: tuple[str, bool]
) -> None:
    project = project_of(*map(made, names))
    yanks = yanks_of(yanked)
    document = project_document(project.name, Offer(project.files), yanked=yanks, status=None)

    assert current_version(document) == current


def test_a_version_is_yanked_when_all_its_files_are() -> None:
    upstream = (elsewhere("a-2.zip", yanked=True), elsewhere("a-2.tar.gz"), elsewhere("odd"))
    offer = Offer((made("a-1.zip"),), upstream)
    document = project_document(NormalizedName("a"), offer, yanked={}, status=None)

    assert current_version(document) == ("2", False)
