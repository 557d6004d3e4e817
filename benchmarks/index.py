"""`ghpypi index` of a store in a folder, and of GitHub: whole processes with default settings.

dumb-pypi is handed a list of all files with their digests; listing the store and reading files is
work that it leaves to others.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks import peers
from benchmarks.data import Law, name_of
from benchmarks.github import STORE, Hub, github
from benchmarks.processes import GHPYPI, Command, python, run, run_again
from benchmarks.scale import Scale
from benchmarks.table import CPU, PEAK, WALL, Aim, Row, note
from ghpypi.core.sample import build_wheel

SIMPLE_ONLY = "[site]\npages = false\n"
MIB = 1 << 20
REPEATED = 10_000
"""Runs with more files are measured once: they take so long that disturbances even out."""
RELEASES = 30
REQUESTS, DOWNLOADS = "requests", "downloads"
CONFIG = f'store = "{STORE}"\n[index]\nurl = "https://acme.example/"\n'
"""The address, because the emulator's host does not tell it, as github.com does by its name."""


def rows(folder: Path, scale: Scale) -> Iterator[Row]:
    """Measure first indexes, rebuilds and small changes, and how they grow."""
    for law in (*scale.smaller, scale.law):
        judged = law is scale.law and not scale.quick
        for row in of_law(folder, law, scale.rounds if law.files <= REPEATED else 1):
            yield row if judged else replace(row, aims=())
    yield from _requests(folder)


def of_law(folder: Path, law: Law, rounds: int = 1) -> Iterator[Row]:
    """Measure all that an index of so many files does.

    Args:
        folder: Where the files are made, and removed afterwards.
        law: The numbers of files.
        rounds: How often each command is measured; the median counts.
    """
    place = folder / str(law.files)
    note(f"index: making {law.files:,} files")
    run(python("data", place, *map(str, law)))
    yield from _first(place, law, rounds)
    yield from _again(place, law, rounds)
    note("index: removing them")
    shutil.rmtree(place)


def _index(store: Path) -> Command:
    return [GHPYPI, "index", "--store", store]


def _what(work: str, law: Law) -> str:
    return f"index: {work}, {law.files:,} files in {law.projects:,} projects"


def _first(folder: Path, law: Law, rounds: int) -> Iterator[Row]:
    store = folder / "store"

    def anew(config: str) -> None:
        _remove_site(store)
        (store / "ghpypi.toml").write_text(config)

    note("index: the first one, with pages for people")
    yield Row(
        what=_what("the first one", law),
        includes="listing, reading each file, Simple API, pages for people",
        measured=run_again(_index(store), rounds, lambda _: anew("")),
        aims=[Aim(unit=CPU, most=20), Aim(unit=WALL, most=12), Aim(unit=PEAK, most=300 * MIB)],
        files=law.files,
    )
    note("index: the first one, the Simple API alone")
    yield Row(
        what=_what("the first one without pages for people", law),
        includes="listing, reading each file, Simple API",
        measured=run_again(_index(store), rounds, lambda _: anew(SIMPLE_ONLY)),
        aims=[Aim(unit=CPU, most=10), Aim(unit=PEAK, most=250 * MIB)],
        files=law.files,
    )


def _again(folder: Path, law: Law, rounds: int) -> Iterator[Row]:
    store, packages, dumb = folder / "store", folder / "packages.jsonl", folder / "dumb"

    def move(number: int) -> None:
        url = f"https://acme.example/{number}/"
        (store / "ghpypi.toml").write_text(f'{SIMPLE_ONLY}[index]\nurl = "{url}"\n')

    note("index: every page again, beside dumb-pypi")
    yield Row(
        what=_what("every page again", law),
        includes="listing, the catalog, every page of the Simple API rendered and compared",
        measured=run_again(_index(store), rounds, move),
        against="dumb-pypi, leanest, listing left out",
        compared=run_again(
            peers.dumb_pypi(packages, dumb), rounds,
            lambda _: shutil.rmtree(dumb, ignore_errors=True),
        ),
        aims=[
            Aim(unit=CPU, most=2.8), Aim(unit=PEAK, most=250 * MIB),
            Aim(unit=CPU, most=0.2, ratio=True),
        ], files=law.files,
    )  # fmt: skip
    note("index: nothing changed; one file more")
    yield Row(
        what=_what("nothing changed", law), includes="listing, the published catalog",
        measured=run_again(_index(store), rounds, lambda _: None), files=law.files,
    )  # fmt: skip
    more = folder / "more.jsonl"
    shutil.copy(packages, more)

    def add(number: int) -> None:
        name, content = build_wheel("bench_00007", f"7.{number}", {})
        place = store / "files" / f"{name_of(7)}-7.{number}"
        place.mkdir()
        (place / name).write_bytes(content)

    def list_more(number: int) -> None:
        shutil.copy(more, packages)
        with more.open("a") as file:
            file.write(f'{{"filename": "bench_00007-7.{number}-py3-none-any.whl"}}\n')

    yield Row(
        what=_what("one file more", law), includes="listing, the catalog, the pages concerned",
        measured=run_again(_index(store), rounds, add), against="dumb-pypi with the previous list",
        compared=run_again(
            peers.dumb_pypi(more, dumb, "--previous-package-list-json", packages),
            rounds, list_more,
        ),
        aims=[Aim(unit=WALL, most=0.5), Aim(unit=PEAK, most=120 * MIB)], files=law.files,
    )  # fmt: skip


def _remove_site(store: Path) -> None:
    run(["find", store, "-mindepth", "1", "-maxdepth", "1", "!", "-name", "files",
         "-exec", "rm", "-r", "{}", "+"])  # fmt: skip


def _requests(folder: Path) -> Iterator[Row]:
    """Count what a run asks of GitHub; requests of git count, downloads are counted apart."""
    note("index: requests to GitHub")
    with github(folder / "github") as hub:
        hub.repository.commit_files({"ghpypi.toml": CONFIG})
        for number in range(RELEASES):
            hub.add_release(f"1.{number}")
        command = [GHPYPI, "index", "--store", STORE]
        run(command)
        none = _counted(hub, command)
        hub.add_release("2.0")
        one = _counted(hub, command)
    yield Row(
        what="index: requests to GitHub, nothing changed", includes=f"{RELEASES} releases",
        measured=none, aims=[Aim(unit=REQUESTS, most=4), Aim(unit=DOWNLOADS, most=0)],
    )  # fmt: skip
    yield Row(
        what="index: requests to GitHub, one release more",
        includes=f"{RELEASES} releases; a part of the catalog, fetching, pushing, metadata",
        measured=one, aims=[Aim(unit=REQUESTS, most=10)],
    )  # fmt: skip


def _counted(hub: Hub, command: Command) -> dict[str, float]:
    hub.emulator.clear_log()
    run(command)
    asked = [x for x in hub.emulator.requests if x.origin in {"api", "web", "uploads", "git"}]
    return {REQUESTS: len(asked), DOWNLOADS: len(hub.emulator.requests_to("cdn"))}
