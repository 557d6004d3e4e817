"""Files of one name."""

from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.model import File
from ghpypi.core.namesakes import by_name, in_order, is_prerelease, merged, oldest, where
from tests.support.files import made

OLD = made("a-1.zip", "z", text="old", uploaded_at="2025-01-01T00:00:00Z")
NEW = made("a-1.zip", "a", text="new", uploaded_at="2026-01-01T00:00:00Z")
SAME_DAY = made("a-1.zip", "b", text="same day", uploaded_at="2026-01-01T00:00:00Z")
OTHER = made("a-2.zip")


def test_the_oldest_comes_first_and_then_the_place_decides() -> None:
    assert by_name([SAME_DAY, OTHER, NEW, OLD]) == {
        "a-1.zip": [OLD, NEW, SAME_DAY],
        "a-2.zip": [OTHER],
    }
    assert oldest([NEW, OTHER, OLD]) == {"a-1.zip": OLD, "a-2.zip": OTHER}


def test_of_one_name_the_nearer_index_has_it() -> None:
    assert merged((NEW,), (OLD, OTHER)) == (NEW, OTHER)
    assert merged((), (OLD,)) == (OLD,)
    assert merged((NEW,), (OLD,)) == (NEW,)


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


def test_a_place_is_told_as_people_know_it() -> None:
    assert where(OLD) == "acme/pypi z"


@given(files=st.permutations([OLD, NEW, SAME_DAY, OTHER]))
def test_the_order_of_a_listing_never_shows(files: list[File]) -> None:
    assert by_name(files) == by_name([OLD, NEW, SAME_DAY, OTHER])
    assert in_order(files) == in_order([OLD, NEW, SAME_DAY, OTHER])
