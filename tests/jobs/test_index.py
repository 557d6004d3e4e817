"""The index job, over stores and sites in memory."""

import io
import json
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.config.config import Config
from ghpypi.core.digest import digest_of
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.site.ownership import Shape, owned_by
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import (
    DifferenceError,
    FailedError,
    NotFoundError,
    OccupiedError,
    OutdatedError,
    RefusedError,
    TryLaterError,
)
from ghpypi.jobs.index.attempts import ATTEMPTS
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.ports import Absence, FileSource, Published, Site, SiteChange
from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.directory.store import DirectoryStore
from ghpypi.stores.memory import UPLOADED_AT, MemorySite, MemoryStore
from tests.contract.harness import MemoryStoreHarness
from tests.support.archives import (
    SDIST_NAME,
    TOP,
    WHEEL_NAME,
    core_metadata,
    sdist_of,
    wheel_of,
)
from tests.support.attesting import provenance_beside
from tests.support.catalogs import PART, forge, published
from tests.support.packages import (
    Built,
    new_asset,
    new_release,
    no_advance,
    publish_files,
    sdist,
    sidecar_of,
    wheel,
)
from tests.support.reporters import MemoryReporter
from tests.support.sources import CountingSource, RacingSite, RemoteStore

WHEEL = wheel("acme_lib", "1.0", "Requires-Python: >=3.9")
SIDECAR = sidecar_of(WHEEL)
SDIST = sdist("acme_lib", "1.0")
NEWER = wheel("acme_lib", "1.1")
OTHER = sdist("other", "2.0")
LIED = ("acme_lib-1.0.1-py3-none-any.whl", WHEEL[1])

PEOPLE = {"index.html", "projects/index.html", "feed.xml", "search.json"}
"""Pages that show the newest of everything."""

JSON = "simple/acme-lib/index.json"
HTML = "simple/acme-lib/index.html"
JSON_API = "pypi/acme-lib/json"


def look_of(toml: str = "") -> SiteSettings:
    return SiteSettings(config=Config.parse(toml), address="https://acme.example/pypi/")


def run(
    source: FileSource,
    site: Site,
    options: IndexOptions | None = None,
    *,
    toml: str = "",
    reporter: MemoryReporter | None = None,
) -> IndexReport:
    return build_index(
        source, site, look_of(toml), reporter or MemoryReporter(), options or IndexOptions()
    )


def store_of(*files: Built, tag: str = "acme-lib-1.0") -> MemoryStore:
    store = MemoryStore()
    publish_files(store, files, tag)
    return store


def page(site: MemorySite, path: str = JSON) -> Any:
    return json.loads(site.pages[path])


def offered(site: MemorySite, path: str = JSON) -> list[str]:
    return [file["filename"] for file in page(site, path)["files"]]


def changed(site: MemorySite, before: dict[str, bytes]) -> set[str]:
    """Name the pages that are not what they were, without the catalog, which always is not."""
    paths = {*site.pages, *before} - {CATALOG_PATH, PART}
    return {path for path in paths if site.pages.get(path) != before.get(path)}


def refusals(report: IndexReport) -> list[tuple[str, str]]:
    return [(each.filename, each.reason) for each in report.refused]


# What an index holds


def test_the_first_run_publishes_the_whole_site() -> None:
    site = MemorySite({})
    report = run(store_of(WHEEL, SIDECAR, SDIST), site)

    assert sorted(path for path in site.pages if not path.startswith("assets/")) == [
        ".nojekyll",
        "404.html",
        CATALOG_PATH,
        PART,
        "feed.xml",
        "index.html",
        "project/acme-lib/1.0/index.html",
        "project/acme-lib/about.json",
        "project/acme-lib/badge.svg",
        "project/acme-lib/feed.xml",
        "project/acme-lib/index.html",
        "projects/index.html",
        JSON_API,
        "search.json",
        "simple/acme-lib/index.html",
        "simple/acme-lib/index.json",
        "simple/index.html",
        "simple/index.json",
    ]
    assert (report.projects, report.files) == (1, 2)
    assert report.differences.added == (WHEEL[0], SDIST[0])
    assert report.published == Published(written=len(site.pages), removed=0)
    assert report.outdated


def test_a_page_says_all_that_is_known_of_a_file() -> None:
    site = MemorySite({})
    run(store_of(WHEEL, SIDECAR), site)

    assert page(site) == {
        "meta": {"api-version": "1.4"},
        "name": "acme-lib",
        "versions": ["1.0"],
        "files": [
            {
                "filename": WHEEL[0],
                "url": f"../../files/acme-lib-1.0/{WHEEL[0]}",
                "hashes": {"sha256": digest_of(WHEEL[1])},
                "size": len(WHEEL[1]),
                "upload-time": "2026-01-01T00:00:00Z",
                "requires-python": ">=3.9",
                "core-metadata": {"sha256": digest_of(SIDECAR[1])},
            }
        ],
    }


def test_drafts_prereleases_leftovers_and_other_files_are_distinguished() -> None:
    harness = MemoryStoreHarness()
    store = harness.store()
    publish_files(store, [SDIST, ("notes.txt", b"text"), ("acme_lib.zip.asc", b"signature")])
    store.put(store.draft(new_release("draft")), new_asset(*NEWER), no_advance)
    release = store.draft(new_release("nightly", prerelease=True))
    store.put(release, new_asset(*OTHER), no_advance)
    harness.leave_unfinished(store.publish(release), "other-2.1.tar.gz")
    site = MemorySite({})
    report = run(store, site)

    assert report.differences.added == (SDIST[0], OTHER[0])
    assert (report.ignored, report.unfinished) == (2, 1)
    assert offered(site) == [SDIST[0]]


def test_prereleases_can_be_left_out() -> None:
    store = store_of(SDIST)
    release = store.draft(new_release("nightly", prerelease=True))
    store.put(release, new_asset(*OTHER), no_advance)
    store.publish(release)
    report = run(store, MemorySite({}), toml="[index]\nprereleases = false")

    assert report.differences.added == (SDIST[0],)


def test_yanks_and_statuses_come_from_the_configuration() -> None:
    site = MemorySite({})
    run(
        store_of(SDIST, NEWER),
        site,
        toml='[yanked]\nAcme_Lib = {"1.0.0" = "broken"}\n'
        '[projects."acme.lib"]\nstatus = "deprecated"\n',
    )

    assert [file.get("yanked") for file in page(site)["files"]] == ["broken", None]
    assert page(site)["project-status"] == {"status": "deprecated"}


# What is read


def test_the_metadata_of_a_wheel_is_read_from_the_wheel_and_nothing_else_is() -> None:
    source = CountingSource(store_of(WHEEL, SIDECAR))
    run(source, MemorySite({}))

    assert (source.streamed, source.sought) == ([], [WHEEL[0]])


def test_a_wheel_without_a_sidecar_is_read_in_places() -> None:
    source, site = CountingSource(store_of(WHEEL)), MemorySite({})
    run(source, site)

    assert (source.streamed, source.sought) == ([], [WHEEL[0]])
    (file,) = page(site)["files"]
    assert file["requires-python"] == ">=3.9"
    assert "core-metadata" not in file


@pytest.mark.parametrize("suffix", [".tar.gz", ".zip"])
def test_a_source_distribution_is_opened_as_its_archive_needs(suffix: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(
            "acme_lib-1.0/PKG-INFO", "Metadata-Version: 2.1\nName: acme_lib\nVersion: 1.0\n"
        )
    file = SDIST if suffix == ".tar.gz" else ("acme_lib-1.0.zip", buffer.getvalue())
    source = CountingSource(store_of(file))
    report = run(source, MemorySite({}))

    assert report.refused == ()
    assert source.streamed == ([file[0]] if suffix == ".tar.gz" else [])
    assert source.sought == ([file[0]] if suffix == ".zip" else [])


def test_the_sidecar_of_a_source_distribution_is_not_advertised() -> None:
    source, site = CountingSource(store_of(SDIST, sidecar_of(SDIST))), MemorySite({})
    run(source, site)

    assert source.reads == [SDIST[0]]
    assert "core-metadata" not in page(site)["files"][0]


def test_a_sidecar_added_later_is_advertised_and_nothing_else_is_read() -> None:
    store, site = store_of(WHEEL, SDIST), MemorySite({})
    run(store, site)
    (release,) = store.releases()
    store.put(release, new_asset(*SIDECAR), no_advance)
    source = CountingSource(store)
    report = run(source, site)

    assert source.reads == [WHEEL[0]]
    assert report.differences.changed == (WHEEL[0],)
    assert page(site)["files"][0]["core-metadata"] == {"sha256": digest_of(SIDECAR[1])}


def test_a_file_without_digest_is_hashed_once() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    source = CountingSource(store, digests=False)
    run(source, site)

    assert (source.streamed, source.sought) == ([WHEEL[0]], [])
    assert page(site)["files"][0]["hashes"] == {"sha256": digest_of(WHEEL[1])}
    source.forget()
    run(source, site)
    assert source.reads == []


def test_a_digest_found_earlier_survives_a_sidecar_added_later() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    source = CountingSource(store, digests=False)
    run(source, site)
    (release,) = store.releases()
    store.put(release, new_asset(*SIDECAR), no_advance)
    source.forget()
    run(source, site)

    assert (source.streamed, source.sought) == ([SIDECAR[0]], [WHEEL[0]])
    (file,) = page(site)["files"]
    assert file["hashes"] == {"sha256": digest_of(WHEEL[1])}
    assert file["core-metadata"] == {"sha256": digest_of(SIDECAR[1])}


def test_files_without_digest_can_be_skipped() -> None:
    source = CountingSource(store_of(WHEEL), digests=False)
    site = MemorySite({})
    report = run(
        source,
        site,
        IndexOptions(allow_shrink=True),
        toml='[index]\nmissing-digest = "exclude"',
    )

    assert refusals(report) == [
        (WHEEL[0], "the store lists no digest for it (missing-digest is 'exclude')")
    ]
    assert source.reads == []
    assert HTML not in site.pages


def test_files_that_were_skipped_are_hashed_when_the_setting_changes() -> None:
    source, site = CountingSource(store_of(WHEEL), digests=False), MemorySite({})
    run(source, site, IndexOptions(allow_shrink=True), toml='[index]\nmissing-digest = "exclude"')
    run(source, site)

    assert offered(site) == [WHEEL[0]]


def test_only_what_is_new_is_read() -> None:
    store, site = store_of(WHEEL, SIDECAR, SDIST), MemorySite({})
    run(store, site)
    before = dict(site.pages)
    publish_files(store, [NEWER], "acme-lib-1.1")
    source = CountingSource(store)
    report = run(source, site)

    assert source.reads == [NEWER[0]]
    assert report.differences.added == (NEWER[0],)
    assert changed(site, before) == {
        *PEOPLE,
        HTML,
        JSON,
        JSON_API,
        "project/acme-lib/1.1/index.html",
        "project/acme-lib/about.json",
        "project/acme-lib/badge.svg",
        "project/acme-lib/feed.xml",
        "project/acme-lib/index.html",
    }


def test_full_reads_everything_again() -> None:
    store, site = store_of(WHEEL, SDIST), MemorySite({})
    run(store, site)
    source = CountingSource(store)
    report = run(source, site, IndexOptions(full=True))

    assert source.reads == [WHEEL[0], SDIST[0]]
    assert report.published == Published(written=0, removed=0)
    assert not report.outdated


# What is left out


def test_metadata_that_contradicts_the_filename_keeps_a_file_out() -> None:
    store, site = store_of(LIED, WHEEL), MemorySite({})
    report = run(store, site)

    ((name, reason),) = refusals(report)
    assert name == LIED[0]
    assert reason.startswith("its metadata has version '1.0', its filename '1.0.1'")
    assert offered(site) == [WHEEL[0]]
    assert report.files == 1


def test_a_file_left_out_is_remembered_and_not_read_again() -> None:
    store, site = store_of(LIED, WHEEL), MemorySite({})
    first = run(store, site)
    publish_files(store, [NEWER], "acme-lib-1.1")
    source = CountingSource(store)
    second = run(source, site)
    third = run(source, site)

    assert second.refused == first.refused == third.refused
    assert source.reads == [NEWER[0]]


def test_reasons_of_all_kinds_are_reported_together() -> None:
    files = [
        WHEEL,
        LIED,
        ("acme_lib-one.tar.gz", b"no version"),
        ("broken-1.0-py3-none-any.whl", b"no archive"),
        ("nothing.tar.gz", b"no dash"),
        ("unversioned.whl", b"no dash"),
    ]
    report = run(store_of(*files), MemorySite({}))

    assert sorted(name for name, _ in refusals(report)) == sorted(name for name, _ in files[1:])
    assert {each.where for each in report.refused} == {"release acme-lib-1.0"}
    assert (report.projects, report.files) == (1, 1)


def test_a_project_all_of_whose_files_are_left_out_has_no_page() -> None:
    site = MemorySite({})
    report = run(store_of(WHEEL, ("broken-1.0.tar.gz", b"no archive")), site)

    assert (report.projects, report.files) == (1, 1)
    assert page(site, "simple/index.json")["projects"] == [{"name": "acme-lib"}]
    assert not [path for path in site.pages if "broken" in path]


def test_an_unreadable_requires_python_is_left_out_with_a_warning() -> None:
    store, site = MemoryStore(), MemorySite({})
    file = wheel("acme_lib", "1.0", "Requires-Python: 3.9 or so")
    publish_files(store, [file])
    report = run(store, site)

    assert offered(site) == [file[0]]
    assert "requires-python" not in page(site)["files"][0]
    (remark,) = report.remarks
    assert (remark.filename, remark.where) == (file[0], "release acme-lib-1.0")
    assert remark.reason == (
        "its Requires-Python '3.9 or so' is not a version specifier (PEP 440), "
        "and installers ignore it"
    )
    publish_files(store, [NEWER], "acme-lib-1.1")
    assert run(store, site).remarks == run(store, site).remarks == report.remarks


@pytest.mark.parametrize(
    ("file", "text"),
    [
        pytest.param(
            (WHEEL_NAME, wheel_of(metadata=core_metadata("Requires-Dist: dep>>1"))),
            "its Requires-Dist cannot be read (PEP 508)",
            id="dependency",
        ),
        pytest.param(
            (
                WHEEL_NAME,
                wheel_of(metadata=core_metadata("Author: \xe9").decode().encode("cp1252")),
            ),
            "its metadata is not UTF-8",
            id="encoding",
        ),
    ],
)
def test_what_some_installers_refuse_is_offered_with_a_warning(file: Built, text: str) -> None:
    site = MemorySite({})
    report = run(store_of(file), site)

    assert offered(site) == [file[0]]
    (remark,) = report.remarks
    assert text in remark.reason


def test_a_source_distribution_without_metadata_is_offered() -> None:
    site = MemorySite({})
    content = sdist_of(without=[f"{TOP}/PKG-INFO"])
    report = run(store_of((SDIST_NAME, content)), site)

    assert refusals(report) == []
    assert offered(site) == [SDIST_NAME]


def test_a_second_download_of_a_browser_is_left_out_and_reported() -> None:
    copy = "acme_lib-1.0-py3-none-any (1).whl"
    report = run(store_of(WHEEL, (copy, WHEEL[1])), MemorySite({}))

    ((name, reason),) = refusals(report)
    assert name == copy
    assert reason.startswith("invalid filename")


def test_a_metadata_file_that_pip_cannot_read_is_not_advertised() -> None:
    site = MemorySite({})
    metadata = core_metadata("Author: \xe9").decode().encode("cp1252")
    sidecar = (f"{WHEEL_NAME}.metadata", metadata)
    report = run(store_of((WHEEL_NAME, wheel_of(metadata=metadata)), sidecar), site)

    assert "core-metadata" not in page(site)["files"][0]
    assert refusals(report) == []  # it is that of its wheel


def test_a_file_that_went_away_is_left_out() -> None:
    harness = MemoryStoreHarness()
    publish_files(harness.store(), [WHEEL, SDIST])
    (release,) = harness.store().releases()
    harness.lose(release.assets[0])
    report = run(harness.store(), MemorySite({}))

    assert [(x.filename, x.reason) for x in report.unread] == [
        (WHEEL[0], "it is listed, but not found")
    ]
    assert report.refused == ()
    assert report.differences.added == (SDIST[0],)


def test_a_file_that_was_not_there_yet_is_looked_for_again() -> None:
    store, site = store_of(WHEEL, SDIST), MemorySite({})
    late = store._contents.pop(f"files/acme-lib-1.0/{WHEEL[0]}")
    run(store, site)
    still = run(store, site)
    store._contents[f"files/acme-lib-1.0/{WHEEL[0]}"] = late
    source = CountingSource(store)
    report = run(source, site)

    assert still.published == Published(written=0, removed=0)
    assert report.differences.added == (WHEEL[0],)
    assert source.reads == [WHEEL[0]]
    assert run(source, site).published == Published(written=0, removed=0)


def test_of_two_files_with_one_name_the_older_is_offered() -> None:
    store = store_of(SDIST, tag="a")
    publish_files(store, [(SDIST[0], sdist("acme_lib", "1.0", text="x = 1\n")[1])], "b")
    site = MemorySite({})
    report = run(store, site)

    assert refusals(report) == [
        (SDIST[0], "another file of this name was uploaded earlier, to release a")
    ]
    assert page(site)["files"][0]["hashes"] == {"sha256": digest_of(SDIST[1])}


# What stands in the way of harm


def lose(store: MemoryStore, tag: str) -> None:
    del store._releases[tag]


@pytest.fixture
def shrunk() -> tuple[MemoryStore, MemorySite]:
    """A published index, and a store that has lost one of its two releases."""
    store, site = store_of(WHEEL), MemorySite({})
    publish_files(store, [OTHER], "other-2.0")
    run(store, site)
    lose(store, "acme-lib-1.0")
    return store, site


def test_an_index_that_would_lose_files_is_not_published(
    shrunk: tuple[MemoryStore, MemorySite],
) -> None:
    store, site = shrunk
    before = dict(site.pages)
    with pytest.raises(RefusedError) as caught:
        run(store, site)

    assert str(caught.value) == (
        "the site in memory would lose 1 file; nothing was published\n"
        f"  - release acme-lib-1.0: the release was deleted: {WHEEL[0]}"
    )
    assert caught.value.hint == (
        "if this is intended, run 'ghpypi index --accept-removed acme-lib-1.0', or start the index "
        "workflow with 'accept-removed: acme-lib-1.0'"
    )
    assert site.pages == before


def test_each_loss_is_explained() -> None:
    names = {
        tag: [wheel(f"lib_{tag}", f"1.{number}") for number in range(count)]
        for tag, count in {
            "gone": 1,
            "draft": 1,
            "pre": 1,
            "left": 2,
            "unfit": 1,
            "many": 12,
        }.items()
    }
    store, site, toml = MemoryStore(), MemorySite({}), "[index]\nprereleases = false"
    for tag, files in names.items():
        publish_files(store, files, tag)
    run(store, site, toml=toml)
    releases = store._releases
    del releases["gone"], releases["many"]
    releases["draft"] = releases["draft"]._replace(draft=True)
    releases["pre"] = releases["pre"]._replace(prerelease=True)
    releases["left"] = releases["left"]._replace(assets=releases["left"].assets[:1])
    (asset,) = releases["unfit"].assets
    store._contents[asset.key] = b"no archive"
    other = asset._replace(version="new", size=10, sha256=digest_of(b"no archive"))
    releases["unfit"] = releases["unfit"]._replace(assets=(other,))
    with pytest.raises(RefusedError) as caught:
        run(store, site, toml=toml)

    many = sorted(name for name, _ in names["many"])
    said = dict(fault.split(": ", 1) for fault in caught.value.faults)
    assert said.pop("release unfit").startswith("excluded: ")
    assert said == {
        "release gone": f"the release was deleted: {names['gone'][0][0]}",
        "release draft": f"the release is a draft: {names['draft'][0][0]}",
        "release pre": "the release is marked as a prerelease, and prereleases = false: "
        + names["pre"][0][0],
        "release left": f"deleted from the release: {names['left'][1][0]}",
        "release many": f"the release was deleted: {', '.join(many[:10])} and 2 more",
    }


def test_many_releases_that_are_gone_are_one_line() -> None:
    store, site = store_of(OTHER, tag="stays"), MemorySite({})
    for number in range(30):
        publish_files(store, [wheel("lib", f"1.{number}")], f"nightly-{number:02}")
    run(store, site)
    for number in range(30):
        lose(store, f"nightly-{number:02}")
    with pytest.raises(RefusedError) as caught:
        run(store, site)

    names = ", ".join(f"release nightly-{number:02}" for number in range(10))
    assert caught.value.faults == (
        f"the release was deleted, 30 files of 30 releases: {names} and 20 more",
    )


def test_a_loss_names_a_repository_that_is_not_listed() -> None:
    class PartlySeen(CountingSource):
        def absence(self, origin: str) -> Absence | None:
            return (
                Absence(reason="hidden", hint="use another token") if origin == "acme/a" else None
            )

    store, site = RemoteStore("acme/a"), MemorySite({})
    publish_files(store, [WHEEL])
    publish_files(store, [OTHER], "other-2.0")
    run(store, site)
    store._releases.clear()
    with pytest.raises(RefusedError) as caught:
        run(PartlySeen(store), site)

    assert caught.value.faults == (f"acme/a: hidden: {WHEEL[0]}, {OTHER[0]}",)
    assert caught.value.hint.startswith("use another token; if this is intended")


def test_releases_that_come_and_go_do_not_stop_a_run(
    shrunk: tuple[MemoryStore, MemorySite],
) -> None:
    store, site = shrunk
    report = run(store, site, toml='[index]\nmay-shrink = ["acme-*"]')

    assert report.differences.removed == (WHEEL[0],)
    assert report.published
    assert report.published.changed


def test_a_release_that_may_not_go_stops_a_run_still(
    shrunk: tuple[MemoryStore, MemorySite],
) -> None:
    store, site = shrunk
    lose(store, "other-2.0")
    with pytest.raises(RefusedError) as caught:
        run(store, site, toml='[index]\nmay-shrink = ["acme-*"]')

    assert caught.value.faults == (f"release other-2.0: the release was deleted: {OTHER[0]}",)


def test_a_repository_out_of_sight_stops_a_run_whatever_may_go() -> None:
    class Hidden(CountingSource):
        def absence(self, origin: str) -> Absence | None:
            return Absence(reason="hidden", hint="use another token")

    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)
    store._releases.clear()

    with pytest.raises(RefusedError, match="would lose 1 file"):
        run(
            Hidden(store),
            site,
            IndexOptions(accept_removed=("*",)),
            toml='[index]\nmay-shrink = ["*"]\non-shrink = "warn"\n'
            '[removed]\nacme-lib = { "1.0" = "" }',
        )


@pytest.mark.parametrize(
    ("tags", "toml"),
    [
        (("acme-lib-1.0",), ""),
        (("none", "acme-*"), ""),
        ((), '[removed]\nAcme_Lib = { "1.0.0" = "bad" }'),
    ],
    ids=["tag", "pattern", "record"],
)
def test_a_deletion_on_purpose_does_not_stop_a_run_or_a_later_one(
    shrunk: tuple[MemoryStore, MemorySite], tags: tuple[str, ...], toml: str
) -> None:
    store, site = shrunk
    report = run(store, site, IndexOptions(accept_removed=tags), toml=toml)

    assert report.differences.removed == (WHEEL[0],)
    assert run(store, site).published == Published(written=0, removed=0)


@pytest.mark.parametrize(
    ("tags", "toml"),
    [(("other-1.0",), ""), ((), '[removed]\nacme-lib = { "1.0+cu128" = "", "2.0" = "" }')],
    ids=["tag", "record"],
)
def test_a_deletion_that_is_not_accepted_still_stops_a_run(
    shrunk: tuple[MemoryStore, MemorySite], tags: tuple[str, ...], toml: str
) -> None:
    store, site = shrunk
    with pytest.raises(RefusedError, match="would lose 1 file"):
        run(store, site, IndexOptions(accept_removed=tags), toml=toml)


def test_a_version_that_is_recorded_as_deleted_and_is_there_is_in_the_index() -> None:
    site = MemorySite({})
    run(store_of(WHEEL), site, toml='[removed]\nacme-lib = { "1.0" = "" }')

    assert offered(site) == [WHEEL[0]]


def replace_file(store: MemoryStore, content: bytes) -> None:
    """Replace the only file of the only release."""
    (release,) = store.releases()
    (asset,) = release.assets
    store._contents[asset.key] = content
    new = asset._replace(version="new", size=len(content), sha256=digest_of(content))
    store._releases[release.key] = release._replace(assets=(new,))


def test_a_replaced_file_is_reported_with_both_digests() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)
    other = wheel("acme_lib", "1.0", "Summary: new")[1]
    replace_file(store, other)
    report = run(store, site)

    (found,) = report.differences.replaced
    assert (found.before.sha256, found.after.sha256) == (digest_of(WHEEL[1]), digest_of(other))
    assert found.where == "release acme-lib-1.0"
    assert report.differences.changed == (WHEEL[0],)
    assert run(store, site).differences.replaced == ()


def test_a_replaced_file_stops_a_run_where_the_configuration_says_so() -> None:
    store, site, toml = store_of(WHEEL), MemorySite({}), '[index]\non-replace = "refuse"'
    run(store, site, toml=toml)
    before = dict(site.pages)
    replace_file(store, wheel("acme_lib", "1.0", "Summary: new")[1])
    with pytest.raises(RefusedError) as caught:
        run(store, site, IndexOptions(accept_replaced=("other-*",)), toml=toml)

    assert str(caught.value) == (
        'the site in memory has 1 replaced file, and on-replace = "refuse"; nothing was '
        f"published\n  - release acme-lib-1.0: {WHEEL[0]}"
    )
    assert site.pages == before
    assert run(store, site, IndexOptions(accept_replaced=("acme-*",)), toml=toml).published


def test_lost_files_are_only_warned_of_where_the_configuration_says_so(
    shrunk: tuple[MemoryStore, MemorySite],
) -> None:
    store, site = shrunk
    reporter = MemoryReporter()
    report = run(store, site, toml='[index]\non-shrink = "warn"', reporter=reporter)

    assert report.differences.removed == (WHEEL[0],)
    assert reporter.warnings == [
        f"not in the index any more: release acme-lib-1.0: the release was deleted: {WHEEL[0]}"
    ]


def test_pages_are_compared_once_others_changed_one() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)
    before = dict(site.pages)
    site.pages[HTML] = b"edited"
    del site.pages[JSON]
    assert run(store, site).published == Published(written=0, removed=0)
    site.foreign = ["docs/index.html"]
    assert run(store, site).published == Published(written=0, removed=0)
    site.foreign = [HTML, JSON]

    assert run(store, site).published == Published(written=2, removed=0)
    assert site.pages == before


def test_yanks_and_statuses_that_changed_are_reported() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    first = '[yanked]\nacme-lib = { "1.0" = "slow" }\n[projects.acme-lib]\nstatus = "archived"'
    second = '[yanked]\nacme-lib = { "1.0" = "" }'
    reports = [run(store, site, toml=toml) for toml in ("", first, second, "")]

    assert [report.differences.marks for report in reports] == [
        (),
        ("acme-lib is archived", "acme-lib 1.0 is yanked: slow"),
        ("acme-lib is no longer archived", "acme-lib 1.0 is yanked"),
        ("acme-lib 1.0 is no longer yanked",),
    ]


@pytest.mark.parametrize("count", [5, 6])
def test_the_command_names_a_few_tags_and_no_more(count: int) -> None:
    store, site = store_of(OTHER, tag="stays"), MemorySite({})
    for number in range(count):
        publish_files(store, [wheel("lib", f"1.{number}")], f"lib-1.{number}$")
    run(store, site)
    for number in range(count):
        lose(store, f"lib-1.{number}$")
    with pytest.raises(RefusedError) as caught:
        run(store, site)

    named = " ".join(f"--accept-removed 'lib-1.{number}$'" for number in range(count))
    assert (named in caught.value.hint) is (count == 5)
    assert ("--allow-shrink" in caught.value.hint) is (count == 6)


def test_old_releases_leave_the_index_by_themselves_and_stay_in_the_store() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    publish_files(store, [wheel("acme_lib", "2.0.dev1")], "nightly-1")
    now = datetime.fromisoformat(UPLOADED_AT)
    toml = '[retention]\n"nightly-*" = { older-than = "7d" }'
    before = run(store, site, IndexOptions(now=lambda: now), toml=toml)
    later = IndexOptions(now=lambda: now + timedelta(days=8))
    report = run(store, site, later, toml=toml)

    assert before.expired == ()
    assert report.expired == (("", "nightly-1"),)
    assert report.differences.removed == ("acme_lib-2.0.dev1-py3-none-any.whl",)
    assert offered(site) == [WHEEL[0]]
    assert len(list(store.releases())) == 2


def test_files_may_go_when_that_is_allowed(shrunk: tuple[MemoryStore, MemorySite]) -> None:
    store, site = shrunk
    report = run(store, site, IndexOptions(allow_shrink=True))

    assert report.differences.removed == (WHEEL[0],)
    assert report.published
    assert report.published.removed == 8
    assert not [path for path in site.pages if "acme" in path]
    assert page(site, "simple/index.json")["projects"] == [{"name": "other"}]


def test_a_file_that_is_found_unfit_now_is_a_loss_too() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)
    (release,) = store.releases()
    (asset,) = release.assets
    store._contents[asset.key] = b"no archive any more"
    store._releases[release.key] = release._replace(
        assets=(asset._replace(version="new", size=19, sha256=digest_of(b"no archive any more")),),
    )

    with pytest.raises(RefusedError, match="would lose 1 file"):
        run(store, site)


def test_a_dry_run_may_lose_files_and_says_so(shrunk: tuple[MemoryStore, MemorySite]) -> None:
    store, site = shrunk
    report = run(store, site, IndexOptions(dry_run=True))

    assert report.differences.removed == (WHEEL[0],)


def test_an_empty_index_is_not_published() -> None:
    site = MemorySite({})
    with pytest.raises(RefusedError) as caught:
        run(store_of(LIED), site)

    assert caught.value.message.startswith("the site in memory would be empty")
    assert caught.value.faults[0].startswith(f"{LIED[0]}: its metadata has version")
    assert site.pages == {}


def test_an_empty_index_is_published_when_that_is_allowed() -> None:
    site = MemorySite({})
    report = run(MemoryStore(), site, IndexOptions(allow_shrink=True))

    assert (report.projects, report.files) == (0, 0)
    assert page(site, "simple/index.json")["projects"] == []


def test_an_index_that_is_empty_on_purpose_stays_so() -> None:
    store, site = MemoryStore(), MemorySite({})
    run(store, site, IndexOptions(allow_shrink=True))
    again = run(store, site)

    assert again.published == Published(written=0, removed=0)


# What is written


def test_nothing_changed_and_nothing_is_written() -> None:
    store, site = store_of(WHEEL, LIED), MemorySite({})
    run(store, site)
    unwritable = RacingSite(site, losses=1000)
    report = run(store, unwritable)

    assert report.published == Published(written=0, removed=0)
    assert not report.outdated
    assert report.differences.lines() == []


def test_a_new_title_renders_all_pages_for_browsers_without_reading() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)
    before = dict(site.pages)
    source = CountingSource(store)
    report = run(source, site, toml='[index]\ntitle = "Acme packages"')

    assert source.reads == []
    assert report.published
    assert not {HTML, JSON, "project/acme-lib/about.json"} & changed(site, before)
    assert b"Acme packages" in site.pages["index.html"]
    assert b"Acme packages" in site.pages["project/acme-lib/index.html"]


@pytest.mark.parametrize(
    "toml",
    ["[index]\ntitle = 'Acme packages'\n", "[index]\ntitle = 'A'\n[site]\npages = false\n"],
    ids=["with pages for browsers", "installers only"],
)
def test_a_new_title_renders_no_page_of_the_simple_api(toml: str) -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site, toml=toml)
    # A page that was rendered would have its own content again.
    edited = MemorySite({**site.pages, JSON: b"edited", JSON_API: b"edited"})
    run(store, edited, toml=toml.replace("title = 'A", "title = 'Other a"))

    assert edited.pages[JSON] == edited.pages[JSON_API] == b"edited"


def test_a_yank_writes_the_pages_of_its_project_and_nothing_else() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    publish_files(store, [OTHER], "other-2.0")
    run(store, site)
    before = dict(site.pages)
    source = CountingSource(store)
    run(source, site, toml='[yanked]\nacme-lib = {"1.0" = "broken"}')

    assert source.reads == []
    assert changed(site, before) == {
        HTML,
        JSON,
        JSON_API,
        "project/acme-lib/1.0/index.html",
        "project/acme-lib/badge.svg",
        "project/acme-lib/index.html",
    }
    assert page(site)["files"][0]["yanked"] == "broken"


def test_a_yank_changes_the_version_that_pages_are_about() -> None:
    store, site = store_of(WHEEL, NEWER), MemorySite({})
    run(store, site)
    source = CountingSource(store)
    run(source, site, toml='[yanked]\nacme-lib = {"1.1" = "broken"}')

    assert json.loads(site.pages["project/acme-lib/about.json"])["version"] == "1.0"
    assert json.loads(site.pages["search.json"])["projects"][0][:2] == ["acme-lib", "1.0"]
    assert source.reads == [WHEEL[0]]


def test_texts_of_pages_that_went_are_read_again() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)
    whole = dict(site.pages)
    del site.pages["project/acme-lib/about.json"]
    source = CountingSource(store)
    run(source, site, toml='[index]\ntitle = "Acme packages"')

    assert source.reads == [WHEEL[0]]
    run(store, site)
    assert site.pages == whole


def test_pages_for_people_can_be_left_out() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)
    run(store, site, toml="[site]\npages = false")

    assert sorted(site.pages) == [
        ".nojekyll",
        CATALOG_PATH,
        PART,
        JSON_API,
        HTML,
        JSON,
        "simple/index.html",
        "simple/index.json",
    ]


OTHERS = {
    "CNAME": b"pypi.example.org",
    "docs/index.html": b"theirs",
    "project/index.html": b"theirs",
    "simple/other/index.html": b"theirs",
}
"""Files of others, in places where an index without the project 'other' writes nothing."""

DAMAGES: dict[str, dict[str, bytes | None]] = {
    "changed": {HTML: b"by hand"},
    "removed": {"project/acme-lib/feed.xml": None},
    "changed for people": {"index.html": b"by hand"},
    "texts lost": {"project/acme-lib/about.json": b"by hand"},
    "several": {HTML: None, JSON: b"", "assets/site.css": b"x", "cu128/simple/x": b"theirs"},
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_pages_changed_by_hand_are_found_by_a_check_and_repaired_by_full(
    damage: dict[str, bytes | None],
) -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)
    whole = site.pages | OTHERS
    others = {path: page for path, page in damage.items() if page == b"theirs"}
    site.pages = {path: page for path, page in (whole | damage).items() if page is not None}
    with pytest.raises(DifferenceError) as caught:
        run(store, site, IndexOptions(check=True))

    assert {fault.split(":")[0] for fault in caught.value.faults} >= damage.keys() - others.keys()
    assert "--full" in caught.value.hint
    run(store, site, IndexOptions(full=True))
    assert site.pages == whole | others
    assert not run(store, site, IndexOptions(check=True)).outdated


MKDOCS = {
    "404.html": b"theirs",
    "index.html": b"theirs",
    "assets/theme.css": b"theirs",
    "search/search_index.json": b"theirs",
    "projects/index.html": b"theirs",
    "sitemap.xml": b"theirs",
    ".nojekyll": b"",
}
"""Another site, of which an index with pages for people would replace three files."""


@pytest.mark.parametrize(
    "options",
    [IndexOptions(), IndexOptions(check=True), IndexOptions(dry_run=True), IndexOptions(full=True)],
    ids=["usual", "check", "dry run", "full"],
)
def test_another_site_is_not_replaced(options: IndexOptions) -> None:
    site = MemorySite(dict(MKDOCS))
    with pytest.raises(OccupiedError) as caught:
        run(store_of(WHEEL), site, options)

    assert str(caught.value) == (
        "the site in memory has files that ghpypi did not write at "
        "paths of the index; nothing was written\n"
        "  - 404.html\n  - index.html\n  - projects/index.html"
    )
    assert 'path = "pypi"' in caught.value.hint
    assert "--adopt" in caught.value.hint
    assert site.pages == MKDOCS


def test_another_site_stays_whole_beside_an_index_without_pages_for_people() -> None:
    store, site, toml = store_of(WHEEL), MemorySite(dict(MKDOCS)), "[site]\npages = false"
    run(store, site, toml=toml)
    run(store, site, IndexOptions(full=True), toml=toml)
    run(store, site, IndexOptions(full=True), toml=f"{toml}\n[index]\ntitle = 'new'")

    assert site.pages.items() >= MKDOCS.items()
    with pytest.raises(OccupiedError):
        run(store, site, toml="[site]\npages = true")


def test_another_site_is_replaced_where_that_is_asked_for() -> None:
    store, site = store_of(WHEEL), MemorySite(dict(MKDOCS))
    assert run(store, site, IndexOptions(adopt=True, dry_run=True)).outdated
    run(store, site, IndexOptions(adopt=True))

    left = ("assets/theme.css", "search/search_index.json", "sitemap.xml")
    assert {path for path, page in site.pages.items() if page == b"theirs"} == {*left}
    publish_files(store, [NEWER], "acme-lib-1.1")
    run(store, site)  # what was replaced once is ours from then on


def test_a_page_of_others_stops_the_project_that_needs_its_path() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)
    site.pages = site.pages | OTHERS
    publish_files(store, [OTHER], "other-2.0")
    before = dict(site.pages)
    with pytest.raises(OccupiedError) as caught:
        run(store, site)

    assert caught.value.faults == ("simple/other/index.html",)
    assert site.pages == before


def test_the_record_names_every_page() -> None:
    """With variants, named indexes and a project without files."""
    toml = '[variants]\n[indexes.stable]\ninclude = ["other"]'
    store, site = store_of(WHEEL, wheel("acme_lib", "1.0+cu128")), MemorySite({})
    publish_files(store, [OTHER, ("broken-1.0.tar.gz", b"no archive")], "other-2.0")
    run(store, site, toml=toml)
    catalog = published(site.pages)
    owned = owned_by(catalog, Shape(people=False, alone=False))

    assert all(path in owned for path in site.pages)
    assert "cu128/simple/acme-lib/index.html" in site.pages
    assert "stable/simple/other/index.html" in site.pages
    assert "project/broken/index.html" not in owned


def without_record(text: bytes, *, form: int = 2) -> bytes:
    """Write a catalog as it was before there was a record, or before named indexes."""
    head, _, lines = text.partition(b"\n")
    header = json.loads(head)
    del header["owns"]
    header["format"] = form
    return json.dumps(header, separators=(",", ":")).encode() + b"\n" + lines


@pytest.mark.parametrize("form", [1, 2, 99])
def test_a_catalog_without_a_record_owns_what_was_written_then(form: int) -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)
    whole = dict(site.pages)
    pages = dict.fromkeys(whole, b"of an older ghpypi") | OTHERS
    if form < 3:  # these formats have no parts
        del pages[PART]
    site.pages = pages | {CATALOG_PATH: without_record(whole[CATALOG_PATH], form=form)}
    run(store, site, IndexOptions(full=True))

    assert site.pages == whole | OTHERS


def test_a_folder_of_the_site_is_a_site_of_its_own() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site, toml='[site]\npath = "pypi"')

    assert ".nojekyll" not in site.pages  # there it would mean nothing
    (file,) = page(site)["files"]
    assert file["url"].startswith("../../../files/")
    assert b'href="../../../files/' in site.pages["project/acme-lib/index.html"]


@pytest.mark.parametrize("text", [b"nonsense", b'{"format":99}\n'], ids=["damaged", "newer"])
def test_a_catalog_that_cannot_be_read_stops_the_run(text: bytes) -> None:
    site = MemorySite({CATALOG_PATH: text})
    with pytest.raises(FailedError, match="catalog") as caught:
        run(store_of(WHEEL), site)

    assert "--full" in caught.value.hint
    assert site.pages == {CATALOG_PATH: text}


def test_a_line_that_cannot_be_read_stops_the_run_where_it_matters() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)
    site.pages = forge(site.pages, lambda line: line.replace(b'"refused":[]', b'"refused":[1]'))
    publish_files(store, [NEWER], "acme-lib-1.1")
    with pytest.raises(FailedError, match="the catalog is damaged in the line of acme-lib"):
        run(store, site)

    run(store, site, IndexOptions(full=True))
    assert offered(site) == [WHEEL[0], NEWER[0]]


@pytest.mark.parametrize("text", [b'{"format":2,x\n', b'{"format":99}\n'], ids=["damaged", "newer"])
def test_full_replaces_a_catalog_that_cannot_be_read(text: bytes) -> None:
    site = MemorySite({CATALOG_PATH: text})
    run(store_of(WHEEL), site, IndexOptions(full=True))

    assert offered(site) == [WHEEL[0]]
    assert published(site.pages).lines.keys() == {"acme-lib"}


def test_a_file_that_is_no_catalog_is_not_replaced() -> None:
    site = MemorySite({CATALOG_PATH: b'{"dataset":"of others"}\n'})
    with pytest.raises(OccupiedError) as caught:
        run(store_of(WHEEL), site, IndexOptions(full=True))

    assert caught.value.faults == (CATALOG_PATH,)


def test_a_dry_run_writes_nothing_and_says_what_would_change() -> None:
    site = MemorySite({})
    report = run(store_of(WHEEL), site, IndexOptions(dry_run=True))

    assert site.pages == {}
    assert (report.published, report.outdated) == (None, True)
    assert report.differences.added == (WHEEL[0],)


def test_check_is_content_with_a_site_that_is_up_to_date() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)
    report = run(store, site, IndexOptions(check=True))

    assert (report.published, report.outdated) == (None, False)


def test_check_names_the_files_that_differ() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)
    publish_files(store, [NEWER], "acme-lib-1.1")
    before = dict(site.pages)
    with pytest.raises(DifferenceError) as caught:
        run(store, site, IndexOptions(check=True))

    assert str(caught.value) == f"the site in memory is out of date\n  - added: {NEWER[0]}"
    assert site.pages == before


def test_check_notices_other_settings() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)

    with pytest.raises(DifferenceError, match="rendered with other settings"):
        run(store, site, IndexOptions(check=True), toml='[index]\ntitle = "Acme"')


def test_the_message_of_a_change_names_the_files() -> None:
    changes: list[SiteChange] = []

    class NotingSite(MemorySite):
        def publish(self, change: SiteChange, *, base: bytes | None) -> Published:
            changes.append(change)
            return super().publish(change, base=base)

    run(store_of(WHEEL, SDIST), NotingSite({}))

    assert changes[0].message == f"Add 2 files\n\nadded: {WHEEL[0]}\nadded: {SDIST[0]}\n"
    assert list(changes[0].pages())[-1][0] == CATALOG_PATH


# Others at work


def test_a_run_that_was_overtaken_looks_again_and_keeps_what_the_other_wrote() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)
    publish_files(store, [NEWER], "acme-lib-1.1")
    overtaken = MemorySite(dict(site.pages))
    run(store, overtaken)
    meanwhile = SiteChange(pages=overtaken.pages.items, owned=site.pages)
    publish_files(store, [OTHER], "other-2.0")
    reporter = MemoryReporter()
    report = run(store, RacingSite(site, losses=1, meanwhile=meanwhile), reporter=reporter)

    assert report.differences.added == (OTHER[0],)
    assert offered(site) == [WHEEL[0], NEWER[0]]
    assert "another run has published in the meantime; starting over" in reporter.steps


def test_a_run_that_is_always_overtaken_gives_up_for_now() -> None:
    site = MemorySite({})
    with pytest.raises(OutdatedError, match=f"{ATTEMPTS} times") as caught:
        run(store_of(WHEEL), RacingSite(site, losses=1000))

    assert caught.value.exit_code == TryLaterError.exit_code
    assert site.pages == {}


def test_ten_runs_at_the_same_time_end_with_everything(tmp_path: Path) -> None:
    files = [wheel(f"project_{number}", "1.0") for number in range(10)]

    def publish_one(number: int) -> None:
        store = DirectoryStore(tmp_path)
        publish_files(store, [files[number], sidecar_of(files[number])], f"project-{number}-1.0")
        run(DirectoryStore(tmp_path), DirectorySite(tmp_path))

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(publish_one, range(10)))

    root = json.loads((tmp_path / "simple/index.json").read_bytes())
    assert [each["name"] for each in root["projects"]] == [f"project-{n}" for n in range(10)]
    alone = MemorySite({})
    run(DirectoryStore(tmp_path), alone)
    assert {path: (tmp_path / path).read_bytes() for path in alone.pages} == alone.pages


# What goes wrong


class RefusingSource(CountingSource):
    """A source that lists, and then refuses for now."""

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        raise TryLaterError(f"no more {asset.name} for now")

    seekable = stream


def test_a_store_that_refuses_for_now_stops_the_run() -> None:
    site = MemorySite({})
    with pytest.raises(TryLaterError, match="for now"):
        run(RefusingSource(store_of(WHEEL, SDIST)), site)

    assert site.pages == {}


def test_a_store_that_is_not_there_stops_the_run() -> None:
    class MissingStore(MemoryStore):
        def releases(self) -> Iterator[StoredRelease]:
            raise NotFoundError("acme/pypi does not exist")

    with pytest.raises(NotFoundError):
        run(MissingStore(), MemorySite({}))


def test_the_run_reports_its_steps() -> None:
    reporter = MemoryReporter()
    run(store_of(WHEEL, SDIST), MemorySite({}), reporter=reporter)

    assert reporter.steps == [
        "listing memory",
        "reading the metadata of 2 files",
        "writing the site in memory",
    ]


def test_counts_are_renewed_by_a_refresh_and_by_nothing_less() -> None:
    store, site = store_of(WHEEL), MemorySite({})
    run(store, site)
    (release,) = store.releases()
    (asset,) = release.assets
    store._releases[release.key] = release._replace(assets=(asset._replace(downloads=1234),))

    assert not run(store, site, IndexOptions(check=True, full=True)).outdated
    assert not run(store, site).outdated
    assert run(store, site, IndexOptions(refresh=True)).outdated
    assert b"1,200" in site.pages["project/acme-lib/index.html"]


def test_attestations_beside_a_file_of_a_folder_are_named_on_its_page(tmp_path: Path) -> None:
    name, content = wheel()
    release = tmp_path / "files/acme-lib-1.0"
    release.mkdir(parents=True)
    (release / name).write_bytes(content)
    (release / f"{name}.provenance").write_bytes(provenance_beside((name, content))[1])
    settings = SiteSettings(config=Config(), address="https://acme.example/")
    report = build_index(
        DirectoryStore(tmp_path),
        DirectorySite(tmp_path),
        settings,
        MemoryReporter(),
        IndexOptions(),
    )
    page = (tmp_path / "project/acme-lib/index.html").read_text()

    assert (report.files, report.refused) == (1, ())
    assert f'href="../../files/acme-lib-1.0/{name}.provenance"' in page
    address = f'data-provenance="https://acme.example/files/acme-lib-1.0/{name}.provenance"'
    assert address in (tmp_path / "simple/acme-lib/index.html").read_text()
