"""`ghpypi verify` against other index servers, as they are installed from PyPI.

`tests/jobs/verify/test_servers.py` does the same with recorded responses, in a second.
"""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from ghpypi.core.verify.rules import Level
from tests.e2e.installers import bare_environment
from tests.e2e.test_verify import FILES, verified
from tests.e2e.tools import tool
from tests.support.waiting import HANG_SECONDS, eventually

LIVE = bool(os.environ.get("GHPYPI_OTHER_SERVERS"))

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not LIVE, reason="GHPYPI_OTHER_SERVERS is not set"),
]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


@contextmanager
def running(command: list[str | Path], address: str, home: Path) -> Iterator[None]:
    """Run a server until the end of the block."""
    process = subprocess.Popen(
        [str(each) for each in command], env=bare_environment(home),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def answers() -> bool:
        assert process.poll() is None, f"{command[0]} ended with {process.returncode}"

        try:
            return requests.get(address, timeout=HANG_SECONDS).ok
        except requests.ConnectionError:
            return False

    try:
        eventually(answers)
        yield
    finally:
        process.terminate()
        process.wait(HANG_SECONDS)


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    folder.mkdir()
    for name, content in FILES:
        (folder / name).write_bytes(content)
    return folder


def check_sound(index: str) -> None:
    report = verified(index)

    assert [x for x in report.findings if x.rule.level is not Level.NOTE] == []
    assert (report.counts.pages, report.counts.files) == (2, 3)


def test_pypiserver_is_sound(dist: Path, tmp_path: Path, client_tools: Path) -> None:
    program = tool("pypiserver", client_tools).with_name("pypi-server")
    port = free_port()
    index = f"http://127.0.0.1:{port}/simple/"
    options = ["-i", "127.0.0.1", "-p", str(port), "--disable-fallback"]
    with running([program, "run", *options, dist], index, tmp_path):
        check_sound(index)


def test_simple_repository_server_is_sound(dist: Path, tmp_path: Path, client_tools: Path) -> None:
    program = tool("simple-repository-server", client_tools)
    for path in list(dist.iterdir()):
        folder = dist / path.name.partition("-")[0].replace("_", "-")
        folder.mkdir(exist_ok=True)
        path.rename(folder / path.name)
    port = free_port()
    index = f"http://127.0.0.1:{port}/simple/"
    options = ["--host", "127.0.0.1", "--port", str(port)]
    with running([program, dist, *options], index, tmp_path):
        check_sound(index)


def test_devpi_is_sound(dist: Path, tmp_path: Path, client_tools: Path) -> None:
    server = tool("devpi-server", client_tools)
    client = tool("devpi-client", client_tools).with_name("devpi")
    data, settings = tmp_path / "data", tmp_path / "client"
    environment = bare_environment(tmp_path)
    subprocess.run(
        [server.with_name("devpi-init"), "--serverdir", data, "--no-root-pypi"],
        env=environment, check=True, capture_output=True,
    )  # fmt: skip
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    options: list[str | Path] = ["--serverdir", data, "--host", "127.0.0.1", "--port", str(port)]
    with running([server, *options], address, tmp_path):
        for command in (
            ("use", address),
            ("login", "root", "--password", ""),
            ("index", "--create", "dev", "bases="),
            ("use", "root/dev"),
            ("upload", *sorted(map(str, dist.iterdir()))),
        ):
            subprocess.run(
                [client, *command, "--clientdir", settings],
                env=environment, check=True, capture_output=True,
            )  # fmt: skip
        check_sound(f"{address}root/dev/+simple/")
