"""A kind of store that the commands do not know: one line of the registry is enough for all."""

import pytest

from ghpypi.cli.serving import Serving
from ghpypi.core.locator import Hosts
from ghpypi.ports import AccessPolicy, Capabilities
from ghpypi.stores import KINDS
from ghpypi.stores.directory.backend import DirectoryBackend
from tests.cli.conftest import Bench
from tests.support.packages import wheel, written


class BoxBackend(DirectoryBackend):
    """A store that declares nothing."""

    capabilities = Capabilities()


@pytest.fixture
def box(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setitem(KINDS, "box", f"{__name__}:BoxBackend")
    bench.set(GHPYPI_STORE="box://bucket")
    return bench


def test_files_are_uploaded_indexed_and_listed(box: Bench) -> None:
    (path,) = written(box.folder / "dist", wheel("acme_lib", "1.0"))

    assert box.run("upload", str(path), "-q").code == 0
    assert box.run("index", "-q", "--check").code == 0
    assert box.run("list").out.startswith("acme-lib")
    assert (box.folder / "bucket" / "simple" / "acme-lib" / "index.html").is_file()


def test_its_configuration_is_read_and_changed(box: Bench) -> None:
    (path,) = written(box.folder / "dist", wheel("acme_lib", "1.0"))
    (box.folder / "bucket").mkdir()
    config = box.folder / "bucket" / "ghpypi.toml"
    config.write_text("[indexes.stable]\ninclude = []\n")
    box.run("upload", str(path), "-q")

    assert box.run("promote", "acme-lib==1.0", "--to", "stable", "-q").code == 0
    assert "acme-lib==1.0" in config.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["access", "list"], "has no roles"),
        (["index", "--output", "elsewhere"], "have no URL that pages in another place"),
        (["list", "--store", "other://bucket"], "'other://' stores are not supported"),
    ],
)
def test_what_it_does_not_declare_is_refused(
    box: Bench, arguments: list[str], message: str
) -> None:
    outcome = box.run(*arguments)

    assert outcome.code == 2
    assert message in outcome.err


def test_a_server_denies_all_access(box: Bench) -> None:
    hosts = Hosts.of("github.com")
    store = Serving(stores=("box://bucket",), hosts=hosts, token=None).all_stores().first

    assert store.capabilities.access is AccessPolicy.CLOSED
    assert store.name == "bucket"
