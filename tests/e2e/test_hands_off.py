"""After `ghpypi init` nobody thinks again: whatever publishes a release, it can be installed.

Each test starts from what init wrote, and runs that workflow with the real runner.
"""

import json
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ghpypi.core.workflows import WorkflowOptions, render
from tests.e2e.conftest import signed_in
from tests.e2e.installers import Pip, Place, Uv, bare_environment, run
from tests.e2e.runner import ACTION, SCRIPTS, Runner, actions, tools
from tests.e2e.served import Ghpypi
from tests.emulator import Emulator, shapes
from tests.emulator.faults import Fault
from tests.emulator.gitstore import git_environment
from tests.emulator.release import Release
from tests.emulator.release_shapes import release_json
from tests.emulator.repository import Repository
from tests.support.packages import wheel, written

__all__ = ["actions", "tools"]  # fixtures

STORE = "acme/pypi"
MANY = 10
BOTH = {"pip": {"acme-lib": "1.0"}, "uv": {"acme-lib": "1.0"}}
TAG = {"ref": "refs/tags/v1.0", "created": True}
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "acme-lib"
version = "1.0"
requires-python = ">=3"
"""
LEAK = """
on: [push]
jobs:
  leak:
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ github.token }}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An organization whose index was set up by `ghpypi init`, and nobody since.

    Attributes:
        github: Where it is.
        folder: For whatever else is needed.
        publisher: The token of somebody who may write to the index repository.
        workflow: The token of workflow runs in it.
        runner: Runs its workflows.
    """

    github: Emulator
    folder: Path
    publisher: str
    workflow: str
    runner: Runner

    @property
    def repository(self) -> Repository:
        return self.github.repository(STORE)

    @property
    def ghpypi(self) -> Ghpypi:
        return signed_in(self.github, self.publisher, self.folder)

    def published(self, release: Release) -> dict[str, Any]:
        """Make the payload of the event that a published release fires."""
        return {
            "action": "published",
            "release": json.loads(release_json(release)),
            **self._sender(),
        }

    def dispatched(self) -> dict[str, Any]:
        """Make the payload of the one repository_dispatch that was sent."""
        (dispatch,) = self.github.dispatches

        assert (dispatch.repo, dispatch.event_type) == (STORE, "ghpypi")

        return {
            "action": dispatch.event_type,
            "branch": "main",
            "client_payload": dispatch.client_payload,
            **self._sender(),
        }

    def times_read(self) -> int:
        """Count how often the releases were read."""
        asked = [one.path for one in self.github.requests_to("api") if one.method == "GET"]
        return asked.count(f"/repos/{STORE}/releases")

    def _sender(self) -> dict[str, Any]:
        return {
            "repository": shapes.full_repository(self.repository, None),
            "sender": shapes.simple_user(self.github, self.github.account("publisher")),
        }

    def installs(self, *names: str) -> dict[str, dict[str, str]]:
        """Install from the published index, with each installer; say what was installed."""
        found = {}
        for installer in (Pip(), Uv()):
            place = Place.make(self.folder)
            url = f"{self.github.pages_url}/{STORE}/simple/"
            done = installer.install(place, url, *names)

            assert done.returncode == 0, done.stderr

            found[installer.name] = place.installed()
        return found


@pytest.fixture
def office(actions: Path, tools: Path, tmp_path: Path) -> Iterator[Office]:
    home, workspace = tmp_path / "home", tmp_path / "workspace"
    home.mkdir()
    with Emulator(tmp_path) as github:
        github.add_organization("ghpypi")
        action = github.add_repository(ACTION)
        action.git.set_ref("refs/tags/v0", action.head("main"))
        github.add_organization("acme", owners=["owner"])
        for login in ("publisher", "github-actions[bot]"):
            github.add_user(login)
        owner = github.add_token("owner")
        signed_in(github, owner, tmp_path).do("init", STORE, "--public")
        github.repository(STORE).grant("publisher", "write")
        clone(github.repository(STORE), workspace)

        assert github.dispatches == []

        yield Office(
            github=github,
            folder=tmp_path,
            publisher=github.add_token("publisher"),
            workflow=github.add_token("github-actions[bot]", installation=STORE),
            runner=Runner(
                github=github, workspace=workspace, home=home, actions=actions, tools=tools
            ),
        )
        everything = [
            *github.repository(STORE).files("gh-pages").values(),
            *github.repository(STORE).files("main").values(),
        ]

        assert not [one for one in everything for token in github._tokens if token.encode() in one]


def clone(repository: Repository, folder: Path) -> None:
    url = f"{repository.world.server_url}/{repository.full_name}.git"
    environment = git_environment(folder.parent)
    subprocess.run(["git", "clone", "--quiet", url, str(folder)], env=environment, check=True)


def package(workflow: str) -> dict[str, bytes | str]:
    return {
        "pyproject.toml": PROJECT,
        "acme_lib/__init__.py": "",
        ".github/workflows/publish.yml": workflow,
    }


def test_a_release_published_by_hand_installs(office: Office) -> None:
    release = office.repository.add_release("whatever-i-call-it")
    release.add_asset(*wheel("acme_lib", "1.0"))
    log = office.runner.run("release", office.workflow, office.published(release))

    assert "added: acme_lib-1.0-py3-none-any.whl" in log
    assert office.installs("acme-lib") == BOTH


def test_pages_that_do_not_build_by_themselves_are_built(office: Office) -> None:
    office.github.pages_builds_on_push = False
    release = office.repository.add_release("acme-lib-1.0")
    release.add_asset(*wheel("acme_lib", "1.0"))
    office.runner.run("release", office.workflow, office.published(release))

    assert office.installs("acme-lib") == BOTH


def test_a_release_made_by_gh_installs(office: Office) -> None:
    wheels = written(office.folder / "dist", wheel("acme_lib", "1.0"))
    with https(office) as environment:
        done = run(
            [
                str(SCRIPTS / "gh"), "release", "create", "v1.0", *map(str, wheels),
                "--repo", STORE, "--title", "1.0", "--notes", "It is there.",
            ],
            environment,
        )  # fmt: skip

    assert done.returncode == 0, done.stderr

    release = office.repository.release("v1.0")

    assert release
    assert release.immutable, "as init has set it"
    assert office.github.dispatches == []

    office.runner.run("release", office.workflow, office.published(release))

    assert office.installs("acme-lib") == BOTH


def test_an_upload_with_a_personal_token_installs(office: Office) -> None:
    wheels = written(office.folder / "dist", wheel("acme_lib", "1.0"))
    done = office.ghpypi("upload", *wheels, "--store", STORE)

    assert done.returncode == 0, done.stderr
    assert office.publisher not in done.stdout + done.stderr

    office.runner.run("repository_dispatch", office.workflow, office.dispatched())

    assert office.installs("acme-lib") == BOTH


def test_a_package_that_publishes_itself_with_the_token_of_its_workflow_installs(
    office: Office,
) -> None:
    files = package(render("publish-own", WorkflowOptions()))
    office.repository.commit_files(files)
    office.runner.commit(files)
    office.runner.run("push", office.workflow, TAG)

    release = office.repository.release("v1.0")

    assert release is not None
    assert {one.name for one in release.assets} >= {
        "acme_lib-1.0-py3-none-any.whl",
        "acme_lib-1.0.tar.gz",
    }

    office.runner.run("repository_dispatch", office.workflow, office.dispatched())

    assert office.installs("acme-lib") == BOTH
    assert f"{STORE}/releases/download/v1.0/" in str(
        office.repository.read_file("gh-pages", "simple/acme-lib/index.html")
    )


def test_a_package_that_publishes_to_the_index_of_its_organization_installs(
    office: Office,
) -> None:
    workflow = render("publish", WorkflowOptions(store=STORE))
    repository = office.github.add_repository("acme/lib")
    repository.commit_files(package(workflow))
    workspace = office.folder / "lib"
    clone(repository, workspace)
    runner = replace(office.runner, workspace=workspace, name="acme/lib")
    token = office.github.add_token("github-actions[bot]", installation="acme/lib")
    runner.run("push", token, TAG, GHPYPI_TOKEN=office.publisher)

    assert repository.releases == []

    office.runner.run("repository_dispatch", office.workflow, office.dispatched())

    assert office.installs("acme-lib") == BOTH


def test_ten_releases_with_overlapping_runs_lose_nothing(office: Office) -> None:
    """The runs do not wait for one another, as those of one concurrency group would."""
    repository = office.repository
    before = repository.commits("gh-pages")
    names = [f"lib-{number}" for number in range(MANY)]
    office.github.clear_log()
    # While these wait, the next runs read the branch as it was.
    office.github.faults.add(
        Fault.slow(3, origin="git", method="POST", path="/git-receive-pack$", times=3)
    )
    with ThreadPoolExecutor(MANY) as pool:
        runs: list[Future[str]] = []
        for name in names:
            release = repository.add_release(f"{name}-1.0")
            release.add_asset(*wheel(name.replace("-", "_"), "1.0"))
            read = office.times_read()
            payload = office.published(release)
            runs.append(pool.submit(office.runner.run, "release", office.workflow, payload))
            while office.times_read() == read and not runs[-1].done():
                time.sleep(0.02)
        logs = [one.result() for one in runs]
    commits = repository.commits("gh-pages")
    parents = subprocess.run(
        ["git", "rev-list", "--parents", "gh-pages"],
        cwd=repository.git.path, env=git_environment(office.folder), check=True,
        capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    pushed = {one for log in logs for one in re.findall(r"pages ([0-9a-f]{40})", log)}

    assert any("another run published meanwhile; looking again" in log for log in logs)
    assert len(pushed) > 1
    assert pushed == set(commits) - set(before), "no push is lost"
    assert commits[-len(before) :] == before
    assert sorted(len(line.split()) for line in parents) == [1] + [2] * (len(commits) - 1)
    assert set(office.installs(*names)["uv"]) == set(names)


def test_a_token_in_a_log_would_be_seen(office: Office) -> None:
    office.runner.commit({".github/workflows/leak.yml": LEAK})
    with pytest.raises(AssertionError, match="a token is in the log"):
        office.runner.run("push", office.workflow)


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


@contextmanager
def https(office: Office) -> Iterator[dict[str, str]]:
    """Let `gh`, which speaks nothing else, speak https to the emulator; give its environment."""
    certificate, key = self_signed(office.folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    github = office.github
    plain = (github.server_url, github.api_url, github.uploads_url)
    with TlsFront(context, int(github.server_url.rpartition(":")[2])) as front:
        Thread(target=front.serve_forever, args=(0.05,)).start()
        host = f"127.0.0.1:{front.server_address[1]}"
        urls = [f"https://{host}{url.removeprefix(github.server_url)}" for url in plain]
        github.server_url, github.api_url, github.uploads_url = urls
        try:
            yield {
                **bare_environment(office.folder),
                "GH_HOST": host,
                "GH_ENTERPRISE_TOKEN": office.publisher,
                "SSL_CERT_FILE": str(certificate),
            }
        finally:
            github.server_url, github.api_url, github.uploads_url = plain
            front.shutdown()


class TlsFront(ThreadingTCPServer):
    """Takes TLS off, and passes everything on to a port of this machine."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext, port: int) -> None:
        super().__init__(("127.0.0.1", 0), BaseRequestHandler)
        self._context, self._port = context, port

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection."""
        with (
            suppress(OSError),
            self._context.wrap_socket(request, server_side=True) as client,
            socket.create_connection(("127.0.0.1", self._port)) as server,
        ):
            back = Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
