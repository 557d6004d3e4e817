"""`ghpypi promote --to pypi`, with a program in the place of twine."""

import json
import sys

import pytest

from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench, Outcome
from tests.support.packages import publish_files, sdist, wheel

FILES = [sdist("acme_lib", "1.0"), wheel("acme_lib", "1.0")]
TWINE = f"""\
#!{sys.executable}
import hashlib, json, os, pathlib, sys
paths = [pathlib.Path(each) for each in sys.argv[1:] if not each.startswith("-")][1:]
print(json.dumps([each for each in sys.argv[1:] if each.startswith("-")]))
pathlib.Path("sent.json").write_text(json.dumps({{
    "files": {{path.name: path.read_bytes().hex() for path in paths}},
    "options": [each for each in sys.argv[1:] if each.startswith("-")],
    "tokens": [name for name in os.environ if name.startswith(("GHPYPI_", "GH_"))],
}}))
sys.exit(int(os.environ.get("TWINE_FAILS", "0")))
"""


@pytest.fixture
def folder(bench: Bench) -> Bench:
    """A bench with an index in a folder, and a program called twine."""
    store = DirectoryStore(bench.folder / "index")
    publish_files(store, FILES, "v1")
    publish_files(store, [wheel("acme_lib", "2.0+cu128")], "v2")
    bench.set(GHPYPI_STORE="./index", GHPYPI_TOKEN="secret-of-ours")
    program = bench.folder.parent / "programs" / "twine"
    program.write_text(TWINE)
    program.chmod(0o755)
    bench.run("index")
    return bench


def test_the_same_files_are_handed_to_twine_without_our_token(folder: Bench) -> None:
    outcome = folder.run("promote", "acme-lib==1.0", "--to", "pypi", "-q")
    sent = json.loads((folder.folder / "sent.json").read_text())

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.endswith("\nuploaded 2 files to PyPI\n")
    assert sent["files"] == {name: content.hex() for name, content in FILES}
    assert sent["options"] == ["--non-interactive", "--disable-progress-bar", "--skip-existing"]
    assert "GHPYPI_TOKEN" not in sent["tokens"]


def test_a_dry_run_uploads_nothing(folder: Bench) -> None:
    document = json.loads(
        folder.run("promote", "acme-lib==1.0", "--to", "pypi", "--dry-run", "--json").out
    )

    assert not (folder.folder / "sent.json").exists()
    assert sorted(document["files"]) == sorted(name for name, _ in FILES)


def test_what_twine_says_is_part_of_the_error(folder: Bench) -> None:
    folder.set(TWINE_FAILS="3", TWINE_REPOSITORY_URL="https://test.example/legacy/")
    outcome = folder.run("promote", "acme-lib==1.0", "--to", "pypi", "-q")

    assert outcome.code == 1
    assert outcome.err.startswith("error: twine ended with exit code 3\n  - [")
    assert "--skip-existing" not in outcome.err


def test_a_local_version_is_refused_before_anything_is_sent(folder: Bench) -> None:
    assert folder.run("promote", "acme-lib==2.0", "--to", "pypi", "-q") == Outcome(
        1,
        "",
        "error: PyPI accepts no local versions such as 2.0+cu128; nothing was uploaded\n"
        "hint: build the version without a local part\n",
    )
    assert not (folder.folder / "sent.json").exists()


def test_a_replaced_file_is_not_uploaded(folder: Bench) -> None:
    (folder.folder / "index/files/v1" / FILES[1][0]).write_bytes(b"other")
    outcome = folder.run("promote", "acme-lib==1.0", "--to", "pypi", "-q")

    assert outcome.code == 1
    assert "is not the file that the index has" in outcome.err
    assert not (folder.folder / "sent.json").exists()


def test_a_named_index_of_this_name_comes_first(folder: Bench) -> None:
    (folder.folder / "index/ghpypi.toml").write_text("[indexes.pypi]\ninclude = []\n")
    outcome = folder.run("promote", "acme-lib==1.0", "--to", "pypi", "-q")

    assert outcome.out.startswith("acme-lib 1.0: promoted to pypi\n")
    assert not (folder.folder / "sent.json").exists()
