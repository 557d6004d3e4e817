"""Pages that another tool copied into a bucket, such as `aws s3 sync` from a folder."""

from collections import defaultdict

import obstore.store

from ghpypi.core.config.config import Config
from ghpypi.core.site.settings import SiteSettings
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.ports import SiteChange
from ghpypi.stores.memory import MemorySite, MemoryStore
from ghpypi.stores.objects.keys import page_headers
from ghpypi.stores.objects.site import BucketSite
from tests.stores.objects.clients import FailingClient, memory
from tests.support.packages import publish_files, wheel
from tests.support.reporters import MemoryReporter

SETTINGS = SiteSettings(config=Config(), address="", store="s3://bucket")
PROJECT = "simple/acme-lib/index.json"


def test_a_full_run_gives_copied_pages_their_media_types_and_their_folders() -> None:
    store, copied = MemoryStore(), MemorySite({})
    publish_files(store, [wheel("acme_lib", "1.0")], "acme-lib-1.0")
    build_index(store, copied, SETTINGS, MemoryReporter(), IndexOptions())
    folders = defaultdict[str, obstore.store.MemoryStore](obstore.store.MemoryStore)
    client = memory(open_folder=folders.__getitem__)
    for path, page in copied.pages.items():
        client.write(path, page, {"Content-Type": "application/json"})
    site = BucketSite(client)
    before = dict(folders)
    report = build_index(store, site, SETTINGS, MemoryReporter(), IndexOptions(full=True))
    found = client.find(PROJECT)

    assert before == {}
    assert report.published
    assert report.published.changed
    assert found
    assert found.attributes["Content-Type"] == "application/vnd.pypi.simple.v1+json"
    assert sorted(folders) == ["simple", "simple/acme-lib"]
    again = build_index(store, site, SETTINGS, MemoryReporter(), IndexOptions(full=True))
    assert again.published
    assert not again.published.changed


def test_a_page_with_the_same_bytes_and_another_media_type_is_not_in_the_way() -> None:
    client, page = memory(), ("simple/index.html", b"<html>")
    client.write(*page, {"Content-Type": "application/octet-stream"})
    change = SiteChange(pages=lambda: [page], added=lambda: [page[0]])
    site = BucketSite(client)

    assert site.compare(change).occupied == ()
    assert site.publish(change, base=None).written == 1
    assert site.compare(change).written == ()


def test_comparing_reads_no_page_of_another_size() -> None:
    client = FailingClient(name="s3://bucket", store=obstore.store.MemoryStore())
    pages = {"simple/a/index.html": b"one", "simple/b/index.html": b"two", "x.html": b"three"}
    for path, page in pages.items():
        client.write(path, page, page_headers(path))
    new = {**pages, "simple/a/index.html": b"longer", "simple/c/index.html": b"new"}
    before = client.faults.count
    found = BucketSite(client).compare(SiteChange(pages=new.items, owned=pages))

    assert found.written == ("simple/a/index.html", "simple/c/index.html")
    assert client.faults.count - before == 2 + 2  # two lists, and the pages that may be equal
