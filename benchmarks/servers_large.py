"""`ghpypi serve` with a hundred thousand files: how soon it answers, and its memory."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from benchmarks import synthetic
from benchmarks.child import measure
from benchmarks.table import Number, Row, note

GHPYPI = str(Path(sys.executable).with_name("ghpypi"))
CONFIG = '[site]\npages = false\n[index]\nrepositories = ["acme/packages-*"]\n'
ROUNDS = 3


def rows(folder: Path) -> Iterator[Row]:
    note("serve: a hundred thousand files")
    measure("inputs:write", folder)
    store = folder / "large"
    measure("index:build", folder / "listing.jsonl", store, "Large")
    (store / "ghpypi.toml").write_text(CONFIG)
    starts = [_first_answer(store) for _ in range(ROUNDS)]
    yield Row(
        what="serve: start to the first page, 100,000 files",
        measured=Number.median(starts, "s"),
        most=1.0,
        aim="1 s",
    )
    loaded, read, again = _memory(store)
    yield Row(what="serve: memory, 100,000 files", measured=Number(value=loaded, unit="MiB"))
    yield Row(
        what="serve: peak memory, every page read", measured=Number(value=read, unit="MiB"),
        most=150 << 20, aim="150 MiB",
    )  # fmt: skip
    yield Row(
        what="serve: peak memory, and a new index taken", measured=Number(value=again, unit="MiB"),
        most=150 << 20, aim="150 MiB",
    )  # fmt: skip


def _first_answer(store: Path) -> float:
    begun = time.perf_counter()
    process, _ = _started(store)
    taken = time.perf_counter() - begun
    process.terminate()
    process.wait(30)
    return taken


def _started(store: Path) -> "tuple[subprocess.Popen[bytes], str]":
    from benchmarks.serve import free_port  # noqa: PLC0415 - it imports this

    port = free_port()
    command = [GHPYPI, "serve", str(store), "--port", str(port), "--no-access-log"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    root = f"http://127.0.0.1:{port}/simple/"
    with requests.Session() as session:
        while True:
            try:
                answer = session.get(f"{root}acme-synthetic-00009/", timeout=30)
            except requests.ConnectionError:
                time.sleep(0.005)
            else:
                assert answer.status_code == 200
                return process, root


def _memory(store: Path) -> tuple[int, int, int]:
    """Give what it takes loaded, after reading all pages, and after another index."""
    process, root = _started(store)
    try:
        loaded = _status(process.pid, "VmRSS")
        with requests.Session() as session:
            for number in range(synthetic.PROJECTS):
                session.get(f"{root}acme-synthetic-{number:05}/", timeout=30)
            session.get(root, timeout=30)
        read = _status(process.pid, "VmHWM")
        (store / "catalog.jsonl").touch()
        time.sleep(4)
        return loaded, read, _status(process.pid, "VmHWM")
    finally:
        process.terminate()
        process.wait(30)


def _status(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) << 10
    raise AssertionError(name)
