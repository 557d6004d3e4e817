import pytest

from ghpypi.core.quantities import count_of, duration, first_of, human_size, mebibytes, number


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (125, "2 min 5 s"),
        (3600, "60 min"),
        (7200, "2 h"),
        (7500, "2 h 5 min"),
    ],
)
def test_times_are_written_as_people_do(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (999.7, "1.0 kB"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (1_234_567, "1.2 MB"),
        (2_147_483_648, "2.1 GB"),
        (999_999_999_999, "1.0 TB"),
        (5_000_000_000_000_000, "5000.0 TB"),
    ],
)
def test_sizes_are_written_as_people_do(size: float, text: str) -> None:
    assert human_size(size) == text


def test_limits_are_written_in_mebibytes() -> None:
    assert mebibytes(16 << 20) == "16 MiB"
    assert mebibytes(1 << 30) == "1,024 MiB"


def test_counts_have_separators_and_nouns_their_number() -> None:
    assert number(1234567) == "1,234,567"
    assert [count_of(each, "file") for each in (0, 1, 2000)] == ["0 files", "1 file", "2,000 files"]
    assert [count_of(each, "index", "indexes") for each in (1, 2)] == ["1 index", "2 indexes"]


def test_of_many_names_the_first_are_listed() -> None:
    assert first_of(["a", "b"], 2) == "a, b"
    assert first_of(["a", "b", *"c" * 1000], 2) == "a, b and 1,000 more"
    assert not first_of([], 2)
