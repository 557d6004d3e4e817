"""Pages that were just sent, ready to be sent again: most requests are for what others asked for.

Whoever was let in a moment ago, and asks in the same words for a page of the same revision, gets
the same messages. Everything else takes the long way, and so does one request in some seconds.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ghpypi.server.gate import Gate
from ghpypi.server.http import Request, Response, Scope
from ghpypi.server.revision import Revision
from ghpypi.server.stall import Stall

KEPT = 4 << 20
"""Bytes of answers that are kept."""

_ASKS_MORE = frozenset({b"if-none-match", b"range", b"cookie"})
_Key = tuple[bytes, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer, as the messages that it is."""

    stall: Stall
    revision: Revision
    kind: str
    start: dict[str, Any]
    body: dict[str, Any]
    size: int


@dataclass(frozen=True, slots=True)
class Hit:
    """An answer for somebody."""

    ready: Ready
    user: str
    agent: bytes


class Hot:
    """Remembers answers.

    Args:
        now: Tells seconds that only grow.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: dict[_Key, Ready] = {}
        self._size = 0

    def find(self, scope: Scope, gate: Gate) -> Hit | None:
        """Find the answer to a request, if it is there and whoever asks was let in just now."""
        asked = _asked(scope)
        if asked is None:
            return None
        key, authorization, agent = asked
        ready = self._kept.get(key)
        if ready is None:
            return None
        if ready.revision is not ready.stall.shelf.revision:
            del self._kept[key]
            self._size -= ready.size
            return None
        if ready.stall.due:
            return None
        user = gate.passes(authorization, ready.stall)
        return None if user is None else Hit(ready, user, agent)

    def keep(self, request: Request, response: Response) -> None:
        """Remember the answer to a request, if it is a page made of one revision."""
        made = request.made_of
        plain = request.method == "GET" and not request.scope["query_string"]
        if made is None or not plain or response.status != 200:  # noqa: PLR2004 - OK
            return
        if self._size > KEPT:
            self._kept.clear()
            self._size = 0
        size = len(response.body)
        headers = [*response.headers, (b"content-length", str(size).encode())]
        ready = Ready(
            stall=made[0],
            revision=made[1],
            kind=request.kind,
            start={"type": "http.response.start", "status": 200, "headers": headers},
            body={"type": "http.response.body", "body": response.body},
            size=size,
        )
        given = request.headers
        key = (
            request.scope["raw_path"],
            given.get(b"accept", b""),
            given.get(b"accept-encoding", b""),
        )
        before = self._kept.get(key)
        self._size += size - (before.size if before else 0)
        self._kept[key] = ready


def _asked(scope: Scope) -> tuple[_Key, bytes, bytes] | None:
    """Read what is asked for, by whom and with what; `None` for what is out of the ordinary."""
    if scope["method"] != "GET" or scope["query_string"]:
        return None
    accept = coding = authorization = agent = b""
    for name, value in scope["headers"]:
        if name == b"accept":
            accept = value
        elif name == b"accept-encoding":
            coding = value
        elif name == b"authorization":
            authorization = value
        elif name == b"user-agent":
            agent = value
        elif name in _ASKS_MORE:
            return None
    return (scope["raw_path"], accept, coding), authorization, agent
