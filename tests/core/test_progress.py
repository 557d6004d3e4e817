"""How far a task is, as one line."""

import pytest

from ghpypi.core.progress import Progress

FILES = Progress(label="reading", done=450, total=1000, unit="file", elapsed=37.5, speed=12.2)
BYTES = Progress(label="uploading", done=1_200_000, total=4_000_000, elapsed=4.0, speed=300_000.0)
UNKNOWN = Progress(label="listing", done=1200, unit="file", elapsed=3.2, speed=400.0)
LONG = Progress(label="git push of a-very-long-owner/and-a-long-repository", elapsed=12.0)


@pytest.mark.parametrize(
    ("progress", "width", "line"),
    [
        (
            FILES,
            80,
            "reading  [#####.......]   45%  450 of 1,000 files  12/s  45 s left",
        ),
        (FILES, 60, "reading   45%  450 of 1,000 files  12/s  45 s left"),
        (FILES, 40, "reading   45%  12/s  45 s left"),
        (FILES, 26, "reading   45%  45 s left"),
        (BYTES, 80, "uploading  [####........]   30%  1.2 MB of 4.0 MB  300.0 kB/s  9 s left"),
        (BYTES, 40, "uploading   30%  300.0 kB/s  9 s left"),
        (UNKNOWN, 80, "listing  1,200 files  400/s  3 s"),
        (UNKNOWN, 40, "listing  1,200 files  400/s  3 s"),
        (UNKNOWN, 30, "listing  1,200 files  3 s"),
        (UNKNOWN, 24, "listing  3 s"),
        (LONG, 80, "git push of a-very-long-owner/and-a-long-repository  12 s"),
        (LONG, 40, "git push of a-very-long-owner/...  12 s"),
    ],
)
def test_a_line_fits_the_terminal(progress: Progress, width: int, line: str) -> None:
    assert progress.line(width) == line


@pytest.mark.parametrize("width", range(20, 100))
@pytest.mark.parametrize("progress", [FILES, BYTES, UNKNOWN, LONG], ids=lambda x: str(x.label))
def test_no_line_is_as_wide_as_the_terminal(progress: Progress, width: int) -> None:
    assert 0 < len(progress.line(width)) < width


def test_the_time_left_is_not_guessed() -> None:
    def remaining(*, done: int, elapsed: float, speed: float) -> str:
        return Progress(label="x", done=done, total=100, elapsed=elapsed, speed=speed).line(80)

    assert "left" not in remaining(done=1, elapsed=1.9, speed=10.0), "too early"
    assert "left" not in remaining(done=0, elapsed=5.0, speed=0.0), "nothing moves"
    assert remaining(done=100, elapsed=5.0, speed=10.0).endswith("0 s left")


def test_progress_never_says_more_than_all() -> None:
    assert "100%" in Progress(label="x", done=20, total=10).line(80)
    assert "  0%" in Progress(label="x", done=-20, total=10).line(80)


def test_a_log_gets_no_bar() -> None:
    assert FILES.summary() == "reading: 450 of 1,000 files, 12/s, 45 s left"
    assert UNKNOWN.summary() == "listing: 1,200 files, 400/s, 3 s"
