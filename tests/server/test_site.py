import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.requests import Request

from ghpypi.cli.serving import Serving
from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.core.site.templates import asset
from ghpypi.server.app import App
from ghpypi.server.served_store import Passwords
from tests.server.scene import IN_A_FOLDER, READER, STRANGER, Answer, Sending, Server, ask, serving
from tests.support.packages import wheel
from tests.support.served_stores import served_memory

BROWSER = {"accept": "text/html", "user-agent": "Mozilla/5.0"}
OURS = {"origin": "https://pypi.example", "host": "pypi.example", "sec-fetch-site": "same-origin"}


def form_of(server: Server, **headers: str) -> tuple[str, str]:
    """Get the form; give what it carries, and the cookie."""
    page = server.get("/login?next=/project/acme-lib/", None, **headers)
    field = re.search(r'name="form" value="([^"]+)"', page.text)

    assert page.status == 200
    assert field
    return field[1], page.cookies[0].partition(";")[0]


def sign_in(server: Server, token: str, form: str, cookie: str, **headers: str) -> Answer:
    body = f"form={form}&token={token}&next=/project/acme-lib/".encode()
    sent = {"cookie": cookie, **headers}
    return server.send(Sending("POST", "/login", None, sent, body))


def test_a_browser_is_asked_to_sign_in_and_sees_the_pages_then() -> None:
    with serving(wheel()) as server:
        away = server.get("/project/acme-lib/", None, **BROWSER)
        assert (away.status, away.headers["location"]) == (303, "/login?next=/project/acme-lib/")

        answer = sign_in(server, READER, *form_of(server), **OURS)
        assert (answer.status, answer.headers["location"]) == (303, "/project/acme-lib/")

        session = answer.cookies[0].partition(";")[0]
        page = server.get("/project/acme-lib/", None, cookie=session, **BROWSER)
        assert page.status == 200
        assert "acme-lib" in page.text
        assert server.get("/simple/acme-lib/", None, cookie=session).status == 200


@pytest.mark.parametrize(("secret", "status"), [("may read", 303), ("wrong", 403), (READER, 403)])
def test_a_browser_signs_in_to_a_folder_with_its_password(secret: str, status: int) -> None:
    passwords = Passwords(read=Secret("may read"))
    with serving(wheel(), capabilities=IN_A_FOLDER, passwords=passwords) as server:
        assert server.get("/", None, **BROWSER).status == 303

        answer = sign_in(server, secret, *form_of(server), **OURS)
        assert answer.status == status
        if status == 303:
            session = answer.cookies[0].partition(";")[0]
            assert server.get("/", None, cookie=session, **BROWSER).status == 200


def test_a_password_of_a_folder_is_not_sent_to_github() -> None:
    with serving(wheel()) as server:
        server.reader.public = True

        assert sign_in(server, "may read", *form_of(server), **OURS).status == 403
        assert server.reader.asked == []


def test_the_cookie_shows_nothing_and_is_kept_from_scripts() -> None:
    with serving(wheel()) as server:
        (cookie,) = sign_in(server, READER, *form_of(server)).cookies

        assert READER not in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Secure" not in cookie


def test_behind_tls_the_cookie_goes_over_tls_only() -> None:
    tls = {"x-test-scheme": "https"}
    with serving(wheel()) as server:
        form, cookie = form_of(server, **tls)
        (session,) = sign_in(server, READER, form, cookie, **tls).cookies

        assert session.startswith("__Host-ghpypi-session=")
        assert session.endswith("; Secure")


def test_a_form_from_elsewhere_is_refused() -> None:
    with serving(wheel()) as server:
        form, cookie = form_of(server)
        other, _ = form_of(server)

        for answer in (
            sign_in(server, READER, form, ""),
            sign_in(server, READER, "", cookie),
            sign_in(server, READER, other, cookie),
            sign_in(server, READER, form, cookie, origin="https://evil.example", host="a.example"),
            sign_in(server, READER, form, cookie, **{"sec-fetch-site": "cross-site"}),
        ):
            assert answer.status == 403
            assert not [each for each in answer.cookies if "session" in each]


def test_a_token_that_opens_nothing_signs_nobody_in() -> None:
    with serving(wheel()) as server:
        for token in (STRANGER, "ghp_unknown1234567890", "rubbish", ""):
            answer = sign_in(server, token, *form_of(server))

            assert answer.status == 403
            assert not [each for each in answer.cookies if "session" in each]


def test_a_folder_that_everybody_reads_lets_no_token_in() -> None:
    with serving(wheel()) as server:
        folder = served_memory("folder")
        all_stores = server.app.all_stores
        server.app.all_stores = replace(
            all_stores, served_stores={"folder": folder, **all_stores.served_stores}
        )
        refused = sign_in(server, "rubbish", *form_of(server))

        assert refused.status == 403
        assert "use a GitHub token" in refused.text
        assert sign_in(server, READER, *form_of(server)).status == 303


def test_nobody_is_sent_to_another_site_after_signing_in() -> None:
    with serving(wheel()) as server:
        form, cookie = form_of(server)
        for onward in ("//evil.example", "https://evil.example", "/\\evil.example", "evil"):
            body = f"form={form}&token={READER}&next={onward}".encode()
            answer = server.send(Sending("POST", "/login", None, {"cookie": cookie}, body))

            assert (answer.status, answer.headers["location"]) == (303, "/")


def test_a_session_only_reads() -> None:
    with serving(wheel()) as server:
        session = sign_in(server, READER, *form_of(server)).cookies[0].partition(";")[0]
        authorizer = server.app.all_stores.authorizer

        async def receive() -> dict[str, object]:
            return {}

        scope = {
            "type": "http",
            "method": "POST",
            "headers": [(b"cookie", session.encode())],
            "scheme": "http",
        }

        assert authorizer.credentials(Request(scope, receive)) is None


def test_a_session_of_another_server_is_nobodys() -> None:
    with serving(wheel()) as server:
        assert server.get("/simple/", None, cookie="ghpypi-session=gAAAAAforged").status == 401


def test_the_form_is_not_kept_and_not_framed() -> None:
    with serving(wheel()) as server:
        page = server.get("/login", None)

        assert page.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


def test_what_somebody_puts_into_the_address_is_text_in_the_form() -> None:
    with serving(wheel()) as server:
        page = server.get('/login?next=/"><script>alert(1)</script>', None)

        assert "<script>" not in page.text


def test_the_published_pages_come_with_their_kinds() -> None:
    with serving(wheel()) as server:
        front = server.get("/")
        assert front.headers["content-type"] == "text/html; charset=utf-8"
        assert server.get("/", if_none_match=front.headers["etag"]).status == 304
        assert server.get("/search.json").headers["content-type"].startswith("application/json")
        assert server.get("/project/acme-lib").headers["location"] == "acme-lib/"
        assert server.get("/project/nothing/").status == 404
        assert server.get("/assets/../catalog.jsonl").status == 404


def test_no_script_of_a_store_runs_beside_the_sign_in() -> None:
    with serving(wheel()) as server:
        script = "assets/site.js"
        pages = {
            "assets/evil.js": b"evil",
            "assets/evil.mjs": b"evil",
            "assets/evil.html": b"<script>evil</script>",
            "assets/evil.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>evil</script></svg>",
            script: b"evil",
        }
        server.reader.site.pages.update(pages)
        for path in ("", "project/acme-lib/", *pages):
            page = server.get(f"/{path}")
            policy = page.headers["content-security-policy"]

            assert page.status == 200, path
            assert "script-src 'self';" in policy
            assert "default-src 'none'" in policy
            assert page.headers["x-content-type-options"] == "nosniff"
            assert ("javascript" in page.headers["content-type"]) == (path == script)
        assert server.get(f"/{script}").body == asset("site.js")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../secret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/..%5c..%5csecret.txt",
        "/project/.hidden/index.html",
        "/assets/%2fetc%2fpasswd",
        "/assets/a%00b.txt",
        "/index/assets/../../secret.txt",
    ],
)
def test_nothing_outside_the_pages_of_a_folder_is_shown(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    root = tmp_path / "index"
    for name in ("secret.txt", "assets/site.css", "project/.hidden/index.html"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("secret" if "site" not in name else "css")
    hosts = Hosts.parse("https://api.github.com")
    all_stores = Serving(stores=(str(root),), hosts=hosts, token=None).all_stores()

    async def both() -> tuple[Answer, Answer]:
        app = App(all_stores=all_stores)
        return await ask(app, "GET", path, {}), await ask(app, "GET", "/assets/site.css", {})

    refused, shown = asyncio.run(both())

    assert (shown.status, shown.text) == (200, "css")
    assert refused.status == 404
    assert "secret" not in refused.text.replace("secret.txt", "")


def test_a_large_form_is_refused() -> None:
    with serving(wheel()) as server:
        answer = server.send(Sending("POST", "/login", None, {}, b"x" * 20_000))

        assert answer.status == 413
