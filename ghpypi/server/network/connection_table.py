"""The table of open connections: which of them are closed in favor of a new one."""

from collections.abc import Callable

from ghpypi.server.ports import DroppableConnection


class ConnectionTable:
    """All open connections of a server and their states.

    Args:
        limit: Maximum number of open connections.
        full: Called when a connection is closed or rejected because of the limit.
    """

    def __init__(self, limit: int, *, full: Callable[[], object] = lambda: None) -> None:
        self._limit = limit
        self._full = full
        self._open: set[DroppableConnection] = set()
        self._silent: dict[DroppableConnection, None] = {}
        self._waiting: dict[DroppableConnection, None] = {}
        self._stalled: dict[DroppableConnection, None] = {}

    def __len__(self) -> int:
        """Return the number of open connections."""
        return len(self._open)

    def enter(self, connection: DroppableConnection) -> bool:
        """Add a new connection; close an idle one if the limit is reached.

        Returns:
            Whether it was added: not if the limit is reached and no connection is idle.
        """
        if len(self._open) >= self._limit:
            self._full()
            if not self.drop_idle():
                return False
        self._open.add(connection)
        self._silent[connection] = None
        return True

    def drop_idle(self) -> bool:
        """Close the connection that has been idle for longest; return whether there was one."""
        for each in (self._silent, self._waiting, self._stalled):
            oldest = next(iter(each), None)
            if oldest is not None:
                self.leave(oldest)
                oldest.drop()
                return True
        return False

    def drop_silent(self) -> None:
        """Close all connections without any data yet, when the server shuts down."""
        for connection in list(self._silent):
            self.leave(connection)
            connection.drop()

    def leave(self, connection: DroppableConnection) -> None:
        """Remove a closed connection."""
        self._open.discard(connection)
        self.mark_busy(connection)

    def mark_waiting(self, connection: DroppableConnection) -> None:
        """Mark a connection as waiting for a request."""
        self.mark_busy(connection)
        if connection in self._open:
            self._waiting[connection] = None

    def mark_stalled(self, connection: DroppableConnection) -> None:
        """Mark a connection as stalled, with the current time."""
        self.mark_busy(connection)
        if connection in self._open:
            self._stalled[connection] = None

    def mark_busy(self, connection: DroppableConnection) -> None:
        """Mark a connection as busy: the server works on a response."""
        self._silent.pop(connection, None)
        self._waiting.pop(connection, None)
        self._stalled.pop(connection, None)
