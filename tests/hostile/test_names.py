"""Names that are ours, or are no names, through every entrance."""

from pathlib import Path

import pytest

from ghpypi.cli.serving import Serving
from ghpypi.core.locator import Hosts
from ghpypi.core.upload.tags import is_tag
from ghpypi.errors import UsageError
from ghpypi.server.app import App
from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench, empty_github, github
from tests.emulator import Emulator
from tests.server.scene import connected
from tests.support.packages import publish_files, wheel

__all__ = ["empty_github", "github"]

BAD_TAGS = (
    "", ".", "..", "../x", "a/../b", "a..b", "/a", "a/", "a//b", ".hidden", "a/.hidden", "a.lock",
    "a.lock/b", "a.", "a b", "a\tb", "a\nb", "a\x7fb", "a~1", "a^1", "a:b", "a?", "a*", "a[b",
    "a\\b", "a@{b", "@", "-a", "a" * 201, "\u00e9" * 101, "0" * 40, "f" * 64, "a\x85b", "a\u2028b",
    "a\udcff", ".drafts", ".uploads", ".ghpypi.lock",
)  # fmt: skip
GOOD_TAGS = ("v1.0", "acme-lib-1.0", "pkg/v1", "1!2.0+cu128", "\u00e9", "@a", "lock", "a" * 200)
ODD_PATHS = (
    "a\nb/index.html", "simple/evil\n/index.html", "simple/acme-lib\n/index.html",
    "simple/\udcff/index.html", "\udcff.html", 'simple/"quoted"/x', "simple/back\\slash",
    "project/acme-lib/\tx", "catalog.jsonl\n", ".ghpypi.unfinished\n", "\x1b[2J/index.html",
)  # fmt: skip


@pytest.mark.parametrize("tag", BAD_TAGS, ids=ascii)
def test_a_tag_that_git_does_not_allow_is_none(tag: str) -> None:
    assert not is_tag(tag)


@pytest.mark.parametrize("tag", GOOD_TAGS, ids=ascii)
def test_other_tags_are_allowed(tag: str) -> None:
    assert is_tag(tag)


@pytest.mark.parametrize("tag", [each for each in BAD_TAGS if "\0" not in each], ids=ascii)
def test_a_bad_tag_is_refused_before_anything_is_made(bench: Bench, tag: str) -> None:
    name, content = wheel()
    (bench.folder / name).write_bytes(content)
    outcome = bench.run("upload", name, "--store", "./index", f"--tag={tag}")

    assert outcome.code == 2
    assert "invalid tag " in outcome.err
    assert not (bench.folder / "index").exists()


@pytest.mark.parametrize("tag", GOOD_TAGS, ids=ascii)
def test_a_file_in_a_release_of_any_tag_is_indexed(bench: Bench, tag: str) -> None:
    name, content = wheel()
    (bench.folder / name).write_bytes(content)

    assert bench.run("upload", name, "--store", "./index", "--tag", tag).code == 0
    assert bench.run("index", "--store", "./index", "--full").code == 0
    assert "acme-lib" in bench.run("list", "--store", "./index").out


@pytest.mark.parametrize("flags", [(), ("--full",), ("--check",), ("--full", "--adopt")])
def test_names_on_the_branch_that_are_no_text_stop_no_index(
    bench: Bench, github: Emulator, flags: tuple[str, ...]
) -> None:
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    name, content = wheel()
    (bench.folder / name).write_bytes(content)
    assert bench.run("upload", name).code == 0
    assert bench.run("index").code == 0
    repository.commit_files(dict.fromkeys(ODD_PATHS, b"x"), branch="gh-pages")
    outcome = bench.run("index", *flags)

    assert outcome.code == 0, outcome.err
    assert "acme-lib" in bench.run("list").out
    assert repository.git.read("gh-pages", "simple/acme-lib/index.html")


@pytest.mark.parametrize("flags", [(), ("--full",), ("--check",), ("--full", "--adopt")])
def test_names_in_a_folder_that_are_no_text_stop_no_index(
    bench: Bench, flags: tuple[str, ...]
) -> None:
    root = bench.folder / "index"
    publish_files(DirectoryStore(root), [wheel()], "v1")
    assert bench.run("index", "--store", "./index").code == 0
    for path in (*ODD_PATHS, "files/\udcff/x", "files/a\nb/x.whl", "files/v1/\udcff-1.0.tar.gz"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x")
    outcome = bench.run("index", "--store", "./index", *flags)

    assert outcome.code == 0, outcome.err


@pytest.mark.parametrize("name", ["files", "assets", "simple", "project", "main", "catalog.jsonl"])
def test_an_index_cannot_have_a_reserved_name(bench: Bench, name: str) -> None:
    root = bench.folder / "index"
    root.mkdir()
    (root / "ghpypi.toml").write_text(f'[indexes."{name}"]\n')
    outcome = bench.run("index", "--store", "./index", "--allow-shrink")

    assert outcome.code == 2
    assert "cannot be the name of an index" in outcome.err
    assert [each.name for each in root.iterdir()] == ["ghpypi.toml"]


@pytest.mark.parametrize("name", [".ghpypi.unfinished", ".ghpypi.lock", ".git", "..", "files"])
def test_a_site_cannot_have_a_reserved_folder(bench: Bench, name: str) -> None:
    root = bench.folder / "index"
    root.mkdir()
    (root / "ghpypi.toml").write_text(f'[site]\npath = "{name}"\n')
    outcome = bench.run("index", "--store", "./index", "--allow-shrink")

    assert outcome.code == 2
    assert "site.path" in outcome.err


def serving(*roots: Path) -> Serving:
    return Serving(
        stores=tuple(map(str, roots)), hosts=Hosts.parse("https://api.github.com"), token=None
    )


@pytest.mark.parametrize("name", ["simple", "files", "login", "health", "legacy"])
def test_a_folder_with_the_name_of_a_path_is_served_at_the_root(
    bench: Bench, tmp_path: Path, name: str
) -> None:
    root = tmp_path / "stores" / name
    publish_files(DirectoryStore(root), [wheel()], "v1")
    assert bench.run("index", "--store", str(root)).code == 0
    app = App(all_stores=serving(root).all_stores())

    with connected(app) as client:
        assert client.get("/simple/acme-lib/").status_code == 200
        assert client.get("/health").status_code == 200


def test_a_second_store_cannot_have_the_name_of_a_path(tmp_path: Path) -> None:
    for name in ("index", "simple"):
        (tmp_path / name).mkdir()
    with pytest.raises(UsageError, match="'simple' has the name of a path of the server itself"):
        serving(tmp_path / "index", tmp_path / "simple").all_stores()
