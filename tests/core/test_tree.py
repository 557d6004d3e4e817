"""The tree of the site."""

from dataclasses import replace

import pytest

from ghpypi.core.config import Config
from ghpypi.core.model import Project
from ghpypi.core.names import normalize
from ghpypi.core.tree import Look, project_pages, project_paths, root_pages
from tests.golden.nasty import file

LOOK = Look(config=Config(), address="https://acme.example/pypi/")
ACME = normalize("acme")


def pages(look: Look = LOOK, names: tuple[str, ...] = ("acme",)) -> dict[str, str]:
    found = root_pages([normalize(name) for name in names], look)
    return {path: text.decode() for path, text in found}


def test_the_root_has_its_pages() -> None:
    assert list(pages()) == [
        ".nojekyll",
        "simple/index.html",
        "simple/index.json",
        "index.html",
        "404.html",
    ]
    assert pages()[".nojekyll"] == ""


def test_a_project_has_two_pages() -> None:
    project = Project(name=ACME, files=(file("acme-1.0.zip"),))

    assert [path for path, _ in project_pages(project, LOOK)] == list(project_paths(ACME))
    assert project_paths(ACME) == ("simple/acme/index.html", "simple/acme/index.json")


def test_a_project_shows_its_own_yanks_and_status() -> None:
    config = Config.parse(
        '[yanked]\nacme = {"1.0" = "mine"}\nother = {"1.0" = "yours"}\n'
        '[projects.acme]\nstatus = "archived"\n[projects.other]\nstatus = "quarantined"'
    )
    project = Project(name=ACME, files=(file("acme-1.0.zip"),))
    html, json = (text.decode() for _, text in project_pages(project, replace(LOOK, config=config)))

    assert 'data-yanked="mine"' in html
    assert 'content="archived"' in html
    assert '"yanked":"mine"' in json


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "A Python package index. It holds no packages yet."),
        (("a",), "A Python package index with 1 project:"),
        (("a", "b"), "A Python package index with 2 projects:"),
    ],
)
def test_the_page_for_people_counts(names: tuple[str, ...], said: str) -> None:
    assert said in pages(names=names)["index.html"]


def test_the_page_for_people_gives_commands_to_copy() -> None:
    page = pages()["index.html"]

    assert "pip install --index-url https://acme.example/pypi/simple/ NAME" in page
    assert 'url = "https://acme.example/pypi/simple/"' in page
    assert "THIS-SITE" not in page


def test_an_address_that_is_not_known_is_not_invented() -> None:
    found = pages(replace(LOOK, address=""))

    assert "in the place of <code>https://THIS-SITE/</code>" in found["index.html"]
    assert "href" not in found["404.html"]


def test_the_title_stands_on_the_pages_for_people() -> None:
    look = replace(LOOK, config=Config.parse('[index]\ntitle = "Acme & <Co>"'))
    found = pages(look)

    assert "<h1>Acme &amp; &lt;Co&gt;</h1>" in found["index.html"]
    assert "<title>Not found – Acme &amp; &lt;Co&gt;</title>" in found["404.html"]  # noqa: RUF001 - as written there


LOOKS = {
    "nothing": "",
    "title": '[index]\ntitle = "x"',
    "yank": '[yanked]\nacme = {"1.0" = ""}',
    "reason": '[yanked]\nacme = {"1.0" = "x"}',
    "version": '[yanked]\nacme = {"1.1" = "x"}',
    "project": '[yanked]\nother = {"1.0" = "x"}',
    "status": '[projects.acme]\nstatus = "archived"',
    "why": '[projects.acme]\nstatus = "archived"\nreason = "x"',
    "other": '[projects.other]\nstatus = "archived"',
}


def test_whatever_pages_show_changes_their_key() -> None:
    looks = [replace(LOOK, config=Config.parse(text)) for text in LOOKS.values()]
    keys = [look.key for look in [*looks, replace(LOOK, address="")]]

    assert len(set(keys)) == len(LOOKS) + 1


def test_what_pages_do_not_show_changes_no_key() -> None:
    config = Config.parse('store = "a/b"\n[index]\nbranch = "x"\nprereleases = false')

    assert replace(LOOK, config=config).key == LOOK.key


def test_the_order_of_the_configuration_changes_no_key() -> None:
    first = Config.parse('[yanked]\na = {"1" = "x", "2" = "y"}\nb = {"1" = "z"}')
    second = Config.parse('[yanked]\nb = {"1" = "z"}\na = {"2" = "y", "1" = "x"}')

    assert replace(LOOK, config=first).key == replace(LOOK, config=second).key
