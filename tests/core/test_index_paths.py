"""Where the configuration says that indexes are."""

from pathlib import Path

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.config.index_paths import IndexPaths
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.tree import project_pages
from ghpypi.errors import ConfigError
from tests.support.files import entry_of, indexes_of, made

GUIDE = Path(__file__).parents[2] / "docs/how-to/gpu.md"

WHL = "path = 'whl/{index}/'"
AVX = "path = '{index}/'\npath-names = { avx2 = 'AVX2' }"
FLAT = "find-links = '{index:_}'"


def paths(toml: str = "") -> IndexPaths:
    return Config.parse(f"[index]\n{toml}").index.paths


@pytest.mark.parametrize(
    ("toml", "index", "address"),
    [
        ("", "", "simple/"),
        ("", "nightly/cu130", "nightly/cu130/simple/"),
        # llama-cpp-python, sgl-project, flashinfer, gsplat
        (WHL, "cu124", "whl/cu124/"),
        (WHL, "metal", "whl/metal/"),
        (WHL, "nightly/cu129", "whl/nightly/cu129/"),
        (WHL, "cu121/torch2.4", "whl/cu121/torch2.4/"),
        (WHL, "pt20cu118", "whl/pt20cu118/"),
        (WHL, "", "whl/"),
        # the cuBLAS wheels of llama-cpp-python, and the commits of vLLM
        (AVX, "avx2/cu117", "AVX2/cu117/"),
        ("path = '{index}'", "0f3a1b/cu129", "0f3a1b/cu129/"),
        # the builder of torch packages: the index at the root of the site
        ("path = '{index}/'", "", ""),
        ("path = 'wheels-{index}/'", "", "wheels-main/"),
    ],
)
def test_an_index_has_the_address_that_users_have(toml: str, index: str, address: str) -> None:
    found = paths(toml)

    assert found.folder(index) == address
    assert found.folders(index)[0] == address
    below = address if address.endswith("simple/") else f"{address}simple/"
    assert below in found.folders(index)


def test_an_index_has_every_address_once() -> None:
    found = paths("path = ['whl/{index}/', '{index}/simple/', 'pypi/', 'whl/{index}/simple/']")

    assert found.folders("cu128") == ("whl/cu128/", "cu128/simple/", "whl/cu128/simple/")
    assert found.folders("") == ("whl/", "simple/", "pypi/", "whl/simple/", "pypi/simple/")


@pytest.mark.parametrize(
    ("toml", "index", "pages"),
    [
        # the wheels of FlashAttention 3
        (FLAT, "cu128/torch280", ["cu128_torch280/index.html"]),
        (FLAT, "", ["main/index.html"]),
        ("find-links = 'whl/{index}.html'", "cu128", ["whl/cu128.html"]),
        ("find-links = 'whl/{index}.html'", "", ["whl/main.html"]),
        ("find-links = ['{index}.html', 'all/']", "cu128", ["cu128.html"]),
        ("find-links = ['{index}.html', 'all/']", "", ["main.html", "all/index.html"]),
        ("", "cu128", []),
    ],
)
def test_an_index_has_a_page_for_find_links(toml: str, index: str, pages: list[str]) -> None:
    assert list(paths(toml).flat_pages(index)) == pages


def test_the_guide_for_gpu_wheels_keeps_the_addresses_that_it_names() -> None:
    section = GUIDE.read_text(encoding="utf-8").partition("## Addresses that your users have")[2]
    found = Config.parse(section.partition("```toml\n")[2].partition("```")[0]).index.paths

    assert found.folder("cu121/torch2.4") == "whl/cu121/torch2.4/"
    assert found.flat_pages("cu128/torch280") == ("cu128_torch280/index.html",)


@pytest.mark.parametrize(
    ("toml", "place"),
    [
        ("path = 'whl/'", "index.path: the first must include the index"),
        ("path = []", "index.path: the first must include the index"),
        ("path = ['{index}/', '../x/']", "index.path[1]: '../x/'"),
        ("path = '/{index}/'", "index.path[0]: '/{index}/'"),
        ("path = 'a b/{index}/'", "index.path[0]: 'a b/{index}/'"),
        ("path = '{index}/{index}/'", "index.path[0]: '{index}/{index}/'"),
        ("path = '{variant}/{index}/'", "index.path[0]: '{variant}/{index}/'"),
        ("path = 'project/{index}/'", "index.path[0]: 'project/' is where a site has other pages"),
        ("path = 1", "index.path: must be a string or a list of strings, not 1"),
        ("find-links = '.html'", "index.find-links[0]: '.html'"),
        ("find-links = 'assets/{index}.html'", "index.find-links[0]: 'assets/'"),
        ("path-names = { a = 'b/c' }", "index.path-names.a: 'b/c' cannot be part of an address"),
    ],
)
def test_what_is_no_path_is_refused_with_its_place(toml: str, place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        paths(toml)

    assert any(fault.startswith(place) for fault in caught.value.faults), caught.value.faults


def test_a_page_with_absolute_links_is_rendered_once_for_all_addresses() -> None:
    toml = "[index]\npath = ['whl/{index}/', '{index}/simple/', 'a/b/c/']"
    entry = entry_of(made("kern-1.0-py3-none-any.whl"))
    settings = SiteSettings(config=Config.parse(toml), address="")
    found = list(project_pages(entry, [""], indexes_of(toml, [entry]), settings))

    assert [path for path, _ in found if path.endswith(".html")] == [
        "whl/kern/index.html",
        "simple/kern/index.html",
        "a/b/c/kern/index.html",
        "whl/simple/kern/index.html",
        "a/b/c/simple/kern/index.html",
    ]
    assert len({id(page) for _, page in found}) == 3  # HTML, JSON, and the JSON for bots
