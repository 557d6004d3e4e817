"""Text files on this machine."""

from pathlib import Path

import pytest

from ghpypi.cli.text_files import edit_file, find_text, read_folder, read_text
from ghpypi.errors import UsageError


def test_an_edit_keeps_line_ends_and_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"a\r\nb\r\n")
    path.chmod(0o640)

    assert edit_file(path, lambda text: text + "c\r\n")
    assert path.read_bytes() == b"a\r\nb\r\nc\r\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_an_edit_that_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("a")
    before = path.stat().st_ino

    assert not edit_file(path, lambda text: text)
    assert path.stat().st_ino == before


def test_a_file_that_is_not_there_is_empty_and_is_made(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"

    assert find_text(path) is None
    assert read_text(path) == ""
    assert edit_file(path, lambda text: f"{text}new")
    assert path.read_text() == "new"


def test_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("a")
    link.symlink_to(target)
    edit_file(link, str.upper)

    assert link.is_symlink()
    assert target.read_text() == "A"


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be changed"):
        edit_file(tmp_path / "nowhere" / "a.toml", lambda _: "new")


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_text(tmp_path)


def test_a_folder_is_read_by_the_ends_of_its_names(tmp_path: Path) -> None:
    for name in ("a.html", "b.css", "c.md"):
        (tmp_path / name).write_text(name)
    (tmp_path / "d.html").mkdir()

    assert read_folder(tmp_path, (".html", ".css")) == {"a.html": b"a.html", "b.css": b"b.css"}
    assert read_folder(tmp_path / "nowhere", (".html",)) is None
