"""Files that are one file to an installer."""

from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.indexes.same_file import (
    by_identity,
    chosen,
    in_order,
    is_prerelease,
    merged,
    upstream_only,
    where,
)
from ghpypi.core.model import File
from tests.support.files import made
from tests.support.upstreams import elsewhere

OLD = made("a-1.zip", "z", text="old", uploaded_at="2025-01-01T00:00:00Z")
NEW = made("a-1.zip", "a", text="new", uploaded_at="2026-01-01T00:00:00Z")
SAME_DAY = made("a-1.zip", "b", text="same day", uploaded_at="2026-01-01T00:00:00Z")
OTHER = made("a-2.zip")


def test_the_oldest_comes_first_and_then_the_place_decides() -> None:
    assert list(by_identity([SAME_DAY, OTHER, NEW, OLD]).values()) == [
        [OLD, NEW, SAME_DAY],
        [OTHER],
    ]
    assert set(chosen([NEW, OTHER, OLD], newest=False).values()) == {OLD, OTHER}
    assert set(chosen([NEW, OTHER, OLD], newest=True).values()) == {NEW, OTHER}


def test_spellings_of_a_name_are_one_file() -> None:
    names = ["a-1.zip", "A-1.0.tar.gz", "a-1-py3-none-any.whl", "A-1.0-py3-none-any.whl"]
    files = [made(name) for name in names]

    assert [[x.filename for x in same] for same in by_identity(files).values()] == [
        ["A-1.0-py3-none-any.whl", "a-1-py3-none-any.whl"],
        ["A-1.0.tar.gz", "a-1.zip"],
    ]


def test_the_nearer_index_has_a_file_however_its_name_is_spelled() -> None:
    spelled = made("A-1.0.tar.gz", text="other")

    assert merged((NEW,), (OLD, spelled, OTHER)) == (NEW, OTHER)
    assert merged((), (OLD,)) == (OLD,)
    assert merged((NEW,), (OLD,)) == (NEW,)


def test_of_other_indexes_only_files_that_the_index_lacks_are_added() -> None:
    names = ["a-1.0.tar.gz", "a-3.zip", "a-3.0.zip", "odd", "odd", "A-2.0.tar.gz"]
    theirs = [elsewhere(name) for name in names]

    assert upstream_only((NEW, OTHER), theirs) == (elsewhere("a-3.zip"), elsewhere("odd"))


def test_versions_are_in_order_and_not_their_texts() -> None:
    names = ["a-10.zip", "a-9.zip", "a-1!1.zip", "a-9rc1.zip"]

    assert [x.filename for x in in_order(map(made, names))] == [
        "a-9rc1.zip",
        "a-9.zip",
        "a-10.zip",
        "a-1!1.zip",
    ]


def test_a_prerelease_is_one_by_its_version_or_its_mark() -> None:
    files = [made("a-1.zip"), made("a-1rc1.zip"), made("a-1.dev2.zip"), made("a-1.post1.zip")]

    assert [is_prerelease(file) for file in files] == [False, True, True, False]
    assert is_prerelease(made("a-1.zip", prerelease=True))


def test_a_release_is_named_as_users_know_it() -> None:
    assert where(OLD) == "acme/pypi z"


@given(files=st.permutations([OLD, NEW, SAME_DAY, OTHER]))
def test_the_order_of_a_listing_never_shows(files: list[File]) -> None:
    assert by_identity(files) == by_identity([OLD, NEW, SAME_DAY, OTHER])
    assert in_order(files) == in_order([OLD, NEW, SAME_DAY, OTHER])
