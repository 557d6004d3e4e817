"""The files of an index beside its pages: `files = "copy"` in `[site]`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ghpypi.core.digest import digest_of
from ghpypi.errors import RefusedError
from ghpypi.jobs.index.copies import check_limits
from ghpypi.ports import SiteLimits
from tests.cli.conftest import Bench
from tests.emulator import Emulator
from tests.emulator.repository import Repository, Site
from tests.support.attesting import provenance_beside
from tests.support.files import made
from tests.support.packages import Built, sdist, sidecar_of, wheel
from tests.support.reporters import MemoryReporter

WHEEL = wheel()
SIDECAR = sidecar_of(WHEEL)
PROVENANCE = provenance_beside(WHEEL)
LOCAL = wheel(version="1.1+cu128")
SDIST = sdist("other", "2.0")
COPY = "[site]\nfiles = 'copy'\npages = false\n"


def path_of(file: Built, suffix: str = "") -> str:
    digest = digest_of(file[1])
    return f"packages/{digest[:2]}/{digest[2:]}/{file[0]}{suffix}"


ALL = {
    path_of(WHEEL): WHEEL[1],
    path_of(WHEEL, ".metadata"): SIDECAR[1],
    path_of(WHEEL, ".provenance"): PROVENANCE[1],
    path_of(LOCAL): LOCAL[1],
    path_of(SDIST): SDIST[1],
}


@pytest.fixture
def store(github: Emulator) -> Repository:
    """A public repository with two projects, whose site has copies."""
    repository = github.add_repository("acme/pypi")
    repository.grant("bot", "write")
    repository.commit_files({"ghpypi.toml": COPY.encode()})
    first = repository.add_release("v1")
    for file in (WHEEL, SIDECAR, PROVENANCE, LOCAL):
        first.add_asset(*file)
    repository.add_release("v2").add_asset(*SDIST)
    return repository


def copies(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.glob("packages/**/*")
        if path.is_file()
    }


def urls(folder: Path, project: str = "acme-lib") -> list[str]:
    page = json.loads((folder / f"simple/{project}/index.json").read_bytes())
    return [file["url"] for file in page["files"]]


def test_a_folder_has_all_files_of_the_index(
    bench: Bench, github: Emulator, store: Repository
) -> None:
    site = bench.folder / "site"
    first = bench.run("index", "--output", "site")
    assert first.code == 0, first.err
    assert "copied 5 files to the site" in first.out
    assert copies(site) == ALL
    assert urls(site) == [f"../../{path_of(WHEEL)}", f"../../{path_of(LOCAL)}".replace("+", "%2B")]
    assert bench.run("index", "--output", "site", "--check").code == 0

    (site / path_of(WHEEL)).unlink()
    assert bench.run("index", "--output", "site", "--check").code == 3
    assert "copied 1 file to the site" in bench.run("index", "--output", "site", "--full").out

    store.releases.pop()
    assert bench.run("index", "--output", "site", "--allow-shrink", "-q").code == 0
    assert copies(site).keys() == ALL.keys() - {path_of(SDIST)}
    assert sorted(x.name for x in (site / "packages").iterdir()) == sorted(
        {path.split("/")[1] for path in copies(site)}
    )

    github.stop()
    assert bench.run("verify", "site").code == 0


@pytest.mark.slow
def test_pip_installs_from_the_folder_when_github_is_gone(
    bench: Bench, github: Emulator, store: Repository
) -> None:
    site = bench.folder / "site"
    assert bench.run("index", "--output", "site").code == 0
    github.stop()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--target", "installed"),
            *("--index-url", (site / "simple").as_uri() + "/", "--no-deps", "acme-lib==1.0"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (bench.folder / "installed/acme_lib.py").exists()


def test_the_branch_has_the_files_of_the_index(bench: Bench, store: Repository) -> None:
    assert bench.run("index").code == 0
    branch = store.files("gh-pages")
    assert {path: page for path, page in branch.items() if path.startswith("packages/")} == ALL
    assert "nothing changed" in bench.run("index").out

    store.commit_files({"ghpypi.toml": b"[site]\npages = false\n"})
    assert bench.run("index", "-q").code == 0
    assert not [path for path in store.files("gh-pages") if path.startswith("packages/")]
    assert b'href="http' in store.files("gh-pages")["simple/other/index.html"]


def test_an_interrupted_run_continues(bench: Bench, store: Repository) -> None:
    site = bench.folder / "site"
    known = site / path_of(SDIST)
    known.parent.mkdir(parents=True)
    known.write_bytes(SDIST[1])
    half = site / path_of(WHEEL)
    half.parent.mkdir(parents=True)
    (half.parent / f".{WHEEL[0]}.part").write_bytes(b"half")
    orphan = site / path_of(sdist("gone", "1.0"))
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"of a release that was deleted since then")

    assert "copied 4 files to the site" in bench.run("index", "--output", "site").out
    assert copies(site) == ALL


def test_files_of_repositories_that_fewer_people_may_read_are_not_published(
    bench: Bench, store: Repository
) -> None:
    store.private = True
    store.site = Site(public=True)
    more = "[index]\nprivate-repositories = 'include'\n"  # which is about pages alone
    store.commit_files({"ghpypi.toml": f"{more}{COPY}".encode()})
    outcome = bench.run("index")

    assert outcome.code == 2
    assert "would publish the files of repositories that fewer people may read" in outcome.err
    assert "- acme/pypi\n" in outcome.err
    assert store.head("gh-pages") is None

    folder = bench.run("index", "--output", "site")
    assert folder.code == 0
    assert "the folder has the files of acme/pypi, which are private" in folder.err


def test_copies_need_the_digest_of_each_file(bench: Bench) -> None:
    (bench.folder / "ghpypi.toml").write_text(f"{COPY}[index]\nmissing-digest = 'include'\n")
    outcome = bench.run("index", "--store", "./index")

    assert outcome.code == 2
    assert 'site.files: "copy" requires the digest of each file' in outcome.err


def test_what_the_site_does_not_accept_is_named_before_a_file_is_copied() -> None:
    small = made("acme-1.0.tar.gz")._replace(size=400)
    large = made("acme-2.0.tar.gz")._replace(size=600)
    reporter = MemoryReporter()
    unread = iter([small])
    check_limits(unread, SiteLimits(), "acme/pypi", reporter)
    assert list(unread) == [small]
    with pytest.raises(RefusedError) as caught:
        check_limits([small, large], SiteLimits(page=500, source="GitHub"), "acme/pypi", reporter)
    assert caught.value.message == (
        "1 file cannot be copied to acme/pypi: GitHub accepts files of 500 B; nothing was copied"
    )
    assert caught.value.faults == ("acme-2.0.tar.gz: 600 B",)

    with pytest.raises(RefusedError, match="2 files of acme/pypi have 1"):
        check_limits([small, large], SiteLimits(site=900, source="GitHub"), "acme/pypi", reporter)
    assert not reporter.warnings
    check_limits([small, large], SiteLimits(site=1100, source="GitHub"), "acme/pypi", reporter)
    assert len(reporter.warnings) == 1
