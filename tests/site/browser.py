"""Chromium, driven by Playwright, against pages on loopback."""

import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.waiting import HANG_SECONDS

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    """Find the browser; a test that needs it fails without it, and says what to do."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    pytest.fail(
        "the tests of the pages need Chromium: run 'make test', which installs it, or "
        "'apt-get install --no-install-recommends chromium'"
    )


@contextmanager
def launched() -> Iterator[Browser]:
    """Start the browser."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


class _Site(SimpleHTTPRequestHandler):
    """A folder as GitHub Pages serves it: what is not there is answered by 404.html."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        missing = Path(self.directory) / "404.html"
        if code != 404 or not missing.is_file():
            super().send_error(code, message, explain)
            return
        content = missing.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by http.server
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder, which may be filled later, and give its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Site, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, name="pages")
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def write(pages: Iterable[tuple[str, bytes]], folder: Path) -> None:
    """Write pages into a folder."""
    for path, content in pages:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


@dataclass(slots=True)
class Visit:
    """A tab, and what went wrong in it: errors, violations of the policy, requests elsewhere."""

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a page of the site."""
        self.page.goto(self.address + path)
        return self.page


@contextmanager
def visiting(browser: Browser, address: str, **settings: Any) -> Iterator[Visit]:
    """Open a tab that watches itself, and assert at the end that nothing went wrong."""
    context: BrowserContext = browser.new_context(**settings)
    context.set_default_timeout(HANG_SECONDS * 1000)
    expect.set_options(timeout=HANG_SECONDS * 1000)
    visit = Visit(context.new_page(), address)

    def heed(url: str) -> None:
        if not url.startswith((address, "data:")):
            visit.faults.append(f"asked for {url}")

    # A page that is not there is no fault of what stands in its place.
    visit.page.on(
        "console",
        lambda said: (
            None
            if "404 (File not found)" in said.text or "404 (Not Found)" in said.text
            else visit.faults.append(f"{said.type}: {said.text}")
        ),
    )
    visit.page.on("pageerror", lambda error: visit.faults.append(str(error)))
    visit.page.on("request", lambda request: heed(request.url))
    visit.page.on("dialog", lambda dialog: visit.faults.append(f"said {dialog.message}"))
    try:
        yield visit
    finally:
        context.close()

    assert not visit.faults, "\n".join(visit.faults)
