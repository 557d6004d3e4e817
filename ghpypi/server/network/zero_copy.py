"""The ASGI extension `http.response.zerocopysend` for uvicorn, which does not have it.

The operating system copies from the file to the socket (`sendfile`). Measured with wheels of
100 MB and one core: 0.2 CPU seconds for a gigabyte, as pypiserver behind gunicorn takes, whose
workers block; 0.4 if no thread waits for a client, and 0.6 to 0.9 with reads of 1 MiB in threads.

It needs one attribute of uvicorn that is not documented: the number of bytes that a response still
lacks, without which uvicorn takes the response for unfinished. A test downloads over one
connection several times, and fails when that changes.

Source: ASGI documentation, "Extensions", "Zero Copy Send".
"""

import asyncio
import os
import select
import sys
import time

import anyio.to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from ghpypi.server.file_response import ZERO_COPY
from ghpypi.server.network.connections import LimitedProtocol
from ghpypi.server.responses import IncompleteBodyError

PATIENCE_MS = 50
"""How long a thread waits for the client to read more, in milliseconds. Handing the rest of the
file back to the event loop, and to a thread again, takes as long as copying a megabyte."""

TURN_SECONDS = 1.0
"""How long a thread stays with a client that reads. A server that ends waits for its threads."""


class ZeroCopy:
    """Offers the extension to an application, for the requests of one connection.

    Args:
        app: The wrapped application.
        connection: The connection.
    """

    def __init__(self, app: ASGIApp, connection: LimitedProtocol) -> None:
        self._app = app
        self._connection = connection

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        cycle: RequestResponseCycle = send.__self__  # type: ignore[attr-defined] # uvicorn's own method

        async def sending(message: Message) -> None:
            if message["type"] == ZERO_COPY:
                await self._copy(cycle, message)
            else:
                await send(message)

        scope["extensions"] = {**scope.get("extensions", {}), ZERO_COPY: {}}
        await self._app(scope, receive, sending)

    async def _copy(self, cycle: RequestResponseCycle, message: Message) -> None:
        """Copy a part of a file into the connection, after all that was written before.

        Raises:
            ClientDisconnect: The client went away.
            IncompleteBodyError: The file ends too early.
        """
        source, offset, left = message["file"].fileno(), message["offset"], message["count"]
        await _flush(cycle)
        # A duplicate, because the event loop watches the descriptor of the transport itself.
        socket = os.dup(cycle.transport.get_extra_info("socket").fileno())
        try:
            while left and not cycle.disconnected:
                sent = await run_in_threadpool(
                    _send_available, socket, source, offset, left, _patience()
                )
                offset, left = offset + sent, left - sent
                cycle.expected_content_length -= sent
                if left:
                    await self._wait_until_writable(socket)
        except ConnectionError as error:
            cycle.transport.abort()
            raise ClientDisconnect from error
        finally:
            os.close(socket)

    async def _wait_until_writable(self, socket: int) -> None:
        loop, writable = asyncio.get_running_loop(), asyncio.Event()
        loop.add_writer(socket, writable.set)
        # The connection disconnects a client that reads nothing for too long, which cancels this.
        self._connection.pause_writing()
        try:
            await writable.wait()
        finally:
            self._connection.resume_writing()
            loop.remove_writer(socket)


async def _flush(cycle: RequestResponseCycle) -> None:
    """Wait until the socket has taken all that was written to the transport."""
    transport = cycle.transport
    transport.set_write_buffer_limits(0)
    try:
        while transport.get_write_buffer_size() and not cycle.disconnected:
            await asyncio.sleep(0)
            await cycle.flow.drain()
    finally:
        transport.set_write_buffer_limits()


def _patience() -> int:
    """Return how long a thread may wait for a client: not at all if half of the threads work."""
    threads = anyio.to_thread.current_default_thread_limiter()
    return PATIENCE_MS if threads.borrowed_tokens < threads.total_tokens / 2 else 0


def _send_available(socket: int, source: int, offset: int, count: int, patience: int) -> int:
    """Send a file until it is sent, the client reads nothing, or the turn is over. Blocks.

    Args:
        socket: The descriptor of the connection.
        source: The descriptor of the file.
        offset: The first byte to send.
        count: The number of bytes to send.
        patience: How long to wait each time that the socket takes no more, in milliseconds.

    Returns:
        How many bytes were sent.

    Raises:
        ConnectionError: The client went away.
        IncompleteBodyError: The file ends too early.
    """
    if sys.platform == "win32":
        raise NotImplementedError
    done, end, writable = 0, time.monotonic() + TURN_SECONDS, select.poll()
    writable.register(socket, select.POLLOUT)
    while done < count:
        try:
            sent = os.sendfile(socket, source, offset + done, count - done)
        except BlockingIOError:
            if time.monotonic() > end or not writable.poll(patience):
                break
            continue
        if not sent:
            raise IncompleteBodyError("the file ends too early")
        done += sent
    return done


def can_copy(transport: asyncio.BaseTransport) -> bool:
    """Return whether files can be copied into a connection: not on Windows, and not with TLS."""
    return hasattr(os, "sendfile") and transport.get_extra_info("sslcontext") is None
