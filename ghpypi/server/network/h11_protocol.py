"""The limits for connections with h11, which is available on every platform."""

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ghpypi.server.network.connections import LimitedProtocol


class LimitedH11Protocol(LimitedProtocol, H11Protocol):
    """HTTP/1.1 with h11."""

    def _mark_progress(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._unread = 0
