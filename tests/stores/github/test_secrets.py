"""The token is sent to GitHub's API, uploads and git, and appears nowhere else."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ghpypi.core.secret import Secret
from tests.emulator import Emulator, Fault, Request
from tests.stores.github.programs import put_first
from tests.stores.github.scene import Scene
from tests.support.packages import wheel, written
from tests.support.waiting import HANG_SECONDS

PROGRAM = [sys.executable, "-W", "error", "-c", "from ghpypi.__main__ import main; main()"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Everything that can be seen of some runs of the program, failures among them."""

    token: str
    folder: Path
    pages: dict[str, bytes]
    output: list[str] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    @property
    def forms(self) -> list[bytes]:
        """The token, and what it looks like within anything that was made base64."""
        plain = self.token.encode()
        shifted = [base64.b64encode(b"x" * pad + plain)[4:-4] for pad in range(3)]
        return [plain, *shifted]

    def shown_in(self, content: bytes) -> bool:
        return any(form in content for form in self.forms)


def run(scene: Scene, runs: Runs, *arguments: str, token: str = "") -> None:
    """Run the program in its own folder, and keep what is to be seen."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT", "GH"))}
    done = subprocess.run(
        [*PROGRAM, *arguments, "-v", "--store=acme/pypi", f"--api-url={scene.github.api_url}"],
        cwd=runs.folder / "work",
        env={
            **kept,
            "GHPYPI_TOKEN": token or runs.token,
            "HOME": str(runs.folder / "home"),
            "TMPDIR": str(runs.folder / "temporary"),
            # Git writes down what it starts.
            "GIT_TRACE": str(runs.folder / "trace"),
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        capture_output=True,
        check=False,
        text=True,
        timeout=HANG_SECONDS,
    )
    runs.codes.append(done.returncode)
    runs.output.append(done.stdout + done.stderr)
    runs.requests.extend(scene.github.requests)
    scene.github.clear_log()
    scene.github.faults.clear()


def work(scene: Scene, runs: Runs) -> None:
    """Succeed and fail in every way that has to do with the token."""
    upload = ["upload", "--no-rebuild", *map(str, scene.files)]
    faults = scene.github.faults
    faults.add(Fault.status(403, origin="uploads"))
    run(scene, runs, *upload)
    faults.add(Fault.starter_502(origin="uploads"))
    run(scene, runs, *upload, "--max-wait=0")
    run(scene, runs, *upload)
    run(scene, runs, "index")
    scene.repository.private = True
    run(scene, runs, "index", "--full")
    more = scene.repository.add_release("acme-more-1.0")
    more.add_asset(*wheel("acme_more", "1.0"))
    for fault in (
        Fault.status(502, origin="cdn"),
        Fault.status(403, origin="cdn"),
        Fault.reset_before(origin="git"),
        Fault.status(403, origin="git", nth=3),
    ):
        faults.add(fault)
        run(scene, runs, "index", "--max-wait=0")
    run(scene, runs, "index", token=runs.token[:-1] + "!")
    run(scene, runs, "index", "--max-wait=30")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("secrets")
    outside = tmp_path_factory.mktemp("github")
    for name in ("work", "home", "temporary"):
        (folder / name).mkdir()
    entries = "machine 127.0.0.1 login ann password one\ndefault login bob password two\n"
    written(folder / "home", (".netrc", entries.encode()))
    with Emulator(outside) as github, pytest.MonkeyPatch.context() as patch:
        put_first(
            folder / "bin", patch, 'printf "%s\\n" "$0" "$@" >>"$HERE/arguments"\nexec "$REAL" "$@"'
        )
        scene = Scene.set(github, outside)
        runs = Runs(token=scene.token, folder=folder, pages={})
        work(scene, runs)
        runs.pages.update(scene.repository.files("gh-pages"))
        yield runs


def test_the_runs_were_what_they_were_meant_to_be(runs: Runs) -> None:
    assert runs.codes == [4, 7, 0, 0, 0, 7, 7, 7, 4, 4, 0], "\n\n".join(runs.output)
    assert any("more" in path for path in runs.pages)
    assert "POST /repos/acme/pypi/releases -> 201" in "".join(runs.output), "-v tells requests"


def test_the_token_is_in_no_output(runs: Runs) -> None:
    assert [text for text in runs.output if runs.shown_in(text.encode())] == []


def test_no_signature_is_in_any_output(runs: Runs) -> None:
    assert [text for text in runs.output if "sig=" in text] == []


def test_the_token_is_on_no_page(runs: Runs) -> None:
    assert [path for path, page in runs.pages.items() if runs.shown_in(page)] == []


def test_the_token_is_in_no_argument_of_git(runs: Runs) -> None:
    arguments = (runs.folder / "bin" / "arguments").read_bytes()
    trace = (runs.folder / "trace").read_bytes()

    assert b"fetch" in arguments
    assert b"remote-http" in trace
    assert not runs.shown_in(arguments)
    assert not runs.shown_in(trace)


def test_the_token_is_in_no_file(runs: Runs) -> None:
    files = [path for path in runs.folder.rglob("*") if path.is_file()]

    assert [path for path in files if runs.shown_in(path.read_bytes())] == []


def test_no_file_is_left_behind(runs: Runs) -> None:
    assert list((runs.folder / "temporary").iterdir()) == []
    assert [path.name for path in (runs.folder / "home").iterdir()] == [".netrc"]
    assert list((runs.folder / "work").iterdir()) == []


def test_the_token_goes_to_the_api_to_uploads_and_to_git_alone(runs: Runs) -> None:
    seen = {
        each.origin
        for each in runs.requests
        if runs.shown_in(f"{each.target} {each.headers}".encode() + each.body)
    }

    assert seen == {"api", "uploads", "git"}
    assert {"web", "cdn"} <= {each.origin for each in runs.requests}


def test_the_token_is_in_no_address(runs: Runs) -> None:
    assert [each for each in runs.requests if runs.shown_in(each.target.encode())] == []


def test_nothing_else_is_ever_sent_as_authorization(runs: Runs) -> None:
    """What `.netrc` holds, for one."""
    other = [
        each
        for each in runs.requests
        if "authorization" in each.headers
        and not runs.shown_in(each.headers["authorization"].encode())
    ]

    # One run had a wrong token, on purpose.
    assert len(other) == 1
    assert other[0].status == 401
    assert other[0].origin == "api"


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret("hidden")

    assert "hidden" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "hidden"
