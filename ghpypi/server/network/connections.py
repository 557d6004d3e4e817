"""Limits for connections: how many may be open, how long one may be idle, the size of heads.

uvicorn reads request heads of any size (with httptools), waits for them without a timeout, and
accepts connections until the process has no file descriptors left. The states of a connection here:

    silent ─first byte─► waiting ─head is complete─► answering ─response is sent─► waiting
                                                     answering ◄─► stalled

A connection is stalled while the server waits for the client in the middle of a request: for the
rest of the body, or for the client to read the response. When the limit is reached, an idle
connection is closed in favor of a new one: first silent ones, then waiting ones, then stalled ones,
each time the one that has been idle for longest. So idle clients cannot exclude others; a new
connection gets a 503 only if the server is busy with requests of all others.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn

from ghpypi.core.quantities import count_of
from ghpypi.server.network.connection_table import ConnectionTable
from ghpypi.server.ports import DroppableConnection

HEAD_BYTES = 64 << 10
"""Maximum size of a request head: the request line and all header fields together. The default of
nginx is 32 KiB, that of Apache about 800 KiB."""

HEAD_SECONDS = 30.0
"""Timeout of the TLS handshake, and of the head of a request."""

STALLED_SECONDS = 120.0
"""Timeout for a client that does not read the response, so that the send buffer stays full."""

LINGER_SECONDS = 2.0
"""How long data of a rejected client is read and discarded. Closing a socket with unread data
resets the connection, so the client could not read the error."""

_REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


class LimitedConfig(uvicorn.Config):
    """The configuration of uvicorn with the limits.

    Attributes:
        table: The open connections.
        tls: The TLS context; `None` for plain HTTP. uvicorn's own settings for TLS are not used,
            because the module `accepting` replaces that part of uvicorn.
        parser: The HTTP parser: `httptools`, `h11`, or `auto`.
        head_seconds: See `HEAD_SECONDS`.
        stalled_seconds: See `STALLED_SECONDS`.
    """

    table: ConnectionTable
    tls: ssl.SSLContext | None = None
    parser: str = "auto"
    head_seconds: float = HEAD_SECONDS
    stalled_seconds: float = STALLED_SECONDS


class LimitedProtocol(asyncio.Protocol):
    """Mixin that adds the limits to one of uvicorn's protocols, the next class in the MRO.

    Attributes:
        config: The configuration, set by uvicorn.
        loop: The event loop, set by uvicorn.
        transport: The connection, set by uvicorn.
        cycle: The current or last request and response, set by uvicorn.
        flow: Whether reading and writing are paused, set by uvicorn.
        entry: The connection in the table, set by `AcceptedConnection`.
    """

    config: Any
    loop: asyncio.AbstractEventLoop
    transport: Any
    cycle: Any
    flow: Any
    entry: DroppableConnection
    _refused_with: int = 0
    _timer: asyncio.TimerHandle | None = None
    _stall_timer: asyncio.TimerHandle | None = None
    _unread = 0
    """Bytes passed to the parser since its last callback: the size of an incomplete head, or of
    incomplete trailers."""

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _awaits_body(self) -> bool:
        """Whether the application waits for more of a request body."""
        return self.cycle.more_body and not self.flow.read_paused

    # Callbacks of the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the timeout for the first request."""
        super().connection_made(transport)
        self._arm(self.config.head_seconds, self._expire)

    def data_received(self, data: bytes) -> None:
        """Pass data to the parser, then check limits."""
        if self._refused_with:
            return
        self._unread += len(data)
        super().data_received(data)
        self._mark_progress()
        self._after_data()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection from the table and stop its timers."""
        self._disarm()
        self._stop_stall_timer()
        self.config.table.leave(self.entry)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Start the timeout for the client to read the response."""
        super().pause_writing()
        self.config.table.mark_stalled(self.entry)
        self._stall_timer = self.loop.call_later(self.config.stalled_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop the timeout, because the client reads the response."""
        self._stop_stall_timer()
        if self._answering:
            self.config.table.mark_busy(self.entry)
        super().resume_writing()

    # Callbacks of uvicorn

    def on_response_complete(self) -> None:
        """Wait for the next request, unless a pipelined one has arrived."""
        super().on_response_complete()  # type: ignore[misc] # of the next class in the order
        if not self._answering:
            self.config.table.mark_waiting(self.entry)

    def send_400_response(self, msg: str) -> None:
        """Reject a malformed request; with h11 also a head that is too large."""
        if self._unread > HEAD_BYTES:
            self._refuse(
                431, f"request headers too large; the limit is {count_of(HEAD_BYTES, 'byte')}"
            )
        else:
            self._refuse(400, msg)

    # Helpers

    def _mark_progress(self) -> None:
        """Reset `_unread` if the parser is not inside a head."""

    def _after_data(self) -> None:
        """Reject a head that is too large, and start the timeout for the client's next data."""
        if self._refused_with or self.transport.is_closing():
            return
        if self._unread > HEAD_BYTES:
            self._refuse(
                431, f"request headers too large; the limit is {count_of(HEAD_BYTES, 'byte')}"
            )
        elif self._answering:
            self._disarm()
            if self._awaits_body:
                self.config.table.mark_stalled(self.entry)
            else:
                self.config.table.mark_busy(self.entry)
        elif self._timer is None or not self._unread:
            # For a head, the timeout covers all of it; for an unread body, the time between reads.
            self._arm(self.config.head_seconds, self._expire)

    def _arm(self, seconds: float, act: Callable[[], None]) -> None:
        self._disarm()
        self._timer = self.loop.call_later(seconds, act)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stop_stall_timer(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def _expire(self) -> None:
        self._timer = None
        if self._unread:
            self._refuse(408, "timeout while waiting for the request headers")
        else:
            self.transport.abort()

    def _refuse(self, status: int, message: str) -> None:
        """Send an error and close the connection; if a response has started, only close it."""
        if self._refused_with:
            return
        self._refused_with = status
        if self._answering and self.cycle.response_started:
            self.transport.abort()
            return
        self.transport.write(refusal(status, message))
        if self._answering:  # uvicorn ignores what the application still writes
            self.transport.close()
            return
        if self.transport.can_write_eof():
            with suppress(OSError):  # the client has disconnected
                self.transport.write_eof()
        self._arm(LINGER_SECONDS, self.transport.abort)


def refusal(status: int, message: str) -> bytes:
    """Return a complete error response for a connection without a parsed request."""
    body = f"{message}\n".encode()
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\ncontent-type: text/plain; charset=utf-8\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
