"""Limits for connections: how many are open, how long one may be idle, how large a head may be.

uvicorn reads request heads of any size (with httptools), waits for them for ever, and accepts
connections until the process has no file descriptors left. Here is what an open connection may do:

    silent ─first byte─► waiting ─head is complete─► answering ─response is sent─► waiting
                                                     answering ◄─► stalled

A connection is stalled while the server needs something of the client to go on: the rest of a
request body, or that it reads the response. When the limit is reached, a connection at which it is
the client's turn is closed in favor of a new one: one that is silent, else one that waits, else one
that is stalled, of each the one for which nothing happened for longest. So clients that do nothing
cannot keep others out; only when all connections are being answered, a new one is refused with 503.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_BYTES = 64 << 10
"""Bytes of a request head at most: the request line and all header fields together. nginx takes
32 KiB by default, Apache about 800 KiB."""

HEAD_SECONDS = 30.0
"""How long a client may take for the TLS handshake, and for the head of a request."""

STALLED_SECONDS = 120.0
"""How long a client may leave the send buffer full, that is, read nothing of a response."""

LINGER_SECONDS = 2.0
"""How long what a refused client sends is read and dropped. Closing a socket with unread data
resets the connection, and the client would not get to read why it was refused."""

_REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


class Droppable(Protocol):
    """An open connection."""

    def drop(self) -> None:
        """Close it at once."""
        ...


class ConnectionTable:
    """All open connections of a server, and what they do.

    Args:
        limit: How many may be open.
        full: Called when a connection is closed or refused because of the limit.
    """

    def __init__(self, limit: int, *, full: Callable[[], object] = lambda: None) -> None:
        self._limit = limit
        self._full = full
        self._open: set[Droppable] = set()
        self._silent: dict[Droppable, None] = {}
        self._waiting: dict[Droppable, None] = {}
        self._stalled: dict[Droppable, None] = {}

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def enter(self, connection: Droppable) -> bool:
        """Take in a new connection; if there are too many, close an idle one.

        Returns:
            Whether there is room: there is none if all others are being answered.
        """
        if len(self._open) >= self._limit:
            self._full()
            if not self.drop_idle():
                return False
        self._open.add(connection)
        self._silent[connection] = None
        return True

    def drop_idle(self) -> bool:
        """Close the connection that was idle for longest; tell whether there was one."""
        for each in (self._silent, self._waiting, self._stalled):
            oldest = next(iter(each), None)
            if oldest is not None:
                self.leave(oldest)
                oldest.drop()
                return True
        return False

    def drop_silent(self) -> None:
        """Close all connections over which nothing came yet; for the end of the server."""
        for connection in list(self._silent):
            self.leave(connection)
            connection.drop()

    def leave(self, connection: Droppable) -> None:
        """Forget a connection that was closed."""
        self._open.discard(connection)
        self.answers(connection)

    def waits(self, connection: Droppable) -> None:
        """Note that a client began to speak, or that it got its response."""
        self.answers(connection)
        if connection in self._open:
            self._waiting[connection] = None

    def served_stores(self, connection: Droppable) -> None:
        """Note that a client sent or read something, and has to send or read more."""
        self.answers(connection)
        if connection in self._open:
            self._stalled[connection] = None

    def answers(self, connection: Droppable) -> None:
        """Note that it is the server's turn."""
        self._silent.pop(connection, None)
        self._waiting.pop(connection, None)
        self._stalled.pop(connection, None)


class LimitedConfig(uvicorn.Config):
    """The configuration of uvicorn, and what the limits need besides.

    Attributes:
        table: The connections.
        tls: Makes connections ones of TLS; `None` for plain HTTP. uvicorn's own settings for TLS
            are not used, because `accepting` does what uvicorn would do with them.
        parser: Who reads HTTP: `httptools`, `h11`, or `auto`.
        head_seconds: See `HEAD_SECONDS`.
        stalled_seconds: See `STALLED_SECONDS`.
    """

    table: ConnectionTable
    tls: ssl.SSLContext | None = None
    parser: str = "auto"
    head_seconds: float = HEAD_SECONDS
    stalled_seconds: float = STALLED_SECONDS


class LimitedProtocol(asyncio.Protocol):
    """Adds the limits to one of uvicorn's protocols, which is the next class in the order.

    Attributes:
        config: The configuration, set by uvicorn.
        loop: The event loop, set by uvicorn.
        transport: The connection, set by uvicorn.
        cycle: The last request and its response, set by uvicorn.
        flow: Whether reading and writing are paused, set by uvicorn.
        entry: The connection as the table knows it, set by whoever accepted it.
    """

    config: Any
    loop: asyncio.AbstractEventLoop
    transport: Any
    cycle: Any
    flow: Any
    entry: Droppable
    _refused_with: int = 0
    _timer: asyncio.TimerHandle | None = None
    _stall_timer: asyncio.TimerHandle | None = None
    _unread = 0
    """Bytes that the parser was given since it last had something to tell: the size of the head
    that is being read, or of the trailers after a body."""

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _awaits_body(self) -> bool:
        """Whether more of a body has to come, and would be read."""
        return self.cycle.more_body and not self.flow.read_paused

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._arm(self.config.head_seconds, self._expire)

    def data_received(self, data: bytes) -> None:
        """Pass data on to the parser, and look how far that came."""
        if self._refused_with:
            return
        self._unread += len(data)
        super().data_received(data)
        self._mark_progress()
        self._after_data()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._disarm()
        self._stop_stall_timer()
        self.config.table.leave(self.entry)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Give the client a while to read what it asked for."""
        super().pause_writing()
        self.config.table.served_stores(self.entry)
        self._stall_timer = self.loop.call_later(self.config.stalled_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Note that the client reads."""
        self._stop_stall_timer()
        if self._answering:
            self.config.table.answers(self.entry)
        super().resume_writing()

    # What uvicorn calls.

    def on_response_complete(self) -> None:
        """Wait for the next request, or begin with one that came meanwhile."""
        super().on_response_complete()  # type: ignore[misc] # of the next class in the order
        if not self._answering:
            self.config.table.waits(self.entry)

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser cannot read; h11 also refuses heads that are too large."""
        if self._unread > HEAD_BYTES:
            self._refuse(431, f"the head of a request has at most {HEAD_BYTES:,} bytes")
        else:
            self._refuse(400, msg)

    # Helpers

    def _mark_progress(self) -> None:
        """Set `_unread` to 0 if the parser is not within a head."""

    def _after_data(self) -> None:
        """Refuse a head that is too large, and set the timer for what has to come next."""
        if self._refused_with or self.transport.is_closing():
            return
        if self._unread > HEAD_BYTES:
            self._refuse(431, f"the head of a request has at most {HEAD_BYTES:,} bytes")
        elif self._answering:
            self._disarm()
            if self._awaits_body:
                self.config.table.served_stores(self.entry)
            else:
                self.config.table.answers(self.entry)
        elif self._timer is None or not self._unread:
            # A head has so long in all; a body that nobody waits for, between two pieces.
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
            self._refuse(408, "the head of the request did not arrive in time")
        else:
            self.transport.abort()

    def _refuse(self, status: int, message: str) -> None:
        """Answer in the place of the application, and close; within a response, only close."""
        if self._refused_with:
            return
        self._refused_with = status
        if self._answering and self.cycle.response_started:
            self.transport.abort()
            return
        self.transport.write(refusal(status, message))
        if self._answering:  # the application may still write, and that is ignored only then
            self.transport.close()
            return
        if self.transport.can_write_eof():
            with suppress(OSError):  # the client is gone
                self.transport.write_eof()
        self._arm(LINGER_SECONDS, self.transport.abort)


class LimitedH11Protocol(LimitedProtocol, H11Protocol):
    """HTTP/1.1 with h11, which is there on every platform."""

    def _mark_progress(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._unread = 0


def refusal(status: int, message: str) -> bytes:
    """Write a response by hand, for where no request was read; the connection ends with it."""
    body = f"{message}\n".encode()
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\ncontent-type: text/plain; charset=utf-8\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
