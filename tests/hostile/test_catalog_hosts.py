"""A catalog that names a file on another host, through every entrance."""

from dataclasses import replace
from pathlib import Path

import pytest

from ghpypi.cli.serving import Serving
from ghpypi.core.locator import Hosts
from ghpypi.core.serving import Snapshot
from ghpypi.errors import TryLaterError
from ghpypi.server.catalog_view import CatalogView
from tests.cli.conftest import Bench, empty_github, github
from tests.emulator import Emulator
from tests.server.scene import serving
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
    text = repository.git.read("gh-pages", "catalog.jsonl") or b""
    text = text.replace(github.server_url.encode(), EVIL)
    assert EVIL in text
    repository.commit_files({"catalog.jsonl": text}, branch="gh-pages")
    return github


@pytest.mark.parametrize("command", [("list",), ("show", "acme-lib"), ("index",)])
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
        text = server.reader.site.pages["catalog.jsonl"]
        server.reader.site.pages["catalog.jsonl"] = text.replace(b"https://github.example", EVIL)
        with pytest.raises(TryLaterError, match="cannot be read"):
            server.settle()

        assert server.client.get(path).headers["location"] == before
        assert before.startswith("https://github.example/acme/pypi/releases/download/")
        assert "evil.example" in server.served_store.last_error


def test_stores_are_served_with_the_host_of_their_github(tmp_path: Path) -> None:
    hosts = Hosts.parse("https://ghes.example/api/v3")
    all_stores = Serving(stores=("acme/pypi", str(tmp_path)), hosts=hosts, token=None).all_stores()
    for served_store in all_stores.all:
        with serving(wheel()) as server:
            snapshot = server.reader.snapshot(None, None)
        assert snapshot is not None
        assert snapshot.catalog is not None
        with pytest.raises(TryLaterError, match=r"is not on https://ghes\.example"):
            served_store._take(Snapshot(mark="", catalog=snapshot.catalog, config=snapshot.config))
        text = snapshot.catalog.replace(b"https://github.example", b"https://ghes.example")
        served_store._take(replace(snapshot, catalog=text))
