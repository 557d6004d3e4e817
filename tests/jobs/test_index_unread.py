"""Files that cannot be read now: reported, read by the next run, and never lost if published."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.model import Asset
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import DamagedError, NotFoundError, RateLimitedError, TryLaterError
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.attesting import provenance_beside
from tests.support.packages import publish_files, replace_asset, sidecar_of, wheel
from tests.support.reporters import MemoryReporter
from tests.support.sources import CountingSource

WHEEL = wheel("acme", "1.0", "Summary: The first")
LATER = wheel("acme", "2.0", "Summary: The second")
METADATA = sidecar_of(WHEEL)
PAGE = "simple/acme/index.html"
SHRINK = IndexOptions(allow_shrink=True)
NOTHING = '[index]\nmay-shrink = ["*"]'

ERRORS = {
    "reset": TryLaterError("connection reset"),
    "503": TryLaterError("HTTP 503"),
    "rate limit": RateLimitedError("rate limit"),
    "damaged": DamagedError("half a file"),
    "gone": NotFoundError("HTTP 404"),
}
each_error = pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)


class UnreadableSource(CountingSource):
    """A source that lists all files, and fails to open some.

    Args:
        inner: The source.
        error: What it raises.
        suffix: The end of the names of files that it fails to open.
    """

    def __init__(self, inner: MemoryStore, error: Exception, suffix: str = ".whl") -> None:
        super().__init__(inner, digests=not suffix.endswith(".metadata"))
        self._error = error
        self._suffix = suffix

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        return self._refuse(asset, super().stream)

    def seekable(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        return self._refuse(asset, super().seekable)

    def _refuse(
        self, asset: Asset, opened: Callable[[Asset], AbstractContextManager[BinaryIO]]
    ) -> AbstractContextManager[BinaryIO]:
        if asset.name.endswith(self._suffix):
            raise self._error
        return opened(asset)


def run(
    source: MemoryStore | CountingSource,
    site: MemorySite,
    options: IndexOptions | None = None,
    toml: str = "",
) -> IndexReport:
    settings = SiteSettings(config=Config.parse(toml), address="https://acme.example/pypi/")
    return build_index(source, site, settings, MemoryReporter(), options or IndexOptions())


def unread(report: IndexReport) -> list[str]:
    return [each.filename for each in report.unread]


def published() -> tuple[MemoryStore, MemorySite]:
    """Publish a wheel, and give a reason to read it again: attestations beside it."""
    store, site = MemoryStore(), MemorySite({})
    publish_files(store, [WHEEL])
    run(store, site)
    publish_files(store, [provenance_beside(WHEEL)])
    return store, site


@each_error
def test_a_new_file_is_reported_and_read_by_the_next_run(error: Exception) -> None:
    store, site = MemoryStore(), MemorySite({})
    publish_files(store, [wheel("other", "1.0")], "other-1.0")
    run(store, site)
    publish_files(store, [WHEEL])
    first = run(UnreadableSource(store, error), site)
    again = run(UnreadableSource(store, error), site)
    last = run(store, site)

    assert unread(first) == unread(again) == [WHEEL[0]]
    assert (first.files, last.files, unread(last)) == (1, 2, [])


@each_error
@pytest.mark.parametrize("toml", ["", NOTHING], ids=["usual", "may-shrink"])
@pytest.mark.parametrize("options", [IndexOptions(), SHRINK], ids=["usual", "allow_shrink"])
def test_a_published_file_stays_and_is_read_again_by_the_next_run(
    error: Exception, options: IndexOptions, toml: str
) -> None:
    store, site = published()
    run(store, site, toml=toml)
    publish_files(store, [METADATA])
    before = site.pages[PAGE]
    first = run(UnreadableSource(store, error), site, options, toml)
    stays = site.pages[PAGE]
    last = run(store, site, toml=toml)

    assert unread(first) == [WHEEL[0]]
    assert (first.files, first.differences.removed) == (1, ())
    assert stays == before
    assert (last.differences.changed, unread(last)) == ((WHEEL[0],), [])


@pytest.mark.parametrize("toml", ["", NOTHING], ids=["usual", "may-shrink"])
@pytest.mark.parametrize("check", [False, True], ids=["write", "check"])
def test_a_full_run_that_cannot_read_a_published_file_writes_nothing(
    toml: str, *, check: bool
) -> None:
    store, site = published()
    before = dict(site.pages)
    options = IndexOptions(full=True, allow_shrink=True, check=check)
    with pytest.raises(DamagedError, match="1 file of the site in memory could not be read"):
        run(UnreadableSource(store, ERRORS["reset"]), site, options, toml)

    assert site.pages == before


def test_a_published_file_stays_after_its_metadata_file_could_not_be_read() -> None:
    store, site = MemoryStore(), MemorySite({})
    publish_files(store, [WHEEL, METADATA])
    first = run(UnreadableSource(store, DamagedError("half a file"), ".metadata"), site)
    second = run(UnreadableSource(store, ERRORS["reset"]), site)
    last = run(store, site)

    assert (unread(first), unread(second)) == ([METADATA[0]], [WHEEL[0]])
    assert (first.files, second.files, unread(last)) == (1, 1, [])
    assert b"data-core-metadata" in site.pages[PAGE]


REPLACED = wheel("acme", "1.0", "Summary: Another")


def test_a_replaced_file_that_cannot_be_read_is_not_published_with_the_old_digest() -> None:
    store, site = published()
    replace_asset(store, REPLACED)
    replace_asset(store, provenance_beside(REPLACED))
    before = dict(site.pages)
    with pytest.raises(DamagedError, match="could not be read; nothing was published"):
        run(UnreadableSource(store, ERRORS["reset"]), site)

    assert site.pages == before
    assert run(store, site).differences.changed == (WHEEL[0],)


@each_error
def test_a_description_that_cannot_be_read_is_reported_and_read_by_the_next_run(
    error: Exception,
) -> None:
    store, site = MemoryStore(), MemorySite({})
    publish_files(store, [WHEEL])
    publish_files(store, [LATER], "v2")
    run(store, site)
    withdrawn = '[yanked.acme]\n"2.0" = "bad"'
    first = run(UnreadableSource(store, error), site, toml=withdrawn)
    last = run(store, site, toml=withdrawn)

    assert unread(first) == [WHEEL[0]]
    assert (first.files, last.files, unread(last)) == (2, 2, [])
    assert b"The first" in site.pages["project/acme/index.html"]
