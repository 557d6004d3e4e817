"""Redirects from TLS to plain http of the same host: no client follows them."""

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.errors import GhpypiError
from ghpypi.stores.github.api_messages import ApiRequest
from ghpypi.stores.github.client import Client
from ghpypi.stores.github.file_responses import RAW
from ghpypi.stores.github.git import Git, GitRemote
from ghpypi.stores.github.reader import GitHubReader
from ghpypi.stores.github.retry import Backoff
from ghpypi.stores.github.transfer import Transfer
from ghpypi.stores.upstream import HttpPages, HttpUpstream
from tests.e2e.https import self_signed

TOKEN = Secret("ghp_" + "x" * 36)
STATUSES = [301, 302, 303, 307, 308]


@dataclass(slots=True)
class Servers:
    """A server with TLS that redirects everything to one without, and what arrived at both."""

    secure: str = ""
    plain: str = ""
    status: int = 302
    arrived: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, servers: Servers, *args: object) -> None:
        self._servers = servers
        super().__init__(*args)  # type: ignore[arg-type]  # as http.server calls it

    def do_GET(self) -> None:
        if isinstance(self.connection, ssl.SSLSocket):
            self._servers.arrived.append(self.path)
            self.send_response(self._servers.status)
            self.send_header("Location", f"{self._servers.plain}{self.path}")
        else:
            self._servers.leaked.append(f"{self.path} {self.headers.get('Authorization')}")
            self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        pass


@pytest.fixture
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    certificate, key = self_signed(tmp_path)
    for name in ("REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO"):
        monkeypatch.setenv(name, str(certificate))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    found = Servers()
    handler = partial(_Handler, found)
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), handler) as secure,
        ThreadingHTTPServer(("127.0.0.1", 0), handler) as plain,
    ):
        secure.socket = context.wrap_socket(secure.socket, server_side=True)
        found.secure = f"https://127.0.0.1:{secure.server_port}"
        found.plain = f"http://127.0.0.1:{plain.server_port}"
        threads = [
            threading.Thread(target=each.serve_forever, args=(0.05,)) for each in (secure, plain)
        ]
        for each in threads:
            each.start()
        yield found
        for server in (secure, plain):
            server.shutdown()
        for each in threads:
            each.join()


def client(servers: Servers, verb: str = "GET") -> None:
    hosts = Hosts.parse(servers.secure)
    Client(hosts, TOKEN, Backoff(0)).call(ApiRequest(verb=verb, path="/repos/acme/pypi"))


def reading(servers: Servers) -> None:
    Transfer(TOKEN, Backoff(0)).read(
        f"{servers.secure}/repos/acme/pypi/contents/x", {"Accept": RAW}
    )


def serving(servers: Servers) -> None:
    GitHubReader(Hosts.parse(servers.secure), "acme/pypi").snapshot(TOKEN, None)


def signed_url(servers: Servers) -> None:
    Transfer(TOKEN, Backoff(0)).signed_url(f"{servers.secure}/repos/acme/pypi/releases/assets/1")


def git(servers: Servers) -> None:
    remote = GitRemote(name="acme/pypi", server=servers.secure, token=TOKEN, backoff=Backoff(0))
    Git(remote, Path("repository").resolve()).fetch("gh-pages")


def upstream(servers: Servers) -> None:
    HttpUpstream().files(f"{servers.secure}/simple/", canonicalize_name("acme-lib"))


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    "ask",
    [client, partial(client, verb="POST"), reading, serving, signed_url, git, upstream],
    ids=["API", "API POST", "transfer", "server", "signed URL", "git", "upstream"],
)
def test_no_client_follows_a_redirect_to_an_open_line(
    servers: Servers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[Servers], None],
    status: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "repository").mkdir()
    servers.status = status
    with pytest.raises(GhpypiError):
        ask(servers)

    assert servers.arrived
    assert servers.leaked == []


def test_a_page_that_is_looked_at_again_is_not_read_over_an_open_line(servers: Servers) -> None:
    page = HttpPages().read(f"{servers.secure}/simple/acme-lib/")

    assert "which is not encrypted" in page.problem
    assert servers.leaked == []
