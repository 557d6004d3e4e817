"""Every page of a nasty little index, compared with golden files and read by another parser."""

import json
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from packaging.version import Version
from pypi_simple import DistributionPackage, IndexPage, ProjectPage

from ghpypi.core.model import Project, StatusMarker, Yank
from tests.conftest import GOLDEN, Golden
from tests.golden import nasty
from tests.site import hostile
from tests.site.test_golden import ASSETS
from tests.support.catalogs import read_back

PAGES = dict(nasty.pages())
PROJECTS: dict[str, Project] = {project.name: project for project in nasty.projects()}
BASE = "https://acme.example/py&pi/simple/"


@pytest.mark.parametrize("path", list(PAGES))
def test_a_page_is_the_golden_one(path: str, golden: Golden) -> None:
    golden(f"site/{path}", PAGES[path])


def test_the_catalog_is_the_golden_one(golden: Golden) -> None:
    for path, text in nasty.catalog_pages():
        golden(f"site/{path}", text)


def test_every_golden_file_is_a_page() -> None:
    root = GOLDEN / "site"
    found = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}

    people = dict(hostile.pages()).keys() - ASSETS
    assert found == {*PAGES, *dict(nasty.catalog_pages()), *people}


def test_the_golden_catalog_reads_back() -> None:
    catalog = read_back(nasty.catalog())

    assert [entry.project for entry in catalog.entries()] == nasty.known_projects()
    assert catalog.dump() == nasty.catalog().dump()


def html_page(name: str) -> ProjectPage:
    return ProjectPage.from_html(
        name, PAGES[f"simple/{name}/index.html"].decode(), base_url=f"{BASE}{name}/"
    )


def json_page(name: str) -> ProjectPage:
    data: Any = json.loads(PAGES[f"simple/{name}/index.json"])
    return ProjectPage.from_json_data(data, base_url=f"{BASE}{name}/")


def facts(package: DistributionPackage) -> dict[str, object]:
    """What both formats can say of a file."""
    return {
        "filename": package.filename,
        "url": package.url,
        "digests": package.digests,
        "requires-python": package.requires_python,
        "yanked": package.is_yanked,
        "reason": package.yanked_reason or "",
        "metadata": package.has_metadata,
        "metadata digests": package.metadata_digests or {},
    }


def expected(name: str) -> list[dict[str, object]]:
    """The same, from our own values."""
    project = PROJECTS[name]
    yanked = nasty.SETTINGS.config.yanked.get(project.name, {})
    status = nasty.SETTINGS.config.statuses.get(project.name)
    if status and status.marker is StatusMarker.QUARANTINED:
        return []
    return [
        {
            "filename": file.filename,
            "url": file.url if "://" in file.url else f"https://acme.example/py&pi/{file.url}",
            "digests": {"sha256": file.sha256},
            "requires-python": file.requires_python,
            "yanked": Version(file.version) in yanked,
            "reason": yanked.get(Version(file.version), Yank()).reason,
            "metadata": True if file.core_metadata else None,
            "metadata digests": {"sha256": file.core_metadata} if file.core_metadata else {},
        }
        for file in project.files
    ]


def state(name: str) -> tuple[str, str]:
    status = nasty.SETTINGS.config.statuses.get(PROJECTS[name].name)
    if status is None or status.marker is StatusMarker.ACTIVE:
        return "", ""
    return status.marker.value, status.reason


@pytest.mark.parametrize("name", list(PROJECTS))
@pytest.mark.parametrize("read", [html_page, json_page], ids=["html", "json"])
def test_another_parser_reads_the_same_facts(read: Callable[[str], ProjectPage], name: str) -> None:
    page = read(name)

    assert [facts(package) for package in page.packages] == expected(name)
    assert page.repository_version == "1.4"
    assert (page.status.value if page.status else "", page.status_reason or "") == state(name)


@pytest.mark.parametrize("name", [name for name in PROJECTS if name != "quarantined"])
def test_another_parser_reads_in_json_what_html_cannot_say(name: str) -> None:
    page = json_page(name)

    assert page.project == name
    assert page.versions == list(PROJECTS[name].versions)
    assert [(each.size, time_of(each)) for each in page.packages] == [
        (file.size, file.uploaded_at) for file in PROJECTS[name].files
    ]


def time_of(package: DistributionPackage) -> str:
    assert package.upload_time is not None
    return package.upload_time.isoformat().replace("+00:00", "Z")


def test_another_parser_reads_the_project_list() -> None:
    html = IndexPage.from_html(PAGES["simple/index.html"])
    json_list = IndexPage.from_json_data(json.loads(PAGES["simple/index.json"]))

    assert html.projects == json_list.projects == list(PROJECTS)
    assert html.repository_version == json_list.repository_version == "1.4"


class Links(HTMLParser):
    """Collects links as a browser sees them: attributes, and the text between the tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[dict[str, str | None], str]] = []
        self._open: dict[str, str | None] | None = None
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "a":
            self._open = dict(attrs)

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.links.append((self._open, data))
            self._open = None


@pytest.mark.parametrize("name", list(PROJECTS))
def test_links_carry_what_uv_and_pip_look_for(name: str) -> None:
    links = Links(PAGES[f"simple/{name}/index.html"].decode()).links
    files = () if name == "quarantined" else PROJECTS[name].files

    for (attributes, text), file in zip(links, files, strict=True):
        assert text == file.filename
        assert attributes["data-size"] == str(file.size)
        assert attributes["data-upload-time"] == file.uploaded_at
        assert attributes.get("data-yanked", "") is not None


def test_nothing_nasty_becomes_markup() -> None:
    pages = [page.decode() for path, page in PAGES.items() if path.endswith(".html")]

    assert not {"script", "b", "instead"} & {tag for page in pages for tag in Links(page).tags}


def test_no_link_has_a_bare_plus_or_a_query() -> None:
    pages = [Links(page.decode()) for path, page in PAGES.items() if path.endswith("x.html")]
    addresses = [attributes["href"] or "" for page in pages for attributes, _ in page.links]

    assert len(addresses) > len(PROJECTS)
    assert not [address for address in addresses if "+" in address or "?" in address]


def values(document: object) -> Iterator[object]:
    match document:
        case dict():
            for value in document.values():
                yield from values(value)
        case list():
            for value in document:
                yield from values(value)
        case _:
            yield document


def test_json_has_no_nulls() -> None:
    pages = [page for path, page in PAGES.items() if path.endswith(".json")]

    assert not [value for page in pages for value in values(json.loads(page)) if value is None]


def test_no_page_has_the_old_name_of_metadata_files() -> None:
    """With it, pip 22.3 to 23.1 finds no project whose metadata spells its name otherwise."""
    assert b"dist-info-metadata" not in b"".join(PAGES.values())


def test_sha256_is_the_only_digest() -> None:
    for name in PROJECTS:
        for package in json_page(name).packages:
            assert list(package.digests) == ["sha256"]
