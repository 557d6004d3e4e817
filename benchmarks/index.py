"""`ghpypi index` of a store in a folder, and of GitHub: whole processes with default settings.

dumb-pypi is handed a list of all files with their digests; listing the store and reading files is
work that it leaves to others.
"""

from collections.abc import Iterator
from pathlib import Path

from benchmarks import peers
from benchmarks.data import name_of
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
    """Measure first indexes, rebuilds and small changes."""
    note(f"index: making {scale.law.files:,} files")
    run(python("data", folder, *map(str, scale.law)))
    yield from _first(folder, scale)
    yield from _again(folder, scale)
    yield from _requests(folder)


def _index(store: Path) -> Command:
    return [GHPYPI, "index", "--store", store]


def _what(work: str, scale: Scale) -> str:
    return f"index: {work}, {scale.law.files:,} files in {scale.law.projects:,} projects"


def _first(folder: Path, scale: Scale) -> Iterator[Row]:
    store = folder / "store"
    full = not scale.quick
    note("index: the first one, with pages for people")
    yield Row(
        what=_what("the first one", scale),
        includes="listing, reading each file, Simple API, pages for people",
        measured=run(_index(store)),
        aims=[Aim(unit=CPU, most=20), Aim(unit=WALL, most=12), Aim(unit=PEAK, most=300 * MIB)]
        if full
        else (),
    )
    note("index: the first one, the Simple API alone")
    _remove_site(store)
    (store / "ghpypi.toml").write_text(SIMPLE_ONLY)
    yield Row(
        what=_what("the first one without pages for people", scale),
        includes="listing, reading each file, Simple API",
        measured=run(_index(store)),
        aims=[Aim(unit=CPU, most=10), Aim(unit=PEAK, most=250 * MIB)] if full else (),
    )


def _again(folder: Path, scale: Scale) -> Iterator[Row]:
    store, packages = folder / "store", folder / "packages.jsonl"
    full = not scale.quick
    note("index: every page again, beside dumb-pypi")
    (store / "ghpypi.toml").write_text(f'{SIMPLE_ONLY}[index]\ntitle = "Another"\n')
    again = run(_index(store))
    dumb = run(peers.dumb_pypi(packages, folder / "dumb"))
    yield Row(
        what=_what("every page again", scale),
        includes="listing, the published catalog, every page of the Simple API; no file is read",
        measured=again, against="dumb-pypi, leanest, listing left out", compared=dumb,
        aims=[
            Aim(unit=CPU, most=2.8), Aim(unit=PEAK, most=250 * MIB),
            Aim(unit=CPU, most=0.2, ratio=True),
        ] if full else (),
    )  # fmt: skip
    note("index: nothing changed; one file more")
    yield Row(
        what=_what("nothing changed", scale), includes="listing, the published catalog",
        measured=run(_index(store)),
    )  # fmt: skip
    name, content = build_wheel("bench_00007", "7.0", {})
    place = store / "files" / f"{name_of(7)}-7.0"
    place.mkdir()
    (place / name).write_bytes(content)
    more = folder / "more.jsonl"
    more.write_text(f'{packages.read_text()}{{"filename": "{name}"}}\n')
    options = ("--previous-package-list-json", packages)
    yield Row(
        what=_what("one file more", scale), includes="listing, the catalog, the pages concerned",
        measured=run(_index(store)), against="dumb-pypi with the previous list",
        compared=run(peers.dumb_pypi(more, folder / "dumb", *options)),
        aims=[Aim(unit=WALL, most=0.5), Aim(unit=PEAK, most=120 * MIB)] if full else (),
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
        includes=f"{RELEASES} releases; fetching, pushing, and the metadata file",
        measured=one, aims=[Aim(unit=REQUESTS, most=9)],
    )  # fmt: skip


def _counted(hub: Hub, command: Command) -> dict[str, float]:
    hub.emulator.clear_log()
    run(command)
    asked = [x for x in hub.emulator.requests if x.origin in {"api", "web", "uploads", "git"}]
    return {REQUESTS: len(asked), DOWNLOADS: len(hub.emulator.requests_to("cdn"))}
