"""A server behind a real socket, with each parser of HTTP and with TLS, and raw clients of it."""

import logging
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ghpypi.server.app import App
from ghpypi.server.run import ListenOptions, address, listen, serve_in_background
from tests.e2e.https import self_signed
from tests.support.waiting import HANG_SECONDS

KINDS = ("httptools", "h11", "tls")
"""How a server can be reached: the parser, or TLS with the usual one."""


@dataclass(frozen=True, kw_only=True)
class Received:
    """One response.

    Attributes:
        status: The HTTP status; 0 if the connection was closed without a response.
        head: The status line and header fields.
        body: The body.
    """

    status: int
    head: str = ""
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port that a server listens on.

    Attributes:
        number: Its number.
        tls: Makes connections ones of TLS; `None` for plain HTTP.
        errors: What was logged.
    """

    number: int
    tls: ssl.SSLContext | None
    errors: list[str] = field(default_factory=list)

    def tcp(self) -> socket.socket:
        """Connect, without TLS."""
        return socket.create_connection(("127.0.0.1", self.number), HANG_SECONDS)

    def connect(self) -> socket.socket:
        """Connect."""
        plain = self.tcp()
        return self.tls.wrap_socket(plain) if self.tls else plain

    def exchange(self, data: bytes) -> Received:
        """Send bytes over a new connection, and read the first response."""
        with self.connect() as client:
            with suppress(ConnectionError, ssl.SSLError):  # the server may refuse early
                client.sendall(data)
            return receive(client)

    def get(self, path: str, *lines: str) -> Received:
        """Request a path."""
        return self.exchange(request(path, *lines))


def request(path: str, *lines: str, method: str = "GET", body: bytes = b"") -> bytes:
    """Write a request."""
    more = [f"Content-Length: {len(body)}"] if body else []
    head = "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *more, *lines, "", ""])
    return head.encode("latin-1") + body


def receive(client: socket.socket) -> Received:
    """Read one response to its end."""
    data = b""
    with suppress(ConnectionError, ssl.SSLError):
        while b"\r\n\r\n" not in data and (piece := client.recv(1 << 16)):
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
        while len(body) < (int(length[1]) if length else 0) and (piece := client.recv(1 << 16)):
            body += piece
    if not data:
        return Received(status=0)
    return Received(status=int(head.split()[1]), head=head.decode("latin-1"), body=body)


def is_closed(client: socket.socket) -> bool:
    """Wait until a connection is closed, or says something."""
    try:
        return client.recv(1) == b""
    except (ConnectionError, ssl.SSLError):
        return True


@contextmanager
def port(app: App, folder: Path, kind: str, options: ListenOptions | None = None) -> Iterator[Port]:
    """Let a server listen on a port of its own."""
    options = options or ListenOptions()
    tls = None
    if kind == "tls":
        certificate, key = self_signed(folder)
        options = options._replace(tls_cert=certificate, tls_key=key)
        tls = ssl.create_default_context(cafile=certificate)
        tls.check_hostname = False
    else:
        options = options._replace(parser=kind)
    opened = listen(options)
    number = int(address(opened).rstrip("/").rpartition(":")[2])
    with _logged() as errors, serve_in_background(app, opened, options):
        yield Port(number=number, tls=tls, errors=errors)


@contextmanager
def _logged() -> Iterator[list[str]]:
    """Gather what any logger writes from `WARNING` on, tracebacks included."""
    lines: list[str] = []

    class Gatherer(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Gatherer(logging.WARNING)
    logging.getLogger().addHandler(handler)
    try:
        yield lines
    finally:
        logging.getLogger().removeHandler(handler)
