"""`ghpypi upload`: whole processes, to a folder and to the emulator of GitHub."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.data import Law
from benchmarks.github import STORE, github
from benchmarks.processes import GHPYPI, Command, python, run, run_again
from benchmarks.scale import Scale
from benchmarks.table import CPU, PEAK, WALL, Aim, Row, note
from ghpypi.core.sample import build_wheel

LARGE = 300_000_000
QUICK_LARGE = 100_000_000
RELEASES = 250
"""More than two pages of the listing."""

INDEX = '[index]\nurl = "https://acme.example/"\n'


def rows(folder: Path, scale: Scale) -> Iterator[Row]:
    """Measure uploads."""
    note("upload: large wheels")
    run(python("big_wheels", folder / "large", "1", str(QUICK_LARGE if scale.quick else LARGE)))
    run(python("big_wheels", folder / "small", "1", str(1 << 20)))
    with github(folder / "github"):
        for where, store in (("a folder", str(folder / "large-store")), ("GitHub", STORE)):
            small = run(_upload(folder / "small", store))
            yield Row(
                what=f"upload: a large wheel to {where}",
                includes="300 MB, or 100 in a quick run: checking, hashing, sending; no index",
                measured=run(_upload(folder / "large", store)),
                against="a wheel of 1 MiB", compared=small,
                aims=[Aim(unit=PEAK, most=1.25, ratio=True)],
            )  # fmt: skip
    yield from _requests(folder)
    yield from _many(folder, scale)


def _requests(folder: Path) -> Iterator[Row]:
    """Count what the upload of one wheel asks of GitHub, which tests assert for 6,700 releases."""
    note(f"upload: requests to GitHub with {RELEASES} releases")
    with github(folder / "large-github") as hub:
        hub.repository.commit_files({"ghpypi.toml": f'store = "{STORE}"\n{INDEX}'})
        for number in range(RELEASES):
            hub.add_release(f"1.{number}")
        run([GHPYPI, "index", "--store", STORE])
        name, content = build_wheel("acme_lib", "2.0", {})
        (folder / "one").mkdir()
        (folder / "one" / name).write_bytes(content)
        hub.emulator.clear_log()
        run(_upload(folder / "one", STORE))
        yield Row(
            what="upload: requests to GitHub for a wheel",
            includes=f"{RELEASES} releases, a published index; a sibling with the metadata",
            measured={"requests": len(hub.emulator.requests)},
            aims=[Aim(unit="requests", most=6)],
        )


def _many(folder: Path, scale: Scale) -> Iterator[Row]:
    count = 500 if scale.quick else 5000
    note(f"upload: {count} small files to a folder, twice")
    run(python("data", folder / "many", *map(str, Law(1000, 100, 50))))
    thousand = folder / "thousand"
    yield Row(
        what="upload: 1,000 small files to a folder",
        includes="checking, hashing, copying, until they would survive a loss of power; no index",
        measured=run_again(
            _upload(folder / "many" / "flat", str(thousand)), scale.rounds,
            lambda _: shutil.rmtree(thousand, ignore_errors=True),
        ),
        aims=[Aim(unit=WALL, most=3)],
    )  # fmt: skip
    run(python("data", folder / "more", *map(str, Law(count, count // 10, count // 20))))
    command = _upload(folder / "more" / "flat", str(folder / "more-store"))
    first = run(command)
    yield Row(
        what=f"upload: {count:,} files that are all there",
        includes="checking and hashing them, and those that are there; no index",
        measured=run(command), against="the first upload of them", compared=first,
        aims=[Aim(unit=CPU, most=1, ratio=True)],
    )  # fmt: skip


def _upload(folder: Path, store: str) -> Command:
    return [GHPYPI, "upload", folder, "--store", store, "--no-rebuild", "--quiet"]
