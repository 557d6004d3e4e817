"""A catalog that names a file on another host, through every entrance."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from ghpypi.cli.serving import Serving
from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.config.config import Config
from ghpypi.core.locator import Hosts
from ghpypi.core.serving import Snapshot
from ghpypi.errors import FailedError, TryLaterError
from ghpypi.server.catalog_view import CatalogView
from tests.cli.conftest import Bench, empty_github, github
from tests.emulator import Emulator
from tests.server.scene import serving
from tests.support.catalogs import forge, reading
from tests.support.packages import wheel

__all__ = ["empty_github", "github"]
EVIL = b"https://evil.example"


@pytest.fixture
def poisoned(bench: Bench, github: Emulator) -> Emulator:
    """A published index whose catalog was changed on the branch."""
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    name, content = wheel()
    (bench.folder / name).write_bytes(content)
    assert bench.run("upload", name).code == 0
    assert bench.run("index").code == 0
    paths = ("catalog.jsonl", "catalog/part.jsonl")
    pages = {path: repository.git.read("gh-pages", path) or b"" for path in paths}
    forged = forge(pages, lambda line: line.replace(github.server_url.encode(), EVIL))
    assert EVIL in forged["catalog/part.jsonl"]
    repository.commit_files({**forged}, branch="gh-pages")
    return github


@pytest.mark.parametrize("command", [("list",), ("show", "acme-lib"), ("index", "--refresh")])
def test_commands_refuse_it(bench: Bench, poisoned: Emulator, command: tuple[str, ...]) -> None:
    outcome = bench.run(*command)

    assert outcome.code == 1
    assert f"{EVIL.decode()}/acme/pypi/releases/download/' is not on" in outcome.err
    assert "ghpypi index --full" in outcome.err


def test_the_index_is_fixed_with_full(bench: Bench, poisoned: Emulator) -> None:
    assert bench.run("index", "--full").code == 0
    assert bench.run("show", "acme-lib").code == 0


def test_a_server_goes_on_with_the_last_catalog() -> None:
    with serving(wheel()) as server:
        server.reader.public = True
        server.served_store.catalog_view = CatalogView("acme/pypi", server="https://github.example")
        server.settle()
        path = "/acme/pypi/files/acme_lib-1.0/acme_lib-1.0-py3-none-any.whl"
        before = server.client.get(path).headers["location"]
        forged = forge(
            server.reader.site.pages, lambda line: line.replace(b"https://github.example", EVIL)
        )
        server.reader.site.pages = forged
        with pytest.raises(TryLaterError, match="cannot be read"):
            server.settle()

        assert server.client.get(path).headers["location"] == before
        assert before.startswith("https://github.example/acme/pypi/releases/download/")
        assert "evil.example" in server.served_store.last_error


def test_stores_are_served_with_the_host_of_their_github(tmp_path: Path) -> None:
    hosts = Hosts.parse("https://ghes.example/api/v3")
    all_stores = Serving(stores=("acme/pypi", str(tmp_path)), hosts=hosts, token=None).all_stores()
    with serving(wheel()) as server:
        pages = server.reader.site.pages
    for served_store in all_stores.all:
        with pytest.raises(FailedError, match=r"is not on https://ghes\.example"):
            take(served_store.catalog_view, pages)
        moved = forge(pages, lambda line: line.replace(b"github.example", b"ghes.example"))
        take(served_store.catalog_view, moved)


def take(catalog_view: CatalogView, pages: Mapping[str, bytes]) -> None:
    snapshot = Snapshot(mark="", catalog=pages[CATALOG_PATH], config=Config())
    catalog_view.take(snapshot, reading(pages))
