"""A folder over HTTP on loopback, for those who bring a token: Basic, any user name."""

import base64
import binascii
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(slots=True)
class GuardedServer:
    """The address, ending in `/`, and the passwords that were brought, in order."""

    address: str
    token: str
    passwords: list[str] = field(default_factory=list)
    refused: int = 0


@contextmanager
def guarding(folder: Path, token: str) -> Iterator[GuardedServer]:
    """Serve a folder until the block ends."""
    guard = GuardedServer("", token)
    handler = partial(_Handler, guard, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        guard.address = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, name="guarded server")
        thread.start()
        try:
            yield guard
        finally:
            server.shutdown()
            thread.join()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, guard: GuardedServer, *args: object, directory: str) -> None:
        self._guard = guard
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]  # as http.server calls it

    def do_GET(self) -> None:
        if self._let_in():
            super().do_GET()

    def do_HEAD(self) -> None:
        if self._let_in():
            super().do_HEAD()

    def _let_in(self) -> bool:
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        if scheme:
            try:
                password = base64.b64decode(value).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                password = value
            self._guard.passwords.append(password)
            if scheme.lower() == "basic" and password == self._guard.token:
                return True
        self._guard.refused += 1
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="ghpypi"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        pass
