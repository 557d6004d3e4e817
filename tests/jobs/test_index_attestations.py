"""Provenance of files that have none beside them: pages of the site, made of attestations."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ghpypi.attestation.fetched import converted
from ghpypi.core.config.config import Config
from ghpypi.core.names import Sha256
from ghpypi.core.provenance_pages import page_digest, project_of
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import NotAllowedError, RateLimitedError
from ghpypi.jobs.index.attestations import AttestationSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.attested import (
    BUILD,
    BUNDLE,
    COMMIT,
    FILE,
    NAME,
    PUBLISH,
    SHA256,
    provenance,
    resigned,
    without_log,
)
from tests.support.packages import publish_files, replace_asset, wheel
from tests.support.reporters import MemoryReporter
from tests.support.sources import CountingSource

ADDRESS = "https://acme.example/pypi/"
WHEEL = wheel("acme_lib", "1.0")
DOCUMENT = provenance(BUILD)
PATH = f"provenance/pypi-attestations/{NAME}/{page_digest(DOCUMENT)}.json"
PAGE = "simple/pypi-attestations/index.json"


@dataclass
class StoredBundles:
    """What has stored bundles, and counts who asks."""

    bundles_of: dict[str, list[Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    error: Exception | None = None

    def bundles(self, sha256: Sha256) -> Sequence[Any]:
        self.asked.append(sha256)
        if self.error:
            raise self.error
        return self.bundles_of.get(sha256, [])


@dataclass
class Scene:
    """An index of a store in memory, some files of which are attested."""

    store: MemoryStore = field(default_factory=MemoryStore)
    site: MemorySite = field(default_factory=lambda: MemorySite({}))
    stored: StoredBundles = field(default_factory=StoredBundles)
    reporter: MemoryReporter = field(default_factory=MemoryReporter)

    def index(self, *, fetch: bool = True, **options: Any) -> IndexReport:
        search = AttestationSettings(convert=converted, stored=lambda _: self.stored)
        self.reporter = MemoryReporter()
        self.source = CountingSource(self.store)
        return build_index(
            self.source,
            self.site,
            SiteSettings(config=Config(), address=ADDRESS),
            self.reporter,
            IndexOptions(attestations=search if fetch else None, allow_shrink=True, **options),
        )

    @property
    def pages(self) -> dict[str, bytes]:
        """The pages with provenance."""
        return {path: text for path, text in self.site.pages.items() if project_of(path)}

    @property
    def listed(self) -> str | None:
        """The provenance that the page for installers names."""
        (file,) = json.loads(self.site.pages[PAGE])["files"]
        found: str | None = file.get("provenance")
        return found


@pytest.fixture
def scene() -> Scene:
    """A store with a file that GitHub has an attestation of, and one that it has none of."""
    made = Scene(stored=StoredBundles({SHA256: [BUNDLE]}))
    publish_files(made.store, [FILE], "v1")
    publish_files(made.store, [WHEEL], "acme-lib-1.0")
    return made


@pytest.fixture
def published(scene: Scene) -> Scene:
    scene.index()
    scene.stored.asked.clear()
    return scene


def test_a_stored_attestation_becomes_a_page_that_the_index_names(published: Scene) -> None:
    page = published.site.pages["project/pypi-attestations/index.html"].decode()

    assert published.pages == {PATH: DOCUMENT}
    assert published.listed == f"{ADDRESS}{PATH}"
    assert f'href="../../{PATH}">provenance</a>' in page
    assert f"{COMMIT[:8]}</a> <span" in page
    assert ">verified</span>" in page


@pytest.mark.parametrize("name", [f"{NAME}.sigstore.json", "attestation.intoto.jsonl"])
def test_so_does_a_bundle_in_the_release(name: str) -> None:
    scene = Scene()
    publish_files(scene.store, [FILE, (name, json.dumps(BUNDLE).encode())], "v1")
    scene.index()

    assert scene.pages == {PATH: DOCUMENT}


@pytest.mark.parametrize("fetch", [True, False])
def test_a_run_without_news_asks_for_nothing_and_changes_nothing(
    published: Scene, *, fetch: bool
) -> None:
    report = published.index(fetch=fetch)

    assert (published.stored.asked, published.source.reads) == ([], [])
    assert report.published is not None
    assert not report.published.changed


def test_a_run_without_the_option_leaves_new_files_to_the_next_with_it(published: Scene) -> None:
    publish_files(published.store, [wheel("acme_lib", "2.0")], "acme-lib-2.0")
    published.index(fetch=False)
    before = list(published.stored.asked)
    published.index()

    assert (before, len(published.stored.asked)) == ([], 1)


def test_files_are_looked_up_again_while_they_are_new(published: Scene) -> None:
    published.stored.bundles_of.clear()
    uploads = [file for release in published.store.releases() for file in release.assets]
    day = datetime.fromisoformat(uploads[0].uploaded_at)
    later = replace(IndexOptions(), now=lambda: day.replace(year=day.year + 1, tzinfo=UTC)).now
    published.index(refresh=True, now=lambda: day)
    new = len(published.stored.asked)
    published.index(refresh=True, now=later)

    assert (new, len(published.stored.asked)) == (1, 1)  # not the one that has some


def test_the_page_goes_with_its_file(published: Scene) -> None:
    release = next(x for x in published.store.releases() if x.tag == "v1")
    published.store.remove(release)
    published.index()

    assert published.pages == {}


def test_the_page_of_a_replaced_file_is_removed(published: Scene) -> None:
    replace_asset(published.store, (NAME, FILE[1] + b"\0"))
    published.index()

    assert published.pages == {}


def test_provenance_beside_a_file_takes_the_place_of_its_page(published: Scene) -> None:
    release = next(x for x in published.store.releases() if x.tag == "v1")
    published.store.remove(release)
    publish_files(published.store, [FILE, (f"{NAME}.provenance", provenance())], "v1")
    published.index()

    assert published.pages == {}
    assert published.listed == f"{ADDRESS}files/v1/{NAME}.provenance"


@pytest.mark.parametrize("fetch", [True, False])
def test_a_full_run_keeps_the_page_and_removes_what_is_left_of_others(
    published: Scene, *, fetch: bool
) -> None:
    left = PATH.replace("/pypi_", "/other_")
    published.site.pages[left] = b"{}"
    published.index(fetch=fetch, full=True)

    assert published.pages == {PATH: DOCUMENT}


def test_a_page_that_others_changed_is_made_again_or_reported(published: Scene) -> None:
    published.site.pages[PATH] = provenance(PUBLISH)
    published.index(fetch=False, full=True)
    warned = list(published.reporter.warnings)
    published.index(full=True)

    assert any(PATH in each and "--fetch-attestations" in each for each in warned)
    assert published.pages == {PATH: DOCUMENT}


def test_a_warning_names_what_github_cannot_give_to_private_repositories(scene: Scene) -> None:
    scene.stored.bundles_of[SHA256] = [without_log(BUNDLE)]
    scene.index()
    (warning,) = scene.reporter.warnings

    assert (scene.pages, scene.listed) == ({}, None)
    assert NAME in warning
    assert "it is not in the public transparency log" in warning


def test_an_invalid_attestation_keeps_a_new_file_out_and_a_published_one_in(scene: Scene) -> None:
    signed = resigned({"envelope": {}}, PUBLISH)["envelope"]["signature"]
    envelope = {**BUNDLE["dsseEnvelope"], "signatures": [{"sig": signed}]}
    scene.stored.bundles_of[SHA256] = [{**BUNDLE, "dsseEnvelope": envelope}]
    known = Scene(scene.store, MemorySite({}), scene.stored)
    known.index(fetch=False)
    (refused,) = scene.index().refused
    report = known.index()

    assert (refused.filename, "its attestation is invalid" in refused.reason) == (NAME, True)
    assert (report.refused, known.listed, known.pages) == ((), None, {})
    assert any("it is invalid" in each for each in known.reporter.warnings)


def test_a_rate_limit_leaves_the_rest_to_the_next_run(scene: Scene) -> None:
    scene.stored.error = RateLimitedError("the rate limit is used up")
    report = scene.index()
    warnings = list(scene.reporter.warnings)
    scene.stored.error = None
    scene.index()

    assert (report.files, scene.pages) == (2, {PATH: DOCUMENT})
    assert any("the next run does it (the rate limit is used up)" in each for each in warnings)


def test_a_token_that_may_not_read_attestations_ends_the_run(scene: Scene) -> None:
    scene.stored.error = NotAllowedError("the token may not read attestations")
    with pytest.raises(NotAllowedError):
        scene.index()

    assert scene.site.pages == {}
