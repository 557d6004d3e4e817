"""Six real clients upload to `ghpypi serve`: what is stored, and what each of them says."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ghpypi.stores.objects.store import BucketStore
from tests.contract.objects import bucket_of
from tests.e2e.https import self_signed
from tests.e2e.installers import Installer, Place, bare_environment
from tests.e2e.issuing import issuing
from tests.e2e.proxy import STORE, Private, Proxy, private_repository, proxy
from tests.e2e.served import secrets_in
from tests.e2e.tools import tool, uv
from tests.e2e.uploaders import UPLOADERS, Upload, Uploader, message_of
from tests.support.attesting import attestation
from tests.support.moto_server import moto_server
from tests.support.nightly import nightly
from tests.support.packages import wheel
from tests.support.waiting import eventually

PASSWORD = "the-password-of-this-server"
QUIET = "3"
"""Longer than any client takes from one file to the next on a busy machine."""

JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}


@dataclass(frozen=True, kw_only=True)
class Counter:
    """A server in front of a store, and those who come to it.

    Attributes:
        server: The server.
        token: Of a user who may publish.
        other: What opens nothing here for writing.
        refusal: What the server answers to that.
        status: The status of that answer.
        held: Tells what the store holds: releases, and the names of their files.
    """

    server: Proxy
    token: str
    other: str
    refusal: str
    status: int
    held: Callable[[], dict[str, list[str]]]

    def upload(self, token: str = "", *, skip: bool = False) -> Upload:
        return Upload(root=self.server.root, token=token or self.token, skip=skip)

    def seen(self, uploader: Uploader) -> list[str]:
        """Name the files that readers see."""
        answer = self.server.get(f"simple/acme-{uploader.name}/", self.token, headers=JSON)
        files = answer.json()["files"] if answer.ok else []
        return sorted(each["filename"] for each in files)

    def published(self, tag: str) -> list[str]:
        """Wait for a release, and name its files."""
        return eventually(lambda: self.held().get(tag, []))


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Private]:
    with private_repository(tmp_path_factory.mktemp("private")) as made:
        made.repository.immutable_releases = True
        yield made


@pytest.fixture(scope="module")
def on_github(private: Private) -> Iterator[Counter]:
    def held() -> dict[str, list[str]]:
        return {
            release.tag_name: sorted(asset.name for asset in release.assets)
            for release in private.repository.releases
            if not release.draft
        }

    with proxy(private.environment(), STORE, "--publish-after", QUIET) as server:
        yield Counter(
            server=server,
            token=private.publisher,
            other=private.reader,
            refusal=f"may read {STORE}, but not publish to it",
            status=403,
            held=held,
        )


@pytest.fixture(scope="module")
def in_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    folder = tmp_path_factory.mktemp("folder")
    store = folder / "index"
    store.mkdir()

    def held() -> dict[str, list[str]]:
        return {
            path.name: sorted(each.name for each in path.iterdir())
            for path in store.glob("files/*")
        }

    environment = {**bare_environment(folder), "GHPYPI_SERVE_UPLOAD_PASSWORD": PASSWORD}
    with proxy(environment, store) as server:
        yield Counter(
            server=server,
            token=PASSWORD,
            other="not-the-password-of-this-server",
            refusal="wrong password for index",
            status=401,
            held=held,
        )


@pytest.fixture(scope="module")
def in_bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    folder = tmp_path_factory.mktemp("bucket")
    with moto_server(folder / "log.txt") as moto:
        client = bucket_of(moto)

        def held() -> dict[str, list[str]]:
            return {
                release.tag: sorted(asset.name for asset in release.assets)
                for release in BucketStore(client).releases()
                if not release.draft
            }

        environment = {
            **bare_environment(folder),
            **moto.environment,
            "GHPYPI_SERVE_UPLOAD_PASSWORD": PASSWORD,
        }
        with proxy(environment, client.name) as server:
            yield Counter(
                server=server,
                token=PASSWORD,
                other="not-the-password-of-this-server",
                refusal="wrong password for prefix",
                status=401,
                held=held,
            )


@pytest.fixture(
    params=["on_github", "in_directory", pytest.param("in_bucket", marks=pytest.mark.nightly)]
)
def counter(request: pytest.FixtureRequest) -> Counter:
    found: Counter = request.getfixturevalue(request.param)
    return found


each_uploader = pytest.mark.parametrize("uploader", UPLOADERS, ids=lambda each: each.name)
each_answer = pytest.mark.parametrize(
    "uploader",
    [each if each.name in {"twine", "uv"} else nightly(each) for each in UPLOADERS],
    ids=lambda each: each.name,
)


def built(uploader: Uploader) -> list[str]:
    """Name what a client uploads of its project."""
    name, tag = f"acme_{uploader.name}", "py3-none-any"
    return sorted([f"{name}-1.0-{tag}.whl", f"{name}-1.0.tar.gz"])


@each_uploader
def test_a_client_publishes_and_may_do_so_again(
    counter: Counter, uploader: Uploader, client_tools: Path, tmp_path: Path
) -> None:
    project = uploader.project(tmp_path / "project")
    done = uploader.publish(project, counter.upload(), client_tools)
    seen = counter.seen(uploader)

    assert done.returncode == 0, message_of(done)
    assert seen == built(uploader)

    names = counter.published(f"acme-{uploader.name}-1.0")
    again = uploader.publish(project, counter.upload(), client_tools)

    assert names == sorted([*seen, f"{seen[0]}.metadata"])
    assert again.returncode == 0, message_of(again)
    assert counter.published(f"acme-{uploader.name}-1.0") == names


@each_answer
def test_a_client_says_that_another_file_has_the_name_or_skips_it(
    counter: Counter, uploader: Uploader, client_tools: Path, tmp_path: Path
) -> None:
    name = f"skip_{uploader.name}"
    first = uploader.project(tmp_path / "project", name=name)
    done = uploader.publish(first, counter.upload(), client_tools)

    assert done.returncode == 0, message_of(done)

    other = uploader.project(tmp_path / "other", name=name, text="OTHER = 1\n")
    refused = uploader.publish(other, counter.upload(), client_tools)
    skipped = uploader.publish(other, counter.upload(skip=True), client_tools)

    if uploader.name != "hatch":  # which skips without being asked
        assert refused.returncode != 0
        assert "File already exists" in message_of(refused)
        assert "Published files cannot be replaced: release a new version" in message_of(refused)
    assert uploader.skipped in message_of(skipped)
    assert (skipped.returncode == 0) == (uploader.name in {"poetry", "pdm", "hatch"})


@each_answer
def test_a_client_prints_why_its_user_may_not_publish(
    counter: Counter, uploader: Uploader, client_tools: Path, tmp_path: Path
) -> None:
    project = uploader.project(tmp_path / "project", name=f"other_{uploader.name}")
    done = uploader.publish(project, counter.upload(counter.other), client_tools)

    assert done.returncode != 0
    text = message_of(done)
    reason = counter.refusal if uploader.explains(counter.status) else f"{counter.status} "
    # All these clients have one address, and wrong passwords from it are counted.
    assert reason in text or "429" in text or "too many" in text
    assert f"other-{uploader.name}-1.0" not in counter.held()


@pytest.mark.parametrize(
    "uploader",
    [
        each if each.name in {"twine", "uv"} else nightly(each)
        for each in UPLOADERS
        if not each.builds
    ],
    ids=lambda each: each.name,
)
def test_a_client_prints_what_is_wrong_with_a_file(
    on_github: Counter, uploader: Uploader, client_tools: Path, tmp_path: Path
) -> None:
    name = f"wrong_{uploader.name}"
    _, content = wheel(name, "2.0", "Summary: Built as 2.0, and renamed")
    files = [(f"{name}-1.0-py3-none-any.whl", content)]
    project = uploader.project(tmp_path / "project", name=name, files=files)
    done = uploader.publish(project, on_github.upload(), client_tools)

    assert done.returncode != 0
    if uploader.explains(400):
        assert "this upload was not accepted" in message_of(
            done
        ) or "cannot be uploaded" in message_of(done)
    assert ("'2.0'" if uploader.explains(400) else "400 Bad Request") in message_of(done)


def test_attestations_that_uv_finds_beside_a_file_are_kept_beside_it(
    on_github: Counter, client_tools: Path, tmp_path: Path
) -> None:
    (uploader,) = [each for each in UPLOADERS if each.name == "uv"]
    file = wheel("attested", "1.0", "Summary: Attested")
    made = attestation(file)
    project = uploader.project(tmp_path / "project", name="attested", files=[file])
    beside = project.folder / "dist" / f"{file[0]}.publish.attestation"
    beside.write_text(json.dumps(made), encoding="utf-8")
    done = uploader.publish(project, on_github.upload(), client_tools)
    path = f"files/attested-1.0/{file[0]}.provenance"
    kept = on_github.server.get(path, on_github.token).json()

    assert done.returncode == 0, message_of(done)
    assert kept["attestation_bundles"][0]["attestations"] == [made]
    assert f"{file[0]}.provenance" in on_github.published("attested-1.0")


def test_the_index_is_started_once_for_the_files_of_a_version(
    private: Private, on_github: Counter, client_tools: Path, tmp_path: Path
) -> None:
    uploader = UPLOADERS[0]
    time.sleep(float(QUIET) + 2)
    before = len(private.github.dispatches)
    project = uploader.project(tmp_path / "project", name="acme_once")
    uploader.publish(project, on_github.upload(), client_tools)
    on_github.published("acme-once-1.0")
    time.sleep(3)

    assert len(private.github.dispatches) == before + 1


def test_what_was_just_uploaded_is_installed_by_readers_while_it_waits(
    private: Private, installer: Installer, place: Place, client_tools: Path, tmp_path: Path
) -> None:
    uploader, name = UPLOADERS[1], f"acme_now_{installer.name}"
    with proxy(private.environment(), STORE, "--publish-after", "600") as server:
        project = uploader.project(tmp_path / "project", name=name)
        uploader.publish(project, Upload(root=server.root, token=private.publisher), client_tools)
        normal = name.replace("_", "-")
        done = installer.install(place, server.index(private.reader), normal)
        (draft,) = [x for x in private.repository.releases if x.tag_name == f"{normal}-1.0"]

        assert done.returncode == 0, done.stderr
        assert place.installed() == {normal: "1.0"}
        assert draft.draft
        server.stop()

        assert not draft.draft


def test_no_token_is_in_the_log_or_goes_anywhere_but_to_github(
    private: Private, on_github: Counter
) -> None:
    told = {x.origin for x in private.github.requests if secrets_in(x, private.publisher)}

    assert told <= {"api", "uploads"}
    assert private.publisher not in "".join(on_github.server.lines)


@pytest.mark.parametrize("name", ["uv", "pdm"])
def test_a_job_publishes_with_no_secret(
    private: Private, client_tools: Path, tmp_path: Path, name: str
) -> None:
    (uploader,) = [each for each in UPLOADERS if each.name == name]
    certificate, key = self_signed(tmp_path)
    with issuing() as (issuer, job):
        arguments: list[str | Path] = [
            STORE, "--tls-cert", certificate, "--tls-key", key, "--publish-after", "0.5",
            "--trust", "acme/lib@refs/tags/v*=trusted-*", "--public-url", "https://packages.example/",
            "--oidc-issuer", issuer.url,
        ]  # fmt: skip
        environment = private.environment(GHPYPI_TOKEN=private.publisher)
        with proxy(environment, *arguments) as server:
            url = f"{server.root}legacy/"
            commands: dict[str, list[str | Path]] = {
                "uv": [uv(), "publish", "--publish-url", url, "--trusted-publishing", "always",
                       "--allow-insecure-host", server.root.split("/")[2]],
                "pdm": [
                    tool("pdm", client_tools), "publish", "--no-build", "--repository", url,
                    "--ca-certs", certificate,
                ],
            }  # fmt: skip
            project = uploader.project(tmp_path / "project", name=f"trusted_{name}")
            done = project.run(*commands[name], **job, SSL_CERT_FILE=str(certificate))
            other = uploader.project(tmp_path / "other", name=f"mistrusted_{name}")
            refused = other.run(*commands[name], **job, SSL_CERT_FILE=str(certificate))
            server.stop()
            text = "".join(server.lines)

    assert done.returncode == 0, message_of(done)
    assert refused.returncode != 0
    assert f"not valid for project 'mistrusted-{name}'" in message_of(refused)
    tags = [x.tag_name for x in private.repository.releases if not x.draft]
    assert f"trusted-{name}-1.0" in tags
    assert f"mistrusted-{name}-1.0" not in tags
    assert "ghpypi-upload-" not in text
