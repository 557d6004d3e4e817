"""Runs whose configuration says where the indexes are."""

import json
import re
from posixpath import normpath
from urllib.parse import unquote

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.digest import digest_of
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import ConfigError
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import Built, publish_files, wheel
from tests.support.reporters import MemoryReporter

PLAIN = wheel("plain", "1.0")
CUDA = wheel("kernels", "1.0+cu128")
CPU = wheel("kernels", "1.0+cpu")
NEWER = wheel("kernels", "1.1+cu128")

VARIANTS = "[variants]\npattern = 'cu[0-9]+|cpu'\n"
WHL = "[index]\npath = 'whl/{index}/'\n"
BOTH = "[index]\npath = ['whl/{index}/', '{index}/simple/']\n"
ROOT = "[index]\npath = '{index}/'\n"
FLAT = "[index]\nfind-links = ['{index}', 'whl/{index}.html']\n"

ANCHOR = re.compile(r'<a href="([^"#]*)(?:#sha256=([0-9a-f]+))?"[^>]*>(.*?)</a>', re.DOTALL)
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")


def run(
    store: MemoryStore, site: MemorySite, toml: str, reporter: MemoryReporter | None = None
) -> IndexReport:
    settings = SiteSettings(config=Config.parse(toml + VARIANTS), address="https://acme.example/")
    return build_index(store, site, settings, reporter or MemoryReporter(), IndexOptions())


def store_of(*files: Built) -> MemoryStore:
    store = MemoryStore()
    for name, content in files:
        publish_files(store, [(name, content)], name.partition("-py3")[0])
    return store


def anchors(site: MemorySite, folder: str) -> dict[str, str]:
    """Read a page as a simple reader does: texts of links, and where they lead on the site."""
    page = site.pages[f"{folder}index.html"].decode()
    return {
        re.sub("<[^>]+>", "", text): normpath(f"{folder}{unquote(href)}")
        for href, _, text in ANCHOR.findall(page)
        if "://" not in href
    }


@pytest.mark.parametrize(
    "toml", ["", WHL, BOTH, ROOT, "[index]\npath = ['a/b-{index}/', 'c/{index}/simple/']\n"]
)
def test_every_address_has_the_projects_of_its_index_and_links_to_their_files(toml: str) -> None:
    store, site = store_of(PLAIN, CUDA, CPU), MemorySite({})
    run(store, site, toml)
    paths = Config.parse(toml).index.paths
    wanted = {"": ["plain"], "cu128": ["kernels", "plain"], "cpu": ["kernels", "plain"]}

    for index, projects in wanted.items():
        for folder in paths.folders(index):
            listed = anchors(site, folder)
            assert [name for name in listed if NAME.fullmatch(name)] == projects
            for name in projects:
                assert listed[name] == normpath(f"{folder}{name}")
                for filename, target in anchors(site, f"{folder}{name}/").items():
                    assert target == f"files/{filename.partition('-py3')[0]}/{filename}"


def test_pages_at_former_addresses_are_removed_with_a_warning_and_kept_on_demand() -> None:
    store, site, reporter = store_of(PLAIN, CUDA), MemorySite({}), MemoryReporter()
    run(store, site, "")
    before = {path for path in site.pages if "simple/" in path}
    run(store, site, BOTH, reporter)

    assert before <= site.pages.keys()
    assert reporter.warnings == []

    run(store, site, WHL, reporter)

    assert not before & site.pages.keys()
    assert "whl/cu128/simple/kernels/index.html" in site.pages
    (warning,) = [x for x in reporter.warnings if "any more" in x]
    assert "installed from 'cu128/simple/', 'simple/' any more; add the former" in warning


def test_a_variant_that_is_gone_leaves_no_page_at_any_address() -> None:
    site = MemorySite({})
    run(store_of(PLAIN, CUDA), site, BOTH + "find-links = '{index}.html'\n")
    settings = SiteSettings(config=Config.parse(BOTH + "find-links = '{index}.html'\n"), address="")
    options = IndexOptions(allow_shrink=True)
    build_index(store_of(PLAIN), site, settings, MemoryReporter(), options)

    assert not [path for path in site.pages if "cu128" in path]
    assert "main.html" in site.pages


# At the root of the site


def test_the_landing_page_is_also_the_list_of_the_index_at_the_root() -> None:
    site = MemorySite({})
    run(store_of(PLAIN, CUDA), site, ROOT)
    text = site.pages["index.html"].decode()

    assert 'name="pypi:repository-version" content="1.4"' in text
    assert "Install from here" in text
    assert json.loads(site.pages["index.json"])["projects"] == [{"name": "plain"}]
    assert "plain/index.html" in site.pages
    assert "project/plain/index.html" in site.pages


def test_without_pages_for_people_the_root_is_the_list_alone() -> None:
    site = MemorySite({})
    run(store_of(PLAIN), site, "[site]\npages = false\n" + ROOT)

    assert anchors(site, "") == {"plain": "plain"}


@pytest.mark.parametrize("name", ["simple", "assets", "cu128", "project", "projects", "files"])
def test_a_project_in_the_place_of_another_page_stops_the_run_before_it_writes(name: str) -> None:
    site = MemorySite({})
    with pytest.raises(ConfigError) as caught:
        run(store_of(CUDA, wheel(name)), site, ROOT)

    assert any(f"the project '{name}' of the index 'main'" in x for x in caught.value.faults)
    assert "whl/{index}/" in caught.value.hint
    assert site.pages == {}

    run(store_of(CUDA, wheel(name)), site, "")

    assert site.pages


@pytest.mark.parametrize(
    "toml",
    [
        "[index]\npath = ['{index}/', 'cu128/{index}/']\n",
        "[index]\npath = '{index}/'\nfind-links = '{index}/'\n",
        "[index]\nfind-links = ['index.html']\n",
        "[index]\nfind-links = ['{index}.html', 'cu128.html']\n",
        "[index]\nfind-links = ['catalog.jsonl/{index}.html']\n",
    ],
)
def test_two_pages_with_one_address_stop_the_run_before_it_writes(toml: str) -> None:
    site = MemorySite({})
    with pytest.raises(ConfigError, match="two pages would have the same path"):
        run(store_of(CUDA, PLAIN), site, toml)

    assert site.pages == {}


# For --find-links


def test_a_page_for_find_links_has_all_files_of_its_index_with_digests() -> None:
    site = MemorySite({})
    run(store_of(PLAIN, CUDA, CPU, NEWER), site, FLAT)

    assert anchors(site, "cu128/") == {
        name: f"files/{name.partition('-py3')[0]}/{name}" for name, _ in (CUDA, NEWER, PLAIN)
    }
    page = site.pages["whl/cu128.html"].decode()
    assert f'href="../files/kernels-1.0+cu128/{CUDA[0]}#sha256=' in unquote(page)
    assert {digest for _, digest, _ in ANCHOR.findall(page)} == {
        digest_of(content) for _, content in (CUDA, NEWER, PLAIN)
    }
    assert anchors(site, "main/").keys() == {PLAIN[0]}


def test_a_new_file_changes_the_pages_of_the_indexes_that_have_it_alone() -> None:
    store, site = store_of(PLAIN, CUDA, CPU), MemorySite({})
    run(store, site, FLAT)
    before = dict(site.pages)
    publish_files(store, [NEWER], "new")
    run(store, site, FLAT)
    changed = {path for path in site.pages if site.pages[path] != before.get(path)}

    assert {"cu128/index.html", "whl/cu128.html"} <= changed
    assert not {"cpu/index.html", "whl/cpu.html", "main/index.html"} & changed
    assert NEWER[0] in anchors(site, "cu128/")
