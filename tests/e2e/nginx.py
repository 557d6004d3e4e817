"""nginx with the configuration of the examples, in front of a server."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.https import self_signed
from tests.support.waiting import HANG_SECONDS, eventually

EXAMPLES = Path(__file__).parents[2] / "examples"
NJS = Path("/usr/lib/nginx/modules/ngx_http_js_module.so")
FRAME = """\
{modules}
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log info;
{user}
events {{ worker_connections 256; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/ghpypi.conf;
}}
"""


def program() -> str:
    """Find nginx; a test that needs it fails without it, and says what to do."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if found is None:
        pytest.fail(
            "the test of the example for nginx needs it: run 'make test', which installs it, or "
            "'apt-get install --no-install-recommends nginx-light'"
        )
    return found


@contextmanager
def nginx(folder: Path, server: str) -> Iterator[tuple[str, Path]]:
    """Run nginx in front of a server; give its address, ending in `/`, and its certificate."""
    certificate, key = self_signed(folder)
    port = _free_port()
    _write_configuration(folder, server, port, (certificate, key))
    with _running(folder, port):
        yield f"https://127.0.0.1:{port}/", certificate


@contextmanager
def nginx_of_files(folder: Path, root: Path, *directives: str) -> Iterator[str]:
    """Let nginx serve a folder of files, with its usual types; give its address."""
    port = _free_port()
    lines = [f"listen 127.0.0.1:{port};", f"root {root};", *directives]
    types = "types { text/html html; application/json json; }"
    (folder / "ghpypi.conf").write_text(
        f"{types} default_type application/octet-stream; server {{ {' '.join(lines)} }}"
    )
    _write_frame(folder)
    with _running(folder, port):
        yield f"http://127.0.0.1:{port}/"


@contextmanager
def nginx_of_example(folder: Path, example: str, changes: Mapping[str, str]) -> Iterator[str]:
    """Run an example with njs, without TLS; give its address.

    Args:
        folder: For what nginx writes.
        example: The folder below `examples`.
        changes: What is different on this machine, in `nginx.conf` and the files that it includes.
    """
    port, copied = _free_port(), folder / "ghpypi"
    shutil.copytree(EXAMPLES / example, copied)
    shutil.copy(EXAMPLES / "common" / "simple_api.js", copied)
    here = {
        "/var/cache/nginx/ghpypi": str(folder / "cache"),
        "/var/log/nginx/ghpypi.log": str(folder / "access.log"),
        "listen 443 ssl http2": f"listen 127.0.0.1:{port}",
        "ssl_certificate /etc/ssl/packages.example.com.pem;": "",
        "ssl_certificate_key /etc/ssl/packages.example.com.key;": "",
    }
    paths = list(copied.glob("*.conf"))
    _write_example(paths, {**here, **changes, "/etc/nginx/ghpypi": str(copied)})
    (copied / "nginx.conf").rename(folder / "ghpypi.conf")
    _write_frame(folder, njs=True)
    with _running(folder, port):
        yield f"http://127.0.0.1:{port}/"


@contextmanager
def _running(folder: Path, port: int) -> Iterator[None]:
    process = subprocess.Popen([program(), "-c", str(folder / "nginx.conf")])
    try:
        _wait_for(process, port, folder / "error.log")
        yield
    finally:
        process.terminate()
        process.wait(HANG_SECONDS)


def _write_configuration(
    folder: Path, server: str, port: int, certificate: tuple[Path, Path]
) -> None:
    """Write the example with the places of this machine in it."""
    changes = {
        "/var/cache/nginx/ghpypi": str(folder / "cache"),
        "server 127.0.0.1:8080;": f"server {urlsplit(server).netloc};",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/packages.example.com.pem": str(certificate[0]),
        "/etc/ssl/packages.example.com.key": str(certificate[1]),
    }
    path = folder / "ghpypi.conf"
    shutil.copy(EXAMPLES / "serve" / "nginx.conf", path)
    _write_example([path], changes)
    _write_frame(folder)


def _write_example(paths: Sequence[Path], changes: Mapping[str, str]) -> None:
    """Change the settings of an example, each of which has to be there."""
    for path in paths:
        lines = path.read_text().splitlines()
        path.write_text("\n".join(line for line in lines if not line.lstrip().startswith("#")))
    for example, here in changes.items():
        found = [path for path in paths if example in path.read_text()]

        assert found, example

        for path in found:
            path.write_text(path.read_text().replace(example, here))


def _write_frame(folder: Path, *, njs: bool = False) -> None:
    if njs and not NJS.exists():
        pytest.fail(
            f"the tests of the examples with njs need {NJS}: run 'make test', which installs it, "
            "or 'apt-get install libnginx-mod-http-js'"
        )
    modules = f"load_module {NJS};" if njs else ""
    # Its workers would be another user's, who may not look into a temporary folder.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(FRAME.format(folder=folder, user=user, modules=modules))


def _wait_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    def answers() -> bool:
        if process.poll() is not None:
            pytest.fail(f"nginx does not run: {log.read_text() if log.exists() else 'no log'}")
        with socket.socket() as attempt:
            return attempt.connect_ex(("127.0.0.1", port)) == 0

    eventually(answers)


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port
