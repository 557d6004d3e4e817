"""The access log: a line of JSON for each request."""

import json
import time
from collections.abc import Callable
from functools import lru_cache

from ghpypi.core.plain_text import masked
from ghpypi.server.http import TEXT, Request, Response

LONGEST_TEXT = 500
"""Characters of a path, a user name or a user agent that are logged."""


class AccessLog:
    """Writes a line for each request, many at once.

    Args:
        sink: Writes finished lines; `None` for no log.
    """

    def __init__(self, sink: Callable[[str], object] | None) -> None:
        self._sink = sink
        self._lines: list[str] = []
        self._second = (0, "")

    def write(self, request: Request, response: Response, seconds: float) -> None:
        """Log a request that was answered just now, without its query string.

        The text of an error is logged too: hatch, and twine without `--verbose`, print the status
        alone, so their users ask whoever runs the server.

        Args:
            request: The request.
            response: What was sent.
            seconds: How long that took.
        """
        if self._sink is None:
            return
        now = time.time()
        second = int(now)
        if second != self._second[0]:
            self._second = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        agent = request.headers.get(b"user-agent", b"").decode("latin-1")
        error = f',"error":{_json(_error_text(response))}' if response.status >= 400 else ""  # noqa: PLR2004
        self._lines.append(
            f'{{"time":"{self._second[1]}.{int(now % 1 * 1000):03}Z",'
            f'"address":{_json(request.address)},"user":{_json(request.user or "-")},'
            f'"method":{_json(request.method)},"path":{_json(request.path)},'
            f'"status":{response.status},"bytes":{response.sent},"ms":{seconds * 1000:.2f},'
            f'"agent":{_json(agent)}{error}}}'
        )
        if len(self._lines) >= 500:  # noqa: PLR2004 - what fits into a few writes
            self.flush()

    def flush(self) -> None:
        """Write what was noted."""
        if self._sink is not None and self._lines:
            lines, self._lines = self._lines, []
            self._sink("\n".join([*lines, ""]))


def _error_text(response: Response) -> str:
    """Return what the body of an error says, if it is plain text."""
    return response.body.decode(errors="replace").strip() if TEXT in response.headers else ""


def _json(text: str) -> str:
    """Write a text as JSON does, cut, and without tokens."""
    return _encoded(text[: 2 * LONGEST_TEXT])


@lru_cache(maxsize=2048)
def _encoded(text: str) -> str:
    """Write a text as JSON does; most come again and again."""
    return json.dumps(masked(text, hex_tokens=True)[:LONGEST_TEXT])
