"""`ghpypi delete` and `ghpypi prune`, on a folder and on GitHub."""

import json

import pytest

from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench, Outcome
from tests.cli.published_index import in_folder, on_github
from tests.emulator import Emulator, Fault
from tests.emulator.repository import Repository
from tests.support.index_workflow import add_index_workflow
from tests.support.packages import publish_files, sdist, sidecar_of, wheel, written

OLD, NEW = wheel("acme_lib", "1.0"), sdist("acme_lib", "2.0")
USER = wheel("user", "1.0", "Requires-Dist: acme-lib<2")
CONFIG = "# ours\n[index]\ntitle = 'Acme'\n"
RECORD = '\n[removed]\nacme-lib = { "1.0" = "secret" }\n'


@pytest.fixture
def folder(bench: Bench) -> Bench:
    """A bench with an index in a folder, and its configuration there."""
    in_folder(bench, CONFIG, {"acme-lib-1.0": [OLD, sidecar_of(OLD)], "acme-lib-2.0": [NEW]})
    return bench


def config(bench: Bench) -> str:
    return (bench.folder / "index/ghpypi.toml").read_text()


def releases(bench: Bench) -> list[str]:
    return sorted(path.name for path in (bench.folder / "index/files").iterdir())


def test_a_version_is_deleted_and_the_index_runs_on(folder: Bench) -> None:
    outcome = folder.run("delete", "Acme.Lib==1.0.0", "--yes", "--reason", "secret", "-q")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(f"delete  {OLD[0]}  {len(OLD[1])} B  release acme-lib-1.0  with")
    assert outcome.out.endswith("\ndeleted 1 file of 1 version\n")
    assert releases(folder) == ["acme-lib-2.0"]
    assert config(folder) == CONFIG + RECORD
    assert json.loads(folder.run("show", "acme-lib", "--json").out)["project"]["versions"] == [
        "2.0"
    ]
    assert folder.run("index").code == 0
    again = folder.run("delete", "acme-lib==1.0", "--yes", "-q")
    assert again.code == 0
    assert again.out.endswith("\n1 version already deleted\n")


@pytest.mark.parametrize("command", [["delete", "acme-lib==1.0"], ["prune", "--keep", "1"]])
def test_the_releases_are_listed_once(folder: Bench, command: list[str]) -> None:
    outcome = folder.run(*command, "--yes", "--no-rebuild")

    assert outcome.code == 0
    assert outcome.err.count("listing the releases of ") == 1


def test_without_a_confirmation_only_the_plan_is_printed(folder: Bench) -> None:
    dry = folder.run("delete", "acme-lib==1.0", "--dry-run", "-q")
    outcome = folder.run("delete", "acme-lib==1.0", "-q")

    assert (dry.code, dry.err) == (0, "")
    assert dry.out.endswith("\nwould delete 1 file of 1 version\n")
    assert outcome == Outcome(
        2, dry.out, "error: nothing was deleted without a confirmation\nhint: add --yes\n"
    )
    assert releases(folder) == ["acme-lib-1.0", "acme-lib-2.0"]
    assert config(folder) == CONFIG


def test_json_has_the_plan_and_the_outcome(folder: Bench) -> None:
    document = json.loads(folder.run("delete", "acme-lib==1.0", "--yes", "--json").out)
    index = document.pop("index")

    assert document == {
        "version": 1,
        "store": "./index",
        "dry-run": False,
        "versions": ["acme-lib==1.0"],
        "releases": [
            {"tag": "acme-lib-1.0", "whole": True, "files": [OLD[0], f"{OLD[0]}.metadata"]}
        ],
        "changed": True,
    }
    assert index["removed"] == [OLD[0]]


def test_a_release_with_other_files_stays(folder: Bench) -> None:
    publish_files(DirectoryStore(folder.folder / "index"), [("notes.pdf", b"x")], "acme-lib-1.0")
    outcome = folder.run("delete", "acme-lib==1.0", "--yes", "-q")

    assert "other files stay" in outcome.out
    left = (folder.folder / "index/files/acme-lib-1.0").iterdir()
    assert [path.name for path in left] == ["notes.pdf"]


def test_what_other_projects_need_is_not_deleted(folder: Bench) -> None:
    publish_files(DirectoryStore(folder.folder / "index"), [USER], "user-1.0")
    folder.run("index")
    outcome = folder.run("delete", "acme-lib==1.0", "--yes", "-q")

    assert outcome == Outcome(
        1,
        "",
        "error: other projects of the index need what would be deleted; nothing was deleted\n"
        "  - user 1.0 requires acme-lib<2\n"
        "hint: delete these versions first, or add --force\n",
    )
    pruned = folder.run("prune", "--keep", "1", "--yes", "-q")
    assert pruned.out.startswith("nothing to delete")
    assert pruned.err == "warning: acme-lib 1.0 is kept, because user 1.0 requires acme-lib<2\n"
    assert folder.run("delete", "acme-lib==1.0", "--yes", "--force").code == 0


def test_every_version_that_installers_may_choose_counts(folder: Bench) -> None:
    store = DirectoryStore(folder.folder / "index")
    plain = "Requires-Dist: acme-lib"
    for version, requirement in (
        ("1.0", "==1.0"),
        ("1.1", "==1.0"),
        ("1.2+cu128", "<2"),
        ("2.0", ">0.9"),
        ("2.1rc1", "<1.5"),
        ("3.0", ""),
    ):
        built = wheel("user", version, f"{plain}{requirement}")
        publish_files(store, [built, sidecar_of(built)], f"user-{version}")
    publish_files(store, [sdist("source", "1.0", f"{plain}<2")], "source-1.0")
    (folder.folder / "index/ghpypi.toml").write_text(
        CONFIG
        + "[variants]\nfrom = 'local-version'\n"
        + "[indexes.stable]\ninclude = ['user==2.0', 'acme-lib==1.0']\n"
        + "[yanked]\nuser = { '1.1' = '' }\n"
    )
    assert folder.run("index").code == 0
    outcome = folder.run("delete", "acme-lib==1.0", "--yes", "-q")

    assert outcome.code == 1
    assert outcome.err.splitlines()[1:-1] == [
        "  - source 1.0 requires acme-lib<2",
        "  - user 2.1rc1 requires acme-lib<1.5",
        "  - user 1.0 requires acme-lib==1.0",
        "  - user 2.0 requires acme-lib>0.9 (index 'stable')",
        "  - user 1.2+cu128 requires acme-lib<2 (index 'cu128')",
    ]
    metadata = folder.folder / "index/files/user-1.2+cu128/user-1.2+cu128-py3-none-any.whl.metadata"
    metadata.write_bytes(b"changed")
    damaged = folder.run("delete", "acme-lib==1.0", "--yes", "-q")
    assert damaged.err.count(" requires ") == 4
    assert "the dependencies of 1 version could not be read; they do not count" in damaged.err
    first = folder.run(
        "delete", "user==1.0", "user==1.2", "user==2", "user==2.1rc1", "source==1.0",
        "acme-lib==1.0", "--yes", "-q",
    )  # fmt: skip
    assert first.code == 0, first


def test_a_deletion_by_hand_is_recorded_afterwards(folder: Bench) -> None:
    root = folder.folder / "index/files/acme-lib-1.0"
    for path in root.iterdir():
        path.unlink()
    assert folder.run("index").code == 1
    outcome = folder.run("delete", "acme-lib==1.0", "--yes", "-q")

    assert outcome.code == 0
    assert outcome.out.endswith("1 version already deleted\n")
    assert '"1.0"' in config(folder)


def test_a_version_that_does_not_exist_is_an_error(folder: Bench) -> None:
    outcome = folder.run("delete", "acme-lib==3", "--yes", "-q")

    assert outcome == Outcome(
        5, "", "error: index has no acme-lib 3\nhint: the index has 1.0, 2.0\n"
    )


# Pruning


def test_old_versions_are_pruned(folder: Bench) -> None:
    publish_files(DirectoryStore(folder.folder / "index"), [sdist("acme_lib", "3.0")], "v3")
    folder.run("index")
    (folder.folder / "index/ghpypi.toml").write_text(
        CONFIG + "[prune]\nexclude = ['acme-lib==1.0']\n"
    )
    outcome = folder.run("prune", "acme-*", "--keep", "1", "--yes", "-q")

    assert outcome.out.splitlines()[0].startswith(f"delete  {NEW[0]}")
    assert releases(folder) == ["acme-lib-1.0", "v3"]
    assert folder.run("prune", "--keep", "1", "--yes", "-q").out.startswith("nothing to delete")
    assert folder.run("prune", "other", "--keep", "1", "--yes").out.startswith("nothing to")


def test_only_what_is_old_or_a_prerelease_or_in_an_index_is_pruned(folder: Bench) -> None:
    for arguments in (
        ("--older-than", "1d"),
        ("--prereleases",),
        ("--index", "stable"),
    ):
        (folder.folder / "index/ghpypi.toml").write_text(
            CONFIG + "[indexes.stable]\ninclude = ['acme-lib>=2']\n"
        )
        outcome = folder.run("prune", "--keep", "1", *arguments, "--yes", "-q")
        assert outcome.out.startswith("nothing to delete"), arguments
    assert folder.run("prune", "--keep", "1", "--older-than", "x").code == 2
    assert folder.run("prune").code == 2


def test_a_listing_that_lacks_published_files_stops_a_prune(folder: Bench) -> None:
    (folder.folder / "index/files/acme-lib-2.0" / NEW[0]).unlink()
    outcome = folder.run("prune", "--keep", "1", "--yes", "-q")

    assert outcome == Outcome(
        1,
        "",
        "error: the listing of index lacks 1 published file; nothing was deleted\n"
        f"  - {NEW[0]}\n"
        "hint: check the token, and run 'ghpypi index', which explains each loss\n",
    )


# GitHub


@pytest.fixture
def repository(github: Emulator, bench: Bench) -> Repository:
    """An index repository whose index is published."""
    return on_github(bench, github, CONFIG, OLD, NEW)


ARGUMENTS = ("delete", "acme-lib==1.0", "--yes", "--reason", "secret")


def test_on_github_release_and_tag_go_and_the_index_is_started(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    outcome = bench.run(*ARGUMENTS)

    assert outcome.code == 0
    assert outcome.out.endswith("deleted 1 file of 1 version\n")
    assert (len(repository.releases), repository.tags()) == (1, ["acme-lib-2.0"])
    assert repository.files("main")["ghpypi.toml"].decode() == CONFIG + RECORD
    assert len(github.dispatches) == 1
    assert bench.run("index", "-q").out.startswith(f"removed: {OLD[0]}\n")


def test_an_interrupted_deletion_is_run_again(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    """Each call of the deletion fails once; a second attempt leaves neither release nor tag."""
    (release,) = (each for each in repository.releases if each.tag_name == "acme-lib-1.0")
    for method, path in (
        ("PUT", "/contents/"),
        ("GET", r"/releases/\d+$"),
        ("DELETE", "/releases/"),
        ("GET", "/releases/tags/"),
        ("DELETE", "/git/"),
        ("POST", "/dispatches"),
    ):
        if release not in repository.releases:
            repository.releases.append(release)
        repository.commit_files({"ghpypi.toml": CONFIG.encode()})
        repository.git.set_ref("refs/tags/acme-lib-1.0", repository.head("main"))
        github.faults.clear()
        github.faults.add(Fault.status(418, method=method, path=path))
        bench.run(*ARGUMENTS)
        outcome = bench.run(*ARGUMENTS)

        assert outcome.code == 0, (method, path, outcome)
        assert len(github.faults.fired) == 1, (method, path)
        assert (len(repository.releases), repository.tags()) == (1, ["acme-lib-2.0"]), path
        assert repository.files("main")["ghpypi.toml"].decode() == CONFIG + RECORD
    assert bench.run("index").code == 0
    assert bench.run(*ARGUMENTS).out.endswith("1 version already deleted\n")


def test_an_immutable_release_is_kept_with_the_reason(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    for release in repository.releases:
        release.immutable = True
    outcome = bench.run(*ARGUMENTS, "-q")

    assert outcome == Outcome(
        1,
        "",
        "error: 1 release cannot be deleted; nothing was changed\n"
        "  - acme/pypi acme-lib-1.0: it is immutable: GitHub keeps its files and its tag as they "
        "were published\n"
        "hint: withdraw the version with 'ghpypi yank', leave files out of the index with "
        "'exclude-assets' in [index], or hide all files of the project with 'ghpypi status "
        "NAME quarantined'\n",
    )
    assert repository.files("main")["ghpypi.toml"].decode() == CONFIG
    pruned = bench.run("prune", "--keep", "1", "--yes", "-q")
    assert pruned.code == 0
    assert pruned.err.startswith("warning: 1 release kept, because GitHub keeps immutable releases")


def test_a_protected_branch_keeps_everything_without_no_record(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    repository.protected_branches.add("main")
    outcome = bench.run(*ARGUMENTS, "-q")

    assert outcome.code == 4
    assert outcome.err.startswith("error: nothing was deleted: ")
    assert "leave out the record with --no-record" in outcome.err
    assert len(repository.releases) == 2
    assert bench.run(*ARGUMENTS, "--no-record").code == 0
    assert len(repository.releases) == 1
    assert bench.run("index", "-q", "--accept-removed", "acme-lib-1.0").code == 0


def test_a_central_index_gets_the_record_and_its_run(bench: Bench, github: Emulator) -> None:
    written(bench.folder / "dist", OLD, NEW)
    central, package = (github.add_repository(name) for name in ("acme/pypi", "acme/lib"))
    for repository in (central, package):
        repository.grant("bot", "write")
    central.commit_files({"ghpypi.toml": b'[index]\nrepositories = ["acme/lib"]\n'})
    add_index_workflow(central)
    package.commit_files({"ghpypi.toml": b'index-store = "acme/pypi"\n'})
    bench.run("upload", "dist", "--store", "acme/lib", "--no-rebuild")
    bench.run("index")
    github.dispatches.clear()
    elsewhere = bench.run(*ARGUMENTS, "-q")
    outcome = bench.run(*ARGUMENTS, "--store", "acme/lib")

    assert elsewhere.code == 5
    assert "its files are in acme/lib: choose it with --store" in elsewhere.err
    assert outcome.code == 0
    assert central.files("main")["ghpypi.toml"].decode().endswith(RECORD)
    assert package.files("main")["ghpypi.toml"] == b'index-store = "acme/pypi"\n'
    assert package.tags() == ["acme-lib-2.0"]
    assert bench.run("index", "-q").out.startswith(f"removed: {OLD[0]}\n")
