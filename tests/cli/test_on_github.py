"""The command line and a repository on GitHub, which here is the emulator."""

import json

import pytest

from ghpypi.core.digest import digest_of
from ghpypi.core.names import PROVENANCE_SUFFIX
from tests.cli.conftest import Bench, Outcome, without_counts
from tests.emulator import Dispatch, Emulator, Fault
from tests.emulator.repository import Repository, Site
from tests.support.attested import BUILD, BUNDLE, SHA256, provenance, without_log
from tests.support.attested import FILE as REAL
from tests.support.attesting import provenance_beside
from tests.support.index_workflow import add_index_repository, run_page
from tests.support.packages import sdist, sidecar_of, wheel, written

WHEEL = wheel("acme_lib", "1.0", "Requires-Python: >=3.9")
W = WHEEL[0]
TAG = "acme-lib-1.0"


@pytest.fixture
def repository(github: Emulator, bench: Bench) -> Repository:
    """The index repository, and a wheel in the current folder."""
    written(bench.folder / "dist", WHEEL)
    return add_index_repository(github)


def test_an_upload_starts_the_index_workflow_and_names_its_run(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    outcome = bench.run("upload", "dist")

    assert outcome == Outcome(
        0,
        f"uploaded  {W}  {len(WHEEL[1])} B  release {TAG}\n",
        "listing the releases of acme/pypi\n"
        f"uploading {len(WHEEL[1])} B\n"
        f"started an index run of acme/pypi: {run_page(repository)}\n",
    )
    release = repository.release(TAG)
    assert release is not None
    assert sorted(asset.name for asset in release.assets) == [W, sidecar_of(WHEEL)[0]]
    assert [each.repo for each in github.dispatches] == ["acme/pypi"]


def test_attestations_that_github_has_stored_are_published_as_provenance(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    written(bench.folder / "attested", REAL)
    repository.attestations[SHA256] = [json.dumps(BUNDLE).encode()]
    outcome = bench.run("upload", "attested", "--fetch-attestations", "--no-rebuild")

    assert outcome.code == 0
    release = repository.release("pypi-attestations-0.0.19")
    assert release is not None
    found = {asset.name: asset for asset in release.assets}
    assert set(found) == {REAL[0], f"{REAL[0]}{PROVENANCE_SUFFIX}"}
    assert found[f"{REAL[0]}{PROVENANCE_SUFFIX}"].blob.read() == provenance(BUILD)


@pytest.mark.parametrize(
    ("bundles", "code", "said"),
    [
        ([], 0, f"warning: there is no attestation of {REAL[0]}"),
        ([json.dumps(without_log(BUNDLE)).encode()], 0, "not in the public transparency log"),
        (
            [b'{"verificationMaterial": {}, "dsseEnvelope": {}}'],
            1,
            "is invalid",
        ),
        ([b"\xff"], 1, "an attestation of acme/pypi cannot be read"),
    ],
)
def test_wrong_attestations_of_github_are_reported(
    bench: Bench, repository: Repository, bundles: list[bytes], code: int, said: str
) -> None:
    written(bench.folder / "attested", REAL)
    repository.attestations[SHA256] = bundles
    outcome = bench.run("upload", "attested", "--fetch-attestations", "--no-rebuild")

    assert (outcome.code, said in outcome.err) == (code, True)
    assert (repository.release("pypi-attestations-0.0.19") is None) == (code != 0)


def test_attestations_cannot_be_both_signed_and_fetched(
    bench: Bench, repository: Repository
) -> None:
    outcome = bench.run("upload", "dist", "--attest", "--fetch-attestations", "--no-rebuild")

    assert outcome.code == 2


def test_a_folder_stores_no_attestations(bench: Bench) -> None:
    written(bench.folder / "dist", WHEEL)
    outcome = bench.run("upload", "dist", "--fetch-attestations", "--store", "./index")

    assert (outcome.code, "stores no attestations" in outcome.err) == (2, True)


def test_signing_outside_of_a_job_uploads_nothing(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    outcome = bench.run("upload", "dist", "--attest", "--no-rebuild")

    assert (outcome.code, "not a job of GitHub Actions" in outcome.err) == (4, True)
    assert repository.release(TAG) is None


def test_an_index_run_warns_of_a_large_repository_when_it_publishes(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    repository.size = 900_000
    bench.run("upload", "dist", "--no-rebuild")
    first, second = bench.run("index"), bench.run("index")

    assert first.err.count("acme/pypi has 921.6 MB without its release assets") == 1
    assert (second.code, second.out.endswith("nothing changed\n")) == (0, True)
    assert "921.6 MB" not in second.err


@pytest.mark.parametrize(
    "store", ["{host}/acme/pypi", "{url}/acme/pypi.git", "git@127.0.0.1:acme/pypi.git"]
)
def test_a_repository_is_named_in_any_form_that_gh_takes(
    bench: Bench, github: Emulator, repository: Repository, store: str
) -> None:
    url = github.server_url
    named = store.format(url=url, host=url.rpartition("/")[2])
    bench.set(GHPYPI_STORE="")

    assert bench.run("upload", "dist", "--store", named).out == (
        f"uploaded  {W}  {len(WHEEL[1])} B  release {TAG}\n"
    )
    assert [each.repo for each in github.dispatches] == ["acme/pypi"]


def test_a_token_of_another_host_is_not_sent(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    bench.set(GHPYPI_TOKEN="", GH_TOKEN=github.add_token("bot"))
    github.clear_log()
    outcome = bench.run("upload", "dist")

    assert outcome.code == 4
    assert "warning: GH_TOKEN is for another host and is not sent to '127.0.0.1:" in outcome.err
    assert github.requests == []


def test_the_index_is_pushed_to_the_branch(bench: Bench, repository: Repository) -> None:
    bench.run("upload", "dist", "--no-rebuild")
    outcome = bench.run("index")
    head = repository.head("gh-pages")

    assert without_counts(outcome) == Outcome(
        0,
        f"added: {W}\n1 project, 1 file\nwrote pages {head}\n",
        "listing acme/pypi\nreading the metadata of 1 file\nwriting acme/pypi (gh-pages)\n",
    )
    assert "simple/acme-lib/index.html" in repository.files("gh-pages")


def test_a_run_whose_time_is_up_starts_the_next_one_in_a_workflow(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    bench.run("upload", "dist", "--no-rebuild")
    bench.run("index")
    release = repository.release(TAG)

    assert release is not None

    release.assets.clear()
    release.add_asset(*wheel("acme_lib", "1.0", text="x = 1"))
    release.add_asset(*wheel("acme_new", "1.0"))
    bench.set(GITHUB_ACTIONS="true")
    outcome = bench.run("index", "--max-time", "0s", "--no-ensure-pages")

    # A replaced file is read in any case, and the new one waits.
    assert outcome.code == 0, outcome.err
    assert "1 file still to read: run it again" in outcome.out
    assert github.dispatches == [Dispatch("acme/pypi", "ghpypi")]
    assert f"started an index run of acme/pypi: {run_page(repository)}" in outcome.err


def test_an_upload_can_renew_the_index_from_here(bench: Bench, repository: Repository) -> None:
    outcome = bench.run("upload", "dist", "--rebuild", "-q")

    assert (outcome.code, outcome.err) == (0, "")
    assert f"added: {W}\n" in outcome.out
    assert repository.head("gh-pages") is not None


def test_what_was_published_is_listed_and_shown(bench: Bench, repository: Repository) -> None:
    bench.run("upload", "dist", "--rebuild")

    assert bench.run("list") == Outcome(0, "acme-lib  1.0  1 file\n", "")
    assert bench.run("show", "acme-lib").out.startswith("acme-lib\n1.0  acme_lib-1.0-py3")


def test_the_configuration_of_the_repository_is_read(bench: Bench, repository: Repository) -> None:
    toml = b'[index]\ntitle = "Acme packages"\nbranch = "pages"\n'
    repository.commit_files({"ghpypi.toml": toml})
    bench.run("upload", "dist", "--rebuild")

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
    bench.run("upload", "dist", "--no-rebuild")
    outcome = bench.run("index", "--output", "site", "-q")

    assert outcome.code == 0
    assert (bench.folder / "site/simple/acme-lib/index.html").is_file()
    assert repository.head("gh-pages") is None
    assert bench.run("list", "--site", "site").out == "acme-lib  1.0  1 file\n"


def test_releases_of_several_repositories_are_indexed(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    other = github.add_repository("acme/lib-other")
    other.add_release("v1").add_asset(*sdist("other", "1.0"))
    repository.commit_files(
        {"ghpypi.toml": b'[index]\nrepositories = ["acme/pypi", "acme/lib-*"]\n'}
    )
    bench.run("upload", "dist", "--rebuild")

    assert bench.run("list").out.split() == [
        *("acme-lib", "1.0", "1", "file"),
        *("other", "1.0", "1", "file"),
    ]


def test_a_repository_that_is_not_there_is_not_found(bench: Bench, github: Emulator) -> None:
    outcome = bench.run("index", "-q")

    assert (outcome.code, outcome.out) == (5, "")
    assert "acme/pypi" in outcome.err


def test_a_token_that_may_not_write_is_reported(bench: Bench, github: Emulator) -> None:
    written(bench.folder / "dist", WHEEL)
    github.add_repository("acme/pypi").grant("bot", "read")
    outcome = bench.run("upload", "dist", "-q")

    assert (outcome.code, outcome.out) == (4, "")
    assert "no write access to" in outcome.err
    sent = [each.path for each in github.requests if each.method != "GET"]
    assert sent == ["/graphql"]  # a query


def test_verbose_prints_every_request_and_never_the_token(
    bench: Bench, repository: Repository
) -> None:
    outcome = bench.run("upload", "dist", "--verbose")

    assert "/repos/acme/pypi/releases" in outcome.err
    assert "token" not in outcome.err.lower()


def test_a_run_in_a_workflow_writes_outputs_and_requests_the_build_of_pages(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    bench.run("upload", "dist", "--no-rebuild")
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
    bench.run("upload", "dist", "--no-rebuild")
    bench.set(GITHUB_ACTIONS="true")

    assert "Pages" not in bench.run("index", "--no-ensure-pages").err


def test_pages_on_a_host_without_that_field_are_requested(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    repository.site = Site()
    bench.run("upload", "dist", "--rebuild")

    assert f"{github.pages_url}/acme/pypi/simple/" in start_page(repository)


def test_pages_that_come_later_are_on_the_pages_of_the_next_run(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    bench.run("upload", "dist", "--rebuild")
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


# Files that were replaced, and files that do not arrive


def clobber(repository: Repository, name: str, content: bytes) -> None:
    """Replace an asset as `gh release upload --clobber` does."""
    release = repository.release(TAG)
    assert release is not None
    release.remove_asset(next(asset for asset in release.assets if asset.name == name))
    release.add_asset(name, content)


REBUILT = wheel("acme_lib", "1.0", "Requires-Python: >=3.12\nRequires-Dist: other")


def test_a_replaced_wheel_is_published_without_the_old_metadata_file(
    bench: Bench, repository: Repository
) -> None:
    bench.run("upload", "dist", "--rebuild")
    clobber(repository, *REBUILT)
    outcome = bench.run("index", "-q")

    page = repository.files("gh-pages")["simple/acme-lib/index.html"].decode()
    assert "core-metadata" not in page
    assert 'data-requires-python="&gt;=3.12"' in page
    left_out, replaced = outcome.err.splitlines()
    assert left_out == (
        f"warning: {W}.metadata (acme/pypi {TAG}) is left out: it is not the "
        "metadata of its wheel; replace it with 'ghpypi backfill'"
    )
    assert replaced.startswith(f"warning: {W} (acme/pypi {TAG}) was replaced: its SHA-256 was ")


def test_an_upload_replaces_the_metadata_file_of_a_replaced_wheel(
    bench: Bench, repository: Repository
) -> None:
    bench.run("upload", "dist", "--rebuild")
    clobber(repository, *REBUILT)
    written(bench.folder / "dist", REBUILT)
    outcome = bench.run("upload", "dist", "--rebuild", "-q")

    assert outcome.out.startswith(f"uploaded its metadata  {W}")
    digest = digest_of(sidecar_of(REBUILT)[1])
    page = repository.files("gh-pages")["simple/acme-lib/index.html"].decode()
    assert f'data-core-metadata="sha256={digest}"' in page
    assert bench.run("upload", "dist", "--rebuild", "-q").out.startswith("already there")


def test_one_more_release_costs_the_index_few_requests(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    repository.commit_files({"ghpypi.toml": b'[index]\nurl = "https://acme.example/"\n'})
    bench.run("upload", "dist", "--rebuild")
    github.clear_log()
    bench.run("index")
    unchanged = [each for each in github.requests if each.origin != "cdn"]
    release = repository.add_release("acme-lib-2.0")
    for file in (new := wheel("acme_lib", "2.0")), sidecar_of(new):
        release.add_asset(*file)
    github.clear_log()
    bench.run("index")
    more = [each for each in github.requests if each.origin != "cdn"]

    # The metadata of the wheel is one of them, the part of the catalog that it belongs into, and
    # the size of the repository; nothing is requested for its metadata file.
    assert len(more) - len(unchanged) == 7
    assert [each.path for each in more if each.origin == "web"] == [
        f"/acme/pypi/releases/download/acme-lib-2.0/{new[0]}"
    ]


def test_a_file_that_arrived_damaged_once_is_read_again(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    written(bench.folder / "dist", sdist("other", "1.0"))
    bench.run("upload", "dist", "--no-rebuild")
    github.faults.add(Fault.status(200, body="something else", origin="cdn", times=2))
    outcome = bench.run("index", "-q")

    assert len(github.faults.fired) == 2
    assert (outcome.code, outcome.err) == (0, "")
    assert {"simple/acme-lib/index.html", "simple/other/index.html"} <= repository.files(
        "gh-pages"
    ).keys()


def test_a_file_that_always_arrives_damaged_is_reported_and_tried_by_every_run(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    bench.run("upload", "dist", "--rebuild")
    repository.add_release("other-1.0").add_asset(*sdist("other", "1.0"))
    github.faults.add(Fault.status(200, body="something else", origin="cdn", times=99))
    first, second = bench.run("index", "-q"), bench.run("index", "-q")
    github.faults.clear()
    third = bench.run("index", "-q")

    assert (first.code, second.code, third.code) == (7, 7, 0)
    assert "warning: other-1.0.tar.gz (acme/pypi other-1.0) is not read this time" in first.err
    assert first.err.endswith(
        "error: 1 file could not be read; all others are up to date\n"
        "hint: run 'ghpypi index' again later\n"
    )
    assert "added: other-1.0.tar.gz\n" in third.out


def test_wheels_whose_download_is_reset_are_reported_with_exit_code_7_and_read_by_the_next_run(
    bench: Bench, github: Emulator, repository: Repository
) -> None:
    bench.run("upload", "dist", "--rebuild")
    before = repository.files("gh-pages")["simple/acme-lib/index.html"]
    release = repository.release(TAG)
    assert release is not None
    release.add_asset(*provenance_beside(WHEEL))  # a reason to read the published wheel again
    new = wheel("other", "1.0")
    repository.add_release("other-1.0").add_asset(*new)
    github.faults.add(Fault.reset_after(origin="cdn", times=99))
    first = bench.run("index", "-q", "--json", "--allow-shrink", "--max-wait", "0")
    github.faults.clear()
    pages = repository.files("gh-pages")
    second = bench.run("index", "-q", "--json")

    assert (first.code, second.code) == (7, 0)
    (document, then) = (json.loads(each.out)["index"] for each in (first, second))
    assert [each["filename"] for each in document["unread"]] == [W, new[0]]
    assert (document["files"], document["removed"]) == (1, [])
    assert pages["simple/acme-lib/index.html"] == before
    assert (then["changed"], then["added"]) == ([W], [new[0]])
