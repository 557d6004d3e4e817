"""Accepting connections: each is in the table of connections from its first moment.

uvicorn would let the event loop accept them, which tells nothing of a connection before its TLS
handshake is done, and accepts whatever comes until there are no descriptors left. Here a
connection gets a transport and a protocol only when the client has sent its first byte.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from ghpypi.server.network.connections import LimitedConfig, LimitedProtocol, refusal

RETRY_SECONDS = 0.2
"""How long to wait when the system cannot give another descriptor."""


class AcceptedConnection:
    """A connection from when it is accepted to when it is closed.

    Args:
        config: The limits.
        opened: The connection.
        protocol: Makes the protocol that speaks over it.
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
        """Begin to speak when the client does, or close if it does not in time."""
        if _has_data(self._socket):
            self._begin()
            return
        self._timer = self._loop.call_later(self._config.head_seconds, self.drop)
        try:
            self._loop.add_reader(self._socket, self._begin)
        except NotImplementedError:  # the event loop of Windows has none
            self._begin()

    def drop(self) -> None:
        """Close it at once."""
        if self._transport is not None:
            self._transport.abort()
        elif self._connecting is not None:
            # The transport owns the socket, and notices.
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        else:
            self._stop_waiting()
            self._config.table.leave(self)
            self._socket.close()

    def _begin(self) -> None:
        self._stop_waiting()
        self._config.table.waits(self)
        self._connecting = self._loop.create_task(self._connect())
        self._connecting.add_done_callback(self._connected)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            with suppress(NotImplementedError):
                self._loop.remove_reader(self._socket)

    async def _connect(self) -> None:
        """Do the TLS handshake if there is one, and hand the connection to a protocol."""
        self._transport, _ = await self._loop.connect_accepted_socket(
            self._protocol,
            self._socket,
            ssl=self._config.tls,
            ssl_handshake_timeout=self._config.head_seconds if self._config.tls else None,
        )

    def _connected(self, task: "asyncio.Task[None]") -> None:
        """Close the connection if the handshake failed, which is the client's affair."""
        if task.cancelled() or task.exception() is not None:
            self._config.table.leave(self)
            self._socket.close()

    def _protocol(self) -> LimitedProtocol:
        protocol = self._make_protocol()
        protocol.entry = self
        return protocol


def _has_data(opened: socket.socket) -> bool:
    """Tell whether there is something to read; on a busy server there is, nearly always."""
    try:
        return bool(opened.recv(1, socket.MSG_PEEK))
    except OSError:
        return False


class Acceptor:
    """Accepts the connections of some listening sockets.

    Args:
        config: The limits.
        protocol: Makes the protocol for a new connection.
    """

    def __init__(self, config: LimitedConfig, protocol: Callable[[], LimitedProtocol]) -> None:
        self._config = config
        self._protocol = protocol
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, listener: socket.socket) -> None:
        """Accept the connections of a listening socket from now on."""
        listener.setblocking(False)
        self._tasks.append(asyncio.get_running_loop().create_task(self._accept(listener)))

    async def stop(self) -> None:
        """Accept no more connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                opened, _ = await loop.sock_accept(listener)
            except ConnectionError:  # it was closed while it waited
                continue
            except OSError:
                # No descriptors, or no memory: both come back when an idle connection goes.
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
