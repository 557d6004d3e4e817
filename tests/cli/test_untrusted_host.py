"""A checkout whose `ghpypi.toml` names a stranger's host: no command sends it the token."""

import json
import ssl
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cli.conftest import Bench
from tests.e2e.https import self_signed
from tests.support.packages import wheel, written

TOKEN = f"ghp_{'0123456789' * 4}"

COMMANDS = {
    "list": ["list"],
    "show": ["show", "acme-lib"],
    "index": ["index", "--output", "site"],
    "index to Pages": ["index"],
    "upload": ["upload", "dist"],
    "publish": ["publish", "v1"],
    "backfill": ["backfill"],
    "init": ["init", "--public"],
    "access": ["access", "list"],
    "whoami": ["whoami"],
    "promote": ["promote", "acme-lib==1.0", "--to", "stable"],
    "client": ["client", "pdm"],
    "run": ["run", "--no-upstream", "--", "git"],
}


class _Strange(BaseHTTPRequestHandler):
    def __init__(self, seen: list[str], *args: object) -> None:
        self._seen = seen
        super().__init__(*args)  # type: ignore[arg-type]  # as http.server calls it

    def do_GET(self) -> None:
        self._seen.append(str(self.headers))
        body = json.dumps({"message": "Not Found"}).encode()
        self.send_response(404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        pass


@pytest.fixture
def seen(bench: Bench, tmp_path: Path) -> Iterator[list[str]]:
    """The headers of all requests to the host that the checkout names."""
    found: list[str] = []
    certificate, key = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Strange, found)) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        store = f"127.0.0.1:{server.server_port}/acme/pypi"
        (bench.folder / "ghpypi.toml").write_text(
            f'store = "{store}"\nindex-store = "acme/central"\n[indexes.stable]\n'
        )
        written(bench.folder / "dist", wheel())
        bench.set(
            REQUESTS_CA_BUNDLE=str(certificate),
            NO_PROXY="127.0.0.1",
            GHPYPI_TOKEN=TOKEN,
            GH_TOKEN=TOKEN,
            GH_ENTERPRISE_TOKEN=TOKEN,
        )
        yield found
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_no_command_sends_a_token_to_a_host_that_only_the_checkout_names(
    bench: Bench, seen: list[str], arguments: list[str]
) -> None:
    outcome = (
        bench.run(*arguments, "--max-wait", "0")
        if arguments[0] != "run"
        else bench.run("run", "--max-wait", "0", *arguments[1:])
    )

    assert outcome.code not in {0, 1}, outcome.err
    assert TOKEN not in outcome.out + outcome.err
    assert [each for each in seen if "authorization" in each.lower()] == []


def test_a_store_that_the_user_names_gets_it(bench: Bench, seen: list[str]) -> None:
    store = (bench.folder / "ghpypi.toml").read_text().partition('"')[2].partition('"')[0]
    bench.run("list", "--store", store, "--max-wait", "0")

    assert TOKEN in "".join(seen)


def test_a_server_has_no_token_for_it_either(bench: Bench, seen: list[str]) -> None:
    outcome = bench.run("serve", "--anonymous-read", "--metrics-port", "8080")

    assert outcome.code == 2
    assert "GHPYPI_TOKEN is not sent to '127.0.0.1:" in outcome.err
