"""Accepting connections, with a limit that counts each connection from the start.

With uvicorn, the event loop accepts connections. It reports a connection only after the TLS
handshake, and accepts until no file descriptors are left. Here, a connection counts at once, and
gets a transport and a protocol when the client has sent its first byte.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from ghpypi.server.network.connections import LimitedConfig, LimitedProtocol, refusal

RETRY_SECONDS = 0.2
"""How long to wait if the system has no file descriptors left."""


class AcceptedConnection:
    """An open connection, with or without a transport yet.

    Args:
        config: The configuration with the limits.
        opened: The socket of the connection.
        protocol: Creates its protocol.
    """

    def __init__(
        self, config: LimitedConfig, opened: socket.socket, protocol: Callable[[], LimitedProtocol]
    ) -> None:
        self._config = config
        self._socket = opened
        self._make_protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None

    def wait_for_byte(self) -> None:
        """Wait for the client's first byte; close the connection if it does not come in time."""
        if _has_data(self._socket):
            self._begin()
            return
        self._timer = self._loop.call_later(self._config.head_seconds, self.drop)
        try:
            self._loop.add_reader(self._socket, self._begin)
        except NotImplementedError:  # the event loop of Windows has no `add_reader`
            self._begin()

    def drop(self) -> None:
        """Close the connection immediately."""
        if self._transport is not None:
            self._transport.abort()
        elif self._connecting is not None:
            # The transport owns the socket and cleans up.
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        else:
            self._stop_waiting()
            self._config.table.leave(self)
            self._socket.close()

    def _begin(self) -> None:
        self._stop_waiting()
        self._config.table.mark_waiting(self)
        self._connecting = self._loop.create_task(self._connect())
        self._connecting.add_done_callback(self._connected)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            with suppress(NotImplementedError):
                self._loop.remove_reader(self._socket)

    async def _connect(self) -> None:
        """Create the transport and the protocol, after the TLS handshake if TLS is used."""
        self._transport, _ = await self._loop.connect_accepted_socket(
            self._protocol,
            self._socket,
            ssl=self._config.tls,
            ssl_handshake_timeout=self._config.head_seconds if self._config.tls else None,
        )

    def _connected(self, task: "asyncio.Task[None]") -> None:
        """Close the connection if the handshake failed; not an error of the server."""
        if task.cancelled() or task.exception() is not None:
            self._config.table.leave(self)
            self._socket.close()

    def _protocol(self) -> LimitedProtocol:
        protocol = self._make_protocol()
        protocol.entry = self
        return protocol


def _has_data(opened: socket.socket) -> bool:
    """Return whether data has arrived; usually true on a busy server."""
    try:
        return bool(opened.recv(1, socket.MSG_PEEK))
    except OSError:
        return False


class Acceptor:
    """Accepts the connections of listening sockets.

    Args:
        config: The configuration with the limits.
        protocol: Creates the protocol of a new connection.
    """

    def __init__(self, config: LimitedConfig, protocol: Callable[[], LimitedProtocol]) -> None:
        self._config = config
        self._protocol = protocol
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, listener: socket.socket) -> None:
        """Start to accept connections of a listening socket."""
        listener.setblocking(False)
        self._tasks.append(asyncio.get_running_loop().create_task(self._accept(listener)))

    async def stop(self) -> None:
        """Stop accepting connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                opened, _ = await loop.sock_accept(listener)
            except ConnectionError:  # the client closed it while it was in the backlog
                continue
            except OSError:
                # Out of descriptors or memory: closing an idle connection frees some.
                self._config.table.drop_idle()
                await asyncio.sleep(RETRY_SECONDS)
                continue
            self._enter(opened)

    def _enter(self, opened: socket.socket) -> None:
        opened.setblocking(False)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = AcceptedConnection(self._config, opened, self._protocol)
        if self._config.table.enter(connection):
            connection.wait_for_byte()
            return
        if self._config.tls is None:
            with suppress(OSError):
                opened.send(refusal(503, "too many connections; try again later"))
        opened.close()
