"""`ghpypi serve` as a process of its own, and a private repository behind it."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import requests

from tests.e2e.conftest import signed_in
from tests.e2e.installers import bare_environment
from tests.e2e.served import Ghpypi
from tests.emulator import Emulator
from tests.emulator.repository import Repository
from tests.support.index_workflow import add_index_workflow
from tests.support.packages import Built, sdist, wheel, written
from tests.support.waiting import HANG_SECONDS

STORE = "acme/secret"
SAMPLES: tuple[Built, ...] = (
    wheel("acme_lib", "1.0", text="ONE = 1\n"),
    wheel("acme_lib", "1.1", text="ONE = 1.1\n"),
    wheel("acme_app", "1.0", metadata="Requires-Dist: acme-lib >=1"),
    wheel("acme_kernels", "1.0+cu128"),
    sdist("acme_source", "1.0"),
)
_AT = re.compile(r" at (http\S+)simple/")


@dataclass(frozen=True, kw_only=True)
class Private:
    """A private repository with an index, and people with and without rights."""

    github: Emulator
    folder: Path
    publisher: str
    reader: str

    @property
    def repository(self) -> Repository:
        return self.github.repository(STORE)

    @property
    def ghpypi(self) -> Ghpypi:
        return signed_in(self.github, self.publisher, self.folder)

    def publish(self, *files: Built) -> None:
        """Upload and index."""
        paths = written(self.folder / "dist", *files)
        self.ghpypi.do("upload", *paths, "--store", STORE)
        self.ghpypi.do("index", "--store", STORE)

    def environment(self, **more: str) -> dict[str, str]:
        """Make the environment of a server."""
        return {
            **bare_environment(self.folder),
            "GITHUB_API_URL": self.github.api_url,
            "GITHUB_SERVER_URL": self.github.server_url,
            "no_proxy": "127.0.0.1,localhost",
            **more,
        }

    @contextmanager
    def files_on_another_host(self) -> Iterator[None]:
        """Have files on a host of their own, as GitHub has.

        Pipenv hands credentials to pip in a netrc file, where hosts have no ports.
        """
        before = self.github.cdn_url
        self.github.cdn_url = before.replace("127.0.0.1", "localhost")
        try:
            yield
        finally:
            self.github.cdn_url = before


@contextmanager
def private_repository(folder: Path, *files: Built) -> Iterator[Private]:
    """Make one."""
    with Emulator(folder) as github:
        github.add_organization("acme", base_permission="none")
        for login in ("publisher", "reader", "stranger"):
            github.add_user(login)
        repository = github.add_repository(STORE, private=True)
        repository.grant("publisher", "write")
        repository.grant("reader", "read")
        add_index_workflow(repository)
        private = Private(
            github=github,
            folder=folder,
            publisher=github.add_token("publisher"),
            reader=github.add_token("reader"),
        )
        private.publish(*(files or SAMPLES))
        github.clear_log()
        yield private


@dataclass(kw_only=True)
class Proxy:
    """A server that runs.

    Attributes:
        process: The process.
        root: Its address, ending in `/`.
        lines: What it wrote so far.
    """

    process: "subprocess.Popen[str]"
    root: str
    lines: list[str] = field(default_factory=list)

    def index(self, token: str, place: str = "") -> str:
        """Give the address of an index with credentials."""
        return self.root.replace("://", f"://someone:{token}@") + f"{place}simple/"

    def get(self, path: str, token: str | None, **more: Any) -> requests.Response:
        """Ask for something, without following redirects."""
        auth = ("someone", token) if token is not None else None
        with requests.Session() as session:
            session.trust_env = False
            return session.get(
                self.root + path, auth=auth, allow_redirects=False, timeout=HANG_SECONDS, **more
            )

    def accepts(self) -> bool:
        """Tell whether it takes new connections."""
        parts = urlsplit(self.root)
        with socket.socket() as attempt:
            return attempt.connect_ex((parts.hostname, parts.port)) == 0

    def stop(self) -> int:
        """End it, and wait for what it has to finish."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(HANG_SECONDS)

    @property
    def log(self) -> list[dict[str, Any]]:
        """Read the access log."""
        return [json.loads(line) for line in self.lines if line.startswith("{")]


@contextmanager
def proxy(
    environment: Mapping[str, str], *arguments: str | Path, descriptors: int = 0
) -> Iterator[Proxy]:
    """Start a server on a free port, and end it; it may open so many descriptors if that is set."""
    program = shutil.which("ghpypi", path=str(Path(sys.executable).parent))

    assert program

    limit = ["sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh"] if descriptors else []
    command = [*limit, program, "serve", *map(str, arguments), "--port", "0"]
    process = subprocess.Popen(
        command, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines: list[str] = []
    up = threading.Event()

    assert process.stdout

    reader = threading.Thread(target=_read, args=(process.stdout, lines, up))
    reader.start()
    try:
        up.wait(HANG_SECONDS)
        found = next((match for line in lines if (match := _AT.search(line))), None)

        assert found, "".join(lines)

        yield Proxy(process=process, root=found[1], lines=lines)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(HANG_SECONDS)
        reader.join(HANG_SECONDS)
        process.stdout.close()


def _read(stream: IO[str], lines: list[str], up: threading.Event) -> None:
    for line in stream:
        lines.append(line)
        if _AT.search(line):
            up.set()
    up.set()
