"""A whole index anew, and one file more: ghpypi beside a plain loop and dumb-pypi.

All start from the same hundred thousand files and write to the same disk, in turns, so that a
disturbance hits all. The clock runs

- for ghpypi from reading the published catalog, which holds what is known of each file, and
  the listing, to the last page. The folder is empty but for the catalog, and that was made under
  another title, so every page is made again. Pages for people are measured apart; their texts,
  which stand in the folder too, are read with the clock running. The releases of the listing are
  handed over as the values an adapter makes; fetching them takes minutes at this size, whatever
  the index does.
- for the others from reading a list of what is known of each file, from disk too, to the last
  page. dumb-pypi is told to leave out its page for each release, which nobody else writes; with
  its own defaults it is measured once more.

Nothing is deleted before the end: ext4 looks for inodes that were not deleted lately, and a
folder removed just before makes everybody's pages several times as dear.
"""

import filecmp
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.child import Sample, measure
from benchmarks.table import Number, Row, note

ROUNDS = 3
MEMORY = 400 << 20


@dataclass(frozen=True, slots=True)
class Runs:
    """Samples of everybody."""

    full: list[Sample] = field(default_factory=list)
    plain: list[Sample] = field(default_factory=list)
    dumb: list[Sample] = field(default_factory=list)
    one: list[Sample] = field(default_factory=list)
    none: list[Sample] = field(default_factory=list)
    people: list[Sample] = field(default_factory=list)
    people_one: list[Sample] = field(default_factory=list)
    dumb_one: list[Sample] = field(default_factory=list)


def rows(folder: Path) -> Iterator[Row]:
    note("full build: making a hundred thousand files, and their first index")
    measure("inputs:write", folder)
    listing, first = folder / "listing.jsonl", folder / "first"
    begun = measure("index:build", listing, first, "Before")
    measure("index:build", listing, folder / "first-people", "Before", "0", "pages")
    runs = Runs()
    for number in range(1, ROUNDS + 1):
        note(f"full build: round {number} of {ROUNDS}")
        _round(runs, folder, number)
    note("full build: dumb-pypi with its defaults")
    defaults = measure("dumb:build", folder / "packages.jsonl", folder / "dumb-defaults")
    yield from _full_rows(runs, defaults)
    yield from _one_rows(runs)
    yield from _people_rows(runs)
    yield Row(
        what="first index: 50,000 wheels and 50,000 sdists read too",
        measured=Number.median([begun.wall], "s"),
    )
    yield Row(what="first index: peak memory", measured=Number.median([begun.peak], "MiB"))


def _round(runs: Runs, folder: Path, number: int) -> None:
    listing, packages = folder / "listing.jsonl", folder / "packages.jsonl"
    ours, plain, dumb = (folder / f"{name}-{number}" for name in ("ghpypi", "plain", "dumb"))
    ours.mkdir()
    shutil.copy(folder / "first" / "catalog.jsonl", ours)
    runs.full.append(measure("index:build", listing, ours, "After"))
    runs.plain.append(measure("plain_loop:build", folder / "facts.jsonl", plain))
    runs.dumb.append(measure("dumb:build", packages, dumb, "--no-per-release-json"))
    _same_pages(ours / "simple", plain / "simple")
    one_more = folder / "packages-and-one.jsonl"
    again = ("--no-per-release-json", "--previous-package-list-json", packages)
    runs.one.append(measure("index:build", listing, ours, "After", "1"))
    runs.none.append(measure("index:build", listing, ours, "After", "1"))
    runs.dumb_one.append(measure("dumb:build", one_more, dumb, *again))
    people = folder / f"people-{number}"
    _copy_texts(folder / "first-people", people)
    runs.people.append(measure("index:build", listing, people, "After", "0", "pages"))
    runs.people_one.append(measure("index:build", listing, people, "After", "1", "pages"))
    assert runs.people[-1].result["written"] > 4 * 10_000
    assert runs.people_one[-1].result["written"] < 20
    assert runs.full[-1].result["written"] == 2 * 10_000 + 4
    assert runs.one[-1].result["written"] == 3
    assert runs.none[-1].result["written"] == 0


def _full_rows(runs: Runs, defaults: Sample) -> Iterator[Row]:
    full = Number.median([run.wall for run in runs.full], "s")
    yield Row(
        what="full build, 100,000 files",
        measured=full,
        compared=Number.median([run.wall for run in runs.plain], "s", "plain loop"),
        most_ratio=2,
        aim="at most 2x",
    )
    yield Row(
        what="full build, 100,000 files",
        measured=full,
        compared=Number.median(
            [run.wall for run in runs.dumb], "s", "dumb-pypi, no pages per release"
        ),
        most_ratio=0.25,
        aim="at most 1/4",
    )
    yield Row(
        what="full build, 100,000 files",
        measured=full,
        compared=Number.median([defaults.wall], "s", "dumb-pypi, defaults"),
        most_ratio=0.25,
        aim="at most 1/4",
    )
    yield Row(
        what="full build: processor time, which neighbors disturb less",
        measured=Number.median([run.cpu for run in runs.full], "s"),
        compared=Number.median([run.cpu for run in runs.plain], "s", "plain loop"),
    )
    yield Row(
        what="full build: peak memory",
        measured=Number.median([run.peak for run in runs.full], "MiB"),
        compared=Number.median([run.peak for run in runs.dumb], "MiB", "dumb-pypi"),
        most=MEMORY,
        aim="under 400 MiB",
    )


def _one_rows(runs: Runs) -> Iterator[Row]:
    full = Number.median([run.wall for run in runs.full], "s", "full build")
    one = Number.median([run.wall for run in runs.one], "s")
    yield Row(
        what="one file added",
        measured=one,
        compared=full,
        most_ratio=0.1,
        aim="under 1/10",
    )
    yield Row(
        what="one file added",
        measured=one,
        compared=Number.median(
            [run.wall for run in runs.dumb_one], "s", "dumb-pypi, previous list"
        ),
    )
    yield Row(
        what="nothing changed",
        measured=Number.median([run.wall for run in runs.none], "s"),
        compared=full,
    )


def _people_rows(runs: Runs) -> Iterator[Row]:
    full = Number.median([run.wall for run in runs.full], "s", "simple pages alone")
    people = Number.median([run.wall for run in runs.people], "s")
    yield Row(
        what="full build, pages for people included",
        measured=people,
        compared=full,
        most_ratio=3,
        aim="at most 3x",
    )
    yield Row(
        what="full build, pages for people: peak memory",
        measured=Number.median([run.peak for run in runs.people], "MiB"),
    )
    yield Row(
        what="one file added, pages for people included",
        measured=Number.median([run.wall for run in runs.people_one], "s"),
        compared=Number.median([run.wall for run in runs.people], "s", "full build with them"),
    )


def _copy_texts(source: Path, target: Path) -> None:
    """Copy what a published site tells of files and texts, and none of its pages."""
    for path in [source / "catalog.jsonl", *source.glob("project/*/about.json")]:
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)


def _same_pages(ours: Path, plain: Path) -> None:
    """See to it that the loop writes what we write, or the comparison says nothing."""
    names = sorted(path.relative_to(ours).as_posix() for path in ours.rglob("*.*ml"))
    names += [path.relative_to(ours).as_posix() for path in ours.rglob("*.json")]
    same, different, missing = filecmp.cmpfiles(ours, plain, names, shallow=False)
    assert not different, different[:3]
    assert not missing, missing[:3]
    assert len(same) == 2 * 10_000 + 2
