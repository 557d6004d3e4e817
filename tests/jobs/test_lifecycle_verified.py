"""Any sequence of uploads, yanks, deletions, prunes and rollbacks leaves a sound index."""

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol

import obstore.store
import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.core.config.config import Config
from ghpypi.core.config.hold import Hold
from ghpypi.core.config.hold_edit import end_hold, set_hold
from ghpypi.core.config.lifecycle_edit import record_removed, set_status, unyank, yank
from ghpypi.core.deletion import plan_deletion, versions_of
from ghpypi.core.model import Asset, Status, StatusMarker
from ghpypi.core.names import normalize
from ghpypi.core.pruning import PruneRules, pinned_versions, prunable
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.verify.rules import Level
from ghpypi.errors import ConflictError
from ghpypi.jobs.delete import delete
from ghpypi.jobs.index.held import read_earlier
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.jobs.verify import VerifyOptions, verify_index
from ghpypi.ports import FileStore, SilentReporter, Site
from ghpypi.stores.fetcher.web import WebFetcher
from ghpypi.stores.memory import MemorySite, MemoryStore
from ghpypi.stores.objects.client import BucketClient
from ghpypi.stores.objects.site import BucketSite
from ghpypi.stores.objects.store import BucketStore
from tests.support.canned_site import BINARY, HTML, JSON, Canned, CannedSite
from tests.support.catalogs import published
from tests.support.packages import publish_files, sdist, sidecar_of, wheel

NAME = normalize("acme-lib")
VERSIONS = ("1.0", "1.1", "2.0rc1", "2.0")
ADDRESS = "https://index.example/"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
SILENT = SilentReporter()
STEPS = 15


class Place(Protocol):
    """A store and a site of one kind, and what a web server of them would send.

    Attributes:
        store: The store.
        site: The site.
        commits: The earlier states that the index can go back to.
    """

    store: FileStore
    site: Site

    @property
    def commits(self) -> Sequence[str]: ...

    def pages(self) -> Mapping[str, bytes]: ...

    def content(self, asset: Asset) -> bytes: ...


class Memory:
    """A store in memory; its site has a history."""

    def __init__(self) -> None:
        self._site, self._store = MemorySite({}), MemoryStore()
        self.store: FileStore = self._store
        self.site: Site = self._site

    @property
    def commits(self) -> Sequence[str]:
        return list(self._site.commits)

    def pages(self) -> Mapping[str, bytes]:
        return self._site.pages

    def content(self, asset: Asset) -> bytes:
        return self._store._contents[asset.key]


class Bucket:
    """A bucket, which has no history."""

    commits = ()

    def __init__(self) -> None:
        self._client = BucketClient(name="s3://bucket", store=obstore.store.MemoryStore())
        self.store: FileStore = BucketStore(self._client, now=lambda: NOW - timedelta(days=1))
        self.site: Site = BucketSite(self._client)

    def pages(self) -> Mapping[str, bytes]:
        return self.site.read(list(self.site.paths()))

    def content(self, asset: Asset) -> bytes:
        found = self._client.read(asset.key)
        assert found
        return found.content


class Lifecycle:
    """A store and its index, changed as the commands change them."""

    def __init__(self, chance: random.Random, place: Place) -> None:
        self.chance = chance
        self.place, self.store, self.site = place, place.store, place.site
        self.text = "[site]\npages = false\n[variants]\nfrom = 'local-version'\n"
        publish_files(self.store, [sdist("other", "1.0")], "other-1.0")
        self.index()

    @property
    def config(self) -> Config:
        return Config.parse(self.text)

    def index(self) -> None:
        settings = SiteSettings(config=self.config, address=ADDRESS)
        build_index(self.store, self.site, settings, SILENT, IndexOptions(now=lambda: NOW))

    def upload(self) -> None:
        version = self.chance.choice(VERSIONS)
        tag = f"acme-lib-{version}"
        if tag not in {release.tag for release in self.store.releases()}:
            built = wheel("acme_lib", version)
            built_for_gpus = wheel("acme_lib", f"{version}+cu128")
            files = [built, sidecar_of(built), built_for_gpus, sdist("acme_lib", version)]
            publish_files(self.store, files, tag)

    def yank(self) -> None:
        self.text = yank(self.text, NAME, [self.chance.choice(VERSIONS)], 'bad <&> "worse"')

    def unyank(self) -> None:
        self.text = unyank(self.text, NAME, lambda _: True)

    def status(self) -> None:
        marker = self.chance.choice(list(StatusMarker))
        self.text = set_status(self.text, NAME, Status(marker=marker, reason="so"))

    def delete(self) -> None:
        version = Version(self.chance.choice(VERSIONS))
        self._delete(lambda name, each: name == NAME and Version(each.public) == version)

    def prune(self) -> None:
        line = published(dict(self.place.pages())).lines.get(NAME)
        if line is None or not line.files:
            return
        project = line.entry().project
        rules = PruneRules(keep=1, older_than=timedelta(), prereleases=self.chance.random() < 0.5)
        pinned = pinned_versions(self.config, project, None)
        yanked = self.config.yanked.get(NAME, {})
        chosen = set(prunable(project, rules, pinned=pinned, yanked=yanked, now=NOW))
        self._delete(lambda name, each: name == NAME and each in chosen)

    def _delete(self, wanted: Callable[[NormalizedName, Version], bool]) -> None:
        """Delete files, unless the index is held, in which case the command may refuse it."""
        if self.config.hold:
            return
        plan = plan_deletion(self.store.releases(), wanted)
        for name, versions in versions_of(plan).items():
            self.text = record_removed(self.text, name, versions, "")
        delete(self.store, plan, SILENT)

    def rollback(self) -> None:
        if not self.place.commits:
            return
        commit = self.chance.choice(self.place.commits)
        settings = SiteSettings(config=self.config, address=ADDRESS)
        with suppress(ConflictError):  # files of that index were deleted
            read_earlier(self.store, self.site, settings, SILENT, commit)
            self.text = set_hold(self.text, Hold(commit=commit), current=self.config.hold)

    def end(self) -> None:
        self.text = end_hold(self.text)

    def findings(self) -> list[str]:
        """Verify all pages and files."""
        pages: dict[str, Canned | None] = {}
        published_pages = self.place.pages()
        for path, page in published_pages.items():
            kind = JSON if path.endswith(".json") else HTML
            pages[f"{ADDRESS}{path}"] = Canned(body=page, type=kind)
            pages[f"{ADDRESS}{path.removesuffix('index.html')}"] = Canned(body=page, type=kind)
        for release in self.store.releases():
            for asset in release.assets:
                content = self.place.content(asset)
                pages[f"{ADDRESS}{asset.url}"] = Canned(body=content, type=BINARY)
        options = VerifyOptions(now=NOW, workers=1)
        found = []
        for index in ("simple/", "cu128/simple/"):
            if f"{index}index.html" in published_pages:
                fetcher = WebFetcher(adapter=lambda: CannedSite(pages))
                report = verify_index(f"{ADDRESS}{index}", fetcher, SILENT, options)
                # Notes are about the server: this one neither redirects nor negotiates.
                serious = [x for x in report.findings if x.rule.level is not Level.NOTE]
                found += [f"{x.rule.id} {x.filename or x.url}" for x in serious]
        return found


@pytest.mark.parametrize("place", [Memory, Bucket])
@pytest.mark.parametrize("seed", range(3))
def test_the_index_is_sound_after_every_command(place: Callable[[], Place], seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test that can be repeated
    world = Lifecycle(chance, place())
    commands = [
        *([world.upload] * 4),
        *([world.rollback] * 2),
        *([world.end] * 2),
        world.yank,
        world.unyank,
        world.status,
        world.delete,
        world.prune,
    ]
    for _ in range(STEPS):
        command = chance.choice(commands)
        command()
        world.index()

        assert world.findings() == [], (command.__name__, world.text)
    world.end()
    world.index()
    assert world.findings() == []
