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
from pathlib import Path

import uvicorn

from ghpypi.errors import FailedError, UsageError
from ghpypi.server.app import App

BACKLOG = 2048
GRACE_SECONDS = 30
KEEP_ALIVE_SECONDS = 65
"""Longer than the proxies in front of us wait, so that it is never we who hang up on them."""

START_SECONDS = 20

SWITCH_SECONDS = 0.0005
"""How long a thread may hold the interpreter while others wait. With Python's 5 ms the event loop
waits for as long, several times for each request, while threads write the pages of a project with
thousands of files: measured, 99 of 100 small pages then took 700 ms, and 5 ms with this."""

CLOSE_SECONDS = 1.0
"""How long a client has to answer when a TLS connection is closed while the server shuts down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Where and how to listen.

    Attributes:
        host: The address.
        port: The port; 0 for a free one.
        proxies: Whose `X-Forwarded-*` are believed; empty for nobody's.
        tls_cert: A certificate.
        tls_key: Its key.
    """

    host: str = "127.0.0.1"
    port: int = 0
    proxies: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None


def listen(options: Listen) -> socket.socket:
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


def check_certificate(options: Listen) -> None:
    """See to it that a certificate can be used, before anybody is told that there is a server.

    Raises:
        UsageError: It cannot.
    """
    if options.tls_cert is None:
        if options.tls_key:
            raise UsageError("--tls-key needs --tls-cert, the certificate it belongs to")
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(options.tls_cert, options.tls_key)
    except OSError as error:
        raise UsageError(
            f"{options.tls_cert} cannot be used: {error}",
            hint="name the key that belongs to it with --tls-key",
        ) from error


def address(opened: socket.socket, *, tls: bool = False) -> str:
    """Give the address of a port, ending in `/`."""
    host, port = opened.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{name}:{port}/"


def serve(app: App, sockets: Sequence[socket.socket], options: Listen) -> None:
    """Serve until a signal ends it; what is under way is finished."""
    sys.setswitchinterval(SWITCH_SECONDS)
    # What is there by now stays: searched for cycles again and again, it would stop all threads.
    gc.collect()
    gc.freeze()
    Server(_config(app, options)).run(sockets=list(sockets))


@contextmanager
def serving(app: App, opened: socket.socket) -> Iterator[None]:
    """Serve in the background until the block ends.

    Raises:
        FailedError: It did not start.
    """
    with Background(_config(app, Listen(), grace=1)).running(opened):
        yield


class Server(uvicorn.Server):
    """A uvicorn server that does not wait for idle TLS clients when it shuts down.

    asyncio waits 30 seconds for the `close_notify` of a client, which a client whose connection
    lies idle in a pool does not send. uvicorn has no setting for that time.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Shut down; idle connections are dropped after `CLOSE_SECONDS`."""
        dropping = asyncio.create_task(self._drop_idle())
        await super().shutdown(sockets)
        dropping.cancel()

    async def _drop_idle(self) -> None:
        while True:
            await asyncio.sleep(CLOSE_SECONDS)
            for connection in list(self.server_state.connections):
                transport = connection.transport
                if transport.is_closing() and not transport.get_write_buffer_size():
                    transport.abort()


class Background(Server):
    """Serves in a thread of its own."""

    def __init__(self, config: uvicorn.Config) -> None:
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


def _config(app: App, options: Listen, *, grace: int = GRACE_SECONDS) -> uvicorn.Config:
    application: Callable[..., object] = app
    return uvicorn.Config(
        application,
        access_log=False,
        backlog=BACKLOG,
        forwarded_allow_ips=options.proxies or None,
        lifespan="on",
        log_config=None,
        proxy_headers=bool(options.proxies),
        server_header=False,
        ssl_certfile=options.tls_cert,
        ssl_keyfile=options.tls_key,
        timeout_graceful_shutdown=grace,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        ws="none",
    )
