"""`ghpypi promote`, on a folder and on GitHub."""

import json

import pytest

from tests.cli.conftest import Bench, Outcome
from tests.cli.published_index import in_folder, on_github
from tests.emulator import Emulator, Fault
from tests.emulator.repository import Repository
from tests.support.packages import sdist, wheel

CONFIG = """\
# Approved by the board.
[indexes.stable]
include = [
  "other",  # always
]
prereleases = false

[indexes.dev]
"""
PROMOTED = CONFIG.replace("# always\n", '# always\n  "acme-lib==1.0",\n')
FILES = [wheel("acme_lib", "1.0"), sdist("acme_lib", "2.0rc1"), sdist("other", "0.1")]
DIFF = """\
--- ghpypi.toml
+++ ghpypi.toml
@@ -2,6 +2,7 @@
 [indexes.stable]
 include = [
   "other",  # always
+  "acme-lib==1.0",
 ]
 prereleases = false
{}
""".format(" ")


@pytest.fixture
def folder(bench: Bench) -> Bench:
    """A bench with an index in a folder, and its configuration there."""
    in_folder(bench, CONFIG, {"v1": FILES})
    return bench


def config(bench: Bench) -> str:
    return (bench.folder / "index/ghpypi.toml").read_text()


def listed(bench: Bench, index: str) -> list[str]:
    document = json.loads(bench.run("list", "--index", index, "--json").out)
    return [project["name"] for project in document["projects"]]


def test_a_version_is_promoted_and_the_index_has_it(folder: Bench) -> None:
    assert listed(folder, "stable") == ["other"]
    outcome = folder.run("promote", "Acme_Lib==1.0.0", "--to", "stable", "-q")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("acme-lib 1.0: promoted to stable\n2 projects, 3 files\n")
    assert config(folder) == PROMOTED
    assert listed(folder, "stable") == ["acme-lib", "other"]
    assert (folder.folder / "index/stable/simple/acme-lib/index.html").is_file()


def test_to_promote_again_changes_nothing(folder: Bench) -> None:
    folder.run("promote", "acme-lib==1.0", "--to", "stable")
    outcome = folder.run("promote", "acme-lib==1.0", "--to", "stable", "-q")

    assert outcome.out.startswith("acme-lib 1.0: in stable already\n")
    assert outcome.out.endswith("nothing changed\n")
    assert config(folder) == PROMOTED


def test_a_version_is_promoted_to_an_index_below_another_one(folder: Bench) -> None:
    (folder.folder / "index/ghpypi.toml").write_text('[indexes."team/dev"]\ninclude = []\n')
    outcome = folder.run("promote", "acme-lib==1.0", "--to", "team/dev", "-q")

    assert (outcome.code, outcome.err) == (0, "")
    assert config(folder) == '[indexes."team/dev"]\ninclude = ["acme-lib==1.0"]\n'
    assert listed(folder, "team/dev") == ["acme-lib"]


def test_a_dry_run_shows_the_change_and_makes_none(folder: Bench) -> None:
    outcome = folder.run("promote", "acme-lib==1.0", "--to", "stable", "--dry-run")

    assert outcome == Outcome(0, DIFF + "acme-lib 1.0: would be promoted to stable\n", "")
    assert config(folder) == CONFIG
    assert listed(folder, "stable") == ["other"]


def test_json_says_what_came_of_it(folder: Bench) -> None:
    outcome = folder.run("promote", "acme-lib==1.0", "other==0.1", "--to", "stable", "--json")
    document = json.loads(outcome.out)
    index, difference = document.pop("index"), document.pop("diff")

    assert document == {
        "version": 1,
        "store": "./index",
        "to": "stable",
        "versions": ["acme-lib==1.0", "other==0.1"],
        "releases": [],
        "files": [],
        "dry-run": False,
        "changed": True,
        "pull-request": None,
    }
    assert difference.startswith("--- ghpypi.toml\n+++ ghpypi.toml\n@@ ")
    assert index["indexes"] == ["main", "stable", "dev"]


def test_the_index_can_be_left_for_later(folder: Bench) -> None:
    outcome = folder.run("promote", "acme-lib==1.0", "--to", "stable", "--no-rebuild")

    assert outcome == Outcome(0, "acme-lib 1.0: promoted to stable\n", "")
    assert config(folder) == PROMOTED


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (
            ("acme-lib==3.0", "--to", "stable"),
            5,
            "error: the published index has no acme-lib 3.0\nhint: it has 1.0, 2.0rc1\n",
        ),
        (
            ("acme==1.0", "--to", "stable"),
            5,
            "error: the published index has no acme 1.0\nhint: 'ghpypi list' names all projects\n",
        ),
        (
            ("acme-lib==1.0", "--to", "sable"),
            5,
            "error: index/ghpypi.toml has no [indexes.sable]\nhint: it has stable, dev\n",
        ),
        (
            ("acme-lib==2.0rc1", "--to", "stable"),
            1,
            (
                "error: other rules of the index stable exclude these versions; "
                "nothing was changed\n  - acme-lib==2.0rc1: 'prereleases' excludes it\n"
                "hint: change [indexes.stable] in index/ghpypi.toml\n"
            ),
        ),
        (
            ("acme-lib", "--to", "stable"),
            2,
            ("error: 'acme-lib' is not a version of a project\nhint: use the form acme-lib==1.0\n"),
        ),
    ],
)
def test_what_cannot_be_promoted_is_reported_and_changes_nothing(
    folder: Bench, arguments: tuple[str, ...], code: int, error: str
) -> None:
    assert folder.run("promote", *arguments) == Outcome(code, "", error)
    assert config(folder) == CONFIG


def test_a_yanked_version_is_promoted_with_a_warning(folder: Bench) -> None:
    path = folder.folder / "index/ghpypi.toml"
    path.write_text(
        CONFIG + '[yanked]\nacme-lib = { "1.0" = "slow" }\n[projects.acme-lib]\n'
        'status = "deprecated"\n'
    )
    outcome = folder.run("promote", "acme-lib==1.0", "--to", "stable")

    assert (outcome.code, outcome.err.splitlines()[:2]) == (
        0,
        ["warning: acme-lib 1.0 is yanked: slow", "warning: acme-lib is deprecated"],
    )


# Demotion


def test_a_demotion_is_the_opposite_of_a_promotion(folder: Bench) -> None:
    folder.run("promote", "acme-lib==1.0", "--to", "stable")
    outcome = folder.run("demote", "Acme.Lib==1.0.0", "--from", "stable", "-q")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("acme-lib 1.0: removed from stable\n")
    assert config(folder) == CONFIG
    assert listed(folder, "stable") == ["other"]
    again = folder.run("demote", "acme-lib==1.0", "--from", "stable", "--json")
    assert json.loads(again.out)["changed"] is False


def test_a_version_that_another_rule_includes_is_excluded(folder: Bench) -> None:
    outcome = folder.run("demote", "other==0.1", "--from", "stable", "--dry-run")

    assert '+exclude = ["other==0.1"]' in outcome.out.splitlines()
    folder.run("demote", "acme-lib==1.0", "--from", "dev")
    assert config(folder) == CONFIG + 'exclude = ["acme-lib==1.0"]\n'
    folder.run("promote", "acme-lib==1.0", "--to", "dev")
    assert config(folder) == CONFIG + "exclude = []\n"


def test_a_version_that_is_inherited_causes_a_warning(folder: Bench) -> None:
    (folder.folder / "index/ghpypi.toml").write_text(CONFIG + 'bases = ["stable", "main"]\n')
    outcome = folder.run("demote", "acme-lib==1.0", "acme-lib==2.0rc1", "--from", "dev")

    assert outcome.err.splitlines()[0] == (
        "warning: dev still has acme-lib 1.0, which it inherits from main; demote it there, or "
        "change 'bases' of [indexes.dev]"
    )
    unknown = folder.run("demote", "acme-lib==1.0", "--from", "sable")
    assert unknown.code == 5


# GitHub


@pytest.fixture
def repository(github: Emulator, bench: Bench) -> Repository:
    """An index repository whose index is published."""
    return on_github(bench, github, CONFIG, *FILES)


def test_on_github_a_promotion_is_a_commit_and_the_index_is_started(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    outcome = bench.run("promote", "acme-lib==1.0", "--to", "stable")

    url = f"{github.server_url}/acme/pypi/actions/runs/{repository.runs[-1].id}"
    assert outcome == Outcome(
        0, "acme-lib 1.0: promoted to stable\n", f"started an index run of acme/pypi: {url}\n"
    )
    assert repository.files("main")["ghpypi.toml"] == PROMOTED.encode()
    assert len(github.dispatches) == 1
    head = repository.head("main")
    bench.run("promote", "acme-lib==1.0", "--to", "stable")
    assert repository.head("main") == head
    assert len(github.dispatches) == 2

    bench.run("index")
    assert listed(bench, "stable") == ["acme-lib", "other"]


def test_on_github_a_dry_run_writes_nothing(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    github.clear_log()
    outcome = bench.run("promote", "acme-lib==1.0", "--to", "stable", "--dry-run")

    assert outcome.out == DIFF + "acme-lib 1.0: would be promoted to stable\n"
    assert {each.method for each in github.requests_to("api")} == {"GET"}


def test_an_edit_that_another_one_overtook_is_made_again(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    github.faults.add(Fault.status(409, method="PUT", path="/contents/"))
    outcome = bench.run("promote", "acme-lib==1.0", "--to", "stable")

    assert len(github.faults.fired) == 1
    assert outcome.code == 0
    assert repository.files("main")["ghpypi.toml"] == PROMOTED.encode()


def test_an_edit_whose_answer_was_lost_is_made_once(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    github.faults.add(Fault.reset_after(method="PUT", path="/contents/"))
    outcome = bench.run("promote", "acme-lib==1.0", "--to", "stable")

    assert outcome.out == "acme-lib 1.0: promoted to stable\n"
    assert repository.files("main")["ghpypi.toml"] == PROMOTED.encode()
    assert len(github.faults.fired) == 1


def test_a_token_that_may_not_write_is_reported(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    repository.grant("bot", "read")
    outcome = bench.run("promote", "acme-lib==1.0", "--to", "stable")

    assert outcome.code == 4
    assert repository.files("main")["ghpypi.toml"] == CONFIG.encode()


def test_a_branch_under_a_rule_is_reported(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    repository.protected_branches.add("main")
    outcome = bench.run("promote", "acme-lib==1.0", "--to", "stable")

    assert outcome.code == 4
    assert "a rule protects the branch" in outcome.err
    assert "commit the change through a pull request" in outcome.err


def test_a_file_beside_us_is_changed_there_and_has_to_be_pushed(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    (bench.folder / "ghpypi.toml").write_text(CONFIG)
    outcome = bench.run("promote", "acme-lib==1.0", "--to", "stable")

    assert outcome == Outcome(
        0,
        "acme-lib 1.0: promoted to stable\n",
        "commit and push ghpypi.toml to include the change in the next index run\n",
    )
    assert (bench.folder / "ghpypi.toml").read_text() == PROMOTED
    assert repository.files("main")["ghpypi.toml"] == CONFIG.encode()
    assert github.dispatches == []


def test_a_change_stays_though_the_index_could_not_be_started(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    github.faults.add(Fault.status(403, method="POST", path="/dispatches"))
    outcome = bench.run("promote", "acme-lib==1.0", "--to", "stable", "-q")

    assert outcome.code == 0
    assert outcome.err.startswith(
        "warning: cannot start the index of acme/pypi, so changes cannot "
    )
    assert repository.files("main")["ghpypi.toml"] == PROMOTED.encode()


def test_a_promotion_of_a_deleted_version_is_removed(folder: Bench) -> None:
    folder.run("promote", "acme-lib==1.0", "--to", "stable", "-q")
    folder.run("delete", "acme-lib==1.0", "--yes", "-q")
    outcome = folder.run("demote", "acme-lib==1.0", "--from", "stable", "-q")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("acme-lib 1.0: removed from stable\n")
    assert config(folder).startswith(CONFIG)
    assert folder.run("demote", "acme-lib==1.0", "--from", "stable").code == 5
