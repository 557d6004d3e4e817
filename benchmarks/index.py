"""ghpypi's own part: bring a folder up to date with the synthetic listing."""

import sys
from pathlib import Path
from typing import Any

from benchmarks.child import Work
from benchmarks.synthetic import Listed, yanked
from ghpypi.core.config.config import Config, IndexConfig, SiteConfig
from ghpypi.core.site.tree import Look
from ghpypi.jobs.index import IndexOptions, build_index
from ghpypi.report import TerminalReporter
from ghpypi.stores.directory import DirectorySite


def build(listing: str, output: str, title: str, extra: str = "0", pages: str = "") -> Work:
    """Index the listing and `extra` files more, under a title that every page depends on.

    Pages for people are made if `pages` is not empty.
    """
    source = Listed(Path(listing), extra=int(extra))
    site = DirectorySite(Path(output))
    config = Config(
        index=IndexConfig(title=title), site=SiteConfig(pages=bool(pages)), yanked=yanked()
    )
    look = Look(config=config, address="")
    reporter = TerminalReporter(sys.stderr, {}, quiet=True)

    def work() -> Any:
        report = build_index(source, site, look, reporter, IndexOptions())
        assert report.published
        return {"files": report.files, "written": report.published.written}

    return work
