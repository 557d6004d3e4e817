"""Each kind of page in one browser: accessible, light, narrow, and whole without scripts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Route

from ghpypi.core.config.config import Config
from ghpypi.core.site.project import project_pages
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.server.scene import Server, serving
from tests.site.browser import launched, served, visiting, write
from tests.site.test_in_browser import AXE, CHECK, OPEN
from tests.site.test_pages import SETTINGS, many, view
from tests.support.packages import publish_files, sdist, wheel
from tests.support.reporters import MemoryReporter

HEAVIEST = 250_000
"""The largest page, in bytes, before compression."""

AXE_RUNS = (("light", "{}"), ("dark", "{runOnly: ['color-contrast']}"))

NARROW = {"width": 320, "height": 800}
HEADERS = {"accept": "text/html", "user-agent": "Mozilla/5.0"}
TOML = """
[index]
title = "Acme packages"

[variants]
from = "local-version"

[indexes.stable]
include = ["acme-lib"]

[yanked.acme-lib]
"1.1" = "refuses every certificate"

[projects.acme-old]
status = "archived"
reason = "use acme-lib"
"""


class Kind(NamedTuple):
    """A page.

    Attributes:
        path: Its path.
        text: A text that it has with and without scripts.
        dark: Whether its contrast is checked in dark colors too; all pages share a style sheet.
    """

    path: str
    text: str
    dark: bool = False


KINDS = {
    "landing": Kind("", "Acme packages"),
    "project": Kind("project/acme-kernels/", "pip download", dark=True),
    "version": Kind("project/acme-lib/1.0/", "acme-lib==1.0"),
    "yanked version": Kind("project/acme-lib/1.1/", "refuses every certificate", dark=True),
    "archived project": Kind("project/acme-old/", "This project is archived."),
    "project with many files": Kind("project/acme/", "5 older releases"),
    "variant index": Kind("cu128/simple/", "acme-kernels"),
    "named index": Kind("stable/simple/", "acme-lib"),
}
SERVED = {
    "page behind serve": Kind("project/acme-lib/", "Install"),
    "error of serve": Kind("project/missing/", "not found", dark=True),
}


def site(address: str) -> dict[str, bytes]:
    """Make a site that has a page of each kind."""
    store, made = MemoryStore(), MemorySite({})
    files = {
        "acme-kernels": [
            wheel("acme_kernels", f"1.0+{each}") for each in ("cpu", "cu126", "cu128")
        ],
        "acme-lib": [wheel(version=each) for each in ("1.0", "1.1", "1.2")],
        "acme-old": [sdist("acme_old")],
    }
    for name, several in files.items():
        publish_files(store, several, f"{name}-1.0")
    settings = SiteSettings(config=Config.parse(TOML), address=address)
    build_index(store, made, settings, MemoryReporter(), IndexOptions())
    return {**dict(project_pages(view(*many(25, 4)), SETTINGS)), **made.pages}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("kinds")
    with served(folder) as found:
        write(site(found).items(), folder)
        yield found


def answer(server: Server, route: Route) -> None:
    """Answer a request of the browser by a server in this process."""
    path = route.request.url.partition("://")[2].partition("/")[2]
    found = server.client.get(f"/{path}", headers=HEADERS)
    route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.content)


def faults(browser: Browser, address: str, kind: Kind, server: Server | None = None) -> list[str]:
    """Look at a page in light and dark colors, in a narrow window, and without scripts."""
    found: list[str] = []
    with visiting(browser, address, viewport=NARROW) as visit:
        if server:
            visit.page.route("**/*", lambda route: answer(server, route))
        response = visit.page.goto(address + kind.path)
        if response is None or len(response.body()) > HEAVIEST:
            found.append("too heavy")
        page = visit.page
        if kind.text not in page.content():
            found.append(f"has no text {kind.text!r}")
        page.locator("details").evaluate_all(OPEN)
        page.locator("input[type=radio]").evaluate_all(CHECK)
        if (width := page.evaluate("document.documentElement.scrollWidth")) > NARROW["width"]:
            found.append(f"{width} pixels wide")
        page.evaluate(AXE)
        for scheme, options in AXE_RUNS[: 1 + kind.dark]:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            result: Any = page.evaluate(f"axe.run({options})")
            found += [
                f"{scheme}: {each['id']}: {each['nodes'][0]['html'][:120]}"
                for each in result["violations"]
                if each["impact"] in {"serious", "critical"}
            ]
    with visiting(browser, address, java_script_enabled=False) as visit:
        if server:
            visit.page.route("**/*", lambda route: answer(server, route))
        if kind.text not in visit.go(kind.path).content():
            found.append("is not whole without scripts")
    return found


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_a_page_is_accessible_light_and_whole(browser: Browser, address: str, kind: Kind) -> None:
    assert faults(browser, address, kind) == []


def test_pages_and_errors_of_a_server_are_accessible_light_and_whole(browser: Browser) -> None:
    with serving(wheel()) as server:
        found = {
            name: faults(browser, "http://pypi.example/", kind, server)
            for name, kind in SERVED.items()
        }

    assert found == {name: [] for name in SERVED}


def test_an_install_line_has_the_address_of_the_page_where_none_is_known(
    browser: Browser, tmp_path: Path
) -> None:
    with served(tmp_path) as address:
        write(site("").items(), tmp_path)
        with visiting(browser, address) as visit:
            for path in ("", "project/acme-lib/", "project/acme-lib/1.0/"):
                text = visit.go(path).locator("main").inner_text()
                assert "THIS-SITE" not in visit.page.content(), path
                assert f"{address}simple/" in text, path
        with visiting(browser, address, java_script_enabled=False) as visit:
            hint = visit.go("project/acme-lib/").locator("[data-unknown]")
            assert "up to the folder project/" in hint.inner_text()
