"""`ghpypi serve` beside other servers and nginx: a thousand files, each server on one core.

The load comes from wrk on another core, 32 connections, each page in both forms; servers that
are not installed are left out. nginx sends the same pages as files. The servers of others are
installed into an environment of their own, or taken from the one that GHPYPI_BENCH_PEERS names.
"""

import base64
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from benchmarks import servers_large
from benchmarks.table import Number, Row, note
from ghpypi.core.sample import build_wheel

PROJECTS, VERSIONS = 100, 10
PEERS = ("pypiserver[cache]", "devpi-server", "simple-repository-server")
SECONDS = 4
CONNECTIONS = 32
PROJECT = "bench-0042"
JSON = "application/vnd.pypi.simple.v1+json"
FORMS = {"HTML": "text/html", "JSON": JSON}
GHPYPI = str(Path(sys.executable).with_name("ghpypi"))

Serve = Callable[[Path, Path], "Iterator[str]"]


@dataclass(frozen=True, slots=True)
class Load:
    """What a server bore."""

    rate: float
    p99: float


def rows(folder: Path) -> Iterator[Row]:
    if shutil.which("wrk") is None:
        note("serve: there is no wrk here; left out")
    else:
        yield from _loads(folder)
    yield from servers_large.rows(folder)


def _loads(folder: Path) -> Iterator[Row]:
    note("serve: a thousand files")
    flat, store = folder / "flat", folder / "store"
    _files(flat)
    command = [GHPYPI, "upload", str(flat), "--store", str(store)]
    subprocess.run(command, check=True, capture_output=True)
    found: dict[str, dict[str, Load]] = {form: {} for form in FORMS}
    for name, start in SERVERS.items():
        note(f"serve: {name}")
        try:
            with start(flat, store) as base:
                for form, accept in FORMS.items():
                    found[form][name] = _load(base, form, accept)
        except (OSError, AssertionError, subprocess.SubprocessError) as error:
            note(f"serve: {name} is left out: {error}")
    for form, loads in found.items():
        yield from _rows(form, loads)


def _rows(form: str, loads: Mapping[str, Load]) -> Iterator[Row]:
    ours = loads["ghpypi"]
    others = {name: load for name, load in loads.items() if name not in {"ghpypi", "nginx"}}
    what = f"serve: project page, {form}"
    if others:
        best = max(others, key=lambda name: others[name].rate)
        yield Row(
            what=what,
            measured=Number(value=ours.rate, unit="/s"),
            compared=Number(value=others[best].rate, unit="/s", label=best),
            least_ratio=5,
            aim="five times the best server",
        )
    for name, load in loads.items():
        if name != "ghpypi":
            yield Row(
                what=what,
                measured=Number(value=ours.rate, unit="/s"),
                compared=Number(value=load.rate, unit="/s", label=name),
                least_ratio=0.5 if name == "nginx" else None,
                aim="half of nginx" if name == "nginx" else "",
            )
            yield Row(
                what=f"{what}, 99th percentile",
                measured=Number(value=ours.p99, unit="ms"),
                compared=Number(value=load.p99, unit="ms", label=name),
            )


def _load(base: str, form: str, accept: str) -> Load:
    url = f"{base}{PROJECT}/" + ("index.json" if "nginx" in base and form == "JSON" else "")
    url = url.replace("nginx.", "")
    answer = requests.get(url, headers={"Accept": accept}, timeout=60)

    assert answer.status_code == 200, f"HTTP {answer.status_code}"
    assert answer.text.count(".whl") >= VERSIONS

    command = [
        *_on_core(1), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency",
        "-H", f"Accept: {accept}", url,
    ]  # fmt: skip
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert "Non-2xx" not in told, told

    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s)", told)

    assert rate
    assert slow

    scale = {"us": 1e-6, "ms": 1e-3, "s": 1.0}[slow[2]]
    return Load(float(rate[1]), float(slow[1]) * scale)


def _files(flat: Path) -> None:
    flat.mkdir()
    for number in range(PROJECTS):
        for version in range(VERSIONS):
            name, content = build_wheel(f"bench_{number:04}", f"1.{version}", {})
            (flat / name).write_bytes(content)


@contextmanager
def _ghpypi(_: Path, store: Path) -> Iterator[str]:
    port = free_port()
    command = [GHPYPI, "serve", str(store), "--port", str(port)]
    with running(command, port):
        yield f"http://127.0.0.1:{port}/simple/"


@contextmanager
def _nginx(_: Path, store: Path) -> Iterator[str]:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise FileNotFoundError("there is no nginx here")
    port, place = free_port(), store.parent / "nginx"
    place.mkdir()
    # Its worker may be another user, who has to get at the pages.
    for parent in (store, *store.parents[:2]):
        parent.chmod(0o755)
    config = place / "nginx.conf"
    config.write_text(
        f"worker_processes 1; daemon off; pid {place}/pid; error_log {place}/error;\n"
        "events { worker_connections 512; }\n"
        "http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000;\n"
        "types { text/html html; application/vnd.pypi.simple.v1+json json; }\n"
        f"server {{ listen 127.0.0.1:{port}; root {store}; }} }}\n"
    )
    with running([program, "-c", str(config)], port):
        yield f"http://nginx.127.0.0.1:{port}/simple/"


@contextmanager
def _pypiserver(flat: Path, _: Path) -> Iterator[str]:
    port = free_port()
    command = [
        peer("pypi-server"), "run", "-p", str(port), "-i", "127.0.0.1", "--disable-fallback",
        "-P", ".", "-a", ".", str(flat),
    ]  # fmt: skip
    with running(command, port):
        yield f"http://127.0.0.1:{port}/simple/"


@contextmanager
def _simple_repository(flat: Path, store: Path) -> Iterator[str]:
    folders = store.parent / "folders"
    for path in flat.iterdir():
        place = folders / path.name.partition("-")[0].replace("_", "-")
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    port = free_port()
    command = [peer("simple-repository-server"), str(folders), "--port", str(port)]
    with running(command, port):
        yield f"http://127.0.0.1:{port}/simple/"


@contextmanager
def _devpi(flat: Path, store: Path) -> Iterator[str]:
    place, port = store.parent / "devpi", free_port()
    subprocess.run(
        [peer("devpi-init"), "--serverdir", str(place), "--no-root-pypi"],
        check=True, capture_output=True,
    )  # fmt: skip
    command = [peer("devpi-server"), "--serverdir", str(place), "--port", str(port)]
    with running(command, port, seconds=60), requests.Session() as session:
        root = f"http://127.0.0.1:{port}/"
        login = session.post(f"{root}+login", json={"user": "root", "password": ""}, timeout=60)
        token = login.json()["result"]["password"]
        secret = base64.b64encode(f"root:{token}".encode()).decode()
        session.headers["X-Devpi-Auth"] = secret
        session.put(f"{root}root/bench", json={"bases": []}, timeout=60).raise_for_status()
        for path in sorted(flat.glob("bench_00[34]*")):  # those around the page that is asked for
            name, version = path.name.split("-")[:2]
            form = {":action": "file_upload", "name": name, "version": version}
            with path.open("rb") as file:
                sent = session.post(
                    f"{root}root/bench/", data=form, files={"content": file}, timeout=60
                )
            sent.raise_for_status()
        yield f"{root}root/bench/+simple/"


SERVERS = {
    "ghpypi": _ghpypi,
    "nginx": _nginx,
    "pypiserver": _pypiserver,
    "simple-repository-server": _simple_repository,
    "devpi-server": _devpi,
}

_PEERS: list[Path] = []


def peer(program: str) -> str:
    """Find a program of the servers of others; the first one asked for installs them all."""
    given = os.environ.get("GHPYPI_BENCH_PEERS")
    if given:
        return str(Path(given) / program)
    if not _PEERS:
        place = Path(os.environ.get("TMPDIR", "/tmp")) / f"ghpypi-bench-peers-{os.getuid()}"  # noqa: S108
        if not (place / "complete").exists():
            note("serve: installing the servers of others")
            venv.create(place, with_pip=True, clear=True)
            install = [str(place / "bin" / "pip"), "install", "--quiet", *PEERS]
            subprocess.run(install, check=True)
            (place / "complete").touch()
        _PEERS.append(place / "bin")
    return str(_PEERS[0] / program)


@contextmanager
def running(command: list[str], port: int, seconds: float = 20) -> Iterator[None]:
    """Run a server on the first core, until it listens and then until the block ends."""
    with ExitStack() as stack:
        process = subprocess.Popen(
            [*_on_core(0), *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        stack.callback(process.wait, 30)
        stack.callback(process.terminate)
        deadline = time.monotonic() + seconds
        while True:
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None or time.monotonic() > deadline:
                raise OSError(f"{Path(command[0]).name} does not run")
            time.sleep(0.02)
        yield


def free_port() -> int:
    """Find a port."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


def _on_core(number: int) -> list[str]:
    program = shutil.which("taskset")
    return [program, "-c", str(number)] if program and (os.cpu_count() or 1) > 1 else []
