"""A program: shuffle everything that has no order of its own, index it, render it, write it out.

Run twice with different seeds, it has to write the same bytes.
"""

import random
import sys
from collections.abc import Iterator
from dataclasses import replace

from ghpypi.core.catalog.entry import Entry
from ghpypi.core.config.config import Config
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.core.model import StoredRelease
from ghpypi.core.site.paths import Page
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.tree import project_pages, root_pages
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.golden import nasty
from tests.support.packages import publish_files, sdist, sidecar_of, wheel
from tests.support.reporters import MemoryReporter


class ShuffledStore(MemoryStore):
    """Lists in another order each time."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance

    def releases(self) -> Iterator[StoredRelease]:
        found = list(super().releases())
        self._chance.shuffle(found)
        for release in found:
            assets = list(release.assets)
            self._chance.shuffle(assets)
            yield release._replace(assets=tuple(assets))


def build(chance: random.Random) -> Iterator[Page]:
    """Index a store, and give all pages with the catalog among them."""
    store = ShuffledStore(chance)
    for name in ("acme_lib", "zope.interface", "other"):
        for version in ("1.0", "1.0+cu128", "1!0.9", "2.0rc1"):
            files = [wheel(name, version), sdist(name, version), (f"{name}-oops.zip", b"oops")]
            publish_files(store, [*files, sidecar_of(files[0])], f"{name}-{version}")
    yanks = [f'"{version}" = "reason {version}"\n' for version in ("1.0", "2.0rc1", "1!0.9")]
    tables = ["[yanked.acme-lib]\n", "[yanked.other]\n", "[yanked.Zope_Interface]\n"]
    chance.shuffle(yanks)
    chance.shuffle(tables)
    config = Config.parse("".join(table + "".join(yanks) for table in tables))
    site = MemorySite({})
    settings = SiteSettings(config=config, address="https://acme.example/")
    build_index(store, site, settings, MemoryReporter(), IndexOptions())
    yield from sorted(site.pages.items())


def render(chance: random.Random) -> Iterator[Page]:
    """Render the nasty index with its files shuffled."""
    for project in nasty.projects():
        files = list(project.files)
        chance.shuffle(files)
        entry = Entry(fingerprint="", project=replace(project, files=tuple(files)))
        yield from project_pages(entry, [MAIN_FOLDER], nasty.INDEXES, nasty.SETTINGS)
    yield from root_pages(
        MAIN_FOLDER, [project.name for project in nasty.projects()], nasty.SETTINGS
    )
    yield from nasty.catalog().files()


if __name__ == "__main__":
    generator = random.Random(sys.argv[1])  # noqa: S311 - nothing here is secret
    for page_path, page in [*build(generator), *render(generator)]:
        sys.stdout.buffer.write(f"== {page_path} {len(page)}\n".encode() + page)
