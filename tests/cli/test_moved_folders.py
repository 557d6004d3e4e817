"""A folder is the same store wherever it lies, and however its path is written."""

import json
import os
import re
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest
from httpx2 import Response

from ghpypi.cli.serving import Serving
from ghpypi.core.config.server import ServeSettings
from ghpypi.core.locator import Hosts
from ghpypi.server.access_log import AccessLog
from ghpypi.server.app import App
from tests.cli.conftest import Bench
from tests.server.scene import connected
from tests.support.catalogs import PART, forge, former_format, published
from tests.support.packages import wheel, written

WHEEL = wheel("acme_lib", "1.0")
PAGE = "/simple/acme-lib/"
JSON = {"accept": "application/vnd.pypi.simple.v1+json"}
HOSTS = Hosts.parse("https://api.github.com")


@pytest.fixture
def uploaded(bench: Bench) -> Path:
    """A folder that was uploaded to as `../../index`."""
    here = bench.folder / "a" / "b"
    here.mkdir(parents=True)
    written(here / "dist", WHEEL)
    os.chdir(here)
    assert bench.run("upload", "dist", "--store", "../../index").code == 0
    os.chdir(bench.folder)
    return bench.folder / "index"


def serve(*paths: str) -> list[Response]:
    """Serve the folder `index` by its path, or another, and ask for something."""
    store, *asked = paths
    serving = Serving(stores=(store,), hosts=HOSTS, token=None, settings=ServeSettings())
    lines: list[str] = []
    app = App(all_stores=serving.all_stores(), log=AccessLog(lines.append))
    with connected(app) as client:
        return [client.get(path, headers=JSON) for path in asked]


def link(page: Response) -> str:
    """Give the address of the one file on a page."""
    (file,) = page.json()["files"]
    return urljoin(f"http://here{PAGE}", str(file["url"])).removeprefix("http://here")


def test_a_folder_that_was_uploaded_to_by_a_relative_path_is_served(uploaded: Path) -> None:
    (page,) = serve(str(uploaded), PAGE)
    (file,) = serve(str(uploaded), link(page))

    assert link(page) == f"/files/acme-lib-1.0/{WHEEL[0]}"
    assert (file.status_code, file.content) == (200, WHEEL[1])


def test_nothing_that_is_published_says_where_the_folder_is(uploaded: Path) -> None:
    for path in (x for x in uploaded.rglob("*") if x.is_file() and x.suffix != ".whl"):
        text = path.read_text(encoding="utf-8")

        assert str(uploaded.parent) not in text, path
        assert "../../index" not in text, path


def test_addresses_stay_when_the_folder_is_moved_or_called_otherwise(
    bench: Bench, uploaded: Path
) -> None:
    catalog = (uploaded / "catalog.jsonl").read_bytes()
    (before,) = serve("./index", PAGE)
    moved = uploaded.rename(bench.folder / "moved")
    (bench.folder / "link").symlink_to(moved)
    (bench.folder / "a" / "moved").mkdir()
    for store in (str(moved), "./moved", "./link", "./a/../moved"):
        indexed = bench.run("index", "--store", store, "--check")
        page, file = serve(store, PAGE, link(before))

        assert (page.content, file.content) == (before.content, WHEEL[1])
        assert "up to date" in indexed.out
    os.chdir(moved)
    (here,) = serve(".", PAGE)

    assert here.content == before.content
    assert "nothing changed" in bench.run("index", "--store", ".").out
    assert (moved / "catalog.jsonl").read_bytes() == catalog


def test_an_old_catalog_with_the_path_of_its_folder_is_read_and_written_again(
    bench: Bench, uploaded: Path
) -> None:
    path = uploaded / "catalog.jsonl"
    new = path.read_text()
    files = {x: (uploaded / x).read_bytes() for x in ("catalog.jsonl", PART)}
    old = former_format(published(files)).decode()
    old = old.replace('"shelves":[["",', '"shelves":[["../../index",')
    old = re.sub(r'"rules":"[0-9a-f]+"', '"rules":"0"', old)

    assert old.count("../../index") == 1

    path.write_text(old)
    (uploaded / PART).unlink()
    (page,) = serve(str(uploaded), PAGE)
    (file,) = serve(str(uploaded), link(page))

    assert (link(page), file.content) == (f"/files/acme-lib-1.0/{WHEEL[0]}", WHEEL[1])

    done = bench.run("index", "--store", "./index")

    assert "reading" not in done.err
    assert path.read_text() == new


def test_a_folder_that_is_named_twice_is_one_store(bench: Bench, uploaded: Path) -> None:
    settings = ServeSettings.parse(f'[stores]\nteam = "{uploaded}"', source="serve.toml")
    all_stores = Serving(
        stores=("./index",), hosts=HOSTS, token=None, settings=settings
    ).all_stores()

    assert len(all_stores.all) == 1
    assert bench.folder == uploaded.parent


def test_the_configuration_of_a_folder_is_its_own_however_the_folder_is_named(
    bench: Bench, uploaded: Path
) -> None:
    (bench.folder / "ghpypi.toml").write_text('store = "./index"\n[index]\ntitle = "Here"\n')
    bench.run("index", "--store", str(uploaded))

    assert "Here" in (uploaded / "index.html").read_text()


def test_no_server_reveals_the_path_of_a_folder(bench: Bench, uploaded: Path) -> None:
    (uploaded / "ghpypi.toml").write_text("[nonsense]")
    (page,) = serve(str(uploaded), PAGE)

    assert page.status_code >= 400
    assert str(bench.folder) not in page.text


@pytest.mark.parametrize("key", [f"files/../../{WHEEL[0]}", f"/etc/{WHEEL[0]}", f"..\\{WHEEL[0]}"])
def test_a_catalog_that_names_files_outside_of_the_folder_serves_nothing(
    bench: Bench, uploaded: Path, key: str
) -> None:
    written(bench.folder, WHEEL)
    data = json.loads((uploaded / PART).read_text())
    data["locations"] = [["", "files/", key.removesuffix(WHEEL[0])]]
    data["releases"] = [[0, "acme-lib-1.0", 2]]
    text = json.dumps(data, separators=(",", ":")).encode()
    files = {x: (uploaded / x).read_bytes() for x in ("catalog.jsonl", PART)}
    for path, content in forge(files, lambda _: text).items():
        (uploaded / path).write_bytes(content)
    (answer,) = serve(str(uploaded), f"/files/acme-lib-1.0/{WHEEL[0]}")

    assert answer.status_code >= 400
    assert unquote(answer.text).count("PK") == 0
