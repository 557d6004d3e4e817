"""Answers that were just sent, ready to be sent again: most requests are for what others asked for.

Whoever was let in a moment ago and sends the same bytes again, from the same address, gets the
same bytes back, as long as the store has not changed. Everything else takes the long way, and so
does one request in some seconds.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

from ghpypi.server.credentials import Admission
from ghpypi.server.http import Request, Response
from ghpypi.server.revision import Revision
from ghpypi.server.stall import Stall
from ghpypi.server.told import Line

KEPT = 4 << 20
"""Bytes of memory for answers."""

OVERHEAD = 1 << 10
"""What one takes besides its body."""

LARGEST = KEPT // 8
"""Bytes of a body that is kept: a larger one would push out too many others."""

HEAD_LIMIT = 8 << 10
"""Bytes of a request that may be answered so."""

HEAD = "ghpypi.head"
"""Where a request's digest stands in its scope."""

_ASKS_MORE = {b"if-none-match", b"range", b"cookie", b"expect", b"upgrade", b"transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer, as the bytes that it is.

    Attributes:
        admission: Whoever asked was let in so.
        stall: The store it is from.
        revision: What it was made of.
        headers: The lines below the date, with the empty one.
        body: What follows.
        line: For the log.
        kind: For the counts.
    """

    admission: Admission
    stall: Stall
    revision: Revision
    headers: bytes
    body: bytes
    line: Line
    kind: str


class Hot:
    """Remembers answers.

    Args:
        now: Tells seconds that only grow.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._key = secrets.token_bytes(32)
        self._kept: dict[bytes, Ready] = {}
        self._size = 0

    def digest(self, data: bytes, address: bytes) -> bytes | None:
        """Digest the bytes of a request, if they are all of one and it has no body.

        Args:
            data: What was received.
            address: From where.
        """
        if not data.startswith(b"GET ") or len(data) > HEAD_LIMIT:
            return None
        if data.find(b"\r\n\r\n") != len(data) - 4:
            return None
        return blake2b(data + address, key=self._key, digest_size=16).digest()

    def find(self, digest: bytes) -> Ready | None:
        """Find the answer to a request, if there is one that still holds."""
        ready = self._kept.get(digest)
        if ready is None:
            return None
        if ready.revision is not ready.stall.shelf.revision or not ready.admission.holds(
            self._now()
        ):
            self._drop(digest)
            return None
        return None if ready.stall.due else ready

    def keep(self, request: Request, response: Response) -> None:
        """Remember the answer to a request, if it is a page made of one revision."""
        digest, made, admission = request.scope.get(HEAD), request.made_of, request.admission
        if digest is None or made is None or admission is None or not _is_plain(request, response):
            return
        self._drop(digest)
        size = len(response.body)
        lines = [*response.headers, (b"content-length", b"%d" % size)]
        self._kept[digest] = Ready(
            admission=admission,
            stall=made[0],
            revision=made[1],
            headers=b"".join(b"%b: %b\r\n" % each for each in lines) + b"\r\n",
            body=response.body,
            line=Line.of(request, 200, size),
            kind=request.kind,
        )
        self._size += OVERHEAD + size
        while self._size > KEPT:
            self._drop(next(iter(self._kept)))

    def _drop(self, digest: bytes) -> None:
        if ready := self._kept.pop(digest, None):
            self._size -= OVERHEAD + len(ready.body)


def _is_plain(request: Request, response: Response) -> bool:
    """Tell whether a request asks for a page and nothing else, and that is what it got."""
    scope, given = request.scope, request.headers
    return (
        response.status == 200  # noqa: PLR2004 - OK
        and len(response.body) <= LARGEST
        and scope["http_version"] == "1.1"
        and not scope["query_string"]
        and len(given) == len(scope["headers"])  # of what is there twice, we would see one
        and given.get(b"connection", b"keep-alive").lower() == b"keep-alive"
        and given.get(b"content-length", b"0") == b"0"
        and not _ASKS_MORE.intersection(given)
    )
