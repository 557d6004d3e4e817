"""Twenty named indexes over a hundred thousand files, beside the main index alone.

Half of the indexes hold everything, so that their pages are those of the main one; the others take
some projects, and inherit the rest. Every page of every index is made again from a catalog that is
published, as after a change of the configuration; nothing is read of any file. The site is one in
memory: writing four hundred thousand files takes minutes, whoever has made them.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.child import Sample, Work, measure
from benchmarks.synthetic import Listed, yanked
from benchmarks.table import Number, Row, note
from ghpypi.core.config.config import Config, IndexConfig, SiteConfig
from ghpypi.core.config.indexes import NamedIndex
from ghpypi.core.config.rules import Rule
from ghpypi.core.site.tree import Look
from ghpypi.jobs.index import IndexOptions, build_index
from ghpypi.report import TerminalReporter
from ghpypi.stores.memory import MemorySite

INDEXES = 20
ROUNDS = 3


def rows(folder: Path) -> Iterator[Row]:
    note("indexes: making a hundred thousand files, and their first index")
    measure("inputs:write", folder)
    listing, catalog = folder / "listing.jsonl", folder / "catalog.jsonl"
    measure("indexes:begin", listing, catalog)
    one: list[Sample] = []
    many: list[Sample] = []
    more: list[Sample] = []
    for number in range(ROUNDS):
        note(f"indexes: round {number + 1} of {ROUNDS}")
        one.append(measure("indexes:build", listing, catalog, "0"))
        many.append(measure("indexes:build", listing, catalog, str(INDEXES)))
        more.append(measure("indexes:add", listing, catalog, str(INDEXES)))
    yield Row(
        what=f"{INDEXES} named indexes over 100,000 files, all pages",
        measured=Number.median([run.wall for run in many], "s"),
        compared=Number.median([run.wall for run in one], "s", "the main index alone"),
        most_ratio=6,
        aim="at most 6x, for 21x the pages",
    )
    yield Row(
        what=f"{INDEXES} named indexes: pages",
        measured=Number.median([run.result["pages"] for run in many], "pages"),
        compared=Number.median([run.result["pages"] for run in one], "pages", "the main index"),
    )
    yield Row(
        what=f"{INDEXES} named indexes: peak memory",
        measured=Number.median([run.peak for run in many], "MiB"),
        compared=Number.median([run.peak for run in one], "MiB", "the main index alone"),
    )
    yield Row(
        what=f"{INDEXES} named indexes: one file added",
        measured=Number.median([run.wall for run in more], "s"),
        compared=Number.median([run.wall for run in many], "s", "all pages"),
        most_ratio=0.2,
        aim="under 1/5",
    )


def begin(listing: str, catalog: str) -> Work:
    """Make the catalog that the others begin with."""
    site = MemorySite({})

    def work() -> None:
        _run(Listed(Path(listing)), site, 0, "Before")
        Path(catalog).write_bytes(site.catalog() or b"")

    return work


def build(listing: str, catalog: str, count: str) -> Work:
    """Make every page of so many named indexes again."""
    source = Listed(Path(listing))
    site = MemorySite({"catalog.jsonl": Path(catalog).read_bytes()})

    def work() -> Any:
        _run(source, site, int(count), "After")
        return {"pages": len(site.pages)}

    return work


def add(listing: str, catalog: str, count: str) -> Work:
    """Add one file to so many named indexes."""
    site = MemorySite({"catalog.jsonl": Path(catalog).read_bytes()})
    _run(Listed(Path(listing)), site, int(count), "After")
    source = Listed(Path(listing), extra=1)

    def work() -> None:
        _run(source, site, int(count), "After")

    return work


def _run(source: Listed, site: MemorySite, count: int, title: str) -> None:
    config = Config(
        index=IndexConfig(title=title),
        site=SiteConfig(pages=False),
        yanked=yanked(),
        indexes=dict(_indexes(count)),
    )
    look = Look(config=config, address="", store=source.name)
    reporter = TerminalReporter(sys.stderr, {}, quiet=True)
    report = build_index(source, site, look, reporter, IndexOptions())
    assert report.published
    assert report.published.changed


def _indexes(count: int) -> Iterator[tuple[str, NamedIndex]]:
    for number in range(count):
        if number % 2:
            rules = (
                Rule.parse(f"acme-synthetic-*{number % 10}"),
                Rule.parse("acme-synthetic-00001>=1.1"),
            )
            yield f"team-{number}", NamedIndex(include=rules, bases=("main",))
        else:
            yield f"copy-{number}", NamedIndex()
