"""`ghpypi serve` behind nginx with the configuration of the examples."""

import http.client
import ssl
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.nginx import nginx
from tests.e2e.proxy import STORE, Private, Proxy, private_repository, proxy
from tests.e2e.uploaders import UPLOADERS, Upload, message_of
from tests.server.scene import JSON, basic

PAGE = "/simple/acme-lib/"


@dataclass(frozen=True)
class Answer:
    """What nginx answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key.lower() == name)


@dataclass
class Front:
    """nginx, the server behind it, and the repository behind that."""

    private: Private
    server: Proxy
    root: str
    certificate: Path

    def get(self, path: str, token: str | None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request whose path is changed by no library."""
        context = ssl.create_default_context(cafile=self.certificate)
        connection = http.client.HTTPSConnection(urlsplit(self.root).netloc, context=context)
        given = {"Accept": JSON, **(headers or {})}
        if token:
            given["Authorization"] = basic(token)
        connection.request("GET", path, headers=given)
        with connection.getresponse() as response:
            answer = Answer(response.status, response.getheaders(), response.read())
        connection.close()
        return answer

    def seen(self) -> "Counter[tuple[str, str]]":
        """Stop the server, and count what came through to it."""
        self.server.stop()
        return Counter((line["method"], line["path"]) for line in self.server.log)


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Private]:
    with private_repository(tmp_path_factory.mktemp("private")) as made:
        yield made


@pytest.fixture
def front(private: Private, tmp_path: Path) -> Iterator[Front]:
    with (
        proxy(private.environment(), STORE, "--proxy-headers", "127.0.0.1") as server,
        nginx(tmp_path, server.root) as (root, certificate),
    ):
        yield Front(private, server, root, certificate)


def test_a_page_is_cached_once_for_all_and_a_permission_for_each(front: Front) -> None:
    second = front.private.github.add_token("reader")
    tokens = [front.private.reader, second] * 3
    answers = [front.get(PAGE, token) for token in tokens]
    known = front.get(PAGE, second, {"If-None-Match": answers[0].header("etag")})

    assert {each.status for each in answers} == {200}
    assert len({each.body for each in answers}) == 1
    assert known.status == 304
    assert front.seen() == {("HEAD", "/simple/"): 2, ("GET", PAGE): 1}


def test_a_refusal_is_the_servers(front: Front) -> None:
    front.get(PAGE, front.private.reader)
    stranger = front.get(PAGE, front.private.github.add_token("stranger"))
    nobody = front.get(PAGE, None)

    assert stranger.status == 403
    assert stranger.body == f"this token may not read {STORE}\n".encode()
    assert nobody.status == 401
    assert nobody.header("www-authenticate") == 'Basic realm="ghpypi", charset="UTF-8"'


def test_a_cached_page_is_for_those_who_may_read_the_store(front: Front) -> None:
    for path in (
        f"/{STORE}{PAGE}",
        "//simple/acme-lib/",
        "/%73imple/acme-lib/",
        "/acme%2fsecret/simple/acme-lib/",
        "/simple/../simple/acme-lib/",
        "/simple/acme-lib/?format=text/html",
    ):
        for _ in range(2):
            assert front.get(path, front.private.reader).status in {200, 404}, path

        stranger = front.private.github.add_token("stranger")
        assert front.get(path, stranger).status in {403, 404}, path
        assert front.get(path, None).status in {401, 404}, path


def test_no_token_is_written_to_the_disk(front: Front, tmp_path: Path) -> None:
    front.get(PAGE, front.private.reader)
    kept = [path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    secret = basic(front.private.reader).partition(" ")[2].encode()

    assert len(kept) == 2
    assert not [each for each in kept if secret in each or front.private.reader.encode() in each]


def test_files_and_pages_for_browsers_are_not_cached(front: Front) -> None:
    path = "/files/acme-lib-1.0/acme_lib-1.0-py3-none-any.whl"
    for _ in range(2):
        assert front.get(path, front.private.reader).status == 302
        assert front.get(PAGE, front.private.reader, {"Cookie": "a=b"}).status == 200

    assert front.seen() == {("GET", path): 2, ("GET", PAGE): 2, ("HEAD", "/simple/"): 2}


def test_the_server_learns_the_address_of_the_client_from_nginx_alone(front: Front) -> None:
    front.get("/files/x", None, {"X-Forwarded-For": "203.0.113.9"})
    front.server.stop()

    assert [line["address"] for line in front.server.log] == ["127.0.0.1"]


@pytest.mark.parametrize("name", ["twine", "uv"])
def test_a_client_uploads_through_nginx(
    front: Front, client_tools: Path, tmp_path: Path, name: str
) -> None:
    (uploader,) = [each for each in UPLOADERS if each.name == name]
    project = uploader.project(tmp_path / "project", name=f"through_{name}")
    trusted = {
        "SSL_CERT_FILE": str(front.certificate),
        "REQUESTS_CA_BUNDLE": str(front.certificate),
        "UV_INSECURE_HOST": urlsplit(front.root).netloc,  # uv takes no self-signed certificate
    }
    project = type(project)(folder=project.folder, environment={**project.environment, **trusted})
    upload = Upload(root=front.root, token=front.private.publisher)
    done = uploader.publish(project, upload, client_tools)

    assert done.returncode == 0, message_of(done)
    assert front.get(f"/simple/through-{name}/", front.private.reader).status == 200
