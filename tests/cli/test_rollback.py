"""`ghpypi rollback`."""

import json

import pytest

from ghpypi.core.config.config import Config
from tests.cli.conftest import Bench
from tests.emulator import Emulator
from tests.emulator.repository import Repository
from tests.support.index_workflow import add_index_workflow
from tests.support.packages import sdist, wheel, written

OLD, NEW, OTHER = wheel("acme_lib", "1.0"), wheel("acme_lib", "1.1"), sdist("other", "1.0")


@pytest.fixture
def repository(github: Emulator) -> Repository:
    """An index repository with nothing in it, without pages for people."""
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    repository.commit_files({"ghpypi.toml": b"# ours\n[site]\npages = false\n"})
    add_index_workflow(repository)
    return repository


def commits(repository: Repository) -> list[str]:
    """List the commits of the branch, newest first."""
    return repository.commits("gh-pages")


def text(repository: Repository) -> str:
    return (repository.read_file("main", "ghpypi.toml") or b"").decode()


def tree(repository: Repository, commit: str = "") -> dict[str, str]:
    """Return the files of a commit, by default those of the branch: path to blob."""
    found = repository.git.tree(commit or commits(repository)[0])
    return {path: blob for path, (_, blob) in found.items()}


def test_an_earlier_state_is_published_until_the_rollback_ends(
    bench: Bench, repository: Repository
) -> None:
    written(bench.folder / "dist", OLD, OTHER)
    assert bench.run("upload", "dist", "--rebuild").code == 0
    repository.commit_files({"CNAME": b"pypi.acme.example\n"}, "gh-pages")
    written(bench.folder / "dist", NEW)
    assert bench.run("yank", "acme-lib==1.0", "--reason", "slow", "--no-rebuild").code == 0
    assert bench.run("upload", f"dist/{NEW[0]}", "--rebuild").code == 0
    before, current = commits(repository), tree(repository)
    first = before[-1]

    planned = bench.run("rollback", first[:8], "--dry-run", "--json")
    document = json.loads(planned.out)
    assert planned.code == 0
    assert (document["commit"], document["files-removed"]) == (first, [NEW[0]])
    assert f'+commit = "{first}"' in document["diff"]
    assert commits(repository) == before

    outcome = bench.run("rollback", first[:8], "--reason", "1.1 is bad", "--rebuild")
    assert outcome.code == 0, outcome
    assert f"will not be listed: {NEW[0]}" in outcome.out
    assert "as before: acme-lib 1.0 is no longer yanked" in outcome.out
    assert f"acme/pypi: held at {first}" in outcome.out
    assert f"is held at {first[:10]} since 20" in outcome.err
    assert text(repository).startswith("# ours\n[site]\npages = false\n\n[yanked]\n")
    held = tree(repository)
    assert held.pop("CNAME") == current["CNAME"]
    assert held == tree(repository, first)
    assert commits(repository)[1:] == before  # no commit was lost

    refused = bench.run("delete", "acme-lib==1.0", "--yes", "--no-rebuild")
    assert refused.code == 6
    assert refused.err.count(OLD[0]) == 1
    notice = f"warning: the index of acme/pypi is held at {first[:10]}"
    history = bench.run("history", "acme-lib")
    assert f"Hold the index at {first[:10]}: 1.1 is bad" in history.out
    assert "(published)" in history.out
    assert notice in history.err
    assert notice in bench.run("list").err

    written(bench.folder / "dist", wheel("acme_lib", "1.2"))
    uploaded = bench.run("upload", "dist/acme_lib-1.2-py3-none-any.whl", "--wait")
    assert uploaded.code == 7
    assert notice in uploaded.err
    assert "ghpypi rollback --end" in uploaded.err

    assert bench.run("rollback", "--end", "--rebuild").code == 0
    assert Config.parse(text(repository)).hold is None
    after = tree(repository)
    assert after.keys() == current.keys()
    page = repository.read_file("gh-pages", "simple/acme-lib/index.json") or b""
    assert {x["filename"] for x in json.loads(page)["files"]} >= {OLD[0], NEW[0]}
    assert bench.run("rollback", "--end", "--no-rebuild").out == "acme/pypi: not held\n"


def test_a_commit_that_cannot_be_published_is_refused(bench: Bench, repository: Repository) -> None:
    none = bench.run("rollback", "1234567")
    assert none.code == 5
    assert "nothing has been published there" in none.err
    repository.commit_files({"README.md": b"hello"}, "gh-pages")
    (commit,) = commits(repository)
    mistyped = commit[:6] + ("0" if commit[6] != "0" else "1") + commit[7:]
    missing = bench.run("rollback", mistyped)
    assert missing.code == 5
    assert f"hint: did you mean {commit}; the newest are {commit[:10]}" in missing.err
    plain = bench.run("rollback", commit)
    assert plain.code == 5
    assert "has no index: there is no catalog.jsonl" in plain.err
    assert "[hold]" not in text(repository)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((), "name either a commit or --end"),
        (("1234567", "--end"), "name either a commit or --end"),
        (("main",), "'main' is not the ID of a commit"),
        (("1234567", "--store", "./index"), "has no history"),
    ],
)
def test_what_is_not_a_commit_is_refused(
    bench: Bench, repository: Repository, arguments: tuple[str, ...], error: str
) -> None:
    outcome = bench.run("rollback", *arguments)

    assert outcome.code == 2
    assert error in outcome.err
    assert "[hold]" not in text(repository)
