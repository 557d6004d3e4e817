"""Real twine, with ghpypi[keyring] installed next to it, gets the token from the keyring."""

import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.installers import Done
from tests.e2e.proxy import STORE, Private, Proxy, private_repository, proxy
from tests.e2e.tools import PINS, Project
from tests.support.packages import wheel, written

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where twine is, in an environment that has what a user installs beside it."""
    folder = tmp_path_factory.mktemp("twine")
    build = ["build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run([sys.executable, "-m", *build], check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=False, symlinks=sys.platform != "win32")
    found = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [sys.executable, "-m", "pip", "--python", str(found / "python")]
    packages = (PINS["twine"], f"{built}[keyring]")
    subprocess.run([*pip, "install", "--quiet", "--no-compile", *packages], check=True)
    return found


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Private]:
    with private_repository(tmp_path_factory.mktemp("private"), wheel()) as made:
        yield made


@pytest.fixture(scope="module")
def served(private: Private) -> Iterator[Proxy]:
    with proxy(private.environment(), STORE, "--publish-after", "0.2") as server:
        yield server


@pytest.fixture
def project(private: Private, tmp_path: Path) -> Project:
    (tmp_path / "project").mkdir()
    addresses = {
        "GITHUB_API_URL": private.github.api_url,
        "GITHUB_SERVER_URL": private.github.server_url,
        "COLUMNS": "1000",
    }
    return Project(folder=tmp_path / "project", environment=addresses)


def upload(project: Project, programs: Path, server: Proxy, name: str, *user: str) -> Done:
    files = written(project.folder / "dist", wheel(name, "1.0"))
    return project.run(
        programs / "twine", "upload", "--non-interactive", "--disable-progress-bar",
        "--repository-url", f"{server.root}legacy/", *user, *files,
    )  # fmt: skip


def signed_in(project: Project, programs: Path, private: Private, *more: str) -> None:
    token = project.folder / "token.txt"
    token.write_text(private.publisher)
    project.do(programs / "ghpypi", "login", "--token-file", token, *more)
    token.unlink()


@pytest.mark.parametrize(
    "user", [[], ["-u", "__token__"], ["-u", "me"]], ids=["no user", "token", "alice"]
)
def test_twine_has_the_token_of_the_server_that_was_named(
    private: Private, served: Proxy, project: Project, programs: Path, user: list[str]
) -> None:
    name = f"kept_{len(user)}{''.join(user[1:]).strip('_')}"
    signed_in(project, programs, private, "--server", served.root)
    done = upload(project, programs, served, name, *user)
    page = served.get(f"simple/{name.replace('_', '-')}/", private.reader)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{name}-1.0-py3-none-any.whl" in page.text
    assert private.publisher not in done.stdout + done.stderr


def test_twine_has_no_token_for_a_server_that_was_not_named(
    private: Private, served: Proxy, project: Project, programs: Path
) -> None:
    signed_in(project, programs, private)
    done = upload(project, programs, served, "not_named", "-u", "__token__")

    assert done.returncode != 0
    assert "Credential not found for password" in done.stdout + done.stderr
    assert served.get("simple/not-named/", private.reader).status_code == 404
