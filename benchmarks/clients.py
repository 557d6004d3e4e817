"""Load from many different clients, in a process of its own.

    python -m benchmarks.clients PLAN SECONDS CONNECTIONS

`PLAN` is a JSON document: `host`, `port`, `paths` in the order in which they are asked for, and
`authorizations`, of which each client has one; may be empty. With 0 seconds each path is asked for
once. Prints requests, seconds, bytes and percentiles of the time to the last byte, as JSON.

Each connection has its own address, user agent, `Accept` and `Accept-Encoding`, and after
`REQUESTS` requests another client takes its place, as with installers. Locust was considered: it
takes more of the processor for a request than the servers that are measured here; wrk has no
clients with different addresses.
"""

import asyncio
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

REQUESTS = 40

_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = "application/vnd.pypi.simple.v1+html"
_ACCEPTS = {
    "pip": f"{_JSON}, {_HTML}; q=0.1, text/html; q=0.01",
    "uv": f"{_JSON}, {_HTML};q=0.2, text/html;q=0.01",
    "poetry": "*/*",
    "setuptools": "text/html",
    "bot": _JSON,
}


@dataclass(slots=True)
class Plan:
    """What is asked for, and what came of it."""

    host: str
    port: int
    paths: Iterator[str]
    authorizations: Sequence[str]
    until: float
    taken: list[float] = field(default_factory=list)
    received: int = 0
    failed: int = 0


def head(number: int, plan: Plan) -> str:
    """Write the header fields of one client."""
    chance = random.Random(number)  # noqa: S311 - no secret
    kind, accept = chance.choice(list(_ACCEPTS.items()))
    system = chance.choice(("linux", "darwin", "windows"))
    agent = f"{kind}/{chance.randrange(20, 27)}.{number % 7} {{{system}; py3.{number % 6 + 9}}}"
    fields = {"Host": f"{plan.host}:{plan.port}", "User-Agent": agent, "Accept": accept}
    if number % 5:
        fields["Accept-Encoding"] = "gzip, deflate"
    if plan.authorizations:
        fields["Authorization"] = plan.authorizations[number % len(plan.authorizations)]
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items())


async def client(number: int, plan: Plan) -> None:
    """Send requests one after the other, from an address of this client alone."""
    local = f"127.{number // 62500 + 1}.{number // 250 % 250 + 1}.{number % 250 + 1}"
    reader, writer = await asyncio.open_connection(plan.host, plan.port, local_addr=(local, 0))
    fields = head(number, plan)
    try:
        for path in itertools.islice(plan.paths, REQUESTS):
            begun = time.perf_counter()
            writer.write(f"GET {path} HTTP/1.1\r\n{fields}\r\n".encode())
            status, size = await _response(reader)
            plan.taken.append(time.perf_counter() - begun)
            plan.received += size
            plan.failed += status not in {200, 302}
            if time.perf_counter() > plan.until:
                return
    finally:
        writer.close()


async def _response(reader: asyncio.StreamReader) -> tuple[int, int]:
    """Read a response; return its status, and the bytes of its body."""
    fields = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(fields.split(b" ", 2)[1])
    if b"transfer-encoding: chunked" in fields:
        total = 0
        while size := int((await reader.readline()).partition(b";")[0], 16):
            await reader.readexactly(size + 2)
            total += size
        await reader.readexactly(2)
        return status, total
    left = length = int(fields.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
    while left:
        piece = await reader.read(min(left, 1 << 20))
        assert piece, "the connection was closed"
        left -= len(piece)
    return status, length


async def load(plan: Plan, connections: int, *, once: bool) -> None:
    """Keep so many clients at work."""
    numbers = itertools.count(1)
    ended = False

    async def one_after_the_other() -> None:
        nonlocal ended
        while time.perf_counter() < plan.until and not ended:
            before = len(plan.taken)
            await client(next(numbers), plan)
            ended = once and len(plan.taken) == before

    await asyncio.gather(*(one_after_the_other() for _ in range(connections)))


def main(path: str, seconds: float, connections: int) -> dict[str, Any]:
    """Load a server, and summarize."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        data = json.load(file)
    paths = iter(data["paths"]) if not seconds else itertools.cycle(data["paths"])
    begun = time.perf_counter()
    until = begun + (seconds or 600)
    plan = Plan(data["host"], data["port"], paths, data["authorizations"], until)
    asyncio.run(load(plan, connections, once=not seconds))
    taken = sorted(plan.taken)
    return {
        "requests": len(taken),
        "seconds": time.perf_counter() - begun,
        "bytes": plan.received,
        "failed": plan.failed,
        "p50": taken[len(taken) // 2],
        "p99": taken[len(taken) * 99 // 100],
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))))
