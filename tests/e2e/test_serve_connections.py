"""Idle connections, more of them than `ghpypi serve` may have file descriptors."""

import socket
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.https import self_signed
from tests.e2e.installers import bare_environment
from tests.e2e.proxy import proxy
from tests.support.waiting import HANG_SECONDS

DESCRIPTORS = 128
IDLE = 200


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_idle_connections_do_not_block_others(tmp_path: Path, *, tls: bool) -> None:
    certificate, key = self_signed(tmp_path)
    more: list[str | Path] = ["--tls-cert", certificate, "--tls-key", key] if tls else []
    environment = bare_environment(tmp_path)
    with (
        proxy(environment, "memory:", *more, descriptors=DESCRIPTORS) as served,
        ExitStack() as stack,
    ):
        parts = urlsplit(served.root)
        place = str(parts.hostname), int(parts.port or 0)
        for _ in range(IDLE):
            stack.enter_context(socket.create_connection(place, timeout=HANG_SECONDS))
        answers = [served.get("simple/", None, verify=str(certificate)) for _ in range(5)]

        assert [answer.status_code for answer in answers] == [200] * 5
        assert "Traceback" not in "".join(served.lines)
