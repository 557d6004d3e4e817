"""Pages behind the sign-in, in a real browser: they work, and no script of a store runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.server.scene import READER, Server, serving
from tests.server.sockets import port
from tests.site.browser import launched
from tests.support.packages import wheel
from tests.support.served_stores import served_memory
from tests.support.waiting import HANG_SECONDS

EVIL = b"document.documentElement.dataset.evil = 'yes'"
PAGE = (
    b"<!DOCTYPE html><title>evil</title><script>%s</script><img src=x onerror='%s'>"
    b"<script src='../../assets/evil.js'></script><script src='../../simple/'></script>"
    b"<script src='../../files/acme-lib-1.0/acme_lib-1.0-py3-none-any.whl'></script>" % (EVIL, EVIL)
)


@contextmanager
def signed_in(folder: Path, server: Server) -> Iterator[tuple[Page, str]]:
    """Open a browser, and sign in with it."""
    with (
        port(server.app, folder, "httptools") as opened,
        launched() as browser,
        browser.new_context() as context,
    ):
        context.set_default_timeout(HANG_SECONDS * 1000)
        root = f"http://127.0.0.1:{opened.number}"
        page = context.new_page()
        page.goto(f"{root}/project/acme-lib/")
        page.fill("#token", READER)
        page.click("button")
        yield page, root


@pytest.mark.parametrize("stores", [1, 2])
def test_pages_work_after_signing_in_and_scripts_of_a_store_do_not(
    tmp_path: Path, stores: int
) -> None:
    with serving(wheel()) as server:
        if stores > 1:
            all_stores = server.app.all_stores
            more = {"other": served_memory("other"), **all_stores.served_stores}
            server.app.all_stores = replace(all_stores, served_stores=more)
        server.reader.site.pages |= {
            "project/evil/index.html": PAGE,
            "assets/evil.js": EVIL,
        }
        with signed_in(tmp_path, server) as (page, root):
            page.fill("input[type=search]", "acme")
            expect(page.locator("[role=status]").first).to_have_text("1 of 1 projects")
            assert page.evaluate("getComputedStyle(document.body).margin") == "0px"

            page.goto(f"{root}/project/evil/")
            assert page.title() == "evil"
            assert page.evaluate("document.documentElement.dataset.evil") is None
