"""How `ghpypi serve` ends when clients are still connected."""

import socket
import ssl
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ghpypi.server.run import GRACE_SECONDS
from tests.e2e.https import self_signed
from tests.e2e.installers import bare_environment
from tests.e2e.proxy import proxy
from tests.support.waiting import HANG_SECONDS


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_sleeping_client_does_not_delay_the_end(tmp_path: Path, *, tls: bool) -> None:
    certificate, key = self_signed(tmp_path)
    more: list[str | Path] = ["--tls-cert", certificate, "--tls-key", key] if tls else []
    with proxy(bare_environment(tmp_path), "memory:", *more) as served:
        parts = urlsplit(served.root)
        opened = socket.create_connection((parts.hostname, parts.port), timeout=HANG_SECONDS)
        if tls:
            context = ssl.create_default_context(cafile=certificate)
            opened = context.wrap_socket(opened, server_hostname="127.0.0.1")
        with closing(opened):
            opened.sendall(b"GET /simple/ HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert opened.recv(15) == b"HTTP/1.1 200 OK"
            begun = time.monotonic()
            served.stop()

            assert time.monotonic() - begun < GRACE_SECONDS  # which it did not wait out
