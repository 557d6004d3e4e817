"""What operators see: counts for Prometheus, and a line of JSON for each request."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from ghpypi.server.http import TEXT, Request, Response

SECRETS = re.compile(r"(?:gh[a-z]_|github_pat_|v1\.)[A-Za-z0-9_.=-]{6,}")
"""Tokens, wherever somebody may have put one by mistake."""

BOUNDS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0)


@dataclass(kw_only=True)
class Metrics:
    """Counts since the start."""

    begun: float = field(default_factory=time.time)
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    within: Counter[tuple[str, float]] = field(default_factory=Counter)

    def count(self, kind: str, status: int, sent: int, seconds: float) -> None:
        """Count one request."""
        self.requests[kind, status] += 1
        self.sent[kind] += sent
        self.seconds[kind] += seconds  # type: ignore[assignment]  # counters count parts as well
        for bound in BOUNDS:
            if seconds <= bound:
                self.within[kind, bound] += 1
                break

    def text(self, gauges: Iterable[tuple[str, str, float]]) -> str:
        """Write everything as Prometheus reads it.

        Args:
            gauges: Name, labels and value of what is measured now.
        """
        return "\n".join([*self._lines(gauges), ""])

    def _lines(self, gauges: Iterable[tuple[str, str, float]]) -> Iterator[str]:
        yield "# TYPE ghpypi_requests_total counter"
        for (kind, status), number in sorted(self.requests.items()):
            yield f'ghpypi_requests_total{{kind="{kind}",status="{status}"}} {number}'
        yield "# TYPE ghpypi_sent_bytes_total counter"
        for kind, number in sorted(self.sent.items()):
            yield f'ghpypi_sent_bytes_total{{kind="{kind}"}} {number}'
        yield "# TYPE ghpypi_request_seconds histogram"
        for kind in sorted(self.seconds):
            yield from self._histogram(kind)
        yield "# TYPE ghpypi_start_time_seconds gauge"
        yield f"ghpypi_start_time_seconds {self.begun:.0f}"
        seen: set[str] = set()
        for name, labels, value in gauges:
            if name not in seen:
                seen.add(name)
                yield f"# TYPE {name} gauge"
            yield f"{name}{labels} {value:g}"

    def _histogram(self, kind: str) -> Iterator[str]:
        total = 0
        for bound in BOUNDS:
            total += self.within[kind, bound]
            yield f'ghpypi_request_seconds_bucket{{kind="{kind}",le="{bound}"}} {total}'
        count = sum(number for (each, _), number in self.requests.items() if each == kind)
        yield f'ghpypi_request_seconds_bucket{{kind="{kind}",le="+Inf"}} {count}'
        yield f'ghpypi_request_seconds_sum{{kind="{kind}"}} {self.seconds[kind]:.6f}'
        yield f'ghpypi_request_seconds_count{{kind="{kind}"}} {count}'


class AccessLog:
    """Writes a line for each request, many at once.

    Args:
        sink: Takes finished lines; `None` for no log.
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
        error = f',"error":{_quoted(_error_text(response))}' if response.status >= 400 else ""  # noqa: PLR2004
        self._lines.append(
            f'{{"time":"{self._second[1]}.{int(now % 1 * 1000):03}Z",'
            f'"address":{_quoted(request.address)},"user":{_quoted(request.user or "-")},'
            f'"method":{_quoted(request.method)},"path":{_quoted(request.path)},'
            f'"status":{response.status},"bytes":{response.sent},"ms":{seconds * 1000:.2f},'
            f'"agent":{_quoted(agent)}{error}}}'
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


def masked(text: str) -> str:
    """Hide what looks like a token."""
    return SECRETS.sub("***", text)


@lru_cache(maxsize=2048)
def _quoted(text: str) -> str:
    """Write a text as JSON does, without tokens; most come again and again."""
    return json.dumps(masked(text[:500]))
