"""`ghpypi list` and `ghpypi show`."""

import json
import os

import pytest

from ghpypi.core.digest import digest_of
from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench, Outcome
from tests.support.folder_server import serving
from tests.support.packages import publish_files, sdist, wheel

FILES = [
    wheel("acme_lib", "1.0", "Requires-Python: >=3.9"),
    sdist("acme_lib", "1.1"),
    sdist("other", "0.1"),
]


@pytest.fixture
def published(bench: Bench) -> Bench:
    """A bench with an index on it, every file of the same age."""
    store = DirectoryStore(bench.folder / "index")
    publish_files(store, [*FILES, ("broken-1.0.zip", b"x")], "v1")
    for path in (bench.folder / "index/files/v1").iterdir():
        os.utime(path, (0, 1_700_000_000))
    bench.set(GHPYPI_STORE="./index")
    bench.run("index")
    return bench


def test_projects_are_listed_with_their_newest_version(published: Bench) -> None:
    assert published.run("list") == Outcome(
        0, "acme-lib  1.1  2 files\nother     0.1  1 file\n", ""
    )


def test_projects_are_listed_as_json(published: Bench) -> None:
    assert json.loads(published.run("list", "--json").out) == {
        "version": 1,
        "projects": [
            {
                "name": "acme-lib",
                "current": "1.1",
                "yanked": False,
                "prerelease": False,
                "status": "active",
                "versions": ["1.0", "1.1"],
                "files": 2,
            },
            {
                "name": "other",
                "current": "0.1",
                "yanked": False,
                "prerelease": False,
                "status": "active",
                "versions": ["0.1"],
                "files": 1,
            },
        ],
    }


def test_a_yanked_version_is_not_listed_as_current(published: Bench) -> None:
    (published.folder / "ghpypi.toml").write_text(
        '[yanked]\nacme-lib = { "1.1" = "broken" }\nother = { "0.1" = "" }\n'
    )

    assert published.run("list").out == ("acme-lib  1.0  2 files\nother     0.1  1 file   yanked\n")


def test_prereleases_and_the_status_are_marked(published: Bench) -> None:
    publish_files(DirectoryStore(published.folder / "index"), [sdist("new", "1.0rc1")], "new")
    (published.folder / "ghpypi.toml").write_text(
        '[yanked]\nacme-lib = { "acme_lib-1.1.tar.gz" = "" }\nnew = { "1.0rc1" = "" }\n'
        '[projects.new]\nstatus = "archived"\n'
    )
    published.run("index")
    first, second, _ = published.run("list").out.splitlines()

    assert first.split() == ["acme-lib", "1.0", "2", "files"]
    assert second.split() == ["new", "1.0rc1", "1", "file", "yanked,", "prerelease,", "archived"]
    assert published.run("show", "new").out.split()[-2:] == ["prerelease", "yanked"]
    assert published.run("show", "acme-lib==1.1").out.split()[-1] == "yanked"


def test_an_empty_index_says_that_it_has_no_projects(bench: Bench) -> None:
    bench.run("index", "--store", "./index", "--allow-shrink")

    assert bench.run("list", "--store", "./index") == Outcome(0, "", "no projects\n")
    assert bench.run("list", "--store", "./index", "--quiet") == Outcome(0, "", "")


def test_a_project_is_shown_newest_first_by_any_spelling_of_its_name(published: Bench) -> None:
    wheel_size, sdist_size = (f"{len(content)} B" for _, content in FILES[:2])

    assert published.run("show", "Acme_Lib") == Outcome(
        0,
        "acme-lib\n"
        f"1.1  acme_lib-1.1.tar.gz            {sdist_size}  2023-11-14T22:13:20Z\n"
        f"1.0  acme_lib-1.0-py3-none-any.whl  {wheel_size}  2023-11-14T22:13:20Z  "
        "Python >=3.9\n",
        "",
    )


def test_yanks_and_status_are_shown(published: Bench) -> None:
    (published.folder / "ghpypi.toml").write_text(
        '[yanked]\nacme-lib = { "1.1" = "broken" }\n'
        '[projects.acme-lib]\nstatus = "deprecated"\nreason = "use other"\n'
        '[projects.other]\nstatus = "archived"\n'
    )
    outcome = published.run("show", "acme-lib")

    assert outcome.out.splitlines()[:2] == ["acme-lib", "deprecated: use other"]
    assert outcome.out.splitlines()[2].endswith("yanked: broken")
    assert published.run("show", "other").out.splitlines()[1] == "archived"


def test_one_version_is_shown_however_it_is_spelled(published: Bench) -> None:
    shown = published.run("show", "Acme.Lib==1.1.0")

    assert (shown.code, shown.out.split()[:2]) == (0, ["acme-lib", "1.1"])
    assert "1.0" not in shown.out.replace("acme_lib-1.1", "")
    missing = published.run("show", "acme-lib==2")

    assert (missing.code, missing.out) == (5, "")
    assert "has no acme-lib 2" in missing.err
    assert "it has 1.0, 1.1" in missing.err
    assert published.run("show", "acme-lib==").code == 2


def test_a_project_is_shown_as_json(published: Bench) -> None:
    outcome = published.run("show", "other", "--json")

    assert json.loads(outcome.out) == {
        "version": 1,
        "project": {
            "meta": {"api-version": "1.4"},
            "name": "other",
            "versions": ["0.1"],
            "files": [
                {
                    "filename": "other-0.1.tar.gz",
                    "url": "files/v1/other-0.1.tar.gz",
                    "hashes": {"sha256": digest_of(FILES[2][1])},
                    "size": len(FILES[2][1]),
                    "upload-time": "2023-11-14T22:13:20Z",
                }
            ],
        },
    }


@pytest.mark.parametrize("project", ["nothing", "broken"])
def test_a_project_without_files_is_not_found(published: Bench, project: str) -> None:
    assert published.run("show", project) == Outcome(
        5,
        "",
        f"error: the published index has no project '{project}'\n"
        "hint: list all projects with 'ghpypi list'; new files appear after the next index run\n",
    )


def test_a_site_elsewhere_can_be_read(published: Bench) -> None:
    (published.folder / "ghpypi.toml").write_text('[yanked]\nacme-lib = { "1.1" = "broken" }\n')
    published.run("index")
    (published.folder / "ghpypi.toml").unlink()
    outcome = published.run("list", "--store", "acme/pypi", "--site", "index")

    assert outcome.code == 0
    assert outcome.out.startswith("acme-lib  1.0  2 files\n")


def test_where_nothing_was_published_nothing_is_found(bench: Bench) -> None:
    assert bench.run("list", "--store", "./index") == Outcome(
        5, "", "error: index has no index yet\nhint: publish one with 'ghpypi index'\n"
    )
    assert not (bench.folder / "index").exists()


def test_a_damaged_catalog_is_reported(published: Bench) -> None:
    path = published.folder / "index/catalog.jsonl"
    path.write_bytes(path.read_bytes()[:-30])
    outcome = published.run("list")

    assert outcome.code == 1
    assert outcome.err.startswith("error: catalog.jsonl of index is damaged: ")
    assert outcome.err.endswith(
        "hint: rebuild everything with 'ghpypi index --full', and with --adopt if nothing of it "
        "can be read\n"
    )
    assert published.run("index", "--full").code == 0


def test_a_catalog_of_which_nothing_can_be_read_is_replaced(published: Bench) -> None:
    (published.folder / "index/catalog.jsonl").write_bytes(b"garbage")

    assert published.run("index").code == 1
    assert published.run("index", "--full").code == 1
    assert published.run("index", "--full", "--adopt").code == 0
    assert published.run("index", "--check").code == 0


def test_a_part_of_the_catalog_that_does_not_match_is_an_error(published: Bench) -> None:
    path = published.folder / "index/catalog/part.jsonl"
    path.write_bytes(path.read_bytes()[:-30])
    outcome = published.run("show", "other")

    assert outcome.code == 7
    assert outcome.err == (
        "error: catalog/part.jsonl of index does not match catalog.jsonl, which has other versions "
        "of the lines of other\nhint: run the same command again; if the error persists, rebuild "
        "everything with 'ghpypi index --full'\n"
    )
    assert published.run("show", "acme-lib").code == 0


VARIANTS = "[variants]\n[indexes.old]\ninclude = ['acme-lib<1.1']\n"


@pytest.fixture
def several(bench: Bench) -> Bench:
    """A bench with several indexes on it."""
    store = DirectoryStore(bench.folder / "index")
    publish_files(store, [*FILES, wheel("kernels", "1.0+cu128"), wheel("kernels", "1.0+cpu")], "v1")
    (bench.folder / "index/ghpypi.toml").write_text(VARIANTS)
    bench.set(GHPYPI_STORE="./index")
    bench.run("index")
    return bench


def test_the_projects_of_one_index_are_listed(several: Bench) -> None:
    assert several.run("list").out == (
        "acme-lib  1.1        2 files\nkernels   1.0+cu128  2 files\nother     0.1        1 file\n"
    )
    assert several.run("list", "--index", "main").out == (
        "acme-lib  1.1  2 files\nother     0.1  1 file\n"
    )
    assert several.run("list", "--index", "old").out == "acme-lib  1.0  1 file\n"
    assert several.run("list", "--index", "cpu").out == (
        "acme-lib  1.1      2 files\nkernels   1.0+cpu  1 file\nother     0.1      1 file\n"
    )


def test_a_project_is_shown_as_an_index_has_it(several: Bench) -> None:
    names = [
        line.split()[1]
        for line in several.run("show", "kernels", "--index", "cu128").out.splitlines()[1:]
    ]

    assert names == ["kernels-1.0+cu128-py3-none-any.whl"]


def test_a_project_that_an_index_does_not_hold_is_not_found(several: Bench) -> None:
    assert several.run("show", "other", "--index", "old") == Outcome(
        5,
        "",
        "error: the published index old has no project 'other'\n"
        "hint: list all projects with 'ghpypi list'; new files appear after the next index run\n",
    )


def test_an_index_that_is_not_there_is_not_found(several: Bench) -> None:
    assert several.run("list", "--index", "cu129") == Outcome(
        5, "", "error: there is no index 'cu129'\nhint: there are main, old, cpu, cu128\n"
    )


def test_files_of_an_index_elsewhere_are_shown_as_such(bench: Bench) -> None:
    page = b'<a href="https://files.example/acme_lib-9.0.zip" data-size="7" data-yanked="">x</a>'
    place = bench.folder / "elsewhere/simple/acme-lib"
    place.mkdir(parents=True)
    (place / "index.html").write_bytes(page)
    store = DirectoryStore(bench.folder / "index")
    publish_files(store, FILES[1:2], "v1")
    with serving(bench.folder / "elsewhere") as server:
        (bench.folder / "index/ghpypi.toml").write_text(
            f"[indexes.x]\nbases = ['{server.address}simple/']\noverlay = ['*']\n"
        )
        bench.set(GHPYPI_STORE="./index")
        bench.run("index")
    lines = bench.run("show", "acme-lib", "--index", "x").out.splitlines()

    assert lines[2].split() == ["acme_lib-9.0.zip", "7", "B", "from", "files.example", "yanked"]
    assert bench.run("list", "--index", "x").out == "acme-lib  1.1  2 files\n"
