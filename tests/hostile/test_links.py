"""Symbolic links out of a folder store, through every entrance: nothing outside is touched."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ghpypi.cli.serving import Serving
from ghpypi.core.config.config import Config
from ghpypi.core.locator import Hosts
from ghpypi.core.site.settings import SiteSettings
from ghpypi.errors import GhpypiError, OccupiedError, RefusedError
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.server.app import App
from ghpypi.server.auth.authorizer import AuthorizerOptions
from ghpypi.stores.directory import links
from ghpypi.stores.directory.links import LinkError, Links
from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench
from tests.server import raw_asgi
from tests.support.packages import Built, new_asset, no_advance, publish_files, wheel
from tests.support.reporters import MemoryReporter

SECRET = b"the password of another user"
OURS = wheel("ours", "1.0")
THEIRS = wheel("theirs", "1.0")
PAGES = ("simple", "simple/ours", "project", "project/ours", "assets", "projects")


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder of another user, which has to stay as it is."""
    folder = tmp_path / "outside"
    folder.mkdir()
    for name, content in (("secret.txt", SECRET), THEIRS, ("index.html", SECRET)):
        (folder / name).write_bytes(content)
    before = contents(folder)
    yield folder

    assert contents(folder) == before


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "index"
    put(folder, OURS)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def put(root: Path, built: Built) -> None:
    publish_files(DirectoryStore(root), [built], "v1")


def indexed(root: Path, *, adopt: bool = False, full: bool = False) -> IndexReport:
    settings = SiteSettings(config=Config(), address="https://example.org/")
    options = IndexOptions(adopt=adopt, full=full)
    return build_index(
        DirectoryStore(root), DirectorySite(root), settings, MemoryReporter(), options
    )


@pytest.mark.parametrize("no_follow", [os.O_NOFOLLOW, 0], ids=["POSIX", "Windows"])
def test_links_are_opened_only_if_they_stay_inside(
    root: Path, outside: Path, monkeypatch: pytest.MonkeyPatch, no_follow: int
) -> None:
    monkeypatch.setattr(links, "NO_FOLLOW", no_follow)
    opened = Links(root, "index").open
    (root / "files/v1/inside.whl").symlink_to(OURS[0])
    (root / "files/v1/outside.whl").symlink_to(outside / THEIRS[0])
    (root / "files/v2").symlink_to(root / "files/v1")
    (root / "files/v3").symlink_to(outside)

    for path in (f"v1/{OURS[0]}", "v1/inside.whl", f"v2/{OURS[0]}", "v2/inside.whl"):
        with opened(f"files/{path}") as file:
            assert file.read() == OURS[1]
    for path in ("v1/outside.whl", "v2/outside.whl", f"v3/{THEIRS[0]}", "v3/none.whl"):
        with pytest.raises(LinkError):
            opened(f"files/{path}")
    with pytest.raises(FileNotFoundError):
        opened("files/v1/none.whl")


def test_a_file_that_is_a_link_out_is_left_out_with_a_reason(root: Path, outside: Path) -> None:
    link = root / "files/v1" / THEIRS[0]
    link.symlink_to(outside / THEIRS[0])
    report = indexed(root)
    (refused,) = report.refused

    assert report.files == 1
    assert refused.filename == THEIRS[0]
    assert refused.reason == (
        f"files/v1/{THEIRS[0]} in {root} is a symbolic link to a path outside of it, and is not "
        "followed"
    )

    link.unlink()
    put(root, THEIRS)
    assert indexed(root).files == 2


def test_a_metadata_file_is_not_read_through_a_link(root: Path, outside: Path) -> None:
    beside = root / f"files/v1/{OURS[0]}.metadata"
    beside.unlink(missing_ok=True)
    beside.symlink_to(outside / "secret.txt")
    report = indexed(root)

    assert report.files == 1
    assert [each.filename for each in report.refused] == [beside.name]


def test_provenance_is_not_read_through_a_link_and_its_file_is_left_out(
    root: Path, outside: Path
) -> None:
    put(root, THEIRS)
    (root / f"files/v1/{OURS[0]}.provenance").symlink_to(outside / "secret.txt")
    report = indexed(root)

    assert report.files == 1
    assert [each.filename for each in report.refused] == [OURS[0]]


def test_a_release_that_is_a_link_out_is_none(
    root: Path, outside: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (root / "files/v2").symlink_to(outside)

    assert indexed(root).files == 1
    assert "ignoring release v2, a symbolic link" in caplog.text


@pytest.mark.parametrize("folder", ["files", ".drafts", ".uploads"])
def test_a_store_whose_files_are_behind_a_link_out_is_refused(
    root: Path, outside: Path, folder: str
) -> None:
    place = root / folder
    if place.exists():
        place.rename(root.parent / "moved")
    place.symlink_to(outside)
    store = DirectoryStore(root)
    with pytest.raises(RefusedError, match=f"{folder} in .* is a symbolic link"):
        list(store.releases())
    with pytest.raises(RefusedError, match=f"{folder} in .* is a symbolic link"):
        publish_files(store, [THEIRS], "v2")


@pytest.mark.parametrize("parent", ["files", ".drafts"])
def test_nothing_is_uploaded_into_a_release_that_is_a_link_out(
    root: Path, outside: Path, parent: str
) -> None:
    (root / parent).mkdir(exist_ok=True)
    (root / parent / "v2").symlink_to(outside)
    with pytest.raises(RefusedError, match=f"{parent}/v2 in"):
        publish_files(DirectoryStore(root), [wheel("more", "1.0")], "v2")


def test_an_upload_is_not_compared_with_a_file_outside(root: Path, outside: Path) -> None:
    (root / "files/v1" / THEIRS[0]).symlink_to(outside / THEIRS[0])
    store = DirectoryStore(root)
    (release,) = store.releases()
    with pytest.raises(RefusedError, match="is a symbolic link"):
        store.put(release, new_asset(*THEIRS), no_advance)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("adopt", [False, True])
def test_no_page_is_written_through_a_link(
    root: Path, outside: Path, page: str, *, adopt: bool
) -> None:
    (root / page).parent.mkdir(parents=True, exist_ok=True)
    (root / page).symlink_to(outside)
    with pytest.raises((OccupiedError, RefusedError), match=r"symbolic link|did not write"):
        indexed(root, adopt=adopt)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("full", [False, True])
def test_no_page_is_changed_or_removed_through_a_link(
    root: Path, outside: Path, page: str, *, full: bool
) -> None:
    indexed(root)
    (root / page).rename(root.parent / "moved")
    (root / page).symlink_to(outside)
    put(root, THEIRS)
    (root / "files/v1" / OURS[0]).rename(root.parent / OURS[0])
    with pytest.raises(GhpypiError, match=r"symbolic link|did not write|would lose"):
        indexed(root, full=full)


@pytest.mark.parametrize(
    "page", ["index.html", "simple/ours/index.html", "assets/site.css", "catalog.jsonl"]
)
def test_a_page_that_is_a_link_is_replaced_or_refused(root: Path, outside: Path, page: str) -> None:
    indexed(root)
    (root / page).unlink()
    (root / page).symlink_to(outside / "secret.txt")
    if page == "catalog.jsonl":
        with pytest.raises(RefusedError, match="is a symbolic link"):
            indexed(root, full=True)
        return
    indexed(root, full=True)

    assert not (root / page).is_symlink()


@pytest.mark.parametrize("name", [".index.html.part", ".catalog.jsonl.part", ".simple.part"])
def test_names_of_our_own_are_not_written_through(root: Path, outside: Path, name: str) -> None:
    target = outside if name == ".simple.part" else outside / "secret.txt"
    (root / name).symlink_to(target)
    indexed(root)

    assert (root / "index.html").exists()


@pytest.mark.parametrize("line", ["../outside/secret.txt", "/etc/passwd", "a/../../outside/x"])
def test_a_list_of_unfinished_pages_removes_nothing_outside(
    root: Path, outside: Path, line: str
) -> None:
    (root / ".ghpypi.unfinished").write_text(f"{line}\n")
    indexed(root)

    assert not (root / ".ghpypi.unfinished").exists()


def test_a_list_of_unfinished_pages_behind_a_link_is_not_read(root: Path, outside: Path) -> None:
    (root / ".ghpypi.unfinished").symlink_to(outside / "secret.txt")
    with pytest.raises(RefusedError, match="is a symbolic link"):
        indexed(root)


def test_a_lock_behind_a_link_is_not_taken(root: Path, outside: Path) -> None:
    (root / ".ghpypi.lock").unlink(missing_ok=True)
    (root / ".ghpypi.lock").symlink_to(outside / "secret.txt")
    with pytest.raises((OSError, GhpypiError)):
        indexed(root)


def got(root: Path, path: str) -> int:
    """Ask a server for a path, and make sure that it does not tell the secret."""
    hosts = Hosts.parse("https://api.github.com")
    all_stores = Serving(
        stores=(str(root),), hosts=hosts, token=None, authorizer=AuthorizerOptions()
    ).all_stores()
    answer = asyncio.run(raw_asgi.get(App(all_stores=all_stores), path))

    assert SECRET not in answer.content
    return answer.status_code


@pytest.mark.parametrize(
    ("link", "path"),
    [
        (f"files/v1/{OURS[0]}", f"/files/v1/{OURS[0]}"),
        (f"files/v1/{OURS[0]}.metadata", f"/files/v1/{OURS[0]}.metadata"),
        (f"files/v1/{OURS[0]}.provenance", f"/files/v1/{OURS[0]}.provenance"),
        ("files/v1", f"/files/v1/{OURS[0]}"),
        ("index.html", "/"),
        ("project/ours/index.html", "/project/ours/"),
        ("project", "/project/ours/"),
        ("assets/site.css", "/assets/site.css"),
        ("assets", "/assets/secret.txt"),
    ],
)
def test_a_server_reads_nothing_through_a_link(
    root: Path, outside: Path, link: str, path: str
) -> None:
    indexed(root)
    assert got(root, path) in {200, 404}
    place = root / link
    if place.exists():
        place.rename(root.parent / "moved")
    (outside / OURS[0]).write_bytes(SECRET)
    place.symlink_to(outside if "." not in place.name else outside / "secret.txt")

    assert got(root, path) == 404
    (outside / OURS[0]).unlink()


def test_links_within_a_store_and_to_a_whole_store_are_followed(root: Path, tmp_path: Path) -> None:
    (root / "pool").mkdir()
    (root / "files/v1" / OURS[0]).rename(root / "pool" / OURS[0])
    (root / "files/v1" / OURS[0]).symlink_to(Path("../../pool") / OURS[0])
    (tmp_path / "link").symlink_to(root)
    report = indexed(tmp_path / "link")

    assert (report.files, report.refused) == (1, ())


def test_a_path_is_checked_part_by_part(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/inner").symlink_to(tmp_path / "in")
    (tmp_path / "in/outer").symlink_to(os.path.pardir)
    (tmp_path / "in/twin").symlink_to(tmp_path / "in2")
    links = Links(tmp_path / "in", "the store")

    assert links.find("inner/x") == ""
    assert links.find("inner/outer/x") == "inner/outer"
    assert links.find("twin") == "twin"
    assert links.find("nowhere/at/all") == ""


def test_templates_are_not_read_through_a_link(bench: Bench, outside: Path) -> None:
    root = bench.folder / "index"
    put(root, OURS)
    (root / "mine").mkdir()
    (root / "ghpypi.toml").write_text("[site]\ntemplates = 'mine'\n")
    (root / "mine/site.css").symlink_to(outside / "secret.txt")
    outcome = bench.run("index", "--store", "./index")

    assert outcome.code == 2
    assert "mine/site.css in index is a symbolic link" in outcome.err
    assert not (root / "assets").exists()


def test_a_site_whose_folder_is_a_link_out_is_refused(bench: Bench, outside: Path) -> None:
    root = bench.folder / "index"
    put(root, OURS)
    (root / "ghpypi.toml").write_text("[site]\npath = 'docs'\n")
    (root / "docs").symlink_to(outside)
    outcome = bench.run("index", "--store", "./index")

    assert outcome.code == 1
    assert "docs in index is a symbolic link" in outcome.err
