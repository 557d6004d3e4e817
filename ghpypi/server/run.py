"""The way from the network to the application: uvicorn, in front or in the background."""

import asyncio
import gc
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from ghpypi.errors import FailedError, UsageError
from ghpypi.server.app import App
from ghpypi.server.middleware import HeadLimit, HostCheck, SeldomLog
from ghpypi.server.network.accepting import Acceptor
from ghpypi.server.network.connections import (
    HEAD_BYTES,
    HEAD_SECONDS,
    ConnectionTable,
    LimitedConfig,
    LimitedProtocol,
)
from ghpypi.server.network.forwarded import ForwardedHeaders, Network
from ghpypi.server.network.parsers import protocol_class

if sys.platform != "win32":
    import resource

BACKLOG = 2048
GRACE_SECONDS = 30
KEEP_ALIVE_SECONDS = 65
"""Longer than the proxies in front of us wait, so that it is never we who hang up on them."""

START_SECONDS = 20

SWITCH_SECONDS = 0.0005
"""How long a thread may hold the interpreter while others wait. With Python's 5 ms the event loop
waits for as long, several times for each request, while threads write the pages of a project with
thousands of files: measured, 99 of 100 small pages then took 700 ms, and 5 ms with this."""

RESERVED_DESCRIPTORS = 64
"""File descriptors for everything but connections: listening sockets, logs, requests to GitHub."""

MOST_CONNECTIONS = 4096
"""Connections at most where the limit of descriptors would allow more; a thousand with TLS take
about 100 MB."""

_FULL = (
    "%d connections are open, the most that are allowed; idle ones are closed "
    "(see --limit-connections and 'ulimit -n')"
)

CLOSE_SECONDS = 1.0
"""How long a client has to answer when a TLS connection is closed while the server shuts down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenOptions:
    """Where and how to listen.

    Attributes:
        host: The address.
        port: The port; 0 for a free one.
        proxies: The networks of proxies whose `X-Forwarded-*` headers are trusted.
        tls_cert: A certificate.
        tls_key: Its key.
        connections: How many may be open; `None` for what the limit of file descriptors allows.
        hosts: The host names that clients may use, see `HostCheck`.
        check_hosts: Check them even if everything here needs a sign-in.
        parser: Who reads HTTP: `httptools`, `h11`, or `auto`.
        head_seconds: How long a client may take for the head of a request.
    """

    host: str = "127.0.0.1"
    port: int = 0
    proxies: tuple[Network, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    connections: int | None = None
    hosts: tuple[str, ...] = ()
    check_hosts: bool = True
    parser: str = "auto"
    head_seconds: float = HEAD_SECONDS


def listen(options: ListenOptions) -> socket.socket:
    """Open the port.

    Raises:
        FailedError: It cannot be had.
    """
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    # Said in full: asyncio turns off Nagle's delays only for what is known to be TCP.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((options.host, options.port))
        opened.listen(BACKLOG)
    except OSError as error:
        opened.close()
        raise FailedError(
            f"{options.host} port {options.port} cannot be had: {error.strerror}",
            hint="choose another with --port",
        ) from error
    return opened


def check_certificate(options: ListenOptions) -> None:
    """See to it that a certificate can be used, before anybody is told that there is a server.

    Raises:
        UsageError: It cannot.
    """
    if options.tls_cert is None:
        if options.tls_key:
            raise UsageError("--tls-key needs --tls-cert, the certificate it belongs to")
        return
    try:
        _tls_context(options)
    except OSError as error:
        raise UsageError(
            f"{options.tls_cert} cannot be used: {error}",
            hint="name the key that belongs to it with --tls-key",
        ) from error


def connection_limit() -> int:
    """Return how many connections the limit of file descriptors allows.

    Each connection may need a second descriptor, for the file that is passed through it.
    """
    if sys.platform == "win32":
        return MOST_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return min(max(16, (soft - RESERVED_DESCRIPTORS) // 2), MOST_CONNECTIONS)


def address(opened: socket.socket, *, tls: bool = False) -> str:
    """Give the address of a port, ending in `/`."""
    host, port = opened.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{name}:{port}/"


def serve(app: App, sockets: Sequence[socket.socket], options: ListenOptions) -> None:
    """Serve until a signal ends it; what is under way is finished."""
    sys.setswitchinterval(SWITCH_SECONDS)
    # What is there by now stays: searched for cycles again and again, it would stop all threads.
    gc.collect()
    gc.freeze()
    Server(_config(app, options)).run(sockets=list(sockets))


@contextmanager
def serving(
    app: App, opened: socket.socket, options: ListenOptions | None = None
) -> Iterator[None]:
    """Serve in the background until the block ends.

    Raises:
        FailedError: It did not start.
    """
    with Background(_config(app, options or ListenOptions(), grace=1)).running(opened):
        yield


class Server(uvicorn.Server):
    """A uvicorn server that counts connections, and does not wait for idle ones when it ends.

    asyncio waits 30 seconds for the `close_notify` of a TLS client, which a client whose
    connection lies idle in a pool does not send. uvicorn has no setting for that time.
    """

    def __init__(self, config: LimitedConfig) -> None:
        super().__init__(config)
        self._limits = config
        self._acceptor = Acceptor(config, self._protocol)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then accept connections, which uvicorn does not do itself."""
        await super().startup([])
        for each in sockets or []:
            self._acceptor.start(each)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Shut down; idle connections are dropped after `CLOSE_SECONDS`."""
        await self._acceptor.stop()
        self._limits.table.drop_silent()
        dropping = asyncio.create_task(self._drop_idle())
        await super().shutdown(sockets)
        dropping.cancel()

    def _protocol(self) -> LimitedProtocol:
        make: Callable[..., LimitedProtocol] = protocol_class(self._limits.parser)
        return make(
            config=self._limits, server_state=self.server_state, app_state=self.lifespan.state
        )

    async def _drop_idle(self) -> None:
        while True:
            await asyncio.sleep(CLOSE_SECONDS)
            for connection in list(self.server_state.connections):
                transport = connection.transport
                if transport.is_closing() and not transport.get_write_buffer_size():
                    transport.abort()


class Background(Server):
    """Serves in a thread of its own."""

    def __init__(self, config: LimitedConfig) -> None:
        """Prepare it."""
        super().__init__(config)
        self._up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell that it did."""
        await super().startup(sockets)
        self._up.set()

    @contextmanager
    def running(self, opened: socket.socket) -> Iterator[None]:
        """Serve until the block ends.

        Raises:
            FailedError: It did not start.
        """
        thread = threading.Thread(
            target=lambda: asyncio.run(self.serve(sockets=[opened])), name="server", daemon=True
        )
        thread.start()
        try:
            if not self._up.wait(START_SECONDS):
                raise FailedError("the proxy did not start")
            yield
        finally:
            self.should_exit = True
            thread.join(START_SECONDS)
            opened.close()


def _config(app: App, options: ListenOptions, *, grace: int = GRACE_SECONDS) -> LimitedConfig:
    limit = options.connections or connection_limit()
    inner: ASGIApp = ForwardedHeaders(app, options.proxies) if options.proxies else app
    checked = HostCheck(
        inner,
        hosts=options.hosts,
        enabled=lambda: options.check_hosts or app.all_stores.open_to_all,
    )
    application: Callable[..., object] = HeadLimit(checked)
    config = LimitedConfig(
        application,
        access_log=False,
        backlog=BACKLOG,
        h11_max_incomplete_event_size=HEAD_BYTES,
        http=protocol_class(options.parser),
        lifespan="on",
        log_config=None,
        # Below that are two lines for each request that it cannot parse or that asks for WebSocket.
        log_level="error",
        proxy_headers=False,  # uvicorn would believe the leftmost address for "*"
        server_header=False,
        timeout_graceful_shutdown=grace,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        ws="none",
    )
    config.table = ConnectionTable(limit, full=partial(SeldomLog(), _FULL, limit))
    config.tls = _tls_context(options) if options.tls_cert else None
    config.parser = options.parser
    config.head_seconds = options.head_seconds
    return config


def _tls_context(options: ListenOptions) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.tls_cert or "", options.tls_key)
    return context
