"""The server and the parts of a catalog: which are read, also while they are written."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from packaging.utils import NormalizedName

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.config.config import Config
from ghpypi.core.serving import Snapshot
from ghpypi.server.catalog_view import CatalogView
from tests.server.scene import serving
from tests.support.catalogs import PART, published, reading
from tests.support.packages import publish_files, wheel

FILES = [wheel(name, "1.0") for name in ("acme_lib", "acme_web", "zope")]
CONFIG = Config()


def site_of(*files: tuple[str, bytes]) -> dict[str, bytes]:
    """Publish files, and let the catalog have a part for each project."""
    with serving(*files) as server:
        server.index()
        pages = server.reader.site.pages
    return pages | dict(replace(published(pages), part_bytes=1).files())


class Published:
    """Published pages, of which the reads are noted."""

    def __init__(self, pages: dict[str, bytes]) -> None:
        self.pages = pages
        self.reads: list[str] = []

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        self.reads += paths
        return reading(self.pages)(paths)

    @property
    def snapshot(self) -> Snapshot:
        return Snapshot(mark="", catalog=self.pages[CATALOG_PATH], config=CONFIG)


def test_only_parts_in_which_something_changed_are_read_again() -> None:
    site, view = Published(site_of(*FILES)), CatalogView("acme/pypi")
    view.take(site.snapshot, site.read)
    assert sorted(site.reads) == [f"catalog/part-{x}.jsonl" for x in ("acme-l", "acme-w", "z")]
    site.reads.clear()
    site.pages = site_of(*FILES, wheel("acme_web", "1.1"))
    view.take(site.snapshot, site.read)

    assert site.reads == ["catalog/part-acme-w.jsonl"]
    assert len(view.files(NormalizedName("acme-web"))) == 2
    view.take(site.snapshot, site.read)
    assert len(site.reads) == 1


def test_only_a_project_whose_part_was_not_published_whole_is_unavailable() -> None:
    with serving(*FILES, own_token=None) as server:
        server.index()
        before = dict(server.reader.site.pages)
        publish_files(server.reader.store, [wheel("zope", "1.1")], "zope-1.1")
        server.index()
        after = dict(server.reader.site.pages)
        server.reader.site.pages = after | {CATALOG_PATH: before[CATALOG_PATH]}
        server.settle()
        page = server.client.get("/acme/pypi/simple/zope/")

        assert (page.status_code, page.headers["retry-after"]) == (503, "10")
        assert "the files of zope cannot be read" in page.text
        assert server.client.get("/acme/pypi/simple/").status_code == 200
        assert server.client.get("/acme/pypi/simple/acme-web/").status_code == 200
        server.reader.site.pages = after
        server.settle()
        assert b"zope-1.1" in server.client.get("/acme/pypi/simple/zope/").content


def test_what_is_served_stays_while_parts_are_written() -> None:
    with serving(*FILES) as server:
        server.index()
        server.settle()
        before = server.reader.site.pages
        publish_files(server.reader.store, [wheel("zope", "1.1")], "zope-1.1")
        server.index()
        server.reader.site.pages = before | {PART: server.reader.site.pages[PART]}
        server.settle()

        assert server.client.get("/acme/pypi/simple/zope/").status_code == 200


def test_a_project_stays_as_it_was_until_the_catalog_belongs_to_its_part() -> None:
    with serving(*FILES) as server:
        server.index()
        server.settle()
        states = []
        for version in ("1.1", "1.2"):
            publish_files(server.reader.store, [wheel("zope", version)], f"zope-{version}")
            server.index()
            states.append(dict(server.reader.site.pages))
        first, second = states
        server.reader.site.pages = first | {PART: second[PART]}
        server.settle()
        between = server.client.get("/acme/pypi/simple/zope/")
        server.reader.site.pages = second
        server.settle()
        after = server.client.get("/acme/pypi/simple/zope/")

        assert between.status_code == 200
        assert b"zope-1.0" in between.content
        assert b"zope-1.1" not in between.content
        assert b"zope-1.2" in after.content


def test_a_catalog_that_is_published_while_it_is_read_is_read_again() -> None:
    with serving(*FILES) as server:
        server.index()
        before = server.reader.site.pages
        publish_files(server.reader.store, [wheel("zope", "1.1")], "zope-1.1")
        server.index()
        late = Late(before, server.reader.site.pages)
        server.reader.site.pages = late
        server.settle()

        assert b"zope-1.1" in server.client.get("/acme/pypi/simple/zope/").content


class Late(dict[str, bytes]):
    """Pages of which the catalog was read before they were published."""

    def __init__(self, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
        super().__init__(after)
        self._before: list[bytes] = [before[CATALOG_PATH]]

    def get(self, key: str, default: bytes | None = None) -> bytes | None:  # type: ignore[override]
        if key == CATALOG_PATH and len(self._before) == 1:
            return self._before[0]
        return super().get(key, default)

    def __getitem__(self, key: str) -> bytes:
        if key == PART:
            self._before.append(b"")
        return super().__getitem__(key)
