"""Rendered descriptions are remembered by the digests of their sources; renderings are counted."""

import json
from collections.abc import Mapping
from importlib.metadata import requires
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.defaults import InProcess
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.ports import Rendered
from ghpypi.renderer_version import PACKAGES
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import publish_files, wheel
from tests.support.reporters import MemoryReporter

ABOUT = "project/acme-lib/about.json"
PAGE = "project/acme-lib/index.html"
MARKDOWN = "text/markdown"
README = "# Acme\n\n[usage](#usage), `code`\n\n```python\n\nimport acme\n```\n"


class CountingRenderer(InProcess):
    """Renders in this process, and counts."""

    def __init__(self, version: str = "1", problem: str = "") -> None:
        self._version = version
        self._problem = problem
        self.rendered = 0

    @property
    def version(self) -> str:
        return self._version

    def render(self, description: str, content_type: str) -> Rendered:
        self.rendered += 1
        return super().render(description, content_type)._replace(problem=self._problem)


def release(
    store: MemoryStore,
    version: str,
    *,
    readme: str = README,
    kind: str = MARKDOWN,
    project: str = "acme_lib",
) -> None:
    file = wheel(project, version, f"Description-Content-Type: {kind}\n\n{readme}")
    publish_files(store, [file], f"{project}-{version}")


def renderings(
    store: MemoryStore,
    site: MemorySite,
    renderer: CountingRenderer | None = None,
    options: IndexOptions | None = None,
) -> int:
    """Run the index job, and return how often it rendered a description."""
    renderer = renderer or CountingRenderer()
    settings = SiteSettings(config=Config.parse(""), address="https://acme.example/pypi/")
    options = options or IndexOptions()
    build_index(store, site, settings, MemoryReporter(), options, renderer=renderer)
    return renderer.rendered


def published() -> tuple[MemoryStore, MemorySite]:
    store, site = MemoryStore(), MemorySite({})
    release(store, "1.0")
    assert renderings(store, site) == 1
    return store, site


def edit(site: MemorySite, changes: Mapping[str, Any]) -> None:
    site.pages[ABOUT] = json.dumps(json.loads(site.pages[ABOUT]) | changes).encode()


def test_a_new_version_with_the_same_description_is_not_rendered() -> None:
    store, site = published()
    release(store, "1.1")

    assert renderings(store, site) == 0
    about = json.loads(site.pages[ABOUT])
    assert about["version"] == "1.1"
    fresh = MemorySite({})
    assert renderings(store, fresh) == 1
    assert fresh.pages == site.pages


@pytest.mark.parametrize(
    "changes",
    [{"readme": README + "More.\n"}, {"kind": "text/x-rst"}, {"kind": "text/plain"}],
    ids=["text", "reStructuredText", "plain text"],
)
def test_another_description_or_content_type_is_rendered(changes: dict[str, str]) -> None:
    store, site = published()
    release(store, "1.1", **changes)

    assert renderings(store, site) == 1


def test_another_version_of_the_renderer_renders() -> None:
    store, site = published()
    release(store, "1.1")

    assert renderings(store, site, CountingRenderer("2")) == 1


def test_a_full_run_renders() -> None:
    store, site = published()

    assert renderings(store, site, options=IndexOptions(full=True)) == 1


def test_a_site_whose_pages_are_costly_to_read_is_not_asked() -> None:
    store, site = published()
    site.reads_cheaply = False
    release(store, "1.1")

    assert renderings(store, site) == 1


@pytest.mark.parametrize(
    "damage",
    [b"", b"\xff", b"[]", b'{"format": 1}', None],
    ids=["empty", "not UTF-8", "a list", "no fields", "missing"],
)
def test_a_damaged_document_is_made_again(damage: bytes | None) -> None:
    store, site = published()
    release(store, "1.1")
    del site.pages[ABOUT]
    if damage is not None:
        site.pages[ABOUT] = damage

    assert renderings(store, site) == 1
    assert json.loads(site.pages[ABOUT])["version"] == "1.1"


@pytest.mark.parametrize(
    "changes",
    [{"description": "<p>edited</p>"}, {"description_digest": ""}, {"description_digest": "0"}],
    ids=["description", "no digest", "digest"],
)
def test_an_edited_description_is_rendered(changes: dict[str, str]) -> None:
    store, site = published()
    edit(site, changes)
    release(store, "1.1")

    assert renderings(store, site) == 1
    assert b"edited" not in site.pages[PAGE]


def test_html_that_the_sanitizer_would_change_is_not_used_with_any_digest() -> None:
    class Unsafe(CountingRenderer):
        def render(self, description: str, content_type: str) -> Rendered:
            del description, content_type
            return Rendered(html="<p>x</p><script>alert(1)</script>")

    store, site = MemoryStore(), MemorySite({})
    release(store, "1.0")
    renderings(store, site, Unsafe())
    assert b"alert(1)" in site.pages[PAGE]
    release(store, "1.1")

    assert renderings(store, site) == 1
    assert b"alert(1)" not in site.pages[PAGE]


def test_a_document_of_an_earlier_version_is_valid() -> None:
    store, site = published()
    about = json.loads(site.pages[ABOUT])
    del about["description_digest"]
    site.pages[ABOUT] = json.dumps(about).encode()
    release(store, "1.1")

    assert renderings(store, site) == 1


def test_a_description_that_could_not_be_rendered_is_tried_again() -> None:
    store, site = MemoryStore(), MemorySite({})
    release(store, "1.0")
    renderings(store, site, CountingRenderer(problem="it took too long"))
    release(store, "1.1")

    assert renderings(store, site) == 1


def test_projects_with_the_same_description_render_it_once() -> None:
    store, site = MemoryStore(), MemorySite({})
    for project in ("acme_lib", "acme_app", "acme_cli"):
        release(store, "1.0", project=project)

    assert renderings(store, site) == 1


def test_the_version_has_all_packages_that_readme_renderer_requires() -> None:
    required = [Requirement(each) for each in requires("readme_renderer") or ()]
    named = {x.name for x in required if not x.marker or x.marker.evaluate({"extra": "md"})}

    assert {canonicalize_name(x) for x in PACKAGES} == {
        canonicalize_name(x) for x in {*named, "readme_renderer"}
    }


def give_title(store: MemoryStore, site: MemorySite) -> None:
    """Render all pages again, from what is published."""
    config = Config.parse('[index]\ntitle = "New title"')
    settings = SiteSettings(config=config, address="https://acme.example/pypi/")
    options, reporter = IndexOptions(), MemoryReporter()
    build_index(store, site, settings, reporter, options, renderer=CountingRenderer())


SCRIPTS = [
    "<script>alert(1)</script>",
    '<img src="x" onerror="alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<p style="position:fixed">x</p>',
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_changed_description_is_sanitized_when_its_page_is_rendered_again(script: str) -> None:
    store, site = published()
    html = json.loads(site.pages[ABOUT])["description"]
    edit(site, {"description": f"{html}<p>more</p>{script}"})
    give_title(store, site)
    page = site.pages[PAGE].decode()

    assert "New title" in page
    assert "<p>more</p>" in page
    assert script not in page
    assert script not in json.loads(site.pages[ABOUT])["description"]


def test_a_description_that_is_too_large_is_read_again() -> None:
    store, site = published()
    before = site.pages[ABOUT]
    edit(site, {"description": "<p>" + "x" * 5_000_000})
    give_title(store, site)

    assert json.loads(site.pages[ABOUT])["description"] == json.loads(before)["description"]
