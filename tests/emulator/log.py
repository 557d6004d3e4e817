"""The record of every request, in order of arrival."""

import json
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

KEPT_BODY = 1 << 20


@dataclass(slots=True)
class Request:
    """One request as it arrived, and the status it was answered with (0: it was not answered).

    The path is as it was sent, without the prefix (`/api/v3`, `/api/uploads`) that stands for the
    host on a server of one's own. `body` holds JSON bodies; `answer` only when answers are kept.
    """

    number: int
    origin: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    target: str
    status: int = 0
    body: bytes = b""
    answer: bytes = b""
    answer_headers: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        """The request's JSON body, or None."""
        return json.loads(self.body) if self.body else None


class Log:
    """All requests since the last clearing, numbered from 1."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: list[Request] = []
        self.keep_answers = False

    def open(self, request: Request) -> None:
        """Append a request that has just arrived, and give it its number."""
        with self._lock:
            self._requests.append(request)
            request.number = len(self._requests)

    def clear(self) -> None:
        """Forget all requests and count from 1 again."""
        with self._lock:
            self._requests = []

    def requests(self) -> list[Request]:
        """A copy of the record."""
        with self._lock:
            return list(self._requests)

    def __len__(self) -> int:
        return len(self._requests)
