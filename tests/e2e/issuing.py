"""GitHub's issuer of identities over HTTP: its keys, and where jobs get their tokens."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.support.jobs_of_github import FakeIssuer

RUNTIME_TOKEN = "the-runners-token"


@contextmanager
def issuing() -> Iterator[tuple[FakeIssuer, dict[str, str]]]:
    """Run an issuer; yield it, and the environment of a job."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        issuer = FakeIssuer(url=url)
        _Handler.issuer = issuer
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield (
                issuer,
                {
                    "GITHUB_ACTIONS": "true",
                    "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/token?api-version=2.0",
                    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": RUNTIME_TOKEN,
                },
            )
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    issuer: FakeIssuer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path != "/token":
            return self._answer(self.issuer.page(parts.path))
        if f"bearer {RUNTIME_TOKEN}" != self.headers.get("Authorization", "").replace("B", "b"):
            return self.send_error(401)
        (audience,) = parse_qs(parts.query)["audience"]
        return self._answer(json.dumps({"value": self.issuer.token(aud=audience)}))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        """Say nothing."""

    def _answer(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())
