"""The steps that set a folder up."""

from pathlib import Path

import pytest

from ghpypi.errors import FailedError
from ghpypi.ports import Finding
from ghpypi.setup_steps import IndexStep
from ghpypi.stores.directory.setup import ConfigStep, FolderStep


def test_a_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    root = tmp_path / "a" / "b"
    step = FolderStep(root)

    assert step.check() == Finding(missing=f"created as {root}")
    assert step.apply() == ""
    assert step.check() == Finding()


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    step = FolderStep(tmp_path / "a" / "b")

    with pytest.raises(FailedError, match=r"cannot create .*: Not a directory"):
        step.apply()


def test_a_configuration_is_written_once(tmp_path: Path) -> None:
    step = ConfigStep(tmp_path, "ghpypi.toml", "ours\n")

    assert step.title == "ghpypi.toml"
    assert step.check() == Finding(missing="added")
    assert step.apply() == ""
    assert step.check() == Finding()
    assert ConfigStep(tmp_path, "ghpypi.toml", "x").apply() == "another process has just written it"
    assert (tmp_path / "ghpypi.toml").read_text() == "ours\n"


def test_a_configuration_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match=r"cannot write .*ghpypi\.toml: No such file"):
        ConfigStep(tmp_path / "gone", "ghpypi.toml", "x").apply()


def test_an_index_is_published_where_there_is_none(tmp_path: Path) -> None:
    checked: list[str] = []
    catalog = tmp_path / "catalog.jsonl"
    step = IndexStep(
        needs=["folder"],
        exists=catalog.exists,
        check=lambda: checked.append("yes"),
        fill=catalog.touch,
    )

    assert step.check() == Finding(missing="published")
    assert checked == ["yes"]
    assert step.apply() == ""
    assert step.check() == Finding()
