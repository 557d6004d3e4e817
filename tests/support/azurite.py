"""Azure Blob Storage as Azurite has it, a process of its own from npm."""

import base64
import hashlib
import hmac
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

import requests

from tests.support import npm
from tests.support.waiting import HANG_SECONDS

AZURITE = "azurite@3.37.0"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The account that every Azurite has, and its published key."""


class Azurite:
    """A running server.

    Attributes:
        url: The address of its account.
    """

    def __init__(self, url: str) -> None:
        self.url = f"{url}/{ACCOUNT}"
        self._containers = 0

    def container(self) -> str:
        """Create a container, with a signed request ("Authorize with Shared Key")."""
        self._containers += 1
        name = f"container-{os.getpid()}-{self._containers}"
        headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
        lines = "".join(f"{header}:{value}\n" for header, value in headers.items())
        empty = "\n" * 12  # the headers that it does not have
        text = f"PUT{empty}{lines}/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
        signature = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
        headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(signature).decode()}"
        url = f"{self.url}/{name}?restype=container"
        requests.put(url, headers=headers, timeout=HANG_SECONDS).raise_for_status()
        return name


@contextmanager
def azurite_server(tools: Path) -> Iterator[Azurite]:
    """Run a server, which ends with the block."""
    program = npm.installed(tools, AZURITE) / "azurite" / "dist" / "src" / "blob" / "main.js"
    options = ["--blobHost", "127.0.0.1", "--blobPort", "0"]
    others = ["--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    with subprocess.Popen(
        ["node", str(program), *options, *others], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            found = (re.search(r"successfully listens on (http\S+)", x) for x in process.stdout)
            yield Azurite(next(match[1] for match in found if match))
        finally:
            process.kill()
