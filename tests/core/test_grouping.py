"""Few groups for thousands of messages."""

import pytest

from ghpypi.core.grouping import MOST, grouped


def test_messages_that_differ_in_names_and_numbers_are_of_one_kind() -> None:
    messages = [f"a-{number}.whl: its metadata says '{number}'" for number in range(10_338)]

    assert grouped(["it is odd", *messages, "it is odd"], str) == [["it is odd"] * 2, messages]


@pytest.mark.slow
def test_kinds_without_end_are_one_kind() -> None:
    assert len(grouped(["x" * number for number in range(1, 1000)], str)) == MOST + 1
