"""Text files on this machine."""

import errno
import os
from pathlib import Path

import pytest

from ghpypi.errors import UsageError
from ghpypi.text_files import find_text, naming, read_folder, write_text


def test_a_new_text_keeps_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"a")
    path.chmod(0o640)
    write_text(path, "a\r\nb\r\n")

    assert path.read_bytes() == b"a\r\nb\r\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert find_text(tmp_path / "a.toml") is None


def test_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("a")
    link.symlink_to(target)
    write_text(link, "A")

    assert link.is_symlink()
    assert target.read_text() == "A"


def test_what_cannot_be_read_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        find_text(tmp_path)


def test_a_folder_is_read_by_the_ends_of_its_names(tmp_path: Path) -> None:
    for name in ("a.html", "b.css", "c.md"):
        (tmp_path / name).write_text(name)
    (tmp_path / "d.html").mkdir()

    assert read_folder(tmp_path, (".html", ".css")) == {"a.html": b"a.html", "b.css": b"b.css"}
    assert read_folder(tmp_path / "nowhere", (".html",)) is None


def test_a_symbolic_link_to_nothing_is_not_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "ghpypi.toml").symlink_to(tmp_path / "gone")

    with pytest.raises(UsageError, match="symbolic link to a file that does not exist"):
        find_text(tmp_path / "ghpypi.toml")


def test_a_folder_with_a_symbolic_link_to_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.txt").symlink_to(tmp_path / "gone")
    assert read_folder(tmp_path, (".html",)) == {}

    (tmp_path / "page.html").symlink_to(tmp_path / "gone")
    with pytest.raises(UsageError, match=r"page\.html is a symbolic link to a file that does not"):
        read_folder(tmp_path, (".html",))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_named_pipe_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ghpypi.toml")

    with pytest.raises(UsageError, match="is a named pipe, not a file"):
        find_text(tmp_path / "ghpypi.toml")


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="pipes have no paths here")
def test_a_pipe_of_a_shell_is_read() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"text")
    os.close(writing)
    text = find_text(Path(f"/dev/fd/{reading}"))
    os.close(reading)

    assert text == "text"


@pytest.mark.parametrize(
    ("number", "name"),
    [(errno.ENOSPC, "page.html"), (errno.EDQUOT, "page.html"), (errno.EIO, None)],
)
def test_only_the_error_of_a_full_disk_gets_the_name_of_the_target(
    number: int, name: str | None
) -> None:
    with pytest.raises(OSError) as caught, naming("page.html"):  # noqa: PT011 - the number is ours
        raise OSError(number, os.strerror(number))

    assert caught.value.filename == name


def test_a_file_that_cannot_be_replaced_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(OSError, match="folder"):
        write_text(tmp_path / "folder", "text")

    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
