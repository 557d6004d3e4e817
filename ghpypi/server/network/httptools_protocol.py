"""The limits for connections with httptools; a separate module, as httptools is optional."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ghpypi.server.network.connections import LimitedProtocol
from ghpypi.server.network.zero_copy import ZeroCopy, can_copy


class LimitedHttpToolsProtocol(LimitedProtocol, HttpToolsProtocol):
    """HTTP/1.1 with httptools.

    The methods are callbacks of httptools. It buffers a header field until it is complete, so the
    size of an incomplete one is known only by the number of bytes passed in.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request; where the system can copy files, let it."""
        super().connection_made(transport)
        if can_copy(transport):
            self.app = ZeroCopy(self.app, self)

    def on_headers_complete(self) -> None:
        """Handle a complete head."""
        super().on_headers_complete()  # raises if the request target is too long
        self._unread = 0

    def on_body(self, body: bytes) -> None:
        """Handle a part of a body."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Handle the end of a request."""
        self._unread = 0
        super().on_message_complete()
