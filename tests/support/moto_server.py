"""S3 as moto has it, in a process of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "us-east-1",
    "AWS_ALLOW_HTTP": "true",
}
"""What a client needs besides the address of the server."""

_CODE = """
import logging, sys
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.INFO)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(f"http://127.0.0.1:{port}", flush=True)
sys.stdin.read()
"""


class MotoServer:
    """A running server.

    Attributes:
        url: Its address.
    """

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self._log = log
        self._buckets = 0

    @property
    def environment(self) -> dict[str, str]:
        return {**KEYS, "AWS_ENDPOINT_URL": self.url}

    def requests(self) -> list[str]:
        """List the requests so far: method and address."""
        text = self._log.read_text(encoding="utf-8")
        return re.findall(r"((?:GET|HEAD|PUT|POST|DELETE) \S+) HTTP/1", text)

    def bucket(self) -> str:
        """Create a bucket."""
        self._buckets += 1
        name = f"bucket-{os.getpid()}-{self._buckets}"
        requests.put(f"{self.url}/{name}", timeout=30).raise_for_status()
        return name


@contextmanager
def moto_server(log: Path) -> Iterator[MotoServer]:
    """Run a server, which ends with the block."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-c", _CODE],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output,
        ) as process,
    ):  # fmt: skip
        try:
            assert process.stdout
            url = process.stdout.readline().decode().strip()
            assert url, log.read_text()
            yield MotoServer(url, log)
        finally:
            process.kill()
