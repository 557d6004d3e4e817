"""The shortest way from a request to its answer: bytes that came before get the bytes they got.

Parsing a request and starting a task for it take uvicorn longer than all else that a page needs.
What `Hot` does not know goes on to uvicorn untouched.
"""

from time import perf_counter
from typing import Any, cast

from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from ghpypi.server.app import App
from ghpypi.server.hot import HEAD, Ready

_BEGIN = b"HTTP/1.1 200 OK\r\n"


class QuickProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: Any = None,
    ) -> None:
        """Begin, as uvicorn does it for each connection."""
        super().__init__(config, server_state, app_state, _loop)
        self._application = cast("App", config.app)
        self._address = b""
        self._digest: bytes | None = None
        self._between = True
        self._answered = False
        self._date: tuple[list[tuple[bytes, bytes]], bytes] = ([], b"")

    def connection_made(self, transport: Any) -> None:
        """Learn who is at the other end."""
        super().connection_made(transport)
        self._address = self.client[0].encode() if self.client else b""

    def data_received(self, data: bytes) -> None:
        """Answer a request that is known, or pass on what came."""
        self._digest = None
        # Neither in the middle of a request, nor while one waits for its answer.
        cycle: RequestResponseCycle | None = self.cycle
        if self._between and (cycle is None or cycle.response_complete):
            hot = self._application.hot
            self._digest = hot.digest(data, self._address)
            ready = hot.find(self._digest) if self._digest else None
            if ready and not self.flow.write_paused:
                self._repeat(ready)
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        super().on_message_begin()
        self._between = False
        if self._digest:
            cast("dict[str, Any]", self.scope)[HEAD] = self._digest

    def on_message_complete(self) -> None:
        """Note that a request is complete."""
        super().on_message_complete()
        self._between = True

    def timeout_keep_alive_handler(self) -> None:
        """Hang up, unless there was a request since the time began to run."""
        if self._answered:
            self._wait()
        else:
            super().timeout_keep_alive_handler()

    def shutdown(self) -> None:
        """Hang up when the server ends, or after the answer that is under way."""
        super().shutdown()
        transport = self.transport
        # TLS would wait for a farewell from a client that sleeps.
        asleep = self.scheme == "https" and transport.is_closing()
        if asleep and not transport.get_write_buffer_size():
            transport.abort()

    def _repeat(self, ready: Ready) -> None:
        begun = perf_counter()
        self.transport.write(b"".join((_BEGIN, self._dated(), ready.headers, ready.body)))
        self._application.repeated(ready, perf_counter() - begun)
        if self.timeout_keep_alive_task is None:
            self._wait()
        self._answered = True

    def _dated(self) -> bytes:
        """Write the headers that uvicorn adds: it makes them anew when the date changes."""
        headers = self.server_state.default_headers
        if headers is not self._date[0]:
            self._date = headers, b"".join(b"%b: %b\r\n" % each for each in headers)
        return self._date[1]

    def _wait(self) -> None:
        self._answered = False
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )
