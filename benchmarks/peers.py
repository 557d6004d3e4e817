"""The programs of others, each as fast as its documentation says how.

They are installed into an environment of their own; `GHPYPI_BENCH_PEERS` names one that is there.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benchmarks.processes import Command, Server, free_port, serving
from benchmarks.table import note

PACKAGES = ("pypiserver[cache]", "gunicorn", "dumb-pypi", "simple-repository-server")

_PLACES: list[Path] = []


def program(name: str) -> str:
    """Find a program; the first one asked for installs them all."""
    if not _PLACES:
        _PLACES.append(Path(os.environ.get("GHPYPI_BENCH_PEERS") or _installed()))
    return str(_PLACES[0] / name)


def _installed() -> Path:
    place = Path(tempfile.gettempdir()) / f"ghpypi-bench-peers-{os.getuid()}"
    if not (place / "complete").exists():
        note("installing the programs of others")
        venv.create(place, with_pip=True, clear=True)
        subprocess.run(
            [place / "bin" / "pip", "install", "--quiet", *PACKAGES],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        (place / "complete").touch()
    return place / "bin"


def versions() -> list[str]:
    """Return the names and versions of the peers."""
    freeze = [program("pip"), "freeze"]
    lines = subprocess.run(freeze, check=True, capture_output=True, text=True).stdout.split()
    names = tuple(f"{name.partition('[')[0]}==" for name in PACKAGES)
    return [line for line in lines if line.startswith(names)]


def dumb_pypi(packages: Path, output: Path, *options: "str | Path") -> Command:
    """dumb-pypi without its page for each release, which no other index has."""
    return [
        program("dumb-pypi"), "--package-list-json", packages, "--output-dir", output,
        "--packages-url", "https://github.com/acme/packages/releases/download/all",
        "--no-generate-timestamp", "--no-per-release-json", *options,
    ]  # fmt: skip


def pypiserver(folder: Path) -> AbstractContextManager[Server]:
    """pypiserver with its cache, behind gunicorn, with one worker as it has one core."""
    port = free_port()
    application = f"pypiserver:app(roots=['{folder / 'flat'}'], disable_fallback=True)"
    options = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "8"]
    return serving([program("gunicorn"), *options, application], port)


@contextmanager
def simple_repository(folder: Path) -> Iterator[Server]:
    """simple-repository-server, which wants a folder for each project."""
    folders, port = folder / "by-project", free_port()
    for path in (folder / "flat").iterdir():
        place = folders / path.name.partition("-")[0].replace("_", "-")
        place.mkdir(parents=True, exist_ok=True)
        os.link(path, place / path.name)
    command = [program("simple-repository-server"), str(folders), "--port", str(port)]
    try:
        with serving(command, port) as server:
            yield server
    finally:
        shutil.rmtree(folders)


def bare_starlette(folder: Path, origin: Server, names: Path) -> AbstractContextManager[Server]:
    """A bare Starlette application, run by uvicorn as fast as it runs any; see `bare`."""
    port = free_port()
    env = [f"BENCH_ORIGIN={origin.url}", f"BENCH_NAMES={names}", f"BENCH_STORE={folder / 'store'}"]
    uvicorn: Sequence[str] = [sys.executable, "-m", "uvicorn", "benchmarks.bare:app"]
    options = ["--port", str(port), "--no-access-log", "--log-level", "error"]
    return serving(["env", *env, *uvicorn, *options], port)
