"""Every real file is offered as it is, and publishing it again changes nothing."""

import re
import zipfile
from pathlib import Path
from urllib.parse import unquote

import requests
from pypi_simple import DistributionPackage, PyPISimple

from ghpypi.core.sample import build_wheel
from tests.e2e.index_content import SAMPLES, Offer
from tests.e2e.real_input import Input
from tests.e2e.served import STORE, DirectoryServed, GitHubServed, Served, secrets_in
from tests.support.packages import written
from tests.support.waiting import HANG_SECONDS


def test_every_file_is_offered_as_it_is(served: Served, offered: Offer, real: Input) -> None:
    packages = _packages(served, offered)

    assert {name: package.digests for name, package in packages.items()} == {
        pin.filename: {"sha256": pin.sha256} for pin in offered.files
    }
    with requests.Session() as session:
        for path in real.paths:
            answer = session.get(packages[path.name].url, timeout=HANG_SECONDS)
            assert answer.content == path.read_bytes(), path.name


def test_every_wheel_has_its_metadata_beside_it(
    served: Served, offered: Offer, real: Input
) -> None:
    packages = _packages(served, offered)

    with requests.Session() as session:
        for path in real.paths:
            package = packages[path.name]
            assert bool(package.has_metadata) is path.name.endswith(".whl"), path.name
            if package.has_metadata:
                answer = session.get(package.metadata_url, timeout=HANG_SECONDS)
                assert answer.content == _metadata_in(path), path.name


def test_the_json_pages_say_the_same_as_the_html_pages(served: Served, offered: Offer) -> None:
    packages = _packages(served, offered)

    documents = [
        requests.get(f"{served.index}{name}/index.json", timeout=HANG_SECONDS).json()
        for name in sorted({pin.project for pin in offered.files})
    ]

    files = {file["filename"]: file for document in documents for file in document["files"]}
    assert files.keys() == packages.keys()
    for name, file in files.items():
        package = packages[name]
        assert file["hashes"] == package.digests
        assert file.get("requires-python") == package.requires_python
        assert file.get("core-metadata") == package.metadata_digests
        assert file.get("yanked") == package.yanked_reason


def test_the_root_lists_every_project_once(served: Served, offered: Offer) -> None:
    with PyPISimple(served.index) as client:
        found = client.get_index_page().projects

    assert found == sorted({pin.project for pin in offered.files})


def test_uploading_everything_again_sends_nothing(
    on_github: GitHubServed, real: Input, tmp_path: Path
) -> None:
    on_github.forget()

    on_github.ghpypi.do("upload", *real.paths, *written(tmp_path, *SAMPLES), "--store", STORE)

    requests = on_github.emulator.requests
    changes = [x.path for x in requests if x.method != "GET" and x.path != "/graphql"]
    assert changes == [f"/repos/{STORE}/dispatches"]


def test_indexing_again_changes_nothing(on_github: GitHubServed) -> None:
    head = on_github.emulator.repository(STORE).head("gh-pages")

    printed = on_github.ghpypi.do("index", "--store", STORE)

    assert printed.endswith("nothing changed\n")
    assert on_github.emulator.repository(STORE).head("gh-pages") == head
    assert "up to date" in on_github.ghpypi.do("index", "--check", "--full", "--store", STORE)


def test_a_folder_is_up_to_date_after_uploading(in_directory: DirectoryServed) -> None:
    assert "up to date" in in_directory.ghpypi.do("index", "--check", "--store", in_directory.store)


def test_the_token_goes_to_the_api_and_to_git_alone(on_github: GitHubServed) -> None:
    requests_made = on_github.publishing

    trusted = {"api", "uploads", "git"}
    told = {each.origin for each in requests_made if secrets_in(each, on_github.token)}
    assert told == trusted
    assert {each.origin for each in requests_made} >= trusted | {"web", "cdn"}


def test_a_wheel_that_was_renamed_to_another_variant_is_refused(
    on_github: GitHubServed, tmp_path: Path
) -> None:
    _, content = build_wheel("acme_kernels", "2.0+cu128", {})
    (tmp_path / "acme_kernels-2.0+cu130-py3-none-any.whl").write_bytes(content)
    good = written(tmp_path, build_wheel("acme_kernels", "2.0+cpu", {}))
    on_github.forget()

    done = on_github.ghpypi("upload", tmp_path, *good, "--store", STORE)

    assert done.returncode == 1
    assert "nothing was sent" in done.stderr
    assert "acme_kernels-2.0+cu130-py3-none-any.whl" in done.stderr
    assert "'2.0+cu128'" in done.stderr
    assert good[0].name not in done.stderr
    assert on_github.emulator.requests == []


def test_a_real_file_of_an_implicit_post_release_is_accepted(
    on_github: GitHubServed, odd: Input
) -> None:
    done = on_github.ghpypi("upload", *odd.paths, "--store", STORE, "--dry-run")

    assert done.returncode == 0
    assert "zope.event-3.5.0-1.tar.gz" in done.stdout
    assert "release zope-event-3.5.0.post1" in done.stdout


def _packages(served: Served, offered: Offer) -> dict[str, DistributionPackage]:
    """Read all project pages as HTML, as installers have to; the keys are names in the URLs."""
    with PyPISimple(served.index, accept="text/html") as client:
        pages = [client.get_project_page(name) for name in {pin.project for pin in offered.files}]
    packages = [package for page in pages for package in page.packages]

    assert all(unquote(each.url.rpartition("/")[2]) == each.filename for each in packages)

    return {package.filename: package for package in packages}


def _metadata_in(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        # flit_core carries a second one, of a library in it, deeper down.
        names = [
            each for each in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", each)
        ]

        assert len(names) == 1

        return archive.read(names[0])
