"""Which paths of a site ghpypi wrote."""

import pytest

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.catalog.parts import PART_PATTERN
from ghpypi.core.config.config import Config
from ghpypi.core.config.site import SiteConfig
from ghpypi.core.provenance_pages import PROVENANCE_PATTERN
from ghpypi.core.site.ownership import (
    Everything,
    Owned,
    Shape,
    conflicting_paths,
    owned_by_unreadable,
    owned_patterns,
)

OWNED = Owned(
    patterns=frozenset({"index.html", "simple/*/index.html", "cu128/simple/*/index.json"}),
    projects={"acme", "simple"},
)


@pytest.mark.parametrize(
    "path",
    [
        "index.html",
        "simple/acme/index.html",
        "simple/simple/index.html",
        "cu128/simple/acme/index.json",
    ],
)
def test_a_page_of_a_project_is_owned(path: str) -> None:
    assert path in OWNED
    assert path in list(OWNED)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "CNAME",
        "simple/index.html",
        "simple/*/index.html/x",
        "simple/other/index.html",
        "simple/acme/index.htm",
        "acme/acme/index.html",
        "docs/simple/acme/index.html",
        "simple/acme/acme/index.html",
        "simple/acme/x/index.html",
    ],
)
def test_another_path_is_not(path: str) -> None:
    assert path not in OWNED
    assert path in Everything()


def test_the_patterns_name_every_page_of_each_index() -> None:
    assert owned_patterns(["", "cu128"], Shape(people=False, alone=True)) == (
        ".nojekyll",
        CATALOG_PATH,
        PART_PATTERN,
        "cu128/pypi/*/json",
        "cu128/simple/*/index.html",
        "cu128/simple/*/index.json",
        "cu128/simple/index.html",
        "cu128/simple/index.json",
        PROVENANCE_PATTERN,
        "pypi/*/json",
        "simple/*/index.html",
        "simple/*/index.json",
        "simple/index.html",
        "simple/index.json",
    )


def test_pages_for_people_belong_to_it_where_they_are_made() -> None:
    with_pages = owned_patterns([""], Shape.of(Config(site=SiteConfig(path="pypi"))))
    without = owned_patterns([""], Shape.of(Config(site=SiteConfig(path="pypi", pages=False))))

    assert sorted({*with_pages} - {*without}) == [
        "404.html",
        "assets/site.css",
        "assets/site.js",
        "feed.xml",
        "index.html",
        "project/*/*/index.html",
        "project/*/about.json",
        "project/*/badge.svg",
        "project/*/feed.xml",
        "project/*/index.html",
        "projects/index.html",
        "search.json",
    ]
    assert ".nojekyll" not in with_pages


def test_projects_are_read_from_a_damaged_catalog() -> None:
    text = b'{"format":2,"pages":"x\n{"name":"acme","finger\nnonsense\n{"name":"other","x'
    owned = owned_by_unreadable(text, ["", "cu128"], Shape(people=True, alone=True))

    assert sorted(owned.projects) == ["acme", "other"]
    assert "cu128/simple/other/index.html" in owned


@pytest.mark.parametrize("text", [b"", b"nonsense", b'{"name":"acme"}', b'[{"format":1}]'])
def test_a_file_that_is_no_catalog_accounts_for_nothing(text: bytes) -> None:
    assert not list(owned_by_unreadable(text, [""], Shape(people=True, alone=True)))


def test_what_is_in_the_way_is_named_once() -> None:
    present = ["simple", "index.html/x/y", "feed.xml", "404.html"]
    paths = ["simple/a/b", "simple/c", "index.html", "index.html/x", "404.html", "feed.xml", "new"]

    assert conflicting_paths(paths, present, {"404.html"}) == (
        "simple", "index.html/", "index.html/x/", "feed.xml",
    )  # fmt: skip


def test_new_paths_are_those_that_the_other_catalog_lacks() -> None:
    patterns = ["simple/*/index.html", "simple/index.html", "project/*/about.json", PART_PATTERN]
    before = Owned(
        patterns=[*patterns[:2], PART_PATTERN], projects={"a", "b"}, parts=["catalog/part.jsonl"]
    )
    after = Owned(patterns=patterns, projects={"b", "c"}, parts=["catalog/part-c.jsonl"])

    assert sorted(after.beyond(before)) == sorted(path for path in after if path not in before)
    assert sorted(after.beyond(before)) == [
        "project/b/about.json",
        "project/c/about.json",
        "simple/c/index.html",
    ]
    assert sorted(after.beyond(Owned())) == sorted(after)
