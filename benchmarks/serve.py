"""`ghpypi serve` with its default settings, on one core; the load comes from another.

Rates are requests for each second of the processor that the server used, so they hold on a
machine that does other work as well. The mix is 4 pages to 1 file, projects as popular as Zipf's
law has it, and clients that differ in address, user agent and headers; see `clients`.
"""

import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

from benchmarks import peers
from benchmarks.data import Law, name_of
from benchmarks.github import STORE, github
from benchmarks.processes import (
    CLIENT_CORE,
    GHPYPI,
    ROOT,
    Server,
    free_port,
    on_core,
    python,
    run,
    serving,
)
from benchmarks.scale import Scale
from benchmarks.table import P99, PEAK, PER_REQUEST, RATE, Aim, Numbers, Row, note

CONNECTIONS = 16
GIGABYTE = 1e9
CPU_PER_GIGABYTE = "CPU s/GB"

Answer = Mapping[str, Any]


def rows(folder: Path, scale: Scale) -> Iterator[Row]:
    """Measure everything about `serve`."""
    note("serve: making packages")
    run(python("data", folder, *map(str, Law(2000, 200, 100))))
    run([GHPYPI, "index", "--store", folder / "store"])
    large = folder / "large"
    run(python("data", large, *map(str, Law(5500, 50, 5000))))
    run([GHPYPI, "index", "--store", large / "store"])
    yield from _mix(folder, scale)
    yield from _large_project(large, scale)
    yield _authenticated(folder, scale)
    yield from _downloads(folder, scale)
    yield _fleet(folder, scale)


def ghpypi(store: "Path | str") -> AbstractContextManager[Server]:
    """Serve a store."""
    port = free_port()
    return serving([GHPYPI, "serve", str(store), "--port", str(port)], port)


def _mix(folder: Path, scale: Scale) -> Iterator[Row]:
    """Compare servers under the same mix, and the first time that a page is asked for."""
    names = [name_of(number) for number in range(200)]
    with ghpypi(folder / "store") as server:
        note("serve: cold pages, then the mix")
        cold = _measured(server, [f"{server.url}{name}/" for name in names], 0)
        yield Row(
            what="serve: cold pages",
            includes="the first request for each of 200 projects; JSON and HTML, gzip and plain",
            measured={**_per_request(cold), P99: cold["p99"] * 1000},
        )
        listed = folder / "names.json"
        listed.write_text(json.dumps(names), encoding="utf-8")
        with peers.bare_starlette(folder, server, listed) as bare:
            ours, theirs = _in_turns(server, bare, _drawn(server, names), scale.seconds)
    includes = "4 pages to 1 wheel of 2,000 files in 200 projects; varied clients; access log on"
    what = "serve: mix of pages and wheels"
    yield Row(
        what=what, includes=includes, measured=ours, compared=theirs,
        against="a bare Starlette application with the same bytes in memory, without access log",
        aims=[Aim(unit=RATE, least=0.6, ratio=True)],
    )  # fmt: skip
    others = {
        "pypiserver with its cache behind gunicorn": peers.pypiserver,
        "simple-repository-server": peers.simple_repository,
    }
    for name, start in list(others.items())[: 1 if scale.quick else None]:
        note(f"serve: {name}")
        with start(folder) as peer:
            theirs = _rate(_measured(peer, _drawn(peer, names), scale.seconds))
        yield Row(
            what=what, includes=includes, measured=ours, compared=theirs, against=name,
            aims=[Aim(unit=RATE, least=5, ratio=True)],
        )  # fmt: skip


def _large_project(folder: Path, scale: Scale) -> Iterator[Row]:
    """Measure what a project of 5,000 files costs, and what others notice of it."""
    note("serve: a project of 5,000 files")
    large, small = name_of(0), [name_of(number) for number in range(20, 50)]
    with ghpypi(folder / "store") as server:
        alone_first = _measured(server, [f"{server.url}{large}/"] * 4, 0)
        wheels = _links(f"{server.url}{large}/")
    with ghpypi(folder / "store") as server:
        wheels = [urljoin(server.url, urlsplit(each).path) for each in wheels]
        metadata = [f"{each}.metadata" for each in wheels]
        pages = [f"{server.url}{name}/" for name in small]
        _measured(server, pages, 0)
        alone = {P99: next(_loads([(server, pages, scale.seconds, 8)]))["p99"] * 1000}
        others = _meanwhile(server, [f"{server.url}{large}/"] * 4, 0, pages, 1)
        yield Row(
            what="serve: first pages of a project of 5,000 files",
            includes="4 clients at once, in several forms, once; p99 of small pages for 8 others "
            "in the second in which they are sent",
            measured={**_per_request(alone_first), P99: others["p99"] * 1000},
            against="small pages alone",
            compared=alone,
            aims=[Aim(unit=P99, most=5)],
        )
        for kind, paths in (("wheels", wheels), ("metadata files", metadata)):
            note(f"serve: {kind} of that project")
            cost = _measured(server, random.Random(1).sample(paths, 2000), 0)  # noqa: S311
            others = _meanwhile(server, paths, scale.seconds, pages, scale.seconds)
            yield Row(
                what=f"serve: {kind} of a project of 5,000 files",
                includes="2,000 of them once, small; p99 of small pages for 8 others meanwhile",
                measured={**_per_request(cost), P99: others["p99"] * 1000},
                against="small pages alone",
                compared=alone,
                aims=[Aim(unit=PER_REQUEST, most=0.3), Aim(unit=P99, most=5)],
            )
        yield Row(
            what="serve: peak memory, 5,500 files",
            includes="a folder of which every page was sent",
            measured={PEAK: server.peak()},
        )


def _in_turns(
    server: Server, other: Server, urls: Sequence[str], seconds: float
) -> tuple[Numbers, Numbers]:
    """Load two servers with the same mix in turns, so that a disturbance hits both."""
    totals = [{"requests": 0.0, "cpu": 0.0} for _ in range(2)]
    for _ in range(3):
        for total, each in zip(totals, (server, other), strict=True):
            there = [urljoin(each.url, urlsplit(url).path) for url in urls]
            made = _measured(each, there, seconds / 2)
            total["requests"] += made["requests"]
            total["cpu"] += made["cpu"]
    return _rate(totals[0]), _rate(totals[1])


def _authenticated(folder: Path, scale: Scale) -> Row:
    """Measure readers with tokens of GitHub, whose rights the emulator tells."""
    note("serve: readers with tokens")
    store = folder / "on-github"
    with github(store) as hub:
        wheels = sorted((folder / "flat").glob("bench_0001*.whl"))[:60]
        run([GHPYPI, "upload", *wheels, "--store", STORE, "--no-rebuild"])
        run([GHPYPI, "index", "--store", STORE])
        tokens = hub.tokens(50)
        names = sorted({each.name.partition("-")[0].replace("_", "-") for each in wheels})
        with ghpypi(STORE) as server:
            pages = [f"{server.url}{name}/" for name in names]
            first = _measured(server, (pages * 2100)[:2100], 0, tokens)  # 40 for each client
            made = _measured(server, pages, scale.seconds, tokens)
    return Row(
        what="serve: pages for readers with 50 tokens of GitHub",
        includes="a private repository; rights are known, but for the 42 first pages of each token",
        measured={
            **_rate(made),
            P99: made["p99"] * 1000,
            "CPU ms for a token at first": first["cpu"] / len(tokens) * 1000,
        },
    )


def _downloads(folder: Path, scale: Scale) -> Iterator[Row]:
    """Measure large files of a folder."""
    note("serve: downloads")
    store = folder / "big"
    size = 100_000_000
    run(python("big_wheels", store / "flat", "4", str(size)))
    run([GHPYPI, "upload", store / "flat", "--store", store / "store"])
    times = 2 if scale.quick else 8
    found = []
    for start, served in ((ghpypi, store / "store"), (peers.pypiserver, store)):
        with start(served) as server:
            links = _links(f"{server.url}acme-large/")
            made = _measured(server, [x for x in links if x.endswith(".whl")] * times, 0)
            found.append({CPU_PER_GIGABYTE: made["cpu"] / made["bytes"] * GIGABYTE})
    yield Row(
        what="serve: downloads from a folder",
        includes="wheels of 100 MB, in the page cache; hashes are not checked again",
        measured=found[0],
        compared=found[1],
        against="pypiserver behind gunicorn",
        aims=[Aim(unit=CPU_PER_GIGABYTE, most=0.3)],
    )


def _fleet(folder: Path, scale: Scale) -> Row:
    """Let real pip and uv download at the same time, without a cache."""
    note("serve: a fleet of pip and uv")
    rounds = 2 if scale.quick else 6
    wheels = [name_of(number).replace("_", "-") for number in range(150, 158)]
    with ghpypi(folder / "store") as server, ThreadPoolExecutor(4) as pool:
        uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--no-cache"]
        pip = [sys.executable, "-m", "pip", "download", "--no-cache-dir", "--quiet", "--dest"]
        begun, commands = server.cpu(), []
        for number in range(rounds):
            place = folder / f"fleet-{number}"
            index = ["--index-url", server.url, "--no-deps", *wheels]
            commands.append([*pip, place / "pip", *index])
            commands.append([*uv, "--quiet", "--target", place / "uv", *index])
        for done in pool.map(
            lambda x: subprocess.run(x, check=True, capture_output=True), commands
        ):
            assert done.returncode == 0
        cpu = server.cpu() - begun
    return Row(
        what="serve: real pip and uv, 8 packages each",
        includes="4 at a time, nothing cached; the server's part alone",
        measured={"CPU ms/install": cpu / len(commands) * 1000},
    )


def _drawn(server: Server, names: Sequence[str]) -> list[str]:
    """Draw the mix for a server."""
    chance = random.Random(7)  # noqa: S311
    wheels = {name: _links(f"{server.url}{name}/") for name in names}
    weights = [1 / rank for rank in range(1, len(names) + 1)]
    urls = []
    for name in chance.choices(names, weights, k=5000):
        is_page = chance.random() < 0.8
        urls.append(f"{server.url}{name}/" if is_page else chance.choice(wheels[name]))
    return urls


def _links(page: str) -> list[str]:
    """Read the addresses of the files on a page."""
    with urlopen(page) as answer:  # noqa: S310
        text = answer.read().decode()
    return [urljoin(page, x.partition("#")[0]) for x in re.findall(r'href="([^"]+)"', text)]


def _measured(
    server: Server, urls: Sequence[str], seconds: float, authorizations: Sequence[str] = ()
) -> dict[str, Any]:
    """Load a server; return what the clients saw, and the seconds of the processor it took."""
    begun = server.cpu()
    made = next(_loads([(server, urls, seconds, CONNECTIONS)], authorizations))
    return {**made, "cpu": server.cpu() - begun}


def _meanwhile(
    server: Server, some: Sequence[str], seconds: float, others: Sequence[str], window: float
) -> dict[str, Any]:
    """Load a server with some requests of 4 clients, and return what 8 others see meanwhile."""
    _, seen = _loads([(server, some, seconds, 4), (server, others, window, 8)])
    return seen


def _loads(
    loads: Sequence[tuple[Server, Sequence[str], float, int]], authorizations: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """Run several loads at the same time."""
    running = []
    for server, urls, seconds, connections in loads:
        host = urlsplit(server.url)
        plan = {
            "host": host.hostname,
            "port": host.port,
            "paths": [urlsplit(url).path for url in urls],
            "authorizations": list(authorizations),
        }
        command = [*on_core(CLIENT_CORE), *python("clients", "/dev/stdin", str(seconds))]
        process = subprocess.Popen(
            [*command, str(connections)], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin
        process.stdin.write(json.dumps(plan))
        process.stdin.close()
        running.append(process)
    for process in running:
        assert process.stdout
        made: dict[str, Any] = json.loads(process.stdout.read())
        assert process.wait() == 0
        assert made["failed"] == 0, made
        yield made


def _rate(made: Answer) -> Numbers:
    return {RATE: made["requests"] / made["cpu"]}


def _per_request(made: Answer) -> Numbers:
    return {PER_REQUEST: made["cpu"] / made["requests"] * 1000}
