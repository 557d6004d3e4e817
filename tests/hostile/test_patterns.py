"""A pattern that takes forever, through every entrance: its own store waits, and no other."""

from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from ghpypi.core.config.config import Config
from ghpypi.errors import ConfigError
from tests.cli.conftest import Bench
from tests.server.scene import Server, serving
from tests.support.packages import wheel
from tests.support.slow import SLOW_PATTERN, SLOW_TEXT

VERSION = f"1.0+{SLOW_TEXT}"
NAME = NormalizedName("acme-lib")
SLOW = f"[variants]\npattern = '{SLOW_PATTERN}'\n"
ALL = SLOW + "main = 'all'\n"
FAST = "[variants]\npattern = 'cu[0-9]+'\n"


def put(folder: Path, *versions: str) -> None:
    for version in versions:
        name, content = wheel("acme_lib", version)
        release = folder / "files" / version
        release.mkdir(parents=True)
        (release / name).write_bytes(content)


def test_the_index_names_the_key_and_the_pattern(bench: Bench) -> None:
    folder = bench.folder / "index"
    put(folder, "1.0+cu128", VERSION)
    (folder / "ghpypi.toml").write_text(SLOW, encoding="utf-8")
    outcome = bench.run("index", "--store", "./index")

    assert outcome.code == 2
    assert f"variants.pattern: the search for '{SLOW_PATTERN}' in" in outcome.err
    assert not (folder / "simple").exists()


@pytest.mark.parametrize("command", [("list",), ("show", "acme-lib")])
def test_what_is_published_is_listed_or_the_pattern_is_named(
    bench: Bench, command: tuple[str, ...]
) -> None:
    folder = bench.folder / "index"
    put(folder, "1.0+cu128", VERSION)
    (folder / "ghpypi.toml").write_text(FAST, encoding="utf-8")
    assert bench.run("index", "--store", "./index").code == 0
    (folder / "ghpypi.toml").write_text(SLOW, encoding="utf-8")
    outcome = bench.run(*command, "--index", "cu128", "--store", "./index")

    assert outcome.code in {0, 2}
    assert outcome.code == 0 or "variants.pattern" in outcome.err


def served(server: Server) -> dict[str, int]:
    return {
        path: server.client.get(path).status_code
        for path in ("/simple/", "/simple/acme-lib/", "/cu128/simple/acme-lib/")
    }


def test_a_server_keeps_the_last_state_of_the_store_with_the_pattern() -> None:
    with serving(wheel(version="1.0+cu128"), wheel(version=VERSION)) as server:
        server.index(Config.parse(FAST))
        server.settle()
        before = served(server)
        server.reader.configured = Config.parse(SLOW)
        with pytest.raises(ConfigError):
            server.settle()

        assert set(before.values()) == {200}
        assert served(server) == before
        assert "variants.pattern" in server.served_store.last_error

        server.reader.configured = Config.parse(FAST)
        server.settle()
        assert served(server) == before
        assert server.served_store.last_error == ""


def test_a_server_that_begins_with_the_pattern_serves_what_does_not_need_it() -> None:
    with serving(wheel(version="1.0+cu128"), wheel(version=VERSION)) as server:
        server.index(Config.parse(FAST))
        server.reader.configured = Config.parse(ALL)
        server.settle()

        assert served(server) == {
            "/simple/": 200,
            "/simple/acme-lib/": 200,
            "/cu128/simple/acme-lib/": 502,
        }
        assert "variants.pattern" in server.client.get("/cu128/simple/acme-lib/").text


def test_a_file_that_the_pattern_cannot_sort_waits_for_the_index() -> None:
    with serving(wheel(version="1.0+cu128")) as server:
        server.index(Config.parse(FAST + "main = 'all'\n"))
        server.reader.configured = Config.parse(ALL)
        server.settle()
        file = server.served_store.catalog_view.files(NAME)[0]
        version = file._replace(version=VERSION, filename=wheel("acme_lib", VERSION)[0])
        server.served_store.catalog_view.add(NAME, version._replace(url="x", key="x"))

        assert len(server.served_store.catalog_view.files(NAME)) == 1
        assert served(server)["/simple/acme-lib/"] == 200
