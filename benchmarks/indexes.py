"""Twenty named indexes over a hundred thousand files, beside the main index alone.

Half of the indexes hold everything, so that their pages are those of the main one; the others take
some projects, and inherit the rest. All of them stand in one folder, which is empty at first but
for a catalog made under other rules. Nothing is read of any file.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.child import Sample, Work, measure
from benchmarks.synthetic import Listed, yanked
from benchmarks.table import Number, Row, note
from ghpypi.cli.main import collect_less
from ghpypi.core.config import Config, IndexConfig, SiteConfig
from ghpypi.core.config_indexes import NamedIndex
from ghpypi.core.rules import Rule
from ghpypi.core.tree import Look
from ghpypi.jobs.index import IndexOptions, build_index
from ghpypi.report import TerminalReporter
from ghpypi.stores.directory import DirectorySite

INDEXES = 20
ROUNDS = 3
GROWTH = INDEXES + 1
"""Twenty-one times the pages may take twenty-one times as long, and should take far less."""


def rows(folder: Path) -> Iterator[Row]:
    note("indexes: making a hundred thousand files, and their first index")
    measure("inputs:write", folder)
    listing = folder / "listing.jsonl"
    measure("indexes:build", listing, folder / "first", "0")
    catalog = (folder / "first" / "catalog.jsonl").read_bytes()
    one: list[Sample] = []
    many: list[Sample] = []
    more: list[Sample] = []
    for number in range(ROUNDS):
        note(f"indexes: round {number + 1} of {ROUNDS}")
        for count, samples in (("0", one), (str(INDEXES), many)):
            output = folder / f"site-{number}-{count}"
            output.mkdir()
            # Without its digest of the rules, which were others then.
            (output / "catalog.jsonl").write_bytes(catalog.replace(b'"rules":"', b'"rules":"x', 1))
            samples.append(measure("indexes:build", listing, output, count))
        more.append(measure("indexes:build", listing, folder / f"site-{number}-20", "20", "1"))
        assert many[-1].result["written"] > 10 * one[-1].result["written"]
    yield Row(
        what=f"{INDEXES} named indexes over 100,000 files",
        measured=Number.median([run.wall for run in many], "s"),
        compared=Number.median([run.wall for run in one], "s", "the main index alone"),
        most_ratio=GROWTH,
        aim=f"at most {GROWTH}x, as there are {GROWTH} indexes",
    )
    yield Row(
        what=f"{INDEXES} named indexes: processor time",
        measured=Number.median([run.cpu for run in many], "s"),
        compared=Number.median([run.cpu for run in one], "s", "the main index alone"),
    )
    yield Row(
        what=f"{INDEXES} named indexes: pages written",
        measured=Number.median([run.result["written"] for run in many], "pages"),
        compared=Number.median(
            [run.result["written"] for run in one], "pages", "the main index alone"
        ),
    )
    yield Row(
        what=f"{INDEXES} named indexes: one file added",
        measured=Number.median([run.wall for run in more], "s"),
        compared=Number.median([run.wall for run in many], "s", "all pages"),
        most_ratio=0.1,
        aim="under 1/10",
    )


def build(listing: str, output: str, count: str, extra: str = "0") -> Work:
    """Index the listing and `extra` files more into so many named indexes."""
    source = Listed(Path(listing), extra=int(extra))
    site = DirectorySite(Path(output))
    config = Config(
        index=IndexConfig(title="Indexes"),
        site=SiteConfig(pages=False),
        yanked=yanked(),
        indexes=dict(_indexes(int(count))),
    )
    look = Look(config=config, address="", store=source.name)
    reporter = TerminalReporter(sys.stderr, {}, quiet=True)

    collect_less()  # as every command does

    def work() -> Any:
        report = build_index(source, site, look, reporter, IndexOptions())
        assert report.published
        return {"files": report.files, "written": report.published.written}

    return work


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
