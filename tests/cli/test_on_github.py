"""The command line and a repository on GitHub, which here is the emulator."""

import json

import pytest

from tests.cli.conftest import Bench, Outcome, without_counts
from tests.emulator import Emulator, Fault
from tests.emulator.repository import Repository, Site
from tests.support.packages import sdist, sidecar_of, wheel, written

WHEEL = wheel("acme_lib", "1.0", "Requires-Python: >=3.9")
W = WHEEL[0]
TAG = "acme-lib-1.0"


@pytest.fixture
def repository(github: Emulator, bench: Bench) -> Repository:
    """The index repository, and a wheel beside us."""
    written(bench.folder / "dist", WHEEL)
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    return repository


def test_an_upload_tells_the_repository_to_renew_its_index(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    assert bench.run("upload", "dist") == Outcome(
        0,
        f"uploaded  {W}  {len(WHEEL[1])} B  release {TAG}\n",
        "looking at what is in acme/pypi\ntold acme/pypi to renew its index\n",
    )
    release = repository.release(TAG)
    assert release is not None
    assert sorted(asset.name for asset in release.assets) == [W, sidecar_of(WHEEL)[0]]
    assert [each.repo for each in github.dispatches] == ["acme/pypi"]


def test_json_of_an_upload_says_that_the_index_was_started(
    bench: Bench, repository: Repository
) -> None:
    document = json.loads(bench.run("upload", "dist", "--json").out)

    assert (document["store"], document["index"]) == ("acme/pypi", "started")


def test_publishing_a_draft_tells_the_repository_too(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    bench.run("upload", "dist", "--draft")
    assert github.dispatches == []

    outcome = bench.run("publish", TAG)
    assert (outcome.code, outcome.out) == (0, f"{TAG} published\n")
    assert len(github.dispatches) == 1


def test_a_repository_that_cannot_be_told_has_the_files_all_the_same(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    github.faults.add(Fault.status(403, method="POST", path="/dispatches"))
    outcome = bench.run("upload", "dist", "-q")

    assert outcome.code == 4
    assert outcome.err.startswith("error: the files are uploaded, but the index was not renewed: ")
    assert repository.release(TAG) is not None


def test_the_index_is_pushed_to_the_branch(bench: Bench, repository: Repository) -> None:
    bench.run("upload", "dist", "--no-index")
    outcome = bench.run("index")
    head = repository.head("gh-pages")

    assert without_counts(outcome) == Outcome(
        0,
        f"added: {W}\n1 project, 1 file\nwrote pages {head}\n",
        "listing acme/pypi\nreading the metadata of 1 file\nwriting acme/pypi (gh-pages)\n",
    )
    assert "simple/acme-lib/index.html" in repository.files("gh-pages")


def test_an_upload_can_renew_the_index_from_here(bench: Bench, repository: Repository) -> None:
    outcome = bench.run("upload", "dist", "--index", "-q")

    assert (outcome.code, outcome.err) == (0, "")
    assert f"added: {W}\n" in outcome.out
    assert repository.head("gh-pages") is not None


def test_what_was_published_is_listed_and_shown(bench: Bench, repository: Repository) -> None:
    bench.run("upload", "dist", "--index")

    assert bench.run("list") == Outcome(0, "acme-lib  1.0  1 file\n", "")
    assert bench.run("show", "acme-lib").out.startswith("acme-lib\n1.0  acme_lib-1.0-py3")


def test_the_configuration_of_the_repository_is_read(bench: Bench, repository: Repository) -> None:
    toml = b'[index]\ntitle = "Acme packages"\nbranch = "pages"\n'
    repository.commit_files({"ghpypi.toml": toml})
    bench.run("upload", "dist", "--index")

    assert b"Acme packages" in repository.files("pages")["index.html"]
    assert repository.head("gh-pages") is None


def test_a_fault_in_the_configuration_of_the_repository_says_where_it_is(
    bench: Bench, repository: Repository
) -> None:
    repository.commit_files({"ghpypi.toml": b"[index]\nbrunch = 1\n"})

    assert bench.run("index") == Outcome(
        2,
        "",
        "error: ghpypi.toml of acme/pypi cannot be used\n"
        "  - index.brunch: unknown key, did you mean 'branch'?\n",
    )


def test_the_site_can_be_written_into_a_folder(bench: Bench, repository: Repository) -> None:
    bench.run("upload", "dist", "--no-index")
    outcome = bench.run("index", "--output", "site", "-q")

    assert outcome.code == 0
    assert (bench.folder / "site/simple/acme-lib/index.html").is_file()
    assert repository.head("gh-pages") is None
    assert bench.run("list", "--output", "site").out == "acme-lib  1.0  1 file\n"


def test_releases_of_several_repositories_are_indexed(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    other = github.add_repository("acme/lib-other")
    other.add_release("v1").add_asset(*sdist("other", "1.0"))
    repository.commit_files(
        {"ghpypi.toml": b'[index]\nrepositories = ["acme/pypi", "acme/lib-*"]\n'}
    )
    bench.run("upload", "dist", "--index")

    assert bench.run("list").out.split() == [
        *("acme-lib", "1.0", "1", "file"),
        *("other", "1.0", "1", "file"),
    ]


def test_a_repository_that_is_not_there_is_not_found(bench: Bench, github: Emulator) -> None:
    outcome = bench.run("index", "-q")

    assert (outcome.code, outcome.out) == (5, "")
    assert "acme/pypi" in outcome.err


def test_a_token_that_may_not_write_is_told(bench: Bench, github: Emulator) -> None:
    written(bench.folder / "dist", WHEEL)
    github.add_repository("acme/pypi").grant("bot", "read")
    outcome = bench.run("upload", "dist", "-q")

    assert (outcome.code, outcome.out) == (4, "")
    assert "not write to it" in outcome.err
    assert not [each for each in github.requests if each.method != "GET"]


def test_verbose_tells_every_request_and_never_the_token(
    bench: Bench, repository: Repository
) -> None:
    outcome = bench.run("upload", "dist", "--verbose")

    assert "/repos/acme/pypi/releases" in outcome.err
    assert "token" not in outcome.err.lower()


def test_a_run_in_a_workflow_hands_on_and_sees_to_the_pages(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    bench.run("upload", "dist", "--no-index")
    bench.set(
        GITHUB_ACTIONS="true",
        GITHUB_OUTPUT=str(bench.folder / "output"),
        GITHUB_STEP_SUMMARY=str(bench.folder / "summary"),
        RUNNER_TEMP=str(bench.folder),
    )
    outcome = bench.run("index")

    assert outcome.code == 0
    assert "::group::listing acme/pypi\n" in outcome.err
    assert "has no Pages yet" in outcome.err
    assert "changed<<" in (bench.folder / "output").read_text()
    assert W in (bench.folder / "summary").read_text()


def test_a_run_in_a_workflow_can_leave_the_pages_alone(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    bench.run("upload", "dist", "--no-index")
    bench.set(GITHUB_ACTIONS="true")

    assert "Pages" not in bench.run("index", "--no-ensure-pages").err


def test_pages_on_a_host_that_does_not_tell_are_asked_for(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    repository.site = Site()
    bench.run("upload", "dist", "--index")

    assert f"{github.pages_url}/acme/pypi/simple/" in start_page(repository)


def test_pages_that_come_later_are_on_the_pages_of_the_next_run(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    bench.run("upload", "dist", "--index")
    assert "https://THIS-SITE/" in start_page(repository)

    repository.site = Site()
    assert bench.run("index").code == 0
    assert "https://THIS-SITE/" not in start_page(repository)


@pytest.mark.parametrize("known", ["the configuration", "the host"])
def test_pages_whose_address_is_known_are_not_asked_for(
    bench: Bench, github: Emulator, repository: Repository, known: str
) -> None:
    if known == "the host":
        bench.set(GITHUB_SERVER_URL="https://github.com")
    else:
        repository.commit_files({"ghpypi.toml": '[index]\nurl = "https://acme.example/"\n'})
    outcome = bench.run("index", "--output", "site", "--allow-shrink")

    assert outcome.code == 0
    assert not [one.path for one in github.requests if one.path.endswith("/pages")]


def start_page(repository: Repository) -> str:
    return repository.files("gh-pages")["index.html"].decode()
