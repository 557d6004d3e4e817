"""`ghpypi yank`, `unyank` and `status`, on a folder and on GitHub."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cli.conftest import Bench, Outcome
from tests.cli.published_index import in_folder, on_github
from tests.emulator import Emulator, Fault
from tests.emulator.faults import Pause
from tests.emulator.repository import Repository
from tests.support.packages import sdist, wheel

WHEEL = wheel("acme_lib", "1.0+cu128")[0]
FILES = [wheel("acme_lib", "1.0+cu128"), sdist("acme_lib", "1.0"), sdist("acme_lib", "2.0")]
CONFIG = """\
# Approved by the board.
[yanked]
Acme_Lib = { "2.0.0" = "slow" }  # until 2.1

# The old one.
[projects.other]
status = "archived"
"""
YANKED = CONFIG.replace('"slow" }', '"slow", "1.0" = "bad", "1.0+cu128" = "bad" }')
DIFF = """\
--- ghpypi.toml
+++ ghpypi.toml
@@ -1,6 +1,6 @@
 # Approved by the board.
 [yanked]
-Acme_Lib = { "2.0.0" = "slow" }  # until 2.1
+Acme_Lib = { "2.0.0" = "slow", "1.0" = "bad", "1.0+cu128" = "bad" }  # until 2.1
~
 # The old one.
 [projects.other]
acme-lib 1.0, 1.0+cu128: would be yanked
""".replace("~", " ")


@pytest.fixture
def folder(bench: Bench) -> Bench:
    """A bench with an index in a folder, and its configuration there."""
    in_folder(bench, CONFIG, {"v1": FILES, "other": [sdist("other", "1.0")]})
    return bench


def config(bench: Bench) -> str:
    return (bench.folder / "index/ghpypi.toml").read_text()


def yanked(bench: Bench, project: str = "acme-lib") -> dict[str, object]:
    page = json.loads((bench.folder / f"index/simple/{project}/index.json").read_text())
    return {file["filename"]: file["yanked"] for file in page["files"] if "yanked" in file}


def test_a_version_is_yanked_with_all_of_its_builds_and_unyanked(folder: Bench) -> None:
    outcome = folder.run("yank", "Acme.Lib==1.0.0", "--reason", " bad\n", "-q")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(
        "acme-lib 1.0, 1.0+cu128: yanked\n"
        "acme-lib 1.0 is yanked: bad\nacme-lib 1.0+cu128 is yanked: bad\n"
        "2 projects, 4 files\n"
    )
    assert config(folder) == YANKED
    assert yanked(folder) == {name: "bad" for name, _ in FILES[:2]} | {FILES[2][0]: "slow"}
    assert folder.run("yank", "acme-lib==1.0", "--reason", "bad").out.startswith(
        "acme-lib 1.0, 1.0+cu128: yanked already\n"
    )

    outcome = folder.run("unyank", "acme-lib==1.0", "-q")

    assert outcome.out.startswith("acme-lib 1.0: unyanked\n")
    assert config(folder) == CONFIG
    assert yanked(folder) == {FILES[2][0]: "slow"}
    assert folder.run("unyank", "acme-lib==1.0").out.startswith("acme-lib 1.0: not yanked\n")


def test_a_single_file_is_yanked_and_unyanked(folder: Bench) -> None:
    outcome = folder.run("yank", "acme-lib==1.0", "--filename", WHEEL, "-q")

    assert outcome.out.startswith(f"acme-lib {WHEEL}: yanked\n")
    assert yanked(folder) == {WHEEL: True, FILES[2][0]: "slow"}
    assert "yanked" in folder.run("show", "acme-lib==1.0").out

    folder.run("unyank", "acme-lib==1.0")

    assert config(folder) == CONFIG


def test_a_dry_run_shows_the_change_and_makes_none(folder: Bench) -> None:
    outcome = folder.run("yank", "acme-lib==1.0", "--reason", "bad", "--dry-run")

    assert outcome == Outcome(0, DIFF, "")
    assert config(folder) == CONFIG


def test_json_says_what_came_of_it(folder: Bench) -> None:
    document = json.loads(folder.run("yank", "acme-lib==2.0", "--json").out)
    index, difference = document.pop("index"), document.pop("diff")

    assert document == {
        "version": 1,
        "store": "./index",
        "versions": ["acme-lib==2.0"],
        "filename": None,
        "reason": "",
        "dry-run": False,
        "changed": True,
        "pull-request": None,
    }
    assert '\n+Acme_Lib = { "2.0.0" = "" }  # until' in difference
    assert index["projects"] == 2
    assert '{ "2.0.0" = "" }  # until' in config(folder)


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("yank", "acme-lib==3"), 5, "the published index has no acme-lib 3"),
        (
            ("yank", "acme-lib==2.0", "--filename", WHEEL),
            5,
            f"the published index has no file {WHEEL}",
        ),
        (("yank", "acme-lib"), 2, "'acme-lib' is not a version of a project"),
        (
            ("yank", "other==1.0", "acme-lib==1.0", "--filename", WHEEL),
            2,
            "--filename is a file of one",
        ),
        (("status", "acme", "archived"), 5, "the published index has no project 'acme'"),
        (("yank", "acme-lib==1.0", "--wait", "--dry-run"), 2, "--wait cannot be used with"),
    ],
)
def test_what_cannot_be_done_is_reported_and_changes_nothing(
    folder: Bench, arguments: tuple[str, ...], code: int, error: str
) -> None:
    outcome = folder.run(*arguments)

    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith(f"error: {error}")
    assert config(folder) == CONFIG


def test_a_status_is_set_and_removed(folder: Bench) -> None:
    outcome = folder.run("status", "acme-lib", "quarantined", "--reason", "malware?", "-q")
    page = json.loads((folder.folder / "index/simple/acme-lib/index.json").read_text())

    assert outcome.out.startswith("acme-lib: quarantined\n")
    assert config(folder) == (
        f'{CONFIG}\n[projects.acme-lib]\nstatus = "quarantined"\nreason = "malware?"\n'
    )
    assert page["project-status"] == {"status": "quarantined", "reason": "malware?"}
    assert page["files"] == []

    folder.run("status", "acme-lib", "active")
    assert config(folder) == CONFIG
    folder.run("status", "Other", "active")
    assert config(folder) == CONFIG.partition("\n# The old")[0] + "\n# The old one.\n"
    assert folder.run("status", "other", "active").out.startswith("other: active already\n")


# GitHub


@pytest.fixture
def repository(github: Emulator, bench: Bench) -> Repository:
    """An index repository whose index is published."""
    return on_github(bench, github, CONFIG, *FILES)


def test_on_github_a_yank_is_one_commit_and_the_index_is_started(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    outcome = bench.run("yank", "acme-lib==1.0", "--reason", "bad")

    url = f"{github.server_url}/acme/pypi/actions/runs/{repository.runs[-1].id}"
    assert outcome == Outcome(
        0,
        "acme-lib 1.0, 1.0+cu128: yanked\n",
        f"started an index run of acme/pypi: {url}\n",
    )
    assert repository.files("main")["ghpypi.toml"] == YANKED.encode()
    found = repository.git.read_object(repository.head("main") or "")
    assert found
    assert found[2].endswith(b"\n\nYank acme-lib 1.0, 1.0+cu128\n\nbad\n") or found[2].endswith(
        b"\n\nYank acme-lib 1.0, 1.0+cu128\n\nbad"
    )
    assert len(github.dispatches) == 1


def test_a_yank_keeps_a_change_that_was_committed_first(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    theirs = CONFIG.replace('"slow" }', '"slow", "2.0+x" = "theirs" }')
    pause = Pause()
    github.faults.add(Fault.hold(pause, method="PUT", path="/contents/"))
    with ThreadPoolExecutor(1) as pool:
        ours = pool.submit(bench.run, "yank", "acme-lib==1.0", "--reason", "bad")
        pause.wait()
        repository.commit_files({"ghpypi.toml": theirs.encode()})
        pause.open()
        outcome = ours.result()

    assert outcome.code == 0
    text = repository.files("main")["ghpypi.toml"].decode()
    assert '"2.0+x" = "theirs", "1.0" = "bad"' in text


def test_a_protected_branch_takes_a_pull_request(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    repository.protected_branches.add("main")
    refused = bench.run("yank", "acme-lib==1.0", "--reason", "bad")
    outcome = bench.run("yank", "acme-lib==1.0", "--reason", "bad", "--pr")
    (pull,) = repository.pulls
    url = f"{github.server_url}/acme/pypi/pull/{pull.number}"

    assert refused.code == 4
    assert "hint: open a pull request with --pr; or " in refused.err
    assert outcome == Outcome(0, f"acme-lib 1.0, 1.0+cu128: will be yanked by {url}\n", "")
    assert repository.files(pull.head)["ghpypi.toml"] == YANKED.encode()
    assert repository.files("main")["ghpypi.toml"] == CONFIG.encode()
    assert github.dispatches == []
    document = json.loads(bench.run("status", "other", "active", "--pr", "--json").out)
    assert document["pull-request"] == f"{github.server_url}/acme/pypi/pull/{pull.number + 1}"


def test_a_folder_has_no_pull_requests(folder: Bench) -> None:
    outcome = folder.run("yank", "acme-lib==1.0", "--pr")

    assert outcome.code == 2
    assert "which has no pull requests" in outcome.err
    assert config(folder) == CONFIG
