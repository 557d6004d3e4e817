"""An index beside another site: never instead of it, and in a folder of its own on request."""

import json
from pathlib import Path

import pytest

from ghpypi.core.names import normalize
from ghpypi.errors import TryLaterError, UsageError
from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench
from tests.emulator import Emulator
from tests.emulator.repository import Repository
from tests.support.packages import publish_files, sdist, wheel, written
from tests.support.served_stores import served_folder

WHEEL = wheel("acme_lib", "1.0")
THEIRS = {
    "index.html": b"theirs",
    "404.html": b"theirs",
    "assets/theme.css": b"theirs",
    "CNAME": b"packages.acme.example\n",
    "robots.txt": b"theirs",
    ".nojekyll": b"",
}


@pytest.fixture
def repository(github: Emulator, bench: Bench) -> Repository:
    """An index repository whose branch holds a site of documents, and a wheel to be indexed."""
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    repository.commit_files(THEIRS, branch="gh-pages")
    written(bench.folder / "dist", WHEEL)
    bench.run("upload", "dist", "--no-rebuild")
    return repository


REFUSAL = (
    "error: acme/pypi (gh-pages) has files that ghpypi did not write at "
    "paths of the index; nothing was written\n  - 404.html\n  - index.html\n"
    'hint: publish the index in a separate folder (path = "pypi" in [site] of ghpypi.toml), '
    "or overwrite these files with 'ghpypi index --adopt'\n"
)


@pytest.mark.parametrize("option", ["--quiet", "--dry-run", "--check", "--full", "--allow-shrink"])
def test_another_site_is_not_replaced(bench: Bench, repository: Repository, option: str) -> None:
    outcome = bench.run("index", "-q", option)

    assert (outcome.code, outcome.err) == (1, REFUSAL)
    assert repository.files("gh-pages") == THEIRS


def test_another_site_is_replaced_on_request_and_what_is_not_in_the_way_stays(
    bench: Bench, repository: Repository
) -> None:
    assert bench.run("index", "-q", "--adopt", "--dry-run").code == 0
    assert repository.files("gh-pages") == THEIRS
    assert bench.run("index", "-q", "--adopt").code == 0

    files = repository.files("gh-pages")
    assert sorted(path for path in THEIRS if files[path] == THEIRS[path]) == [
        ".nojekyll", "CNAME", "assets/theme.css", "robots.txt",
    ]  # fmt: skip
    assert bench.run("index", "-q", "--check").code == 0


def test_an_index_in_a_folder_leaves_the_rest_of_the_branch_alone(
    bench: Bench, repository: Repository
) -> None:
    repository.commit_files({"ghpypi.toml": '[site]\npath = "pypi"\n'})
    outcome = bench.run("index", "--json", "-q")

    assert json.loads(outcome.out)["index"]["site"] == "acme/pypi (gh-pages, pypi/)"
    files = repository.files("gh-pages")
    assert {path: files.pop(path) for path in THEIRS} == THEIRS
    assert "pypi/simple/acme-lib/index.html" in files
    assert all(path.startswith("pypi/") for path in files)
    assert bench.run("index", "-q", "--check").code == 0
    assert bench.run("list").out.startswith("acme-lib ")


def test_the_address_of_the_folder_is_what_clients_are_given(
    bench: Bench, repository: Repository, github: Emulator
) -> None:
    repository.commit_files(
        {"ghpypi.toml": '[index]\nurl = "https://packages.acme.example"\n[site]\npath = "pypi"\n'}
    )
    output = bench.folder / "outputs"
    bench.set(GITHUB_OUTPUT=str(output), GITHUB_ACTIONS="true")
    bench.run("index", "--no-ensure-pages")

    address = "https://packages.acme.example/pypi/simple/"
    assert address in output.read_text()
    assert address in bench.run("client", "uv").out
    assert "https://packages.acme.example/pypi/stable/simple/" in (
        bench.run("client", "uv", "--index", "stable").out
    )
    pages = repository.files("gh-pages")
    assert address in pages["pypi/index.html"].decode()
    assert b"https://packages.acme.example/pypi/feed.xml" in pages["pypi/feed.xml"]


def test_an_index_written_to_a_folder_of_another_site(bench: Bench, repository: Repository) -> None:
    (bench.folder / "site").mkdir()
    (bench.folder / "site/index.html").write_bytes(b"theirs")
    refused = bench.run("index", "-q", "--output", "site")
    assert refused.code == 1
    assert "index.html" in refused.err

    repository.commit_files({"ghpypi.toml": '[site]\npath = "pypi"\n'})
    assert bench.run("index", "-q", "--output", "site").code == 0
    assert (bench.folder / "site/pypi/simple/acme-lib/index.html").exists()
    names = {each.name for each in (bench.folder / "site").iterdir()}
    assert names == {".ghpypi.lock", "index.html", "pypi"}


def links(page: Path) -> list[Path]:
    """Follow the relative links of a page for installers."""
    hrefs = [part.split("#")[0] for part in page.read_text().split('href="')[1:]]
    return [(page.parent / href).resolve() for href in hrefs]


def test_a_folder_store_keeps_its_index_in_a_folder_beside_the_files(bench: Bench) -> None:
    bench.set(GHPYPI_STORE="./index")
    root = bench.folder / "index"
    publish_files(DirectoryStore(root), [WHEEL])
    (root / "index.html").write_text("theirs")
    (root / "ghpypi.toml").write_text('[site]\npath = "docs/pypi"\n')
    assert bench.run("index", "-q").code == 0

    assert links(root / "docs/pypi/simple/acme-lib/index.html") == [
        (root / "files/acme-lib-1.0" / WHEEL[0]).resolve()
    ]
    assert (root / "index.html").read_text() == "theirs"
    publish_files(DirectoryStore(root), [sdist("other", "1.0")], "other-1.0")
    assert bench.run("index", "-q", "--check").code == 3
    assert bench.run("index", "-q").code == 0
    assert [line.split()[0] for line in bench.run("list").out.splitlines()] == ["acme-lib", "other"]


def test_a_served_folder_is_read_where_its_configuration_says(bench: Bench) -> None:
    bench.set(GHPYPI_STORE="./index")
    root = bench.folder / "index"
    publish_files(DirectoryStore(root), [WHEEL])
    (root / "ghpypi.toml").write_text('[site]\npath = "pypi"\n')
    bench.run("index", "-q")
    served_store = served_folder(root)
    served_store.load(None)
    assert served_store.catalog_view.has(normalize("acme-lib"))
    assert b"acme-lib" in (served_store.page("index.html", None) or b"")

    (root / "ghpypi.toml").write_text('[site]\npath = "pypi"\npages = false\n')
    bench.run("index", "-q")
    served_store.load(None)
    assert served_store.page("index.html", None) is None
    (root / "ghpypi.toml").write_text("")
    with pytest.raises(TryLaterError, match="no published index"):
        served_store.load(None)  # there is none at the root
    assert served_store.catalog_view.has(normalize("acme-lib"))  # and the last one goes on
    assert served_store.upload_target is not None
    served_store.upload_target.start_index(None)
    served_store.load(None)
    assert served_store.catalog_view.has(normalize("acme-lib"))
    assert (root / "simple/acme-lib/index.html").exists()


def test_a_served_folder_is_indexed_with_the_templates_of_its_site(bench: Bench) -> None:
    bench.set(GHPYPI_STORE="./index")
    root = bench.folder / "index"
    publish_files(DirectoryStore(root), [WHEEL])
    (root / "ghpypi.toml").write_text("[site]\ntemplates = 'mine'\n")
    (root / "mine").mkdir()
    (root / "mine/landing.html").write_text("{# ghpypi-templates: 1 #}\nour own landing page")
    served_store = served_folder(root)
    assert served_store.upload_target is not None
    served_store.upload_target.start_index(None)

    assert (root / "index.html").read_text() == "our own landing page"
    assert bench.run("index", "-q", "--check").code == 0

    (root / "mine").rename(bench.folder / "mine")
    (root / "mine").symlink_to(bench.folder / "mine")
    with pytest.raises(UsageError, match="is a symbolic link"):
        served_store.upload_target.start_index(None)
    (root / "mine").unlink()
    with pytest.raises(UsageError, match="not found"):
        served_store.upload_target.start_index(None)
