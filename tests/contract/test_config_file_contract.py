"""What every configuration of a store promises, whatever it is made of."""

import pytest

from ghpypi.errors import FailedError, OutdatedError
from ghpypi.jobs.edit_config import ATTEMPTS, ConfigEdit, edit_config
from ghpypi.ports import ConfigText
from tests.contract.harness import ConfigFileHarness

TEXT = "# Grüße\r\n[index]\r\ntitle = 'Acme'\r\n"


def test_a_configuration_that_is_not_there_is_empty(config_files: ConfigFileHarness) -> None:
    file = config_files.file()

    assert file.read() == ConfigText(text="", revision="")
    assert "ghpypi.toml" in file.name


def test_a_configuration_is_made(config_files: ConfigFileHarness) -> None:
    file = config_files.file()
    file.write(TEXT, base=file.read(), message="Add it")
    found = config_files.file().read()

    assert found.text == TEXT
    assert found.revision


def test_a_configuration_is_replaced(config_files: ConfigFileHarness) -> None:
    config_files.place(TEXT.encode())
    file = config_files.file()
    before = file.read()
    file.write("new", base=before, message="Change it")
    after = config_files.file().read()

    assert (before.text, after.text) == (TEXT, "new")
    assert before.revision != after.revision


def test_equal_texts_have_equal_revisions(config_files: ConfigFileHarness) -> None:
    config_files.place(b"same")

    assert config_files.file().read() == config_files.file().read()


def test_a_change_of_others_is_not_overwritten(config_files: ConfigFileHarness) -> None:
    config_files.place(b"old")
    file = config_files.file()
    before = file.read()
    config_files.place(b"theirs")
    with pytest.raises(OutdatedError, match=r"ghpypi\.toml.* was changed"):
        file.write("ours", base=before, message="Change it")

    assert config_files.file().read().text == "theirs"


def test_a_configuration_that_others_made_is_not_overwritten(
    config_files: ConfigFileHarness,
) -> None:
    file = config_files.file()
    before = file.read()
    config_files.place(b"theirs")
    with pytest.raises(OutdatedError):
        file.write("ours", base=before, message="Add it")

    assert config_files.file().read().text == "theirs"


def test_an_edit_is_made_again_when_others_were_faster(config_files: ConfigFileHarness) -> None:
    config_files.place(b"one\n")
    seen: list[str] = []

    def change(text: str) -> str:
        if not seen:
            config_files.place(b"zero\n")
        seen.append(text)
        return f"{text}two\n"

    assert edit_config(config_files.file(), change, "Add a line") == ConfigEdit(changed=True)
    assert seen == ["one\n", "zero\n"]
    assert config_files.file().read().text == "zero\ntwo\n"


def test_an_edit_that_changes_nothing_writes_nothing(config_files: ConfigFileHarness) -> None:
    config_files.place(b"same")
    before = config_files.file().read()

    edited = edit_config(config_files.file(), lambda text: text, "Nothing")

    assert edited == ConfigEdit(changed=False)
    assert config_files.file().read() == before


def test_an_edit_is_given_up_when_others_are_always_faster(
    config_files: ConfigFileHarness,
) -> None:
    seen: list[str] = []

    def change(text: str) -> str:
        seen.append(text)
        config_files.place(b"theirs %d" % len(seen))
        return "ours"

    with pytest.raises(FailedError, match="cannot be written"):
        edit_config(config_files.file(), change, "Change it")
    assert len(seen) == ATTEMPTS
