"""Answers that GitHub's documentation does not promise, or that proxies give in its place.

Tests that walk through every request give each one of them; GHPYPI_STRESS_ANSWERS=all gives each
request all of them.
"""

import os
import zlib
from collections.abc import Iterator

from tests.emulator import Fault, Request

ALL = os.environ.get("GHPYPI_STRESS_ANSWERS") == "all"

HTML = {"Content-Type": "text/html; charset=utf-8"}
BODIES: dict[str, tuple[dict[str, str], str | None]] = {
    "JSON": ({}, None),
    "HTML": (HTML, "<!doctype html><title>Sign in</title>"),
    "half": ({}, '{"message": "Not Fo'),
    "nothing": ({}, ""),
    "other JSON": ({}, '"text"'),
}
ERRORS = (400, 401, 403, 404, 405, 409, 410, 413, 418, 422, 451)
ANSWERS = {
    **{
        f"{status} with {name}": Fault.status(status, headers, body)
        for status in ERRORS
        for name, (headers, body) in BODIES.items()
    },
    **{
        f"200 with {name}": Fault.status(200, headers, "{}" if body is None else body)
        for name, (headers, body) in BODIES.items()
    },
    "204": Fault.status(204, body=""),
    "206 with HTML": Fault.status(206, HTML, "<!doctype html>"),
    "301 to another host": Fault.status(301, {"Location": "http://elsewhere.invalid/x"}),
    "302 to another host": Fault.status(302, {"Location": "http://127.0.0.1:1/x"}),
    "302 to nowhere": Fault.status(302, {"Location": "http://["}),
    "302 without an address": Fault.status(302),
    "304": Fault.status(304, body=""),
    "307": Fault.status(307, {"Location": "/x"}),
    "429": Fault.secondary_limit(code=429),
    "500": Fault.status(500),
    "502 with HTML": Fault.status(502, HTML, "<h1>Unicorn!</h1>"),
    "cut": Fault.cut(),
    "reset": Fault.reset_before(),
    "reset after": Fault.reset_after(),
}


def chosen(request: Request, number: int) -> Iterator[str]:
    """Choose answers for a request: all, or one that differs from request to request."""
    if ALL:
        yield from ANSWERS
        return
    names = list(ANSWERS)
    yield names[(zlib.crc32(f"{request.method} {request.path}".encode()) + number) % len(names)]
