"""The tree of the site."""

from dataclasses import replace

from ghpypi.core.catalog.entry import Entry
from ghpypi.core.config.config import Config
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.model import Project
from ghpypi.core.names import normalize
from ghpypi.core.site.paths import project_paths
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.tree import project_pages, root_pages
from tests.golden.nasty import file

SETTINGS = SiteSettings(config=Config(), address="https://acme.example/pypi/")
ACME = normalize("acme")


def indexes(settings: SiteSettings = SETTINGS, variants: tuple[str, ...] = ()) -> Indexes:
    config = Config.parse("[variants.dimensions.a]\n[variants.dimensions.b]\n")
    found = [(*name.split("/"), "")[:2] for name in variants if name]
    return Indexes(
        config=config if found else settings.config, store="acme/pypi", found=tuple(found)
    )


def pages(settings: SiteSettings = SETTINGS, *names: str) -> dict[str, str]:
    project = Project(name=ACME, files=(file("acme-1.0.zip"),))
    entry = Entry(fingerprint="", project=project)
    found = project_pages(entry, names or [""], indexes(settings, names), settings)
    return {path: text.decode() for path, text in found}


def test_an_index_lists_its_projects_in_two_pages() -> None:
    found = dict(root_pages("cu128", [ACME], SETTINGS))

    assert list(found) == ["cu128/simple/index.html", "cu128/simple/index.json"]
    assert b'href="acme/"' in found["cu128/simple/index.html"]


def test_a_project_has_its_pages_in_each_index() -> None:
    assert tuple(pages()) == project_paths(ACME) == (
        "simple/acme/index.html", "simple/acme/index.json", "pypi/acme/json",
    )  # fmt: skip
    assert tuple(pages(SETTINGS, "cu128")) == (
        "cu128/simple/acme/index.html", "cu128/simple/acme/index.json", "cu128/pypi/acme/json",
    )  # fmt: skip


def test_a_folder_that_is_not_simple_has_no_page_for_bots_of_its_own() -> None:
    settings = replace(SETTINGS, config=Config.parse('[index]\npath = "whl/{index}/"'))

    assert tuple(pages(settings)) == (
        "whl/acme/index.html", "whl/acme/index.json",
        "whl/simple/acme/index.html", "whl/simple/acme/index.json", "whl/pypi/acme/json",
    )  # fmt: skip


def test_a_relative_link_leads_to_the_root_of_the_site_from_every_index() -> None:
    assert 'href="../../files/' in pages()["simple/acme/index.html"]
    assert 'href="../../../files/' in pages(SETTINGS, "cu128")["cu128/simple/acme/index.html"]
    nested = pages(SETTINGS, "cu128/torch2.8")["cu128/torch2.8/simple/acme/index.html"]
    assert 'href="../../../../files/' in nested


def test_a_relative_link_leads_out_of_the_folder_of_the_site() -> None:
    settings = replace(SETTINGS, config=Config.parse('[site]\npath = "docs/pypi"'))

    assert 'href="../../../../files/' in pages(settings)["simple/acme/index.html"]


def test_a_project_shows_its_own_yanks_and_status() -> None:
    config = Config.parse(
        '[yanked]\nacme = {"1.0" = "mine"}\nother = {"1.0" = "yours"}\n'
        '[projects.acme]\nstatus = "archived"\n[projects.other]\nstatus = "quarantined"'
    )
    html, json, _ = pages(replace(SETTINGS, config=config)).values()

    assert 'data-yanked="mine"' in html
    assert 'content="archived"' in html
    assert '"yanked":"mine"' in json


CONFIGURATIONS = {
    "nothing": "",
    "title": '[index]\ntitle = "x"',
    "yank": '[yanked]\nacme = {"1.0" = ""}',
    "reason": '[yanked]\nacme = {"1.0" = "x"}',
    "version": '[yanked]\nacme = {"1.1" = "x"}',
    "project": '[yanked]\nother = {"1.0" = "x"}',
    "status": '[projects.acme]\nstatus = "archived"',
    "why": '[projects.acme]\nstatus = "archived"\nreason = "x"',
    "other": '[projects.other]\nstatus = "archived"',
    "prereleases": "[index]\nprereleases = false",
    "repositories": '[index]\nrepositories = ["acme/pypi"]',
    "variants": '[variants]\nfrom = "local-version"',
    "pattern": '[variants]\npattern = "cu.*"',
    "alias": '[variants]\naliases = { a = "b" }',
    "index": "[indexes.stable]",
    "include": '[indexes.stable]\ninclude = ["acme>=2"]',
    "more": '[indexes.stable]\ninclude = ["acme>=3"]',
    "pages": "[site]\npages = false",
    "check": "[index]\npypi-check = true",
}


def test_whatever_pages_show_changes_their_key_or_the_marks() -> None:
    changed = [replace(SETTINGS, config=Config.parse(text)) for text in CONFIGURATIONS.values()]
    more = [replace(SETTINGS, address=""), replace(SETTINGS, templates={"base.html": "x"})]
    keys = {(each.key, *each.config.marks.items()) for each in [*changed, *more]}

    assert len(keys) == len(CONFIGURATIONS) + 2


def test_what_pages_do_not_show_changes_no_key() -> None:
    config = Config.parse('store = "a/b"\n[index]\nbranch = "x"\nmissing-digest = "exclude"')

    assert replace(SETTINGS, config=config).key == SETTINGS.key


def test_the_order_of_the_configuration_changes_no_key() -> None:
    first = Config.parse('[yanked]\na = {"1" = "x", "2" = "y"}\nb = {"1" = "z"}')
    second = Config.parse('[yanked]\nb = {"1" = "z"}\na = {"2" = "y", "1" = "x"}')

    assert replace(SETTINGS, config=first).key == replace(SETTINGS, config=second).key
