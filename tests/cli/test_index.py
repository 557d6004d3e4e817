"""`ghpypi index`."""

import json

import pytest

from ghpypi.cli.index import needs_another_run
from ghpypi.cli.index_report import index_json, index_lines
from ghpypi.cli.index_summary import index_outputs, summary
from ghpypi.core.catalog.entry import Refused
from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench, Outcome, without_counts
from tests.support.index_reports import index_report
from tests.support.packages import new_release, publish_files, sdist, wheel, written

WHEEL = wheel("acme_lib", "1.0", "Requires-Python: >=3.9")
W = WHEEL[0]


@pytest.fixture
def store(bench: Bench) -> DirectoryStore:
    """A folder with a wheel in it, named by the environment."""
    bench.set(GHPYPI_STORE="./index")
    store = DirectoryStore(bench.folder / "index")
    publish_files(store, [WHEEL])
    return store


def test_the_site_is_written_beside_the_files(bench: Bench, store: DirectoryStore) -> None:
    assert without_counts(bench.run("index")) == Outcome(
        0,
        f"added: {W}\n1 project, 1 file\nwrote pages\n",
        "listing index\nreading the metadata of 1 file\nwriting index\n",
    )


def test_nothing_changed(bench: Bench, store: DirectoryStore) -> None:
    bench.run("index")

    assert bench.run("index", "--quiet") == Outcome(0, "1 project, 1 file\nnothing changed\n", "")


def test_what_a_store_logs_is_a_warning(bench: Bench, store: DirectoryStore) -> None:
    (bench.folder / "index/files/a\x1b[2Jb").mkdir()
    warning = (
        "index: ignoring 'files/a\\x1b[2Jb', whose name is not UTF-8 or has control characters; "
        "rename it\n"
    )

    assert f"\nwarning: {warning}" in bench.run("index").err
    bench.set(GITHUB_ACTIONS="true")
    assert f"\n::warning title=ghpypi::{warning}" in bench.run("index").err


def test_what_is_left_out_is_reported(bench: Bench, store: DirectoryStore) -> None:
    publish_files(
        store, [("acme_lib-2.0+cu130-py3-none-any.whl", WHEEL[1]), ("notes.txt", b"x")], "v2"
    )
    release = store.draft(new_release("v2"))
    part = bench.folder / "index/.uploads/of-another-process" / release.key / "x-1.0.zip"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half")
    outcome = bench.run("index", "-q")

    assert without_counts(outcome).out == (
        f"added: {W}\n"
        "1 project, 1 file\n"
        "1 file left out\n"
        "1 file ignored: not distributions\n"
        "1 file ignored: not completely uploaded\n"
        "wrote pages\n"
    )
    assert outcome.err == (
        "warning: acme_lib-2.0+cu130-py3-none-any.whl (release v2) is left out: its metadata "
        "has version '1.0', its filename '2.0+cu130': pip rejects it as 'inconsistent version'; "
        "build it with that version instead of renaming it\n"
    )


def test_a_check_of_a_site_that_is_out_of_date_fails(bench: Bench, store: DirectoryStore) -> None:
    assert bench.run("index", "--check", "-q") == Outcome(
        3,
        "",
        f"error: index is out of date\n  - added: {W}\nhint: run 'ghpypi index'\n",
    )
    bench.run("index")
    assert bench.run("index", "--check", "-q") == Outcome(0, "1 project, 1 file\nup to date\n", "")


def test_a_dry_run_writes_nothing(bench: Bench, store: DirectoryStore) -> None:
    assert bench.run("index", "--dry-run", "-q") == Outcome(
        0, f"added: {W}\n1 project, 1 file\nout of date; nothing was written\n", ""
    )
    assert not (bench.folder / "index/simple").exists()


def test_an_index_shrinks_only_with_the_option(bench: Bench, store: DirectoryStore) -> None:
    publish_files(store, [sdist("other", "1.0")], "other-1.0")
    bench.run("index")
    (bench.folder / "index/files/acme-lib-1.0" / W).unlink()

    assert bench.run("index", "-q") == Outcome(
        1,
        "",
        "error: index would lose 1 file; nothing was published\n"
        f"  - release acme-lib-1.0: deleted from the release: {W}\n"
        "hint: if this is intended, run 'ghpypi index --accept-removed acme-lib-1.0', "
        "or start the index workflow with 'accept-removed: acme-lib-1.0'\n",
    )
    assert without_counts(bench.run("index", "-q", "--accept-removed", "acme-lib-1.0")) == Outcome(
        0, f"removed: {W}\n1 project, 1 file\nwrote pages\n", ""
    )


def test_json_says_everything(bench: Bench, store: DirectoryStore) -> None:
    publish_files(store, [("acme_lib-oops.zip", b"x")], "v2")
    outcome = bench.run("index", "--json", "--full")
    document = json.loads(outcome.out)
    written = document["index"]["pages-written"]

    assert written > len(list((bench.folder / "index/simple").rglob("*.*")))
    assert document == {
        "version": 1,
        "store": "./index",
        "dry-run": False,
        "changed": True,
        "index": {
            "started": False,
            "url": None,
            "installable": None,
            "site": "index",
            "indexes": ["main"],
            "projects": 1,
            "files": 1,
            "added": [W],
            "changed": [],
            "removed": [],
            "replaced": [],
            "marks": [],
            "refused": [
                {
                    "filename": "acme_lib-oops.zip",
                    "where": "release v2",
                    "reason": "Invalid sdist filename (invalid version): 'acme_lib-oops.zip'",
                }
            ],
            "unread": [],
            "shared-names": [],
            "in-no-index": [],
            "unlabeled": [],
            "variants-only": [],
            "source-only": [],
            "ambiguous": [],
            "remarks": [],
            "undigested": [],
            "to-compile": [],
            "contradictory": [],
            "unmatched": [],
            "overtaken": [],
            "expired": [],
            "excluded": 0,
            "lint": [
                {
                    "outcome": "left out",
                    "reason": "Invalid sdist filename (invalid version): 'acme_lib-oops.zip'",
                    "count": 1,
                    "names": ["acme_lib-oops.zip"],
                    "hint": "",
                }
            ],
            "ignored": 0,
            "unfinished": 0,
            "read": 1,
            "remaining": 0,
            "outdated": True,
            "pages-written": written,
            "pages-removed": 0,
            "files-copied": 0,
            "hold": None,
            "commit": None,
        },
    }


def test_json_of_a_dry_run(bench: Bench, store: DirectoryStore) -> None:
    document = json.loads(bench.run("index", "--json", "--dry-run").out)["index"]

    assert document["outdated"] is True
    assert (document["pages-written"], document["pages-removed"]) == (0, 0)


def test_a_folder_without_a_url_has_its_site_nowhere_else(
    bench: Bench, store: DirectoryStore
) -> None:
    assert bench.run("index", "--output", "./site") == Outcome(
        2,
        "",
        "error: the files of ./index have no URL that pages in another place can link to\n"
        "hint: omit --output, or set 'files-url' in [site] to the URL of the store, or "
        "'files = \"copy\"' to have the files beside the pages\n",
    )
    assert bench.run("index", "--output", "index").code == 0


def test_the_configuration_of_the_folder_is_used(bench: Bench, store: DirectoryStore) -> None:
    (bench.folder / "index/ghpypi.toml").write_text(
        '[index]\ntitle = "Acme & Co"\nurl = "https://acme.example"\n'
        '[yanked]\nacme-lib = { "1.0" = "broken" }\n'
    )
    bench.run("index")
    page = (bench.folder / "index/index.html").read_text()

    assert "Acme &amp; Co" in page
    assert "https://acme.example/simple/" in page
    assert 'data-yanked="broken"' in (bench.folder / "index/simple/acme-lib/index.html").read_text()


def test_settings_without_effect_are_warned_of(bench: Bench, store: DirectoryStore) -> None:
    (bench.folder / "index/ghpypi.toml").write_text('[yanked]\nacme-libs = { "1.0" = "broken" }\n')
    problem = "yanked.acme-libs: there is no project 'acme-libs', did you mean 'acme-lib'?"
    done = bench.run("index", "--json")

    assert f"warning: a setting has no effect: {problem}\n" in done.err
    assert json.loads(done.out)["index"]["unmatched"] == [problem]


def test_a_configuration_that_was_named_comes_first(bench: Bench, store: DirectoryStore) -> None:
    (bench.folder / "index/ghpypi.toml").write_text('[index]\ntitle = "of the folder"')
    (bench.folder / "other.toml").write_text('[index]\ntitle = "named"')
    bench.run("index", "--config", "other.toml")

    assert "named" in (bench.folder / "index/index.html").read_text()


def test_a_configuration_beside_us_that_is_of_another_store_is_not_used(
    bench: Bench, store: DirectoryStore
) -> None:
    (bench.folder / "ghpypi.toml").write_text('store = "./other"\n[index]\ntitle = "Elsewhere"')
    bench.run("index")

    assert "Elsewhere" not in (bench.folder / "index/index.html").read_text()


def test_a_configuration_beside_us_that_names_no_store_is_used(
    bench: Bench, store: DirectoryStore
) -> None:
    (bench.folder / "ghpypi.toml").write_text('[index]\ntitle = "beside"')
    bench.run("index")

    assert "beside" in (bench.folder / "index/index.html").read_text()


def test_every_fault_of_the_configuration_is_reported(bench: Bench, store: DirectoryStore) -> None:
    (bench.folder / "ghpypi.toml").write_text('[index]\ntitel = "x"\nbranch = "a b"')

    assert bench.run("index") == Outcome(
        2,
        "",
        "error: ghpypi.toml cannot be used\n"
        "  - index.branch: 'a b' is not the name of a branch\n"
        "  - index.titel: unknown key, did you mean 'title'?\n",
    )


@pytest.mark.parametrize(
    ("encoding", "reason"),
    [
        ("utf-16", "is not UTF-8: invalid start byte at byte 0\nhint: save it as UTF-8"),
        ("utf-8-sig", "is not valid TOML: it begins with a byte order mark: save it as UTF-8"),
    ],
)
def test_a_configuration_in_an_encoding_of_windows_is_refused(
    bench: Bench, store: DirectoryStore, encoding: str, reason: str
) -> None:
    (bench.folder / "ghpypi.toml").write_text("[index]\n", encoding=encoding)
    outcome = bench.run("index")

    assert outcome.code == 2
    assert outcome.err.startswith(f"error: ghpypi.toml {reason}")


def test_an_option_can_come_from_the_environment(bench: Bench, store: DirectoryStore) -> None:
    bench.set(GHPYPI_INDEX_CHECK="1")

    assert bench.run("index").code == 3


def test_files_that_are_no_archives_leave_an_empty_index_unpublished(bench: Bench) -> None:
    written(bench.folder / "index/files/v1", ("a-1.0.zip", b"x"))

    assert bench.run("index", "--store", "./index", "-q") == Outcome(
        1,
        "",
        "error: index would be empty: no distribution was found; nothing was published\n"
        "  - a-1.0.zip: it is not a readable archive (File is not a zip file)\n"
        "hint: upload something first, or run 'ghpypi index --allow-shrink'\n",
    )


def test_a_description_that_crashes_its_renderer_costs_its_own_page_only(bench: Bench) -> None:
    kind = "Description-Content-Type: text/markdown\n\n"
    bad = wheel("acme_bad", "1.0", kind + "a@b.c " * 80_000)
    good = wheel("acme_good", "1.0", kind + "# Welcome")
    written(bench.folder / "dist", bad, good)
    outcome = bench.run("upload", "dist", "--store", "./index")

    assert outcome.code == 0
    assert "the description of acme_bad 1.0 is shown as plain text: the renderer crashed" in (
        outcome.err
    )
    page = (bench.folder / "index/project/acme-good/index.html").read_text()
    assert "Welcome</h3>" in page
    assert "a@b.c a@b.c" in (bench.folder / "index/project/acme-bad/index.html").read_text()


@pytest.mark.parametrize("other", ["--full", "--check", "--dry-run"])
def test_a_part_of_an_index_is_published_and_not_compared(
    bench: Bench, store: DirectoryStore, other: str
) -> None:
    outcome = bench.run("index", "--max-time", "50m", other)

    assert outcome.code == 2
    assert "--max-time publishes a part" in outcome.err


def test_a_run_without_time_says_what_to_do(bench: Bench, store: DirectoryStore) -> None:
    outcome = bench.run("index", "-q", "--max-time", "0m")

    assert outcome == Outcome(
        7,
        "",
        "error: the time was up before a file was read for index; nothing was published\n"
        "hint: allow the run more time with --max-time\n",
    )


def test_a_time_that_is_none_is_refused(bench: Bench, store: DirectoryStore) -> None:
    outcome = bench.run("index", "--max-time", "soon")

    assert outcome.code == 2
    assert "'soon' is not a duration such as 90s, 50m, 2h or 7d" in outcome.err


def test_a_run_whose_time_was_up_is_continued_unless_that_would_not_help() -> None:
    assert needs_another_run(index_report(remaining=5, read=9))
    assert not needs_another_run(index_report(remaining=0, read=9))
    assert not needs_another_run(index_report(remaining=5, read=0))
    missed = Refused(filename="a.whl", where="acme/pypi v1", reason="HTTP 500", stamp="0")
    assert not needs_another_run(index_report(remaining=5, read=9, unread=(missed,)))


def test_people_and_workflows_learn_how_many_files_remain() -> None:
    report = index_report(remaining=5, read=9)

    assert "5 files still to read: run it again" in list(index_lines(report))
    assert "5 files are still to be read by the next run.\n" in list(summary(report, ""))
    assert dict(index_outputs(report, "").items())["remaining"] == "5"


def test_releases_that_are_not_listed_any_more_are_counted() -> None:
    report = index_report(expired=(("acme/pypi", "nightly-1"), ("acme/pypi", "nightly-2")))

    assert "2 releases not listed any more: [retention]" in [*index_lines(report)]
    assert any("2 releases not listed any more" in line for line in summary(report, ""))
    assert index_json(report)["expired"][0] == {"repository": "acme/pypi", "tag": "nightly-1"}
