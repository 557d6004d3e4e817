"""Running the application with uvicorn, in the foreground or in a background thread."""

import asyncio
import errno
import gc
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import uvicorn
from starlette.types import ASGIApp

from ghpypi.errors import FailedError, UsageError
from ghpypi.server.app import App
from ghpypi.server.middleware import HeadLimit, HostCheck, RateLimitedLog
from ghpypi.server.network.accepting import Acceptor
from ghpypi.server.network.connection_table import ConnectionTable
from ghpypi.server.network.connections import (
    HEAD_BYTES,
    HEAD_SECONDS,
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
"""Longer than the usual keep-alive of reverse proxies, so that the proxy closes a connection
first."""

START_SECONDS = 20

SWITCH_SECONDS = 0.0005
"""How long a thread may hold the interpreter while others wait. With Python's 5 ms the event loop
waits for as long, several times for each request, while threads write the pages of a project with
thousands of files: measured, 99 of 100 small pages then took 700 ms, and 5 ms with this."""

RESERVED_DESCRIPTORS = 64
"""File descriptors reserved for listening sockets, logs and requests to GitHub."""

MOST_CONNECTIONS = 4096
"""Maximum number of connections, even if the limit of file descriptors allows more. A thousand
connections with TLS take about 100 MB."""

_FULL = (
    "the limit of %d connections is reached, so idle ones are closed "
    "(see --max-connections and 'ulimit -n')"
)

CLOSE_SECONDS = 1.0
"""Timeout for closing TLS connections when the server shuts down."""


class ListenOptions(NamedTuple):
    """Settings of the listening socket and its connections.

    Attributes:
        host: The address to listen on.
        port: The port; 0 for any free port.
        proxies: The networks of proxies whose `X-Forwarded-*` headers are trusted.
        tls_cert: The file with the certificate, in PEM format.
        tls_key: The file with its private key.
        connections: Maximum number of open connections; `None` to derive it from the limit of
            file descriptors.
        hosts: The host names that clients may use, see `HostCheck`.
        check_hosts: Check host names even if all stores need a sign-in.
        parser: The HTTP parser: `httptools`, `h11`, or `auto`.
        head_seconds: Timeout of the head of a request, in seconds.
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
    """Open the listening socket.

    Raises:
        FailedError: The address or port is not available.
    """
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    # The protocol is explicit because asyncio sets TCP_NODELAY only if it is IPPROTO_TCP.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((options.host, options.port))
        opened.listen(BACKLOG)
    except OSError as error:
        opened.close()
        wrong_host = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
        raise FailedError(
            f"cannot listen on {options.host} port {options.port}: {error.strerror}",
            hint="choose an address of this machine with --host"
            if wrong_host
            else "choose another port with --port",
        ) from error
    return opened


def check_certificate(options: ListenOptions) -> None:
    """Load the certificate, to detect errors before the server starts.

    Raises:
        UsageError: The certificate or its key cannot be used.
    """
    if options.tls_cert is None:
        if options.tls_key:
            raise UsageError("--tls-key requires --tls-cert, the certificate of that key")
        return
    try:
        _tls_context(options)
    except OSError as error:
        raise UsageError(
            f"cannot use the certificate {options.tls_cert}: {error}",
            hint="pass the matching private key with --tls-key",
        ) from error


def connection_limit() -> int:
    """Return the number of connections that the limit of file descriptors allows.

    Each connection may need a second descriptor, for the file that is sent through it.
    """
    if sys.platform == "win32":
        return MOST_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return min(max(16, (soft - RESERVED_DESCRIPTORS) // 2), MOST_CONNECTIONS)


def address(opened: socket.socket, *, tls: bool = False) -> str:
    """Return the URL of a listening socket, ending in `/`."""
    host, port = opened.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{name}:{port}/"


def serve(
    app: App,
    sockets: Sequence[socket.socket],
    options: ListenOptions,
    ready: Callable[[], object],
) -> None:
    """Serve until a signal stops the server; running requests are completed.

    Args:
        app: The application.
        sockets: The listening sockets.
        options: Settings of the connections.
        ready: Called once requests are accepted, and signals end the server in order.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    # Exempt existing objects, which are permanent, from garbage collection: it stops all threads.
    gc.collect()
    gc.freeze()
    Server(_config(app, options), ready).run(sockets=list(sockets))


@contextmanager
def serve_in_background(
    app: App, opened: socket.socket, options: ListenOptions | None = None
) -> Iterator[None]:
    """Serve in a background thread until the `with` block ends.

    Raises:
        FailedError: The server did not start.
    """
    with BackgroundServer(_config(app, options or ListenOptions(), grace=1)).running(opened):
        yield


class Server(uvicorn.Server):
    """A uvicorn server that limits connections, and does not wait for idle ones at shutdown.

    At shutdown, asyncio waits 30 seconds for the `close_notify` of a TLS client. A client with an
    idle connection in its pool does not send one, and uvicorn has no setting for that timeout.

    Args:
        config: The settings.
        ready: Called once requests are accepted.
    """

    def __init__(self, config: LimitedConfig, ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._limits = config
        self._ready = ready
        self._acceptor = Acceptor(config, self._protocol)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then accept connections with `Acceptor` instead of uvicorn."""
        await super().startup([])
        for each in sockets or []:
            self._acceptor.start(each)
        self._ready()

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


class BackgroundServer(Server):
    """A server in a background thread."""

    def __init__(self, config: LimitedConfig) -> None:
        self._up = threading.Event()
        super().__init__(config, self._up.set)

    @contextmanager
    def running(self, opened: socket.socket) -> Iterator[None]:
        """Serve until the `with` block ends.

        Raises:
            FailedError: The server did not start.
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
        # Lower levels log two lines for each malformed or WebSocket request.
        log_level="error",
        proxy_headers=False,  # uvicorn trusts the leftmost address for "*"
        server_header=False,
        timeout_graceful_shutdown=grace,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        ws="none",
    )
    config.table = ConnectionTable(limit, full=partial(RateLimitedLog(), _FULL, limit))
    config.tls = _tls_context(options) if options.tls_cert else None
    config.parser = options.parser
    config.head_seconds = options.head_seconds
    return config


def _tls_context(options: ListenOptions) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.tls_cert or "", options.tls_key)
    return context
