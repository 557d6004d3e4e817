"""HTTP/1.1 on one connection: reading requests, writing answers, and breaking off on purpose.

`http.server` parses every head with the e-mail parser and cannot reset a connection at a chosen
byte; both matter here, so this is the small part of RFC 9112 that clients of GitHub use.
"""

import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

CHUNK = 1 << 18
_MAX_HEAD = 1 << 16
_SMALL = 1 << 26
_NO_BODY = frozenset({204, 304})


class ResetConnectionError(Exception):
    """The connection has to be reset: the client gets no answer, or only a part of one."""


class BodyCutError(ResetConnectionError):
    """The request's body ended before its announced length."""


@dataclass(slots=True)
class FilePart:
    """A stretch of a file, sent as an answer's body."""

    path: Path
    start: int
    length: int


@dataclass(slots=True)
class Answer:
    """One HTTP answer; an iterator as body is sent in chunks."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | FilePart | Iterator[bytes] = b""

    def length(self) -> int | None:
        """The body's length, or None when it is not known before it is sent."""
        if isinstance(self.body, bytes):
            return len(self.body)
        return self.body.length if isinstance(self.body, FilePart) else None

    def close(self) -> None:
        """Use up a body that comes from a process, so that the process ends."""
        if isinstance(self.body, Iterator):
            for _ in self.body:
                pass


class Wire:
    """One accepted connection."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        self._buffer = bytearray()

    def read_head(self) -> tuple[str, str, dict[str, str]] | None:
        """The next request's method, target and headers (lower-case names); None at the end."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _MAX_HEAD or not self._fill():
                return None
        head = bytes(self._buffer[:end]).decode("latin-1")
        del self._buffer[: end + 4]
        start, *lines = head.split("\r\n")
        method, target, _ = start.split(" ", 2)
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return method, target, headers

    def read(self, size: int) -> bytes:
        """Up to `size` bytes of the stream, at least one.

        Raises:
            BodyCutError: the client hung up.
        """
        if not self._buffer and not self._fill():
            raise BodyCutError
        part = bytes(self._buffer[:size])
        del self._buffer[:size]
        return part

    def read_line(self) -> bytes:
        """One line without its end, for the chunked coding."""
        while (end := self._buffer.find(b"\r\n")) < 0:
            if not self._fill():
                raise BodyCutError
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self._socket.sendall(data)

    def send_answer(self, answer: Answer, *, method: str, close: bool, cut: bool = False) -> None:
        """Send the answer; with `cut` only half of its body, and then a reset.

        Raises:
            ResetConnectionError: it was cut.
        """
        bodiless = method == "HEAD" or answer.status in _NO_BODY
        self._send_head_and_bytes(answer, close=close, bodiless=bodiless, cut=cut)
        if not bodiless:
            self._send_stream(answer, cut=cut)
        if cut:
            raise ResetConnectionError

    def _send_head_and_bytes(
        self, answer: Answer, *, close: bool, bodiless: bool, cut: bool
    ) -> None:
        length = answer.length()
        headers: dict[str, str] = dict(answer.headers)
        if length is None:
            headers["Transfer-Encoding"] = "chunked"
        elif answer.status not in _NO_BODY and "Content-Length" not in headers:
            headers["Content-Length"] = str(length)
        if close:
            headers["Connection"] = "close"
        data = render_head(answer.status, headers)
        if isinstance(answer.body, bytes) and not bodiless:
            data += answer.body[: len(answer.body) // 2] if cut else answer.body
        self.send(data)

    def _send_stream(self, answer: Answer, *, cut: bool) -> None:
        if isinstance(answer.body, FilePart):
            part = answer.body
            with part.path.open("rb") as file:
                length = part.length // 2 if cut else part.length
                if length:
                    self._socket.sendfile(file, part.start, length)
        elif not isinstance(answer.body, bytes):
            self._send_chunks(answer.body, cut=cut)

    def _send_chunks(self, chunks: Iterator[bytes], *, cut: bool) -> None:
        for chunk in chunks:
            if cut:
                self.send(b"%x\r\n%b" % (len(chunk), chunk[: len(chunk) // 2]))
                return
            if chunk:
                self.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        self.send(b"0\r\n\r\n")

    def reset(self) -> None:
        """Close so that the client sees a reset and not an orderly end."""
        linger = struct.pack("ii", 1, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._socket.close()

    def _fill(self) -> bool:
        try:
            data = self._socket.recv(CHUNK)
        except ConnectionError:
            return False  # A reset by the client is its end as much as an orderly one.
        self._buffer += data
        return bool(data)


def render_head(status: int, headers: Mapping[str, str]) -> bytes:
    """The status line and the headers as they go over the wire."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {headers[name]}" for name in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Body:
    """A request's body, read as it arrives: by length or chunked, `100 Continue` when asked for."""

    def __init__(self, wire: Wire, headers: Mapping[str, str]) -> None:
        self._wire = wire
        self._chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        announced = headers.get("content-length", "")
        self.length = int(announced) if announced.isdigit() and not self._chunked else None
        self._left = 0 if self._chunked else self.length or 0
        self._done = not self._chunked and not self._left
        self._expects = headers.get("expect", "").lower() == "100-continue"
        self._allowed: int | None = None

    @property
    def done(self) -> bool:
        """Whether all of it was read."""
        return self._done

    @property
    def is_small(self) -> bool:
        """Whether a refused body is worth reading, so that the connection can be used again.

        One that waits for `100 Continue` was never sent.
        """
        return self.length is not None and self.length <= _SMALL and not self._expects

    def cut_half(self) -> None:
        """Let only half of it arrive: reading on raises BodyCutError."""
        self._allowed = (self.length or 2) // 2

    def chunks(self) -> Iterator[bytes]:
        """All of it, piece by piece.

        Raises:
            BodyCutError: the client hung up, or a fault cut it.
        """
        while part := self.read(CHUNK):
            yield part

    def read_all(self) -> bytes:
        """All of it at once, for small bodies."""
        return b"".join(self.chunks())

    def drain(self) -> None:
        """Read and forget the rest, so that the connection can carry the next request."""
        for _ in self.chunks():
            pass

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; nothing at the end."""
        if self._done:
            return b""
        if self._expects:
            self._expects = False
            self._wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self._chunked and not self._left and not self._next_chunk():
            return b""
        part = self._wire.read(min(size, self._left, self._allowance()))
        self._count(len(part))
        return part

    def _allowance(self) -> int:
        if self._allowed is None:
            return CHUNK
        if self._allowed <= 0:
            raise BodyCutError
        return self._allowed

    def _count(self, size: int) -> None:
        self._left -= size
        if self._allowed is not None:
            self._allowed -= size
        if not self._left and self._chunked:
            self._wire.read_line()
        self._done = not self._left and not self._chunked

    def _next_chunk(self) -> bool:
        self._left = int(self._wire.read_line().partition(b";")[0], 16)
        if self._left:
            return True
        while self._wire.read_line():
            pass
        self._done = True
        return False
