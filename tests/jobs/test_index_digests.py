"""Where the digests of files come from that the store has none of."""

import json
from contextlib import AbstractContextManager
from threading import Barrier
from typing import Any, BinaryIO

import pytest

from ghpypi.cli.index_warnings import index_warnings
from ghpypi.core.config.config import Config
from ghpypi.core.digest import digest_of
from ghpypi.core.model import Asset
from ghpypi.core.names import Sha256
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import DamagedError
from ghpypi.jobs.index.digests import digest_on_page
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.stores.memory import MemorySite, MemoryStore
from tests.support.packages import new_asset, no_advance, publish_files, wheel
from tests.support.reporters import MemoryReporter
from tests.support.sources import CountingSource
from tests.support.upstreams import MemoryUpstream, elsewhere
from tests.support.waiting import HANG_SECONDS

ONE, TWO = wheel("acme_lib", "1.0"), wheel("acme_lib", "2.0")
NONE = '[index]\nmissing-digest = "include"\n'
PAGE = 'digests-from = "https://old.example/simple"\n'
FROM_PAGE = f"[index]\n{PAGE}"


def store_of(*files: tuple[str, bytes]) -> MemoryStore:
    store = MemoryStore()
    publish_files(store, files)
    return store


def run(
    source: CountingSource,
    site: MemorySite,
    toml: str = "",
    upstream: MemoryUpstream | None = None,
    *,
    full: bool = False,
) -> IndexReport:
    settings = SiteSettings(config=Config.parse(toml), address="https://acme.example/pypi/")
    options = IndexOptions(full=full)
    return build_index(source, site, settings, MemoryReporter(), options, upstream)


def digests(site: MemorySite) -> dict[str, dict[str, str]]:
    document: dict[str, Any] = json.loads(site.pages["simple/acme-lib/index.json"])
    return {file["filename"]: file["hashes"] for file in document["files"]}


def of(file: tuple[str, bytes]) -> dict[str, str]:
    return {"sha256": digest_of(file[1])}


def test_a_page_of_the_same_files_saves_downloads() -> None:
    source, site = CountingSource(store_of(ONE, TWO), digests=False), MemorySite({})
    upstream = MemoryUpstream(
        acme_lib=[
            elsewhere(name, size=len(text), hashes=of((name, text))) for name, text in (ONE, TWO)
        ]
    )
    run(source, site, FROM_PAGE, upstream)

    assert digests(site) == {ONE[0]: of(ONE), TWO[0]: of(TWO)}
    assert source.streamed == []
    assert upstream.asked == [("https://old.example/simple/", "acme-lib")]
    source.forget()
    run(source, site, FROM_PAGE, upstream)
    assert source.reads == []
    assert len(upstream.asked) == 1


def test_a_page_that_cannot_be_read_makes_no_run_download_files() -> None:
    source, site = CountingSource(store_of(ONE), digests=False), MemorySite({})
    upstream = MemoryUpstream()
    upstream.down = "HTTP 503"
    with pytest.raises(DamagedError, match="could not be read") as caught:
        run(source, site, FROM_PAGE, upstream)

    assert "https://old.example/simple/acme-lib/ cannot be read: HTTP 503" in caught.value.faults[0]
    assert source.reads == []


@pytest.mark.parametrize(
    "row",
    [
        elsewhere("acme_lib-1.0.tar.gz", size=100, url="https://a.example/x/1.whl"),
        elsewhere("1.whl", size=101, url="https://b.example/x/1.whl"),
        elsewhere("1.whl", url="https://a.example/y/1.whl"),
        elsewhere("1.whl", size=100, hashes={"md5": "0" * 32}),
    ],
    ids=["another name", "another size and host", "another path", "another algorithm"],
)
def test_a_link_to_another_file_has_no_digest(row: dict[str, Any]) -> None:
    assert digest_on_page([row], asset_of_size_100()) is None


@pytest.mark.parametrize(
    "row",
    [
        elsewhere("1.whl", size=100, url="https://b.example/1.whl"),
        elsewhere("1.whl", url="http://A.example/x%2F1.whl?y#z"),
    ],
    ids=["size", "address"],
)
def test_a_link_to_the_same_file_has_its_digest(row: dict[str, Any]) -> None:
    assert digest_on_page([row], asset_of_size_100()) == Sha256("ab" * 32)


def asset_of_size_100() -> Any:
    store = MemoryStore()
    publish_files(store, [("1.whl", bytes(100))])
    (release,) = store.releases()
    (asset,) = release.assets
    return asset._replace(sha256=None, address="https://a.example/x/1.whl")


def test_checksum_files_of_the_release_spare_downloads() -> None:
    sums = f"{digest_of(ONE[1])}  dist/{ONE[0]}\n".encode()
    alone = (f"{TWO[0]}.sha256", digest_of(TWO[1]).encode())
    store, site = store_of(ONE, TWO, ("SHA256SUMS", sums), alone), MemorySite({})
    source = CountingSource(store, digests=False)
    run(source, site)

    assert digests(site) == {ONE[0]: of(ONE), TWO[0]: of(TWO)}
    assert sorted(source.streamed) == sorted(["SHA256SUMS", alone[0]])


def test_what_has_to_be_downloaded_is_downloaded_once() -> None:
    source, site = CountingSource(store_of(ONE), digests=False), MemorySite({})
    run(source, site)

    assert source.reads == [ONE[0]]
    assert digests(site) == {ONE[0]: of(ONE)}


def test_files_can_be_offered_without_a_digest() -> None:
    source, site = CountingSource(store_of(ONE, TWO), digests=False), MemorySite({})
    report = run(source, site, NONE)

    assert digests(site) == {ONE[0]: {}, TWO[0]: {}}
    assert f"{ONE[0]}</a>" in site.pages["simple/acme-lib/index.html"].decode()
    assert "sha256=" not in site.pages["simple/acme-lib/index.html"].decode()
    assert b"#sha256=" not in site.pages["project/acme-lib/index.html"]
    assert report.undigested == (ONE[0], TWO[0])
    (warning,) = index_warnings(report)
    assert warning.startswith("files without a digest")
    assert source.streamed == []
    source.forget()
    again = run(source, site, NONE)
    assert (source.reads, again.undigested) == ([], report.undigested)
    assert again.outdated is False


def test_a_new_file_is_no_reason_to_read_the_others_without_a_digest_again() -> None:
    store, site = store_of(ONE), MemorySite({})
    run(CountingSource(store, digests=False), site, NONE)
    publish_files(store, [TWO], "acme-lib-2.0")
    source = CountingSource(store, digests=False)
    run(source, site, NONE)

    assert source.reads == [TWO[0]]


@pytest.mark.parametrize("toml", ["", NONE + PAGE], ids=["download", "a page"])
def test_files_without_a_digest_get_one_when_the_settings_change(toml: str) -> None:
    store, site = store_of(ONE), MemorySite({})
    source = CountingSource(store, digests=False)
    run(source, site, NONE)
    upstream = MemoryUpstream(acme_lib=[elsewhere(ONE[0], size=len(ONE[1]), hashes=of(ONE))])
    report = run(source, site, toml, upstream)

    assert digests(site) == {ONE[0]: of(ONE)}
    assert report.undigested == ()


def test_pages_are_made_again_of_files_without_a_digest() -> None:
    store, site = store_of(ONE), MemorySite({})
    run(CountingSource(store, digests=False), site, NONE)
    del site.pages["project/acme-lib/about.json"]
    run(CountingSource(store, digests=False), site, f'{NONE}title = "Other"')

    assert "project/acme-lib/about.json" in site.pages


def test_files_of_one_name_without_digests_are_different_files() -> None:
    store, site = store_of(ONE), MemorySite({})
    publish_files(store, [wheel("acme_lib", "1.0", text="x = 1")], "again")
    report = run(CountingSource(store, digests=False), site, NONE)

    assert report.files == 2
    assert [each.reason for each in report.refused] == [
        "another file of this name was uploaded earlier, to release acme-lib-1.0"
    ]


def test_a_changed_checksum_file_does_not_matter_where_the_digest_is_known() -> None:
    store, site = store_of(ONE), MemorySite({})
    source = CountingSource(store, digests=False)
    run(source, site)
    (release,) = store.releases()
    store.put(release, new_asset(f"{ONE[0]}.sha256", b"0" * 64), no_advance)
    source.forget()
    run(source, site)

    assert source.reads == []


class TogetherSource(CountingSource):
    """A source whose checksum files are read only if several are being read at once."""

    def __init__(self, inner: MemoryStore, barrier: Barrier) -> None:
        super().__init__(inner, digests=False)
        self._barrier = barrier

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        if asset.name.endswith(".sha256"):
            self._barrier.wait()
        return super().stream(asset)


def test_checksum_files_of_several_releases_are_read_at_the_same_time() -> None:
    store, site = MemoryStore(), MemorySite({})
    for name, text in (ONE, TWO):
        checksum = (f"{name}.sha256", digest_of(text).encode())
        publish_files(store, [(name, text), checksum], name)
    run(TogetherSource(store, Barrier(2, timeout=HANG_SECONDS)), site)

    assert digests(site) == {ONE[0]: of(ONE), TWO[0]: of(TWO)}
