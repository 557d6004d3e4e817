"""A folder over HTTP on loopback, as any web server would serve it, with a record of requests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request and the status of its answer."""

    method: str
    path: str
    headers: dict[str, str]
    status: int


@dataclass(slots=True)
class FolderServer:
    """A folder, its address, ending in `/`, and all requests, in the order of the answers."""

    folder: Path
    address: str
    visits: list[Visit] = field(default_factory=list)


@contextmanager
def serving(folder: Path) -> Iterator[FolderServer]:
    """Serve a folder until the block ends."""
    visits: list[Visit] = []
    handler = partial(_Handler, visits, directory=str(folder))
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, name="folder server")
        thread.start()
        try:
            yield FolderServer(folder, f"http://127.0.0.1:{server.server_port}/", visits)
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    # uv opens many connections at once; those past the queue would wait a second to try again.
    request_queue_size = 128


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, visits: list[Visit], *args: object, directory: str) -> None:
        self._visits = visits
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]  # as http.server calls it

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        status = code.value if isinstance(code, HTTPStatus) else int(code)
        headers = {key.lower(): value for key, value in self.headers.items()}
        # `list.append` is atomic.
        self._visits.append(
            Visit(method=self.command, path=self.path, headers=headers, status=status)
        )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        pass
