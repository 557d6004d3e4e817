"""Text files on this machine."""

from pathlib import Path

import pytest

from ghpypi.errors import UsageError
from ghpypi.text_files import find_text, read_folder, write_text


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
