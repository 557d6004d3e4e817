"""`ghpypi index` with more than one index: what it tells, and what it reads beside the files."""

import json
from collections.abc import Iterator

import pytest

from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench
from tests.emulator import Emulator
from tests.emulator.repository import Repository
from tests.support.folder_server import FolderServer, serving
from tests.support.packages import publish_files, sdist, wheel

CONFIG = "[variants]\nfrom = 'tag'\npattern = '-(.+)'\n"
SAME = "acme_lib-1.0-py3-none-any.whl"
OTHER = "other-1.0-py3-none-any.whl"


@pytest.fixture
def shared_names(bench: Bench) -> Bench:
    """Two names, each in several releases, and none of it indexed."""
    store = DirectoryStore(bench.folder / "index")
    for tag in ("v1-cpu", "v1-cu124"):
        publish_files(
            store, [wheel("acme_lib", "1.0", text=tag), wheel("other", "1.0", text=tag)], tag
        )
    bench.set(GHPYPI_STORE="./index")
    configure(bench, CONFIG)
    return bench


def configure(bench: Bench, text: str) -> None:
    (bench.folder / "index").mkdir(exist_ok=True)
    (bench.folder / "index/ghpypi.toml").write_text(text)


@pytest.fixture
def public(bench: Bench) -> Iterator[FolderServer]:
    """An index elsewhere that has acme-lib 9.9."""
    place = bench.folder / "public/simple/acme-lib"
    place.mkdir(parents=True)
    (place / "index.html").write_text('<a href="acme_lib-9.9.zip">acme_lib-9.9.zip</a>')
    with serving(bench.folder / "public") as server:
        yield server


# Reports


def test_projects_that_the_main_index_has_nothing_of_are_warned_of_once(
    shared_names: Bench,
) -> None:
    outcome = shared_names.run("index", "-q")

    assert outcome.err == (
        "warning: projects that the main index does not have, because all their files are of "
        "variants: 2 (acme-lib, other); install them from the index of a variant, or name the "
        "variant of the main index with 'default' in [variants]\n"
    )


def test_names_that_the_main_index_has_nothing_of_are_warned_of_once(shared_names: Bench) -> None:
    more = [wheel("acme_lib", "0.9"), wheel("other", "0.9")]
    publish_files(DirectoryStore(shared_names.folder / "index"), more, "v0")
    outcome = shared_names.run("index", "-q")

    assert outcome.err == (
        f"warning: {SAME} and 1 more name exist for several variants: each file is in the "
        "index of its variant, and the main index has none of them; choose one with 'default' in "
        "[variants]\n"
    )
    assert "3 indexes: main, cpu, cu124\n" in outcome.out
    assert "left out" not in outcome.out


def test_names_that_the_main_index_has_one_file_of_are_no_warning(shared_names: Bench) -> None:
    configure(shared_names, CONFIG + "default = 'cpu'\n")
    outcome = shared_names.run("index", "-q")

    assert outcome.err == ""
    assert (
        f"{SAME} and 1 more name exist for several variants: the main index has those "
        "of the variant cpu\n"
    ) in outcome.out


def test_a_single_name_is_reported_in_the_singular(shared_names: Bench) -> None:
    for place in (shared_names.folder / "index/files").glob("*/other*"):
        place.unlink()
    publish_files(DirectoryStore(shared_names.folder / "index"), [wheel("acme_lib", "0.9")], "v0")

    assert shared_names.run("index", "-q").err.startswith(f"warning: {SAME} exists for several")


def test_json_names_indexes_and_shared_names(shared_names: Bench) -> None:
    document = json.loads(shared_names.run("index", "--json", "-q").out)["index"]

    assert document["indexes"] == ["main", "cpu", "cu124"]
    assert document["shared-names"] == [
        {"filename": name, "variants": ["cpu", "cu124"], "main": None} for name in (SAME, OTHER)
    ]
    assert document["refused"] == []


def test_the_summary_of_a_workflow_has_a_row_for_each_name(shared_names: Bench) -> None:
    summary = shared_names.folder / "summary"
    shared_names.set(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    outcome = shared_names.run("index")

    assert "#### One name, several variants" in summary.read_text()
    assert "| cpu, cu124 | none of them |" in summary.read_text()
    assert outcome.err.count("::warning ") == 1


def test_a_file_of_the_same_variant_that_came_later_is_left_out_and_warned_of(
    shared_names: Bench,
) -> None:
    publish_files(
        DirectoryStore(shared_names.folder / "index"),
        [wheel("acme_lib", "1.0", text="x")],
        "w1-cpu",
    )
    outcome = shared_names.run("index", "-q")

    assert (
        f"warning: {SAME} (release w1-cpu) is left out: another file of this name was uploaded "
        "earlier, to release v1-cpu\n"
    ) in outcome.err
    assert "1 file left out\n" in outcome.out


def test_what_the_configuration_leaves_out_of_all_indexes_is_counted(bench: Bench) -> None:
    publish_files(DirectoryStore(bench.folder / "index"), [sdist("acme_lib", "1.0")], "v1")
    configure(
        bench, "[index]\nrepositories = ['a/b']\n[indexes.x]\nrepositories = ['acme/other']\n"
    )
    outcome = bench.run("index", "--store", "./index", "-q")

    assert "1 file in no index, as configured\n" in outcome.out
    assert json.loads(bench.run("index", "--store", "./index", "--json").out)["index"][
        "in-no-index"
    ] == ["acme_lib-1.0.tar.gz"]


def test_a_higher_version_on_the_public_index_is_a_warning(
    bench: Bench, public: FolderServer
) -> None:
    publish_files(DirectoryStore(bench.folder / "index"), [sdist("acme_lib", "1.0")], "v1")
    configure(bench, f"[index]\npypi-check = '{public.address}simple'\n")
    summary = bench.folder / "summary"
    bench.set(GHPYPI_STORE="./index", GITHUB_STEP_SUMMARY=str(summary))
    told = (
        "acme-lib: the public index has 9.9, higher than 1.0: installers that ask both may take "
        "that one"
    )

    assert bench.run("index", "-q").err == f"warning: {told}\n"
    bench.set(GITHUB_ACTIONS="true")
    assert f"::warning title=ghpypi::{told}\n" in bench.run("index").err
    assert "| acme-lib | 1.0 | 9.9 |" in summary.read_text()
    assert json.loads(bench.run("index", "--json").out)["index"]["overtaken"] == [
        {"project": "acme-lib", "ours": "1.0", "theirs": "9.9"}
    ]


# When others are asked


@pytest.mark.parametrize(
    ("environment", "options", "asked"),
    [
        ({}, (), 0),
        ({}, ("--refresh",), 1),
        ({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "release"}, (), 0),
        ({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "schedule"}, (), 1),
        ({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "schedule"}, ("--no-refresh",), 0),
        ({"GITHUB_EVENT_NAME": "schedule"}, (), 0),
    ],
)
def test_the_daily_run_asks_again(
    bench: Bench,
    public: FolderServer,
    environment: dict[str, str],
    options: tuple[str, ...],
    asked: int,
) -> None:
    publish_files(DirectoryStore(bench.folder / "index"), [sdist("acme_lib", "1.0")], "v1")
    configure(bench, f"[indexes.x]\nbases = ['{public.address}simple/']\noverlay = ['*']\n")
    bench.set(GHPYPI_STORE="./index")
    bench.run("index")
    public.visits.clear()
    bench.set(**environment)
    bench.run("index", *options)

    assert len(public.visits) == asked


# Templates

TEMPLATE = """{# ghpypi-templates: 1 #}
{% extends "ghpypi/landing.html" %}
"""


def test_templates_are_in_the_folder_of_the_configuration(bench: Bench) -> None:
    publish_files(DirectoryStore(bench.folder / "index"), [sdist("acme_lib", "1.0")], "v1")
    configure(bench, "[site]\ntemplates = 'mine'\n")
    folder = bench.folder / "index/mine"
    folder.mkdir()
    (folder / "landing.html").write_text("{# ghpypi-templates: 1 #}\nOurs")
    (folder / "site.css").write_text("body { color: red }")
    (folder / "README.md").write_text("not a template")

    assert bench.run("index", "--store", "./index", "-q").code == 0
    assert "Ours" in (bench.folder / "index/index.html").read_text()


def test_a_template_that_is_for_another_version_stops_the_run(bench: Bench) -> None:
    publish_files(DirectoryStore(bench.folder / "index"), [sdist("acme_lib", "1.0")], "v1")
    configure(bench, "[site]\ntemplates = 'mine'\n")
    (bench.folder / "index/mine").mkdir()
    (bench.folder / "index/mine/landing.html").write_text("{# ghpypi-templates: 9 #}\nOurs")
    outcome = bench.run("index", "--store", "./index", "-q")

    assert outcome.code == 1
    assert "landing.html: unsupported version of the template API" in outcome.err
    assert not (bench.folder / "index/simple").exists()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "folder mine in ./index not found"),
        (b"\xff", "a file in mine in ./index is not UTF-8"),
    ],
)
def test_templates_that_cannot_be_read_are_reported(
    bench: Bench, content: bytes | None, fault: str
) -> None:
    configure(bench, "[site]\ntemplates = 'mine'\n")
    if content:
        (bench.folder / "index/mine").mkdir()
        (bench.folder / "index/mine/landing.html").write_bytes(content)
    outcome = bench.run("index", "--store", "./index", "-q")

    assert outcome.code == 2
    assert outcome.err.startswith(f"error: site.templates: {fault}")


# GitHub


@pytest.fixture
def repository(github: Emulator) -> Repository:
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    repository.add_release("v1").add_asset(*sdist("acme_lib", "1.0"))
    return repository


def test_templates_of_a_repository_are_read_from_it(bench: Bench, repository: Repository) -> None:
    repository.commit_files(
        {
            "ghpypi.toml": b"[site]\ntemplates = 'our templates'\n",
            "our templates/landing.html": b"{# ghpypi-templates: 1 #}\nOurs",
            "our templates/notes.txt": b"\xff",
            "our templates/more/landing.html": b"deeper",
        }
    )

    assert bench.run("index").code == 0
    assert b"Ours" in repository.files("gh-pages")["index.html"]


def test_a_folder_that_the_repository_lacks_is_reported(
    bench: Bench, repository: Repository
) -> None:
    repository.commit_files({"ghpypi.toml": b"[site]\ntemplates = 'mine'\n"})

    assert bench.run("index").err.endswith(
        "error: site.templates: folder mine in acme/pypi not found\n"
    )


def test_a_file_in_the_place_of_the_folder_is_reported(
    bench: Bench, repository: Repository
) -> None:
    repository.commit_files({"ghpypi.toml": b"[site]\ntemplates = 'mine'\n", "mine": b"a file"})

    assert "folder mine in acme/pypi not found" in bench.run("index").err


def test_the_repositories_of_a_named_index_are_listed_too(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    nightly = github.add_repository("acme/nightly")
    nightly.add_release("v1").add_asset(*sdist("acme_lib", "1.1.dev1"))
    extra = github.add_repository("acme/lib-extra")
    extra.add_release("v1").add_asset(*sdist("other", "1.0"))
    repository.commit_files(
        {
            "ghpypi.toml": b"[indexes.dev]\nrepositories = ['acme/nightly', 'acme/lib-*']\n"
            b"bases = ['main']\noverlay = ['*']\n"
        }
    )
    bench.run("index", "-q")

    assert bench.run("list", "--index", "main").out == "acme-lib  1.0  1 file\n"
    assert bench.run("list", "--index", "dev").out == (
        "acme-lib  1.0  2 files\nother     1.0  1 file\n"
    )


def test_a_repository_may_have_been_renamed(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    github.add_repository("acme/nightly")
    repository.commit_files({"ghpypi.toml": b"[indexes.dev]\nrepositories = ['acme/nightly']\n"})
    repository.rename("acme/packages")
    bench.run("index", "-q")

    assert bench.run("list", "--index", "main").out == "acme-lib  1.0  1 file\n"
