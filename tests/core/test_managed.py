"""Generated files, which are updated as long as users do not change them."""

from hypothesis import given
from hypothesis import strategies as st

from ghpypi.core.managed import ManagedFileState, compare_managed, sign

OLD = sign("one: 1\n", "# {}")
NEW = sign("one: 2\n", "# {}")


def test_the_first_line_is_a_comment_that_says_whose_the_file_is() -> None:
    first, _, rest = sign("text\n", "<!-- {} -->").partition("\n")

    assert first.startswith("<!-- Written by 'ghpypi init', which updates it unless it was")
    assert first.endswith(") -->")
    assert rest == "text\n"


def test_a_file_that_is_what_it_should_be_is_current() -> None:
    assert compare_managed(OLD, OLD) is ManagedFileState.CURRENT
    assert (
        compare_managed("theirs, and the same", "theirs, and the same") is ManagedFileState.CURRENT
    )


def test_an_unchanged_file_is_outdated_when_its_template_is() -> None:
    assert compare_managed(OLD, NEW) is ManagedFileState.OUTDATED


def test_other_ends_of_lines_are_no_change() -> None:
    assert compare_managed(OLD.replace("\n", "\r\n"), OLD) is ManagedFileState.CURRENT
    assert compare_managed(OLD.replace("\n", "\r\n"), NEW) is ManagedFileState.OUTDATED


def test_a_file_that_a_user_changed_is_not_managed() -> None:
    assert compare_managed(f"{OLD}two: 2\n", NEW) is ManagedFileState.CHANGED
    assert compare_managed(OLD.partition("\n")[0], NEW) is ManagedFileState.CHANGED


def test_a_file_without_our_line_is_foreign() -> None:
    assert compare_managed("one: 1\n", NEW) is ManagedFileState.FOREIGN
    assert compare_managed("", NEW) is ManagedFileState.FOREIGN
    assert compare_managed(f"\n{OLD}", NEW) is ManagedFileState.FOREIGN


@given(st.text(), st.text())
def test_only_what_is_unchanged_is_ever_replaced(text: str, changed: str) -> None:
    first, _, rest = sign(text, "# {}").partition("\n")
    standing = compare_managed(f"{first}\n{changed}", NEW)

    unix = (rest.replace("\r\n", "\n"), changed.replace("\r\n", "\n"))
    assert (standing is ManagedFileState.OUTDATED) <= (unix[0] == unix[1] or text == changed)
