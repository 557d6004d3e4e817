"""Pages of publishers with dozens of variants and thousands of wheels."""

import json
import re
from dataclasses import replace
from html import unescape

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.site.coverage import coverage
from ghpypi.core.site.install import install_block, preferred_index, preferred_variant
from ghpypi.core.site.project import MOST_FILES
from ghpypi.core.site.releases import by_variant
from ghpypi.core.site.rows import IndexLink
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.templates import Templates
from tests.site import many_variants
from tests.site.gallery import file, variant_of
from tests.support.files import entry_of, indexes_of, made

PAGES = {path: text.decode() for path, text in many_variants.pages()}
PROJECT = PAGES["project/flash-tensor/index.html"]
LANDING = PAGES["index.html"]

CUDA = "[variants]\npattern = 'cu[0-9]+|rocm[0-9.]+'\n"


def links(*names: str, main: bool = False) -> tuple[IndexLink, ...]:
    found = [IndexLink(name, "variant", f"{name}/simple/", "", (name,)) for name in names]
    return (*([IndexLink("", "main", "simple/", "", ("",))] if main else []), *found)


def settings(toml: str = CUDA) -> SiteSettings:
    return SiteSettings(
        config=Config.parse(toml), address="https://acme.example/", store="acme/pypi"
    )


def listed(page: str) -> list[str]:
    """Name the indexes in the list that needs no script, in order."""
    return re.findall(r'<li data-index="([^"]*)"', page)


@pytest.mark.parametrize(
    ("path", "most"), [("project/flash-tensor/index.html", 450_000), ("index.html", 22_000)]
)
def test_a_page_of_thirty_variants_and_three_thousand_files_is_light(path: str, most: int) -> None:
    assert len(PAGES[path]) < most


def test_variants_are_in_natural_order() -> None:
    entry = entry_of(*(made(f"a-1+{x}-py3-none-any.whl") for x in ("cu13.0", "cu9.2", "cu12.8")))
    names = listed(LANDING)

    assert names.index("cu118/torch2.7") < names.index("cu130") < names.index("rocm6.4")
    assert names.index("cu126/torch2.9") < names.index("cu126/torch2.10")
    assert indexes_of("[variants]", [entry]).names == ("", "cu9.2", "cu12.8", "cu13.0")


@pytest.mark.parametrize("page", [PROJECT, LANDING])
def test_the_lines_are_there_once_beside_a_list_of_all_addresses(page: str) -> None:
    assert page.count("[tool.uv.sources]") == 1
    assert len(listed(page)) == 44
    for name in ("", "cu128", "cu128/torch2.10"):
        assert f"https://acme.example/kernels/whl/{name and f'{name}/'}</code>" in page


def test_the_main_index_is_chosen_first() -> None:
    assert 'url = &#34;<span data-slot="url">https://acme.example/kernels/whl/</span>' in PROJECT
    assert '<li data-index="" data-name="acme-kernels" data-values="/" class="chosen">' in PROJECT
    choices = re.findall('data-dimensions="([^"]+)"', PROJECT)
    assert json.loads(unescape(choices[0])) == [
        ["CUDA", "default (cu128)", "cu128"],
        ["PyTorch", "newest", ""],
    ]


def test_the_address_for_find_links_is_shown_where_there_is_one() -> None:
    flat = [link._replace(flat=f"{link.name}_all/") for link in links("cu118", "cu130")]
    block = install_block((*flat, *links("rocm7.1")), "kern", settings(), Templates())

    assert "--find-links <code>https://acme.example/kernels/cu128_torch2.10/</code>" in LANDING
    assert block.count("https://acme.example/cu130_all/") == 1
    assert block.count("For <code>--find-links</code>") == 2


@pytest.mark.parametrize(
    ("toml", "shown", "variant"),
    [
        (CUDA, links("cu118", "cu130", "rocm7.1"), "cu130"),
        (CUDA, links("cu118", "cu130", "rocm7.1", main=True), ""),
        (CUDA + "default = 'rocm7.1'", links("cu118", "cu130", "rocm7.1"), "rocm7.1"),
        (CUDA + "default = 'cu118'", links("cu118", "cu130", main=True), "cu118"),
        (CUDA, links("cu118", "cu118/torch2.4", "cu130", "cu130/torch2.9"), "cu130"),
        (CUDA, links(), ""),
    ],
)
def test_the_variant_that_most_people_want_is_chosen(
    toml: str, shown: tuple[IndexLink, ...], variant: str
) -> None:
    variants = Config.parse(toml).variants

    assert preferred_variant(preferred_index(shown, variants), variants) == variant


def test_of_a_few_variants_the_lines_of_each_are_there_the_default_first() -> None:
    toml = CUDA + "default = 'cu129'"
    block = install_block(links("cu118", "cu129", "cu130"), "kern", settings(toml), Templates())

    assert re.findall(r'id="index-([^"]+)"( checked)?', block) == [
        ("cu129", " checked"),
        ("cu118", ""),
        ("cu130", ""),
    ]


def test_named_indexes_are_no_variants_and_a_single_rule_has_no_name() -> None:
    named = [IndexLink(f"team{number}", "named", f"t{number}/", "") for number in range(9)]
    shown = (*links("cu118", main=True), *named)
    block = install_block(shown, "kern", settings(), Templates())

    assert "[[&#34;Variant&#34;, &#34;none&#34;, &#34;&#34;]]" in block
    assert '<li data-index="team3" data-name="python-packages-team3"><b>' in block
    assert block.count('<span data-slot="option"></span>') == 2


def test_a_title_that_is_the_public_index_gives_no_index_its_name() -> None:
    titled = replace(settings(), config=Config.parse("[index]\ntitle = 'PyPI'\n" + CUDA))
    block = install_block(links(*(f"cu{n}" for n in range(9)), main=True), "k", titled, Templates())

    assert 'data-name="pypi-index"' in block
    assert 'data-name="pypi-cu8"' in block


def test_files_of_a_release_are_grouped_by_variant_the_default_first_and_open() -> None:
    first = PROJECT.index('<details class="variant" open>')

    assert PROJECT[first:].startswith(
        '<details class="variant" open><summary><b>cu128/torch2.10</b>'
    )
    assert PROJECT.count('<details class="variant"') == 33
    assert "495 files in 33 builds" in PROJECT
    assert PROJECT.count(">sha256 <code") == MOST_FILES // 15 * 15
    assert PROJECT.count('<a href="2.8.1/">the page of this version</a>') == 33 - MOST_FILES // 15
    assert PROJECT.count('<p class="release"') == len(many_variants.RELEASES) - 1


def test_a_coarser_variant_comes_first_with_the_last_of_its_finer_ones() -> None:
    names = ["cu128/torch2.9", "cu128/torch2.10", "cu128/torch2.8", "cu1280/torch3"]
    found = [file(f"a-1-{number}-py3-none-any.whl", "2026-01-01") for number in range(4)]
    pairs = dict(zip(found, names, strict=True))

    assert list(by_variant(found, pairs.__getitem__, first="cu128")) == [
        "cu128/torch2.10", "cu128/torch2.8", "cu128/torch2.9", "cu1280/torch3",
    ]  # fmt: skip
    assert next(iter(by_variant(found, pairs.__getitem__, first="rocm"))) == "cu128/torch2.8"


def test_with_many_variants_the_grid_has_a_row_for_each() -> None:
    pythons = {"cu118": ("cp310", "cp311"), "cu128": ("cp310", "cp311", "cp312", "cp314")}
    wheels = [
        file(f"a-1+{variant}-{python}-{python}-win_amd64.whl", "2026-01-01")
        for variant in ("cu118", "cu121", "cu124", "cu126", "cu128", "cu1300")
        for python in pythons.get(variant, ("cp310",))
    ]
    stable = file("a-1+cu9-cp39-abi3-manylinux_2_28_x86_64.whl", "2026-01-01")
    grid = coverage([*wheels, stable], variant_of)

    assert grid
    assert grid.by_variant
    assert grid.columns == ("Linux x86-64", "Windows x86-64")
    assert dict(grid.rows) == {
        "cu9": ("3.9 and newer", "–"),  # noqa: RUF001 - a dash
        "cu118": ("–", "3.10 to 3.11"),  # noqa: RUF001
        "cu121": ("–", "3.10"),  # noqa: RUF001
        "cu124": ("–", "3.10"),  # noqa: RUF001
        "cu126": ("–", "3.10"),  # noqa: RUF001
        "cu128": ("–", "3.10 to 3.12, 3.14"),  # noqa: RUF001
        "cu1300": ("–", "3.10"),  # noqa: RUF001
    }
    assert next(iter(grid.rows))[0] == "cu9"


def test_variants_with_the_same_wheels_are_one_row() -> None:
    assert "all 33 variants</th>" in PROJECT
