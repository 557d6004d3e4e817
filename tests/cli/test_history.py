"""`ghpypi history`."""

import json

from tests.cli.conftest import Bench
from tests.emulator import Emulator
from tests.emulator.schema import check_all
from tests.support.index_workflow import add_index_workflow
from tests.support.packages import sdist, wheel, written

FILES = [wheel("acme_lib", "1.0"), sdist("other", "1.0")]


def test_the_commits_of_pages_and_configuration_are_shown_newest_first(
    bench: Bench, github: Emulator
) -> None:
    written(bench.folder / "dist", *FILES)
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    repository.commit_files({"ghpypi.toml": b"[index]\n"}, message="Start")
    add_index_workflow(repository)
    bench.run("upload", "dist", "--rebuild")
    bench.run("yank", "acme-lib==1.0", "--reason", "bad", "--rebuild")
    bench.run("status", "other", "archived", "--rebuild")
    github.clear_log()
    github.keep_answers()
    document = json.loads(bench.run("history", "Acme.Lib", "--json").out)

    events = document["events"]
    assert {(each["author"], each["place"], *each["lines"]) for each in events} == {
        ("ghpypi", "index", "acme-lib 1.0 is yanked: bad"),
        ("bot", "ghpypi.toml", "Yank acme-lib 1.0", "bad"),
        ("ghpypi", "index", f"added: {FILES[0][0]}"),
    }
    assert [each["time"] for each in events] == sorted((x["time"] for x in events), reverse=True)
    assert check_all(github.requests) > 0
    table = bench.run("history", "acme-lib").out
    assert len(table.splitlines()) == 4
    assert bench.run("history", "acme").code == 5


def test_a_folder_has_no_history(bench: Bench) -> None:
    outcome = bench.run("history", "acme-lib", "--store", "./index")

    assert outcome.code == 2
    assert "has no history" in outcome.err
