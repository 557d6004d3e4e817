"""Few lines for thousands of messages."""

from ghpypi.core.grouping import MOST, limited


def test_a_few_messages_are_all_written_out() -> None:
    assert list(limited(["a-1.zip is odd", "b-1.zip is odd"])) == [
        "a-1.zip is odd",
        "b-1.zip is odd",
    ]


def test_of_thousands_of_one_kind_there_are_ten_and_a_count() -> None:
    lines = list(
        limited(f"a-{number}.whl: its metadata says '{number}'" for number in range(10_338))
    )

    assert len(lines) == MOST + 1
    assert lines[-1] == "10,328 more files like these: a-9.whl: its metadata says '9'"


def test_kinds_without_end_are_one_kind() -> None:
    assert len(list(limited("x" * number for number in range(1000)))) < 3 * MOST
