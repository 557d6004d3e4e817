"""The limits for connections with httptools; a module of its own, as that may not be installed."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ghpypi.server.network.connections import LimitedProtocol


class LimitedHttpToolsProtocol(LimitedProtocol, HttpToolsProtocol):
    """HTTP/1.1 with httptools.

    The methods are the callbacks of httptools. It gathers a header field in memory until it is
    complete, so only the bytes that went in tell how large an incomplete one is.
    """

    def on_headers_complete(self) -> None:
        """Begin with a request."""
        super().on_headers_complete()  # raises for a target that is too long to be parsed
        self._unread = 0

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._unread = 0
        super().on_message_complete()
