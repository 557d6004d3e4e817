"""What an index run reads of files, and what it makes of files that do not arrive as they are."""

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, BinaryIO

import pytest

from ghpypi.core.config.config import Config
from ghpypi.core.digest import digest_of
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import DamagedError, NotFoundError, RefusedError
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.ports import FileSource, Published
from ghpypi.stored_files import ATTEMPTS
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import Built, publish_files, replace_asset, sdist, sidecar_of, wheel
from tests.support.reporters import MemoryReporter
from tests.support.sources import CountingSource, RemoteStore

OLD = wheel("acme_lib", "1.0", "Requires-Dist: old-dependency")
NEW = wheel("acme_lib", "1.0", "Requires-Dist: new-dependency")
OLD_METADATA, NEW_METADATA = sidecar_of(OLD), sidecar_of(NEW)
SDIST = sdist("other", "2.0")
WRONG = "it is not the metadata of its wheel; replace it with 'ghpypi backfill'"
FULL = IndexOptions(full=True)


def run(source: FileSource, site: MemorySite, options: IndexOptions | None = None) -> IndexReport:
    settings = SiteSettings(config=Config.parse(""), address="https://acme.example/pypi/")
    return build_index(source, site, settings, MemoryReporter(), options or IndexOptions())


def store_of(*files: Built) -> MemoryStore:
    store = MemoryStore()
    publish_files(store, files)
    return store


def listed(site: MemorySite, project: str = "acme-lib") -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = json.loads(site.pages[f"simple/{project}/index.json"])["files"]
    return files


def refused(report: IndexReport) -> list[tuple[str, str]]:
    return [(each.filename, each.reason) for each in report.refused]


class Carrier(CountingSource):
    """A source whose files arrive changed, for so many times.

    Args:
        inner: The source.
        spoil: Changes what arrives of a file.
        only: The suffix of the files it happens to.
        times: How often it happens.
    """

    def __init__(
        self,
        inner: FileSource,
        spoil: Callable[[bytes], bytes],
        *,
        only: str = "",
        times: int = 1,
        digests: bool = True,
    ) -> None:
        super().__init__(inner, digests=digests)
        self._spoil = spoil
        self._only = only
        self._left = times

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        return self._carried(asset, super().stream(asset))

    def seekable(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        return self._carried(asset, super().seekable(asset))

    def _carried(
        self, asset: Asset, opened: AbstractContextManager[BinaryIO]
    ) -> AbstractContextManager[BinaryIO]:
        if not asset.name.endswith(self._only) or not self._left:
            return opened
        self._left -= 1
        with opened as file:
            return io.BytesIO(self._spoil(file.read()))


def page(_: bytes) -> bytes:
    return b"<html>Please sign in to this network"


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def same_length(content: bytes) -> bytes:
    return bytes(len(content))


# A metadata file and the wheel beside it


@pytest.mark.parametrize("options", [IndexOptions(), FULL], ids=["usual", "full"])
@pytest.mark.parametrize("digests", [True, False], ids=["digests listed", "not listed"])
def test_a_replaced_wheel_is_never_published_with_the_old_metadata_file(
    options: IndexOptions, digests: bool
) -> None:
    store, site = store_of(OLD, OLD_METADATA), MemorySite({})
    run(CountingSource(store, digests=digests), site)
    replace_asset(store, NEW)
    report = run(CountingSource(store, digests=digests), site, options)

    (file,) = listed(site)
    assert file["hashes"] == {"sha256": digest_of(NEW[1])}
    assert "core-metadata" not in file
    assert refused(report) == [(OLD_METADATA[0], WRONG)]


@pytest.mark.parametrize(
    "content",
    [OLD_METADATA[1], sidecar_of(wheel("strange", "1.0"))[1], b"", b"nonsense"],
    ids=["of another build", "of another project", "empty", "no metadata"],
)
def test_a_wrong_metadata_file_is_reported_and_its_wheel_stays(content: bytes) -> None:
    site = MemorySite({})
    report = run(store_of(NEW, (NEW_METADATA[0], content)), site)

    (file,) = listed(site)
    assert "core-metadata" not in file
    assert refused(report) == [(NEW_METADATA[0], WRONG)]


def test_a_wrong_metadata_file_is_reported_by_every_run_and_read_by_the_first() -> None:
    store, site = store_of(NEW, OLD_METADATA), MemorySite({})
    first = run(store, site)
    source = CountingSource(store)
    again = run(source, site)
    publish_files(store, [wheel("acme_lib", "1.1")], "acme-lib-1.1")
    later = run(store, site)

    assert first.refused == again.refused == later.refused != ()
    assert source.reads == []
    assert again.published == Published(written=0, removed=0)


def test_a_metadata_file_that_is_put_right_is_advertised() -> None:
    store, site = store_of(NEW, OLD_METADATA), MemorySite({})
    run(store, site)
    replace_asset(store, NEW_METADATA)
    report = run(store, site)

    assert listed(site)[0]["core-metadata"] == {"sha256": digest_of(NEW_METADATA[1])}
    assert report.refused == ()


def test_a_wrong_metadata_file_of_an_immutable_release_stays() -> None:
    store = MemoryStore(immutable=True)
    publish_files(store, [NEW, OLD_METADATA])
    (refusal,) = run(store, MemorySite({})).refused

    assert refusal.reason == (
        "it is not the metadata of its wheel; its release is immutable, so it cannot be replaced"
    )


def test_the_metadata_file_is_read_where_its_store_has_no_digest_of_it() -> None:
    source = CountingSource(store_of(NEW, NEW_METADATA), digests=False)
    site = MemorySite({})
    run(source, site)

    assert source.streamed == [NEW[0], NEW_METADATA[0]]
    assert listed(site)[0]["core-metadata"] == {"sha256": digest_of(NEW_METADATA[1])}


def test_a_file_whose_address_is_not_that_of_its_store_is_not_downloaded_as_a_whole() -> None:
    class Moved(CountingSource):
        def releases(self) -> Iterator[StoredRelease]:
            for release in super().releases():
                assets = [each._replace(address="https://evil.example/") for each in release.assets]
                yield release._replace(assets=tuple(assets))

    store = RemoteStore(name="acme/pypi")
    publish_files(store, [NEW])
    source = Moved(store)
    ((_, reason),) = refused(run(source, MemorySite({}), IndexOptions(allow_shrink=True)))

    assert "https://evil.example/" in reason
    assert (source.sought, source.streamed) == ([NEW[0]], [])


def test_a_metadata_file_far_too_large_is_not_read() -> None:
    store, site = store_of(NEW, NEW_METADATA), MemorySite({})
    (release,) = store.releases()
    assets = [
        x._replace(size=1 << 30) if x.name.endswith(".metadata") else x for x in release.assets
    ]
    store._releases[release.key] = release._replace(assets=tuple(assets))
    source = CountingSource(store, digests=False)
    report = run(source, site)

    assert NEW_METADATA[0] not in source.reads
    assert refused(report) == [(NEW_METADATA[0], WRONG)]


# What a transfer spoils


@pytest.mark.parametrize("spoil", [page, half, same_length])
@pytest.mark.parametrize("file", [NEW, SDIST], ids=["wheel", "sdist"])
def test_a_file_that_arrives_damaged_is_read_again(
    spoil: Callable[[bytes], bytes], file: Built
) -> None:
    source, site = Carrier(store_of(file), spoil), MemorySite({})
    report = run(source, site)

    assert (report.files, report.refused, report.unread) == (1, (), ())


@pytest.mark.parametrize("spoil", [page, half, same_length])
@pytest.mark.parametrize("file", [NEW, SDIST], ids=["wheel", "sdist"])
def test_a_file_that_always_arrives_damaged_is_unread_and_read_by_the_next_run(
    spoil: Callable[[bytes], bytes], file: Built
) -> None:
    store, site = store_of(wheel("fine", "1.0"), file), MemorySite({})
    first = run(Carrier(store, spoil, only=file[0], times=ATTEMPTS + 1), site)
    again = run(store, site)

    assert [each.filename for each in first.unread] == [file[0]]
    assert (first.files, first.refused) == (1, ())
    assert (again.files, again.unread) == (2, ())


@pytest.mark.parametrize("file", [NEW, SDIST], ids=["wheel", "sdist"])
@pytest.mark.parametrize("spoil", [page, half])
def test_a_digest_is_never_computed_of_half_a_file(
    spoil: Callable[[bytes], bytes], file: Built
) -> None:
    source, site = Carrier(store_of(file), spoil, digests=False), MemorySite({})
    run(source, site)

    (entry,) = listed(site, "other" if file is SDIST else "acme-lib")
    assert entry["hashes"] == {"sha256": digest_of(file[1])}


def test_a_file_is_found_unfit_by_bytes_of_its_digest_only() -> None:
    bad = ("acme_lib-1.0-py3-none-any.whl", b"no archive")
    source = CountingSource(store_of(bad, SDIST))
    report = run(source, MemorySite({}))

    assert [name for name, _ in refused(report)] == [bad[0]]
    assert (source.sought, sorted(source.streamed)) == ([bad[0]], [bad[0], SDIST[0]])


def test_a_file_that_contradicts_its_name_only_on_the_way_is_offered() -> None:
    other = wheel("strange", "3.0")[1]
    source = Carrier(store_of(NEW), lambda _: other)
    report = run(source, MemorySite({}))

    assert (report.files, report.refused) == (1, ())


def test_an_index_does_not_lose_a_file_that_could_not_be_read() -> None:
    store, site = store_of(NEW), MemorySite({})
    run(store, site)
    before = dict(site.pages)
    with pytest.raises(DamagedError, match="1 file of the site in memory could not be read") as it:
        run(Carrier(store, page, times=99), site, FULL)

    assert it.value.exit_code == 7
    assert "allow-shrink" not in it.value.hint
    assert site.pages == before


def test_a_first_index_is_not_empty_because_of_a_bad_connection() -> None:
    site = MemorySite({})
    with pytest.raises(DamagedError):
        run(Carrier(store_of(NEW), page, times=99), site)

    assert site.pages == {}


def test_a_loss_is_refused_though_something_else_could_not_be_read() -> None:
    store, site = store_of(NEW), MemorySite({})
    run(store, site)
    store._releases.clear()
    publish_files(store, [SDIST], "other-2.0")
    with pytest.raises(RefusedError, match="would lose 1 file"):
        run(Carrier(store, page, times=99), site)


def test_a_metadata_file_that_arrives_damaged_is_read_again_by_the_next_run() -> None:
    store, site = store_of(NEW, NEW_METADATA), MemorySite({})
    damaging = Carrier(store, half, only=".metadata", times=ATTEMPTS, digests=False)
    first = run(damaging, site)

    assert [each.filename for each in first.unread] == [NEW_METADATA[0]]
    assert "core-metadata" not in listed(site)[0]
    again = run(damaging, site)
    assert (again.unread, again.refused) == ((), ())
    assert listed(site)[0]["core-metadata"] == {"sha256": digest_of(NEW_METADATA[1])}


def test_a_metadata_file_that_is_gone_costs_its_wheel_nothing() -> None:
    class Losing(CountingSource):
        def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
            if asset.name.endswith(".metadata"):
                raise NotFoundError("gone")
            return super().stream(asset)

    site = MemorySite({})
    report = run(Losing(store_of(NEW, NEW_METADATA), digests=False), site)

    assert [(x.filename, x.reason) for x in report.unread] == [(NEW_METADATA[0], "gone")]
    assert len(listed(site)) == 1


@pytest.mark.parametrize("times", [1, 99], ids=["once", "always"])
def test_texts_of_a_page_are_read_again_when_they_arrive_damaged(times: int) -> None:
    store, site = store_of(wheel("acme_lib", "1.0", "Summary: A library")), MemorySite({})
    run(store, site)
    del site.pages["project/acme-lib/about.json"]
    settings = SiteSettings(
        config=Config.parse('[index]\ntitle = "T"'), address="https://acme.example/pypi/"
    )
    report = build_index(
        Carrier(store, page, times=times), site, settings, MemoryReporter(), IndexOptions()
    )

    assert report.files == 1
    assert ("project/acme-lib/about.json" in site.pages) == (times == 1)


# Files on this machine


class LocalSource(CountingSource):
    """A source whose files are on this machine; remembers which threads read them."""

    local = True

    def __init__(self, inner: FileSource) -> None:
        super().__init__(inner, digests=False)
        self.threads: set[int] = set()

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        self.threads.add(threading.get_ident())
        return super().stream(asset)


def test_a_local_file_is_opened_once_and_by_the_thread_of_the_run() -> None:
    source = LocalSource(store_of(OLD, OLD_METADATA, SDIST))
    run(source, MemorySite({}))

    assert source.reads == sorted([OLD[0], OLD_METADATA[0], SDIST[0]])
    assert source.threads == {threading.get_ident()}


def test_a_local_file_that_changes_while_it_is_read_is_read_by_the_next_run() -> None:
    class Growing(LocalSource):
        def releases(self) -> Iterator[StoredRelease]:
            for release in super().releases():
                assets = [each._replace(size=each.size - 1) for each in release.assets]
                yield release._replace(assets=tuple(assets))

    store, site = store_of(OLD), MemorySite({})
    report = run(Growing(store), site, IndexOptions(allow_shrink=True))
    later = run(LocalSource(store), site)

    reason = f"{OLD[0]} in {store.name} changed while it was read"
    assert [(each.filename, each.reason) for each in report.unread] == [(OLD[0], reason)]
    assert (later.unread, len(listed(site))) == ((), 1)
