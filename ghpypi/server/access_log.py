"""The access log: one JSON object per line and request."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from starlette.types import Scope

from ghpypi.core.plain_text import masked
from ghpypi.server.requests import raw_path

LONGEST_TEXT = 500
"""Maximum number of characters of a path, user name or user agent in the log."""


@dataclass(slots=True, kw_only=True)
class RequestRecord:
    """A request and its response, as the access log and the metrics need them.

    Attributes:
        scope: The ASGI scope of the request.
        status: The HTTP status code; 0 until the response starts.
        sent: Number of bytes of the response body that were sent.
        error: The body of an error response, if it is plain text.
        seconds: Duration from the request to the end of the response.
    """

    scope: Scope
    status: int = 0
    sent: int = 0
    error: str = ""
    seconds: float = 0.0


class AccessLog:
    """Writes a line for each request, in batches.

    Args:
        sink: Called with complete lines to write; `None` disables the log.
    """

    def __init__(self, sink: Callable[[str], object] | None) -> None:
        self._sink = sink
        self._lines: list[str] = []
        self._second = (0, "")

    def write(self, record: RequestRecord) -> None:
        """Log a request whose response was just sent. The query string is left out.

        The text of an error response is logged too, because hatch, and twine without `--verbose`,
        print only the status, and their users ask the operator for the reason.
        """
        if self._sink is None:
            return
        now = time.time()
        second = int(now)
        if second != self._second[0]:
            self._second = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        scope, client = record.scope, record.scope.get("client")
        error = f',"error":{_json(record.error)}' if record.status >= 400 else ""  # noqa: PLR2004
        self._lines.append(
            f'{{"time":"{self._second[1]}.{int(now % 1 * 1000):03}Z",'
            f'"address":{_json(str(client[0]) if client else "")},'
            f'"user":{_json(scope["state"]["user"] or "-")},'
            f'"method":{_json(scope["method"])},"path":{_json(raw_path(scope))},'
            f'"status":{record.status},"bytes":{record.sent},'
            f'"ms":{record.seconds * 1000:.2f},'
            f'"agent":{_json(_user_agent(scope))}{error}}}'
        )
        if len(self._lines) >= 500:  # noqa: PLR2004 - what fits into a few writes
            self.flush()

    def flush(self) -> None:
        """Write all buffered lines."""
        if self._sink is not None and self._lines:
            lines, self._lines = self._lines, []
            self._sink("\n".join([*lines, ""]))


def _user_agent(scope: Scope) -> str:
    found: bytes = next((v for k, v in scope["headers"] if k == b"user-agent"), b"")
    return found.decode("latin-1")


def _json(text: str) -> str:
    """Encode a string as JSON, truncated and with tokens masked."""
    return _encoded(text[: 2 * LONGEST_TEXT])


@lru_cache(maxsize=2048)
def _encoded(text: str) -> str:
    """Encode a string as JSON; cached, because most strings recur."""
    return json.dumps(masked(text, hex_tokens=True)[:LONGEST_TEXT])
