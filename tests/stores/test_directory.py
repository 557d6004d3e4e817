"""What is true of folders alone; the rest is in tests/contract."""

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import rmtree

import pytest
from filelock import FileLock

from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.site.paths import Page
from ghpypi.errors import NotFoundError
from ghpypi.jobs.upload import publish
from ghpypi.ports import SiteChange
from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.directory.site_folders import SiteFolders
from ghpypi.stores.directory.store import FEW_RELEASES, DirectoryStore
from tests.support.packages import new_asset, new_release, no_advance, publish_files, wheel

NAME, CONTENT = wheel("acme_lib", "1.0")
TAG = "acme-lib-1.0"


def tree(root: Path) -> list[str]:
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and path.name != ".ghpypi.lock"
    )


def test_a_store_that_is_only_looked_at_is_not_made(tmp_path: Path) -> None:
    root = tmp_path / "index"

    assert list(DirectoryStore(root).releases()) == []
    assert DirectorySite(root).catalog() is None
    assert not root.exists()


def test_files_are_at_paths_that_a_web_server_serves(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    release = store.draft(new_release())
    store.put(release, new_asset(NAME, CONTENT), no_advance)

    assert tree(tmp_path) == [f".drafts/{TAG}/{NAME}"]
    store.publish(release)
    assert tree(tmp_path) == [f"files/{TAG}/{NAME}"]


@pytest.mark.parametrize(
    ("tag", "folder"),
    [
        ("v1.0+cu128", "v1.0+cu128"),
        ("1!2.0", "1!2.0"),
        ("nightly/2026", "nightly%2F2026"),
        (".", "%2E"),
        ("..", "%2E."),
        (".hidden", "%2Ehidden"),
        ("../../etc", "%2E.%2F..%2Fetc"),
        ("a\\b:c*d", "a%5Cb%3Ac%2Ad"),
        ("100%", "100%25"),
        ("Grüße", "Gr%C3%BC%C3%9Fe"),
    ],
)
def test_a_tag_is_one_folder_whatever_is_in_it(tmp_path: Path, tag: str, folder: str) -> None:
    store = DirectoryStore(tmp_path)
    publish_files(store, [(NAME, CONTENT)], tag)

    assert tree(tmp_path) == [f"files/{folder}/{NAME}"]
    assert [release.tag for release in store.releases()] == [tag]


def test_a_copy_that_breaks_off_is_remembered_and_takes_no_room(tmp_path: Path) -> None:
    class Unplugged(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read(size)

    store = DirectoryStore(tmp_path)
    release = store.draft(new_release())
    broken = new_asset(NAME, CONTENT, opener=lambda: Unplugged(CONTENT))
    with pytest.raises(OSError, match="Input/output error"):
        store.put(release, broken, no_advance)

    (asset,) = next(store.releases()).assets
    assert (asset.name, asset.complete, asset.arriving, asset.size) == (NAME, False, False, 0)
    store.put(release, new_asset(NAME, CONTENT), no_advance)
    assert tree(tmp_path) == [f".drafts/{TAG}/{NAME}"]


def test_a_file_on_its_way_is_waited_for(tmp_path: Path) -> None:
    part = tmp_path / ".uploads" / "of-another-process" / TAG / NAME
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half of")
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            part.unlink()

    store = DirectoryStore(tmp_path, sleep=wait)
    settled = store.settled(store.draft(new_release()))

    assert settled.assets == ()
    assert len(waited) == 3


def test_files_of_other_programs_among_uploads_do_no_harm(tmp_path: Path) -> None:
    stray = tmp_path / ".uploads" / ".DS_Store"
    stray.parent.mkdir()
    stray.write_bytes(b"")
    store = DirectoryStore(tmp_path)

    release = store.draft(new_release())
    store.put(release, new_asset(NAME, CONTENT), no_advance)
    store.publish(release)

    (listed,) = store.releases()
    assert [asset.name for asset in listed.assets] == [NAME]
    assert stray.exists()


def test_a_store_at_a_relative_path_takes_uploads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Since Python 3.12, the path of a temporary folder is absolute in any case."""
    make_folder = tempfile.mkdtemp

    def make_absolute(*, dir: Path) -> str:  # noqa: A002 - a parameter of `mkdtemp`
        return str(Path(make_folder(dir=dir)).absolute())

    monkeypatch.setattr(tempfile, "mkdtemp", make_absolute)
    monkeypatch.chdir(tmp_path)

    publish_files(DirectoryStore(Path("index")), [wheel("acme_lib")], "v1")

    assert [x.tag for x in DirectoryStore(tmp_path / "index").releases()] == ["v1"]


def test_a_file_that_two_processes_copy_at_the_same_time_is_stored_once(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    release = store.draft(new_release())

    def overtaken() -> io.BytesIO:
        DirectoryStore(tmp_path).put(release, new_asset(NAME, CONTENT), no_advance)
        return io.BytesIO(CONTENT)

    stored = store.put(release, new_asset(NAME, CONTENT, opener=overtaken), no_advance)

    assert stored.complete
    assert tree(tmp_path) == [f".drafts/{TAG}/{NAME}"]


def test_a_file_is_copied_while_another_process_holds_the_lock(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    release = store.draft(new_release())
    free: list[bool] = []

    def look() -> io.BytesIO:
        with FileLock(tmp_path / ".ghpypi.lock", timeout=0):
            free.append(True)
        return io.BytesIO(CONTENT)

    store.put(release, new_asset(NAME, CONTENT, opener=look), no_advance)

    assert free == [True]


@pytest.mark.skipif(sys.platform != "linux", reason="the name of an open file is in /proc")
def test_what_a_release_holds_is_on_the_disk_before_it_can_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[tuple[str, bool]] = []
    published = tmp_path / "files" / TAG
    fsync = os.fsync

    def noted(handle: int) -> None:
        fsync(handle)
        path = os.readlink(f"/proc/self/fd/{handle}")  # noqa: PTH115 - not a path of the system
        written.append((path.removeprefix(f"{tmp_path}/"), published.exists()))

    monkeypatch.setattr(os, "fsync", noted)
    store = DirectoryStore(tmp_path)
    release = store.draft(new_release())
    store.put(release, new_asset(NAME, CONTENT), no_advance)
    store.publish(release)
    store.put(release, new_asset(f"{NAME}.metadata", b"more"), no_advance)

    (file, _), *folders, (more, _), last = written
    assert file.endswith(f"/{TAG}/{NAME}")
    assert folders == [(f".drafts/{TAG}", False), ("files", True)]
    assert more.endswith(f"/{TAG}/{NAME}.metadata")
    assert last == (f"files/{TAG}", True)


def test_threads_wait_for_each_other_without_the_lock_of_processes(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    release = store.draft(new_release())
    names = [f"acme_lib-1.0-cp3{number}-none-any.whl" for number in range(10, 30)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda x: store.put(release, new_asset(x, CONTENT), no_advance), names))

    assert sorted(asset.name for asset in store.current(release).assets) == names


def test_a_draft_that_was_published_meanwhile_can_still_be_read(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    release = store.draft(new_release())
    asset = store.put(release, new_asset(NAME, CONTENT), no_advance)
    DirectoryStore(tmp_path).publish(release)

    with store.stream(asset) as file:
        assert file.read() == CONTENT


def test_a_draft_beside_a_published_release_is_published_into_it(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    publish_files(store, [(NAME, CONTENT)])
    left = tmp_path / ".drafts" / TAG
    left.mkdir(parents=True)
    (left / "acme_lib-1.0.tar.gz").write_bytes(b"sdist")

    assert publish(TAG, store).changed
    assert tree(tmp_path) == [f"files/{TAG}/{NAME}", f"files/{TAG}/acme_lib-1.0.tar.gz"]
    assert not publish(TAG, store).changed


def test_a_file_that_was_replaced_has_another_stamp(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    publish_files(store, [(NAME, CONTENT)])
    before = next(store.releases()).assets[0]
    path = tmp_path / before.key
    os.utime(path, ns=(0, 1_700_000_000_000_000_000))
    after = next(store.releases()).assets[0]

    assert after.stamp != before.stamp
    assert after.uploaded_at == "2023-11-14T22:13:20Z"


def test_folders_in_a_release_and_files_beside_releases_are_passed_over(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    publish_files(store, [(NAME, CONTENT)])
    (tmp_path / "files" / TAG / "unpacked.whl").mkdir()
    (tmp_path / "files" / "README").write_text("by hand")

    (release,) = store.releases()
    assert [asset.name for asset in release.assets] == [NAME]


@pytest.mark.skipif(sys.platform != "linux", reason="others have no such names")
def test_names_that_are_not_text_are_ignored_with_one_warning_each(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = DirectoryStore(tmp_path, name="./index")
    publish_files(store, [(NAME, CONTENT)])
    folder = os.fsencode(tmp_path / "files")
    Path(os.fsdecode(folder + f"/{TAG}/acme-1\xff.zip".encode("latin-1"))).write_bytes(b"x")
    Path(os.fsdecode(folder + b"/tag\xff")).mkdir()

    for _ in range(2):
        (release,) = store.releases()
        assert [asset.name for asset in release.assets] == [NAME]
    reason = "whose name is not UTF-8 or has control characters; rename it"
    assert sorted(caplog.messages) == [
        f"./index: ignoring 'files/{TAG}/acme-1\\udcff.zip', {reason}",
        f"./index: ignoring 'files/tag\\udcff', {reason}",
    ]


def test_a_store_made_by_hand_is_as_good(tmp_path: Path) -> None:
    folder = tmp_path / "files" / "any name"
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(CONTENT)

    (release,) = DirectoryStore(tmp_path).releases()
    assert (release.tag, release.draft) == ("any name", False)
    assert release.assets[0].url == f"files/any%20name/{NAME}"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    publish_files(store, [(NAME, CONTENT)])
    asset = next(store.releases()).assets[0]
    (tmp_path / asset.key).unlink()

    with pytest.raises(NotFoundError, match=f"has no files/{TAG}/"):
        store.stream(asset)


def change(text: bytes, catalog: bytes) -> SiteChange:
    pages = {"simple/acme/index.html": text, "simple/acme/index.json": text, CATALOG_PATH: catalog}
    return SiteChange(pages=pages.items, owned=pages)


def test_no_part_of_a_page_is_ever_seen(tmp_path: Path) -> None:
    site = DirectorySite(tmp_path)
    versions = [bytes([letter]) * 300_000 for letter in b"abcdef"]
    site.publish(change(versions[0], b"0"), base=None)
    page = tmp_path / "simple/acme/index.html"

    def publish_all() -> None:
        for number, version in enumerate(versions * 3, start=1):
            site.publish(change(version, b"%d" % number), base=b"%d" % (number - 1))

    with ThreadPoolExecutor(1) as pool:
        publishing = pool.submit(publish_all)
        seen = set()
        while not publishing.done():
            seen.add(page.read_bytes())
        publishing.result()

    assert seen <= set(versions)


def test_a_new_project_appears_with_all_its_pages(tmp_path: Path) -> None:
    site = DirectorySite(tmp_path)
    site.publish(SiteChange(pages={CATALOG_PATH: b"0"}.items), base=None)
    halves = []

    def look() -> None:
        for folder in (tmp_path / "simple").glob("*"):
            if not folder.name.startswith("."):
                halves.extend([1] if len(list(folder.iterdir())) != 2 else [])

    with ThreadPoolExecutor(1) as pool:
        for number in range(30):
            names = [f"simple/p{number}/index.html", f"simple/p{number}/index.json"]
            pages = dict.fromkeys(names, b"x" * 9999) | {CATALOG_PATH: b"%d" % (number + 1)}
            publishing = pool.submit(
                site.publish,
                SiteChange(pages=pages.items, owned=[CATALOG_PATH]),
                base=b"%d" % number,
            )
            while not publishing.done():
                look()
            publishing.result()

    assert halves == []


def test_what_a_killed_writer_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "simple" / ".acme.part").mkdir(parents=True)
    (tmp_path / "simple" / ".acme.part" / "index.html").write_bytes(b"half of")
    (tmp_path / "simple" / ".index.html.part").write_bytes(b"half of")
    site = DirectorySite(tmp_path)
    pages = {"simple/acme/index.html": b"whole", "simple/index.html": b"root", CATALOG_PATH: b"0"}
    site.publish(SiteChange(pages=pages.items), base=None)

    assert tree(tmp_path) == sorted(pages)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes in folders")
def test_a_pipe_in_place_of_a_page_is_replaced(tmp_path: Path) -> None:
    """To open it would wait for a writer."""
    (tmp_path / "simple").mkdir()
    os.mkfifo(tmp_path / "simple/index.html")
    pages = {"simple/index.html": b"", CATALOG_PATH: b"0"}
    published = DirectorySite(tmp_path).publish(SiteChange(pages=pages.items), base=None)

    assert (tmp_path / "simple/index.html").is_file()
    assert published.written == 2


class KilledError(Exception):
    """Stands for the end of the process."""


def interrupted(pages: dict[str, bytes], *, after: int) -> SiteChange:
    """A change whose run ends when so many pages were made."""

    def made() -> Iterator[Page]:
        for number, page in enumerate(pages.items()):
            if number == after:
                raise KilledError
            yield page

    return SiteChange(pages=made, added=lambda: list(pages))


FIRST = {
    "simple/a/index.html": b"one",
    "feed.xml": b"one",
    "index.html": b"one",
    "simple/b/index.html": b"one",
    CATALOG_PATH: b"0",
}


def test_pages_of_an_interrupted_run_are_known_to_be_generated(tmp_path: Path) -> None:
    """They were written, and the catalog that accounts for them was not."""
    site = DirectorySite(tmp_path)
    with pytest.raises(KilledError):
        site.publish(interrupted(FIRST, after=4), base=None)
    assert (tmp_path / "simple/a/index.html").exists()

    pages = {path: b"two" for path in FIRST if path != "simple/a/index.html"}
    change = SiteChange(pages=pages.items, added=lambda: list(pages))
    assert DirectorySite(tmp_path).compare(change).occupied == ()
    DirectorySite(tmp_path).publish(change, base=None)

    assert tree(tmp_path) == sorted(pages)  # what the second run does not need is gone


def test_a_run_that_ended_leaves_no_note(tmp_path: Path) -> None:
    DirectorySite(tmp_path).publish(interrupted(FIRST, after=99), base=None)
    (tmp_path / "index.html").write_bytes(b"by hand")

    change = SiteChange(pages=FIRST.items, added=lambda: list(FIRST))
    assert DirectorySite(tmp_path).compare(change).occupied == ("index.html",)


def test_a_first_index_appears_whole(tmp_path: Path) -> None:
    (tmp_path / ".simple.part" / "old").mkdir(parents=True)  # of a writer that was killed
    seen: list[set[str]] = []

    def pages() -> Iterator[Page]:
        for path in ("simple/a/index.html", "project/a/index.html", "simple/b/index.html"):
            yield path, b"page"
            seen.append({each.name for each in tmp_path.iterdir() if each.name[0] != "."})
        yield CATALOG_PATH, b"0"

    published = DirectorySite(tmp_path).publish(SiteChange(pages=pages), base=None)

    assert seen == [set()] * 3
    assert published.written == 4
    assert tree(tmp_path) == [
        CATALOG_PATH,
        "project/a/index.html",
        "simple/a/index.html",
        "simple/b/index.html",
    ]


def test_a_new_project_appears_with_its_versions(tmp_path: Path) -> None:
    (tmp_path / "project/.b.part/old").mkdir(parents=True)  # of a writer that was killed
    seen: list[list[str]] = []

    def pages() -> Iterator[Page]:
        for path in ("a/index.html", "a/1.0/index.html", "a/2.0/index.html", "b/index.html"):
            yield f"project/{path}", b"page"
            seen.append([x for x in tree(tmp_path) if x.startswith("project/a")])
        yield CATALOG_PATH, b"0"

    published = DirectorySite(tmp_path).publish(SiteChange(pages=pages), base=None)

    assert seen == [[]] * 4
    assert published.written == 5
    assert tree(tmp_path) == [
        CATALOG_PATH,
        "project/a/1.0/index.html",
        "project/a/2.0/index.html",
        "project/a/index.html",
        "project/b/index.html",
    ]


def test_folders_are_looked_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first index has tens of thousands of new folders, below a few that do not exist."""
    (tmp_path / "simple").mkdir()
    looked: list[str] = []
    lstat = os.lstat

    def counted(place: str) -> os.stat_result:
        looked.append(os.path.relpath(place, tmp_path))
        return lstat(place)

    monkeypatch.setattr(os, "lstat", counted)
    folders = SiteFolders(tmp_path, "index")
    names = [f"p{number}{below}" for number in range(9) for below in ("", "/1.0", "/1.1")]
    found = [folders.missing(f"{top}/{name}") for name in names for top in ("simple", "project")]

    assert set(found) == {"project", *(f"simple/p{number}" for number in range(9))}
    assert sorted(looked) == ["project", "simple", *(f"simple/p{number}" for number in range(9))]


def test_an_empty_folder_does_not_stay(tmp_path: Path) -> None:
    site = DirectorySite(tmp_path)
    site.publish(change(b"x", b"0"), base=None)
    paths = ("simple/acme/index.html", "simple/acme/index.json")
    pages = {CATALOG_PATH: b"1"}
    site.publish(SiteChange(pages=pages.items, removed=paths, owned=pages), base=b"0")

    assert not (tmp_path / "simple" / "acme").exists()


def test_what_a_store_keeps_beside_its_site_is_none_of_its_paths(tmp_path: Path) -> None:
    store, site = DirectoryStore(tmp_path), DirectorySite(tmp_path)
    release = store.draft(new_release())
    store.put(release, new_asset(*wheel()), no_advance)
    store.draft(new_release("other-1.0"))
    store.publish(release)
    site.publish(change(b"x", b"0"), base=None)
    (tmp_path / "simple" / ".index.html.part").write_bytes(b"half")

    assert CATALOG_PATH in site.paths()
    assert not [x for x in site.paths() if x.startswith(("files/", ".")) or x.endswith(".part")]


def test_a_removed_release_leaves_nothing(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    release = store.draft(new_release())
    store.put(release, new_asset(*wheel()), no_advance)
    store.remove(store.publish(release))

    assert list((tmp_path / "files").iterdir()) == list((tmp_path / ".uploads").iterdir()) == []


def test_a_removed_file_leaves_nothing_of_an_abandoned_upload(tmp_path: Path) -> None:
    part = tmp_path / ".uploads" / "of-another-process" / TAG / NAME
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half of")
    os.utime(part, (0, 0))
    store = DirectoryStore(tmp_path)
    release = store.draft(new_release())
    (asset,) = release.assets

    assert not store.remove(release, asset)
    assert list((tmp_path / ".uploads").iterdir()) == []


def test_the_files_of_a_release_are_copied_through_one_folder(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    release = store.draft(new_release())
    store.put(release, new_asset("a-1.0.zip", CONTENT), no_advance)
    (first,) = (tmp_path / ".uploads").glob("*/*")
    store.put(release, new_asset("b-1.0.zip", CONTENT), no_advance)

    assert list((tmp_path / ".uploads").glob("*/*")) == [first]
    store.publish(release)
    assert list((tmp_path / ".uploads").iterdir()) == []


def test_an_upload_makes_its_folder_again_if_another_process_removes_it(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    release = store.draft(new_release())
    store.put(release, new_asset("a-1.0.zip", CONTENT), no_advance)
    rmtree(tmp_path / ".uploads")
    store.put(release, new_asset("b-1.0.zip", CONTENT), no_advance)

    assert tree(tmp_path) == [f".drafts/{TAG}/a-1.0.zip", f".drafts/{TAG}/b-1.0.zip"]


def test_two_threads_upload_a_file_of_the_same_name(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    release = store.draft(new_release())

    def overtaken() -> io.BytesIO:
        store.put(release, new_asset(NAME, CONTENT), no_advance)
        return io.BytesIO(CONTENT)

    stored = store.put(release, new_asset(NAME, CONTENT, opener=overtaken), no_advance)

    assert stored.complete
    assert tree(tmp_path) == [f".drafts/{TAG}/{NAME}"]


def test_an_upload_to_a_large_store_lists_the_releases_that_matter(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    publish_files(store, [wheel()], "v1")
    (tmp_path / ".drafts" / "v1").mkdir(parents=True)
    few = store.related(lambda: {"v1"})
    for number in range(FEW_RELEASES):
        (tmp_path / "files" / f"w{number}").mkdir()
    found = store.related(lambda: {"v1", "v2"})

    assert few is None
    assert found is not None
    assert [(each.tag, each.draft, len(each.assets)) for each in found] == [
        ("v1", True, 0),
        ("v1", False, 1),
    ]
    assert store.related(lambda: None) is None
