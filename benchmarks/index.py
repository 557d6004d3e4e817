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
from benchmarks.processes import GHPYPI, Command, python, run
from benchmarks.scale import Scale
from benchmarks.table import CPU, PEAK, WALL, Aim, Row, note
from ghpypi.core.sample import build_wheel

SIMPLE_ONLY = "[site]\npages = false\n"
MIB = 1 << 20
RELEASES = 30
REQUESTS, DOWNLOADS = "requests", "downloads"
CONFIG = f'store = "{STORE}"\n[index]\nurl = "https://acme.example/"\n'
"""The address, because the emulator's host does not tell it, as github.com does by its name."""


def rows(folder: Path, scale: Scale) -> Iterator[Row]:
    """Measure first indexes, rebuilds and small changes, and how they grow."""
    for law in (*scale.smaller, scale.law):
        place = folder / str(law.files)
        note(f"index: making {law.files:,} files")
        run(python("data", place, *map(str, law)))
        judged = law is scale.law and not scale.quick
        for row in (*_first(place, law), *_again(place, law)):
            yield row if judged else replace(row, aims=())
        shutil.rmtree(place)
    yield from _requests(folder)


def _index(store: Path) -> Command:
    return [GHPYPI, "index", "--store", store]


def _what(work: str, law: Law) -> str:
    return f"index: {work}, {law.files:,} files in {law.projects:,} projects"


def _first(folder: Path, law: Law) -> Iterator[Row]:
    store = folder / "store"
    note("index: the first one, with pages for people")
    yield Row(
        what=_what("the first one", law),
        includes="listing, reading each file, Simple API, pages for people",
        measured=run(_index(store)),
        aims=[Aim(unit=CPU, most=20), Aim(unit=WALL, most=12), Aim(unit=PEAK, most=300 * MIB)],
        files=law.files,
    )
    note("index: the first one, the Simple API alone")
    _remove_site(store)
    (store / "ghpypi.toml").write_text(SIMPLE_ONLY)
    yield Row(
        what=_what("the first one without pages for people", law),
        includes="listing, reading each file, Simple API",
        measured=run(_index(store)),
        aims=[Aim(unit=CPU, most=10), Aim(unit=PEAK, most=250 * MIB)],
        files=law.files,
    )


def _again(folder: Path, law: Law) -> Iterator[Row]:
    store, packages = folder / "store", folder / "packages.jsonl"
    note("index: every page again, beside dumb-pypi")
    (store / "ghpypi.toml").write_text(f'{SIMPLE_ONLY}[index]\ntitle = "Another"\n')
    again = run(_index(store))
    dumb = run(peers.dumb_pypi(packages, folder / "dumb"))
    yield Row(
        what=_what("every page again", law),
        includes="listing, the published catalog, every page of the Simple API; no file is read",
        measured=again, against="dumb-pypi, leanest, listing left out", compared=dumb,
        aims=[
            Aim(unit=CPU, most=2.8), Aim(unit=PEAK, most=250 * MIB),
            Aim(unit=CPU, most=0.2, ratio=True),
        ], files=law.files,
    )  # fmt: skip
    note("index: nothing changed; one file more")
    yield Row(
        what=_what("nothing changed", law), includes="listing, the published catalog",
        measured=run(_index(store)), files=law.files,
    )  # fmt: skip
    name, content = build_wheel("bench_00007", "7.0", {})
    place = store / "files" / f"{name_of(7)}-7.0"
    place.mkdir()
    (place / name).write_bytes(content)
    more = folder / "more.jsonl"
    more.write_text(f'{packages.read_text()}{{"filename": "{name}"}}\n')
    options = ("--previous-package-list-json", packages)
    yield Row(
        what=_what("one file more", law), includes="listing, the catalog, the pages concerned",
        measured=run(_index(store)), against="dumb-pypi with the previous list",
        compared=run(peers.dumb_pypi(more, folder / "dumb", *options)),
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
