"""The public API: the examples of its document are run, and commands and API do the same."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ghpypi import api
from ghpypi.core.config.config import Config
from ghpypi.errors import NotFoundError, RefusedError, UsageError
from tests.emulator import Emulator
from tests.support.archives import WHEEL_NAME, core_metadata, wheel_of

DOCUMENT = (Path(__file__).parents[1] / "docs/reference/api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)

WHEEL = wheel_of(metadata=core_metadata().partition(b"\n\n")[0] + b"\n")
"""A wheel without a description: to render one takes a process, and seconds."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / WHEEL_NAME).write_bytes(WHEEL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(example: str) -> None:
    exec(compile(example, "docs/reference/api.md", "exec"), {"__name__": "__main__"})  # noqa: S102


def test_the_example_for_a_folder_works(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(EXAMPLES[0])
    published, added, *files = capsys.readouterr().out.splitlines()

    assert published == "published: acme-lib-1.0"
    assert added == f"added: {WHEEL_NAME}"
    assert [line.split()[:2] for line in files] == [[WHEEL_NAME, "1.0"]]
    assert (folder / "index/simple/acme-lib/index.html").is_file()


def test_the_example_for_a_repository_works(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Emulator(folder) as github:
        github.add_organization("acme")
        github.add_user("jo")
        token = github.add_token("jo")
        repository = github.add_repository("acme/pypi")
        repository.add_release("acme-lib-1.0").add_asset(WHEEL_NAME, WHEEL)
        monkeypatch.setenv("GH_TOKEN", token)
        monkeypatch.setenv("GITHUB_API_URL", github.api_url)
        run(EXAMPLES[1])

    assert capsys.readouterr().out == "projects: 1 files: 1\nacme-lib\n"
    assert (folder / "site/simple/acme-lib/index.json").is_file()


def test_every_public_name_is_documented() -> None:
    named = {*re.findall(r"`(?:api\.)?(\w+)`", DOCUMENT)} | {*re.findall(r"api\.(\w+)", DOCUMENT)}
    values = {"Distribution"}  # what `read_files` returns, and `upload` takes

    assert {*api.__all__} - values <= named
    assert all(getattr(api, name).__doc__ for name in api.__all__)


def test_a_file_that_is_damaged_is_an_error_with_its_name(folder: Path) -> None:
    (folder / "dist" / WHEEL_NAME).write_bytes(b"no archive")

    with pytest.raises(RefusedError) as caught:
        api.read_files(["dist"], api.open_store("./index"))

    assert WHEEL_NAME in caught.value.faults[0]
    assert caught.value.exit_code == 1


def test_an_index_that_was_never_built_is_not_found(folder: Path) -> None:
    with pytest.raises(NotFoundError, match="has no index yet"):
        api.read_catalog(api.open_store(folder / "index"))


def test_a_token_is_not_sent_to_another_host_than_that_of_the_store() -> None:
    with pytest.raises(UsageError, match=r"is not on 'github\.com'"):
        api.open_store("github.example/acme/pypi", api_url="https://api.github.com")


def test_a_draft_is_published(folder: Path) -> None:
    store = api.open_store("./index")
    files = api.read_files([folder / "dist"], store)
    report = api.upload(files, store, api.UploadOptions(tag="v1", draft=True))

    assert report.drafts == ("v1",)
    assert api.publish("v1", store).changed


def test_the_configuration_is_read_once_for_an_index(folder: Path) -> None:
    reads = []

    def read() -> Config:
        reads.append(1)
        return Config()

    store = replace(api.open_store(folder / "index"), read_config=read)
    api.upload(api.read_files([folder / "dist"], store), store)
    reads.clear()
    api.build_index(store)

    assert len(reads) == 1
