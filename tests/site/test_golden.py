"""The pages for people of the nasty index, compared with golden files and looked at as a whole."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ghpypi.core.site.about import About
from ghpypi.core.site.feed import NEVER, feed
from tests.conftest import Golden
from tests.site import gallery, hostile

PAGES = dict(hostile.pages())
GALLERY = dict(gallery.pages())
ASSETS = {"assets/site.css", "assets/site.js"}
COMPARED = sorted(PAGES.keys() - ASSETS)
HTML = sorted(path for path in PAGES if path.endswith(".html"))
FEEDS = [path for path in PAGES if path.endswith("feed.xml")]


@pytest.mark.parametrize("path", COMPARED)
def test_a_page_is_the_golden_one(path: str, golden: Golden) -> None:
    golden(f"site/{path}", re.sub(rb"\?v=[0-9a-f]+", b"?v=0", PAGES[path]))


def test_the_same_is_rendered_as_the_same_bytes() -> None:
    assert dict(hostile.pages()) == PAGES


VOID = {"meta", "link", "br", "input", "hr", "img", "col"}


class Checker(HTMLParser):
    """Collects what stands in a page, and finds what is closed wrongly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.faults: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.faults += [f"{tag} stays open" for tag in self._open if tag not in {"li", "p"}]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID and tag != "path":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or tag == "path":
            return
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"{tag} at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        self.text += data


def all_pages() -> Iterator[tuple[str, str]]:
    for kind, pages in (("hostile", PAGES), ("gallery", GALLERY)):
        for path, content in pages.items():
            if path.endswith(".html"):
                yield f"{kind}/{path}", content.decode()


CHECKED = {path: Checker(text) for path, text in all_pages()}


@pytest.mark.parametrize("path", list(CHECKED))
def test_every_tag_is_closed_where_it_should_be(path: str) -> None:
    assert CHECKED[path].faults == []


@pytest.mark.parametrize("path", list(CHECKED))
def test_ids_are_unique_and_targets_of_links_exist(path: str) -> None:
    ids = [attributes["id"] for _, attributes in CHECKED[path].tags if "id" in attributes]
    targets = [
        value.removeprefix("#")
        for tag, attributes in CHECKED[path].tags
        for key, value in attributes.items()
        if key in {"for", "aria-labelledby"} or (key == "href" and value.startswith("#"))
    ]

    assert len(ids) == len(set(ids))
    assert set(targets) <= set(ids)


@pytest.mark.parametrize("path", list(CHECKED))
def test_nothing_runs_but_the_one_script_and_nothing_is_styled_in_place(path: str) -> None:
    for tag, attributes in CHECKED[path].tags:
        assert tag not in {"style", "iframe", "object", "embed", "base", "form"}
        assert tag != "img" or attributes["src"] == "badge.svg"
        assert not [key for key in attributes if key.startswith("on") or key == "style"]
        if tag == "script":
            assert "assets/site.js?v=" in attributes["src"]
    assert sum(tag == "script" for tag, _ in CHECKED[path].tags) <= 1


@pytest.mark.parametrize("path", list(CHECKED))
def test_every_page_has_a_strict_policy_and_one_title(path: str) -> None:
    policies = [
        attributes["content"]
        for tag, attributes in CHECKED[path].tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]

    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; style-src 'self'; script-src 'self';")
    assert "unsafe" not in policies[0]
    assert sum(tag == "title" for tag, _ in CHECKED[path].tags) == 1
    assert sum(tag == "h1" for tag, _ in CHECKED[path].tags) == 1


@pytest.mark.parametrize("path", list(CHECKED))
def test_links_lead_to_the_web_or_to_pages_there_are(path: str) -> None:
    kind, _, page = path.partition("/")
    pages = PAGES if kind == "hostile" else GALLERY
    for tag, attributes in CHECKED[path].tags:
        href = attributes.get("href", "https://").partition("#")[0].partition("?")[0]
        if tag == "a" and not href.startswith(("https://", "http://", "mailto:")) and href:
            target = (Path("/") / Path(page).parent / href).resolve().relative_to("/").as_posix()
            folder = target + "/index.html" if target != "." else "index.html"
            simple = re.search(r"(^|/)simple(/|$)", target)
            assert simple or target.startswith("files/") or folder in pages or target in pages, href


def test_the_page_for_any_path_has_no_relative_links() -> None:
    for tag, attributes in CHECKED["hostile/404.html"].tags:
        for key in {"href", "src"} & attributes.keys():
            assert attributes[key].startswith(("https://acme.example/py&pi/", "data:", "#")), tag


def test_without_an_address_the_page_for_any_path_has_no_links_at_all() -> None:
    checked = Checker(dict(gallery.pages(""))["404.html"].decode())

    assert [attributes["href"] for _, attributes in checked.tags if "href" in attributes] == [
        "#main"
    ]
    assert "script" not in {tag for tag, _ in checked.tags}


@pytest.mark.parametrize("path", sorted(PAGES.keys() - ASSETS))
def test_no_page_has_a_control_or_changes_the_direction(path: str) -> None:
    text = PAGES[path].decode()
    found = re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)

    assert found == []


@pytest.mark.parametrize("name", ["acme-lib", "deprecated", "quarantined", "zope-interface"])
def test_about_json_can_be_read_back(name: str) -> None:
    about = About.of(hostile.metadata(name))

    assert About.parse(about.dump()) == about


ATOM = "{http://www.w3.org/2005/Atom}"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def assert_valid(text: bytes) -> ET.Element:
    """Hold a feed against RFC 4287, section 4.1."""
    root = ET.fromstring(text)  # noqa: S314 - our own

    assert root.tag == f"{ATOM}feed"
    for element in [root, *root.findall(f"{ATOM}entry")]:
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
        assert re.match(r"https?://", element.findtext(f"{ATOM}id") or "")
        assert TIME.fullmatch(element.findtext(f"{ATOM}updated") or "")
        relations = [link.get("rel") for link in element.findall(f"{ATOM}link")]
        assert relations.count("alternate") == 1
        assert all(link.get("href") for link in element.findall(f"{ATOM}link"))
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    ids = [element.text for element in root.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    times = [element.findtext(f"{ATOM}updated") or "" for element in root.findall(f"{ATOM}entry")]
    assert times == sorted(times, reverse=True)
    assert root.findtext(f"{ATOM}updated") == max(times, default=NEVER)
    return root


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_is_valid(path: str) -> None:
    assert_valid(PAGES[path])


def test_a_feed_has_each_release_once_with_its_address() -> None:
    root = assert_valid(GALLERY["project/acme-client/feed.xml"])
    entries = root.findall(f"{ATOM}entry")

    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [
        "acme-client 2.2.0",
        "acme-client 2.1.0",
        "acme-client 2.0.0",
    ]
    assert entries[0].findtext(f"{ATOM}updated") == "2026-03-03T09:30:00Z"
    assert entries[0].findtext(f"{ATOM}id") == (
        "https://acme.example/pypi/project/acme-client/#2.2.0"
    )


def test_a_feed_of_nothing_and_from_nowhere_is_valid() -> None:
    assert_valid(feed("feed.xml", "x", "x", "", []))
    for path, text in gallery.pages(""):
        if path.endswith(".xml"):
            assert_valid(text)
