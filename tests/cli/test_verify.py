"""`ghpypi verify`."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench
from tests.emulator import Emulator
from tests.emulator.repository import Site
from tests.support.folder_server import serving
from tests.support.index_workflow import add_index_repository
from tests.support.packages import publish_files, sdist, wheel, written

FILES = [
    wheel("acme_lib", "1.0", "Requires-Python: >=3.9"),
    sdist("acme_lib", "1.1"),
    wheel("other", "0.1+cu128"),
]
NAME = FILES[0][0]
SOUND = "no findings; checked 2 projects, 3 files, 2 hashes (a sample; --all checks everything)\n"


@pytest.fixture
def published(bench: Bench) -> Bench:
    """A bench with an index on it."""
    publish_files(DirectoryStore(bench.folder / "index"), FILES, "v1")
    bench.set(GHPYPI_STORE="./index")
    bench.run("index")
    return bench


def stored(bench: Bench) -> Path:
    (path,) = (bench.folder / "index").rglob(NAME)
    return path


@pytest.mark.parametrize("place", [[], ["./index"], ["./index/simple"], ["index/simple/"]])
def test_our_own_index_in_a_folder_is_sound(published: Bench, place: list[str]) -> None:
    outcome = published.run("verify", *place)
    url = (published.folder / "index/simple").resolve().as_uri()

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == f"{url}/: {SOUND}"


def test_our_own_index_over_http_is_sound(published: Bench) -> None:
    with serving(published.folder / "index") as server:
        outcome = published.run("verify", f"{server.address}simple", "--all")

    assert outcome.code == 0
    # http.server has no ranges.
    assert outcome.out.startswith("note: the host of the files ignores range requests")
    assert outcome.out.endswith("simple/: 2 notes; checked 2 projects, 3 files, 3 hashes\n")
    assert len(server.visits) < 20


def test_a_page_for_people_leads_to_the_index(published: Bench) -> None:
    with serving(published.folder / "index") as server:
        outcome = published.run("verify", server.address)

    assert outcome.code == 3
    assert "[not-an-index]" in outcome.out
    assert f"{server.address}simple/" in outcome.out


def test_a_missing_file_is_an_error_with_the_place_and_what_to_do(published: Bench) -> None:
    stored(published).unlink()
    outcome = published.run("verify")
    url = (published.folder / "index").resolve().as_uri()

    assert outcome.code == 3
    assert outcome.err == f"error: {url}/simple/ has 1 error\n"
    lines = outcome.out.splitlines()
    assert lines[0].startswith("error: a listed file does not exist")
    assert lines[0].endswith("[file-missing]")
    assert lines[1].startswith(f"  {url}/simple/acme-lib/: {NAME}: {url}/")
    assert lines[2] == "  affects: pip, uv"
    assert lines[3].startswith("  to do: rebuild the index")


def test_a_document_has_a_version_and_all_findings(published: Bench) -> None:
    path = stored(published)
    path.write_bytes(path.read_bytes() + b"x")
    outcome = published.run("verify", "--project", "Acme.Lib", "--json")
    document = json.loads(outcome.out)

    assert outcome.code == 3
    assert (document["version"], document["ok"], document["sampled"]) == (1, False, True)
    assert document["checked"] == {
        "projects": 1, "projects-listed": 2, "files": 2, "files-listed": 2, "hashes": 2,
    }  # fmt: skip
    assert document["counts"] == {"error": 1, "warning": 1, "note": 0}
    assert [x["rule"] for x in document["findings"]] == ["file-hash", "file-size"]
    assert document["findings"][0].keys() == {
        "rule", "level", "url", "project", "filename", "text", "detail", "affects", "hint",
    }  # fmt: skip


def test_all_files_are_no_sample_even_if_one_is_missing(published: Bench) -> None:
    stored(published).unlink()
    outcomes = [published.run("verify", *arguments) for arguments in ((), ("--all",))]

    assert ["(a sample; --all" in outcome.out for outcome in outcomes] == [True, False]


def test_findings_are_written_as_sarif(published: Bench) -> None:
    stored(published).unlink()
    outcome = published.run("verify", "--sarif", "a.sarif")
    written = (published.folder / "a.sarif").read_text()
    printed = published.run("verify", "--sarif", "-")
    (run,) = json.loads(written)["runs"]

    assert (outcome.code, printed.code) == (3, 3)
    assert printed.out == written
    assert [(x["ruleId"], x["level"]) for x in run["results"]] == [("file-missing", "error")]
    assert run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]["id"] == "file-missing"


def test_an_index_that_cannot_be_read_is_for_later(bench: Bench) -> None:
    outcome = bench.run("verify", "http://127.0.0.1:9/simple/")

    assert outcome.code == 7
    assert outcome.err.startswith("error: http://127.0.0.1:9/simple/ cannot be read: ")


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (["http://pypi.example/simple/"], 2, "is not encrypted"),
        (["ftp://pypi.example/simple/"], 2, "is neither a URL"),
        (["https://pypi.example/simple/?a=b"], 2, "has a query"),
        (["./nowhere"], 5, "there is no folder nowhere"),
        (["."], 5, "there is no index in .: it has neither a folder 'simple' nor an index.html"),
        (["--installer", "pip"], 2, "no effect without --install"),
        (["./index", "--index", "cu128"], 2, "no effect with a URL"),
        (["--json", "--sarif", "-"], 2, "both write to standard output"),
        (["--install", "acme-lib", "--installer", "uv"], 5, "uv is not on PATH"),
    ],
)
def test_what_cannot_be_checked_is_refused(
    published: Bench, arguments: list[str], code: int, problem: str
) -> None:
    outcome = published.run("verify", *arguments)

    assert outcome.code == code
    assert problem in outcome.err


def test_credentials_go_to_the_index_and_into_no_output(published: Bench) -> None:
    with serving(published.folder / "index") as server:
        host = urlsplit(server.address).netloc
        outcome = published.run("verify", f"http://bot:hunter22@{host}/simple/", "--json")

    assert outcome.code == 0
    assert "hunter22" not in outcome.out + outcome.err
    assert {"authorization" in visit.headers for visit in server.visits} == {True}


def test_credentials_may_be_in_netrc(published: Bench, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login bot password hunter22\n")
    (tmp_path / ".netrc").chmod(0o600)
    with serving(published.folder / "index") as server:
        outcome = published.run("verify", f"{server.address}simple/")

    assert outcome.code == 0
    assert {"authorization" in visit.headers for visit in server.visits} == {True}


def test_a_workflow_gets_a_summary_and_a_report(published: Bench, tmp_path: Path) -> None:
    stored(published).unlink()
    summary, output = tmp_path / "summary", tmp_path / "output"
    published.set(
        GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary), GITHUB_OUTPUT=str(output),
        RUNNER_TEMP=str(tmp_path),
    )  # fmt: skip
    published.run("verify")
    (report,) = tmp_path.glob("ghpypi-report-*.json")

    assert "| error | `file-missing` | a listed file does not exist" in summary.read_text()
    assert json.loads(report.read_text())["counts"]["error"] == 1
    assert "projects<<" in output.read_text()


def test_our_own_index_on_pages_is_sound(github: Emulator, bench: Bench) -> None:
    repository = add_index_repository(github)
    repository.site = Site()
    written(bench.folder / "dist", *FILES)
    bench.run("upload", "dist")
    bench.run("index")
    outcome = bench.run("verify", "--all")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (
        f"{github.pages_url}/acme/pypi/simple/: no findings; "
        "checked 2 projects, 3 files, 3 hashes\n"
    )


def test_files_without_provenance_are_errors_where_it_is_required(published: Bench) -> None:
    outcome = published.run("verify", "--require-provenance", "--publisher", "acme/lib")

    assert outcome.code == 3
    assert outcome.out.count("[provenance-absent]") == 1
    assert outcome.err.endswith("/simple/ has 3 errors\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--publisher", "acme/lib"],
        ["--require-provenance", "--publisher", "acme"],
        ["--require-provenance", "--publisher", "acme/lib/release"],
    ],
)
def test_a_publisher_is_a_repository_and_needs_the_check(
    published: Bench, arguments: list[str]
) -> None:
    assert published.run("verify", *arguments).code == 2


@pytest.mark.parametrize(
    ("link", "rules"),
    [
        ("http://files.example/a-1.zip", ["link-insecure"]),
        ("ftp://files.example/a-1.zip", ["link-scheme"]),
        ("../../secret/a-1.zip", ["file-missing"]),
    ],
)
def test_links_of_a_folder_are_checked(bench: Bench, link: str, rules: list[str]) -> None:
    (bench.folder / "secret").mkdir()
    (bench.folder / "secret/a-1.zip").write_text("x")
    (bench.folder / "site/a").mkdir(parents=True)
    (bench.folder / "site/index.html").write_text('<a href="a/">a</a>')
    digest = "0" * 64
    page = f'<a href="{link}#sha256={digest}">a-1.zip</a>'
    (bench.folder / "site/a/index.html").write_text(page)
    document = json.loads(bench.run("verify", "site", "--json").out)

    assert [finding["rule"] for finding in document["findings"]] == rules


def test_the_index_is_sound_after_each_command(bench: Bench) -> None:
    more = [wheel("acme_lib", "1.2"), sdist("acme_lib", "1.2"), wheel("other", "0.2")]
    written(bench.folder / "dist", *FILES)
    written(bench.folder / "more", *more)
    bench.set(GHPYPI_STORE="./index")
    reason = ["--reason", "broken"]
    for command in (
        ["upload", "dist"],
        ["yank", "acme-lib==1.0", *reason],
        ["upload", "more"],
        ["status", "other", "quarantined", *reason],
        ["unyank", "acme-lib==1.0"],
        ["delete", "acme-lib==1.1", *reason, "--yes"],
        ["status", "other", "active"],
        ["yank", "acme-lib==1.2"],
        ["prune", "--keep", "1", "--yes"],
        ["index", "--full"],
    ):
        done = bench.run(*command)
        assert done.code == 0, (command, done.err)

        outcome = bench.run("verify", "--all")
        assert (outcome.code, "no findings" in outcome.out) == (0, True), (command, outcome.out)
