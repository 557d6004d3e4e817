import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from httpx2 import Response

from ghpypi.cli.serving import Serving
from ghpypi.core.config.config import Config
from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.core.site.templates import asset
from ghpypi.server.app import App
from ghpypi.server.index.file_links import with_served_links
from ghpypi.server.served_store import Passwords
from tests.server import raw_asgi
from tests.server.scene import (
    ANONYMOUS,
    IN_A_FOLDER,
    READER,
    STRANGER,
    WRITER,
    Server,
    cookies,
    serving,
)
from tests.server.uploading import form, publishing
from tests.support.packages import wheel
from tests.support.served_stores import served_memory

BROWSER = {"accept": "text/html", "user-agent": "Mozilla/5.0"}
OURS = {"origin": "https://pypi.example", "host": "pypi.example", "sec-fetch-site": "same-origin"}


def form_of(server: Server, base_url: str = "") -> tuple[str, str]:
    """Get the form, and return its hidden field and its cookie."""
    page = server.client.get(f"{base_url}/login?next=/project/acme-lib/", auth=ANONYMOUS)
    field = re.search(r'name="form" value="([^"]+)"', page.text)

    assert page.status_code == 200
    assert field
    return field[1], cookies(page)[0].partition(";")[0]


def sign_in(
    server: Server, token: str, form: str, cookie: str, base_url: str = "", **headers: str
) -> Response:
    body = f"form={form}&token={token}&next=/project/acme-lib/".encode()
    sent = {"cookie": cookie, **headers}
    return server.client.post(f"{base_url}/login", auth=ANONYMOUS, headers=sent, content=body)


def test_a_browser_signs_in_and_gets_the_pages() -> None:
    with serving(wheel()) as server:
        away = server.client.get("/project/acme-lib/", auth=ANONYMOUS, headers=BROWSER)
        assert (away.status_code, away.headers["location"]) == (
            303,
            "/login?next=/project/acme-lib/",
        )

        response = sign_in(server, READER, *form_of(server), **OURS)
        assert (response.status_code, response.headers["location"]) == (303, "/project/acme-lib/")

        session = cookies(response)[0].partition(";")[0]
        page = server.client.get(
            "/project/acme-lib/", auth=ANONYMOUS, headers={"cookie": session, **BROWSER}
        )
        assert page.status_code == 200
        assert "acme-lib" in page.text
        assert (
            server.client.get(
                "/simple/acme-lib/", auth=ANONYMOUS, headers={"cookie": session}
            ).status_code
            == 200
        )


@pytest.mark.parametrize(("secret", "status"), [("may read", 303), ("wrong", 403), (READER, 403)])
def test_a_browser_signs_in_to_a_folder_with_its_password(secret: str, status: int) -> None:
    passwords = Passwords(read=Secret("may read"))
    with serving(wheel(), capabilities=IN_A_FOLDER, passwords=passwords) as server:
        assert server.client.get("/", auth=ANONYMOUS, headers=BROWSER).status_code == 303

        response = sign_in(server, secret, *form_of(server), **OURS)
        assert response.status_code == status
        if status == 303:
            session = cookies(response)[0].partition(";")[0]
            assert (
                server.client.get(
                    "/", auth=ANONYMOUS, headers={"cookie": session, **BROWSER}
                ).status_code
                == 200
            )


def test_a_password_of_a_folder_is_not_sent_to_github() -> None:
    with serving(wheel()) as server:
        server.reader.public = True

        assert sign_in(server, "may read", *form_of(server), **OURS).status_code == 403
        assert server.reader.asked == []


def test_the_cookie_is_encrypted_and_hidden_from_scripts() -> None:
    with serving(wheel()) as server:
        (cookie,) = cookies(sign_in(server, READER, *form_of(server)))

        assert READER not in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Secure" not in cookie


def test_the_cookie_is_secure_over_tls() -> None:
    base_url = "https://192.0.2.9"
    with serving(wheel()) as server:
        form, cookie = form_of(server, base_url)
        (session,) = cookies(sign_in(server, READER, form, cookie, base_url))

        assert session.startswith("__Host-ghpypi-session=")
        assert session.endswith("; Secure")


def test_a_form_of_another_site_is_refused() -> None:
    with serving(wheel()) as server:
        form, cookie = form_of(server)
        other, _ = form_of(server)

        for response in (
            sign_in(server, READER, form, ""),
            sign_in(server, READER, "", cookie),
            sign_in(server, READER, other, cookie),
            sign_in(server, READER, form, cookie, origin="https://evil.example", host="a.example"),
            sign_in(server, READER, form, cookie, **{"sec-fetch-site": "cross-site"}),
        ):
            assert response.status_code == 403
            assert not [each for each in cookies(response) if "session" in each]


def test_a_token_without_access_cannot_sign_in() -> None:
    with serving(wheel()) as server:
        for token in (STRANGER, "ghp_unknown1234567890", "rubbish", ""):
            response = sign_in(server, token, *form_of(server))

            assert response.status_code == 403
            assert not [each for each in cookies(response) if "session" in each]


def test_a_public_folder_accepts_no_token_for_signing_in() -> None:
    with serving(wheel()) as server:
        folder = served_memory("folder")
        all_stores = server.app.all_stores
        server.app.all_stores = replace(
            all_stores, served_stores={"folder": folder, **all_stores.served_stores}
        )
        refused = sign_in(server, "rubbish", *form_of(server))

        assert refused.status_code == 403
        assert "use a GitHub token" in refused.text
        assert sign_in(server, READER, *form_of(server)).status_code == 303


def test_signing_in_never_redirects_to_another_site() -> None:
    with serving(wheel()) as server:
        form, cookie = form_of(server)
        for onward in ("//evil.example", "https://evil.example", "/\\evil.example", "evil"):
            body = f"form={form}&token={READER}&next={onward}".encode()
            response = server.client.post(
                "/login", auth=ANONYMOUS, headers={"cookie": cookie}, content=body
            )

            assert (response.status_code, response.headers["location"]) == (303, "/")


def test_a_session_grants_only_read_access(tmp_path: Path) -> None:
    with publishing(tmp_path / "in", wheel()) as uploads:
        client, other = uploads.server.client, wheel("other")
        cookie = cookies(sign_in(uploads.server, WRITER, *form_of(uploads.server)))[0]
        session = {"cookie": cookie.partition(";")[0]}
        content_type, body = form(other)
        read = client.get("/simple/", auth=ANONYMOUS, headers=session)
        written = client.post(
            "/legacy/",
            auth=ANONYMOUS,
            headers={**session, "content-type": content_type},
            content=body,
        )

        assert (read.status_code, written.status_code) == (200, 401)
        assert uploads.upload(other).status_code == 200


def test_a_session_of_another_server_is_invalid() -> None:
    with serving(wheel()) as server:
        assert (
            server.client.get(
                "/simple/", auth=ANONYMOUS, headers={"cookie": "ghpypi-session=gAAAAAforged"}
            ).status_code
            == 401
        )


def test_the_form_is_neither_cached_nor_framed() -> None:
    with serving(wheel()) as server:
        page = server.client.get("/login", auth=ANONYMOUS)

        assert page.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


def test_query_parameters_are_escaped_in_the_form() -> None:
    with serving(wheel()) as server:
        page = server.client.get('/login?next=/"><script>alert(1)</script>', auth=ANONYMOUS)

        assert "<script>" not in page.text


def test_published_pages_have_their_content_types() -> None:
    with serving(wheel()) as server:
        front = server.client.get("/")
        assert front.headers["content-type"] == "text/html; charset=utf-8"
        assert (
            server.client.get("/", headers={"if-none-match": front.headers["etag"]}).status_code
            == 304
        )
        assert (
            server.client.get("/search.json").headers["content-type"].startswith("application/json")
        )
        assert server.client.get("/project/acme-lib").headers["location"] == "acme-lib/"
        assert server.client.get("/project/nothing/").status_code == 404
        assert server.get_verbatim("/assets/../catalog.jsonl").status_code == 404


def test_a_version_page_is_found_without_its_slash_and_a_badge_is_an_image() -> None:
    with serving(wheel()) as server:
        badge = server.client.get("/project/acme-lib/badge.svg")

        assert server.client.get("/project/acme-lib/1.0").headers["location"] == "1.0/"
        assert server.client.get("/project/acme-lib/1.0/").status_code == 200
        assert server.client.get("/project/acme-lib/9.0").status_code == 404
        assert badge.headers["content-type"].partition(";")[0] == "image/svg+xml"
        assert badge.text.startswith("<svg ")


def test_errors_are_pages_for_browsers_and_lines_of_text_for_programs() -> None:
    with serving(wheel()) as server:
        missing = "/project/<script>alert(1)</script>/"
        page = server.client.get(missing, headers=BROWSER)
        line = server.client.get(missing)

        assert page.status_code == line.status_code == 404
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "<h1>Not Found</h1>" in page.text
        assert "<script" not in page.text
        assert "script-src" not in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        assert line.headers["content-type"].startswith("text/plain")


def test_links_to_single_files_work_where_the_site_has_copies() -> None:
    config = Config.parse('[site]\nfiles = "copy"\n')
    with serving(wheel("acme_lib", "1.0+cu128"), config=config, stream=True) as server:
        page = server.client.get("/project/acme-lib/")
        (link,) = re.findall(r'<a href="([^"#]+)#sha256', page.text)
        found = server.client.get(f"/project/acme-lib/{link}")

    assert link.startswith("../../packages/")
    assert found.content == wheel("acme_lib", "1.0+cu128")[1]


@pytest.mark.parametrize(
    ("settings", "link"),
    [
        ("", "../../files/v1/x.whl"),
        ("path = 'docs/pypi'", "../../../../files/v1/x.whl"),
        ("files-url = 'https://files.acme.example/'", "https://files.acme.example/files/v1/x.whl"),
        ("store = 's3://acme-pages'", "https://s3.example/acme/files/v1/x.whl"),
    ],
)
def test_links_to_single_files_lead_to_the_server(settings: str, link: str) -> None:
    config = Config.parse(f"[site]\n{settings}\n")
    path, url = "project/acme-lib/index.html", "https://s3.example/acme/"
    page = with_served_links(f'<a href="{link}">'.encode(), path, config, url)

    assert page == b'<a href="../../files/v1/x.whl">'


def test_scripts_of_a_store_cannot_run_on_pages_of_the_server() -> None:
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
            page = server.client.get(f"/{path}")
            policy = page.headers["content-security-policy"]

            assert page.status_code == 200, path
            assert "script-src 'self';" in policy
            assert "default-src 'none'" in policy
            assert page.headers["x-content-type-options"] == "nosniff"
            assert ("javascript" in page.headers["content-type"]) == (path == script)
        assert server.client.get(f"/{script}").content == asset("site.js")


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
def test_no_file_outside_the_pages_of_a_folder_is_served(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    root = tmp_path / "index"
    for name in ("secret.txt", "assets/site.css", "project/.hidden/index.html"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("secret" if "site" not in name else "css")
    hosts = Hosts.parse("https://api.github.com")
    all_stores = Serving(stores=(str(root),), hosts=hosts, token=None).all_stores()

    async def both() -> list[Response]:
        app = App(all_stores=all_stores)
        return [await raw_asgi.get(app, each) for each in (path, "/assets/site.css")]

    refused, shown = asyncio.run(both())

    assert (shown.status_code, shown.text) == (200, "css")
    assert refused.status_code == 404
    assert "secret" not in refused.text.replace("secret.txt", "")


def test_a_large_form_is_refused() -> None:
    with serving(wheel()) as server:
        response = server.client.post("/login", auth=ANONYMOUS, content=b"x" * 20_000)

        assert response.status_code == 413
