"""`ghpypi run -- COMMAND`, with the real installers inside it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ghpypi.core.clients.run_environment import default_port
from tests.e2e.installers import Place, bare_environment
from tests.e2e.proxy import STORE, Private, private_repository
from tests.e2e.served import secrets_in
from tests.e2e.tools import Project, tool, uv
from tests.support.folder_server import serving
from tests.support.nightly import nightly
from tests.support.packages import wheel, written
from tests.support.waiting import HANG_SECONDS, eventually

PROJECT = """\
[project]
name = "demo"
version = "0.1"
requires-python = ">=3.11"
dependencies = ["acme-app"]
[tool.poetry]
package-mode = false
[tool.pdm]
distribution = false
[tool.uv]
package = false
"""
PIPFILE = """\
[[source]]
name = "pypi"
url = "https://pypi.org/simple"
verify_ssl = true
[packages]
acme-app = "*"
"""
BOTH = {"acme_app", "acme_lib"}
SHOW = (sys.executable, "-c", "import os; print(os.environ['PDM_PYPI_URL'])")


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Private]:
    with private_repository(tmp_path_factory.mktemp("private")) as made:
        yield made


@pytest.fixture
def project(private: Private, tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PROJECT)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    direct = "127.0.0.1,localhost"
    environment = private.environment(
        GHPYPI_TOKEN=private.reader,
        GHPYPI_STORE=STORE,
        no_proxy=direct,
        NO_PROXY=direct,
        TMPDIR=str(tmp_path),
        GHPYPI_RUN_PORT=str(free_port()),  # other tests run at the same time
    )
    return Project(folder=folder, environment=environment)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        port: int = opened.getsockname()[1]
        return port


def ghpypi() -> str:
    found = shutil.which("ghpypi", path=str(Path(sys.executable).parent))

    assert found

    return found


def installed(project: Project) -> set[str]:
    found = project.folder.glob(".venv/lib/python*/site-packages/acme_*.dist-info")
    return {each.name.partition("-")[0] for each in found}


def run(project: Project, *command: str | Path, **more: str) -> str:
    return project.do(ghpypi(), "run", "--no-upstream", "--", *command, **more)


def test_pip(project: Project) -> None:
    python = project.folder / ".venv" / "bin" / "python"
    run(project, sys.executable, "-m", "pip", "--python", python, "install", "acme-app")

    assert installed(project) == BOTH


def test_pip_gets_no_file_without_provenance_where_it_is_required(project: Project) -> None:
    python = project.folder / ".venv" / "bin" / "python"
    command = [
        ghpypi(), "run", "--require-provenance", "--", sys.executable, "-m", "pip", "--python",
        str(python), "install", "acme-app",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=project.folder, env=project.environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert "no file of acme-app has provenance (--require-provenance)" in done.stderr
    assert installed(project) == set()


@pytest.mark.parametrize(
    ("option", "shown"),
    [([], ""), (["--keep-token"], " GH_ENTERPRISE_TOKEN GH_TOKEN GITHUB_TOKEN")],
    ids=["usual", "asked for"],
)
def test_the_command_gets_tokens_only_if_that_was_asked_for(
    project: Project, private: Private, option: list[str], shown: str
) -> None:
    show = "import os; print('tokens:', *sorted(x for x in os.environ if x.endswith('_TOKEN')))"
    tokens = dict.fromkeys(("GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN"), private.reader)
    out = project.do(
        ghpypi(), "run", *option, "--no-upstream", "--", sys.executable, "-c", show, **tokens
    )  # fmt: skip

    assert f"tokens:{shown}\n" in out


def test_uv(project: Project) -> None:
    run(project, uv(), "sync", "--no-progress", "--no-python-downloads")

    assert installed(project) == BOTH


def test_the_port_is_that_of_the_store_so_that_uv_finds_what_it_locked(project: Project) -> None:
    project = replace(project, environment={**project.environment, "GHPYPI_RUN_PORT": ""})
    address = f"http://127.0.0.1:{default_port(STORE)}/simple"
    run(project, uv(), "lock", "--no-python-downloads")
    lock = (project.folder / "uv.lock").read_text()
    run(project, uv(), "sync", "--locked", "--no-python-downloads")

    assert installed(project) == BOTH
    assert f'"{address}/"' in lock
    assert "@" not in lock  # nor the password

    with socket.create_server(("127.0.0.1", default_port(STORE))):
        told = run(project, *SHOW)

    assert address not in told
    assert "http://127.0.0.1:" in told
    assert "using another port, which uv writes to its lock file" in told


def test_a_port_can_be_chosen(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(AssertionError, match=f"port {port}: Address already in use"):
            run(project, *SHOW, GHPYPI_RUN_PORT=port)

    assert f"http://127.0.0.1:{port}/" in run(project, *SHOW, GHPYPI_RUN_PORT=port)


def test_poetry(project: Project, client_tools: Path) -> None:
    run(
        project, tool("poetry", client_tools), "install", "--no-interaction",
        POETRY_VIRTUALENVS_IN_PROJECT="true",
    )  # fmt: skip
    lock = (project.folder / "poetry.lock").read_text()

    assert installed(project) == BOTH
    assert "127.0.0.1" not in lock  # the next run has another port

    shutil.rmtree(project.folder / ".venv")
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", project.folder / ".venv"], check=True
    )
    run(
        project, tool("poetry", client_tools), "sync", "--no-interaction",
        POETRY_VIRTUALENVS_IN_PROJECT="true",
    )  # fmt: skip
    assert installed(project) == BOTH


@pytest.mark.nightly
def test_pdm(project: Project, client_tools: Path) -> None:
    run(project, tool("pdm", client_tools), "install", PDM_CHECK_UPDATE="0")

    assert installed(project) == BOTH


@pytest.mark.parametrize(
    "pipfile",
    [nightly(PIPFILE), nightly(None)],
    ids=["with a Pipfile", "without"],
)
def test_pipenv(
    private: Private, project: Project, client_tools: Path, pipfile: str | None
) -> None:
    if pipfile:
        (project.folder / "Pipfile").write_text(pipfile)
    packages = [] if pipfile else ["acme-app"]
    (project.folder / "pyproject.toml").unlink()
    with private.files_on_another_host():
        run(
            project, tool("pipenv", client_tools), "install", *packages,
            PIPENV_VENV_IN_PROJECT="1", PIPENV_IGNORE_VIRTUALENVS="1",
        )  # fmt: skip

    assert installed(project) == BOTH
    for name in ("Pipfile", "Pipfile.lock"):
        text = (project.folder / name).read_text()
        assert "https://pypi.org/simple" in text
        assert "127.0.0.1" not in text
        assert "ghpypi" not in text


def test_the_token_goes_to_the_api_alone_and_the_password_to_the_command_alone(
    private: Private, project: Project, tmp_path: Path
) -> None:
    private.github.clear_log()
    told = run(project, "sh", "-c", "env; sleep 0.2; ps -eo args || true")
    python = project.folder / ".venv" / "bin" / "python"
    run(project, sys.executable, "-m", "pip", "--python", python, "install", "acme-app")

    (line,) = [x for x in told.splitlines() if x.startswith("PIP_INDEX_URL=")]
    password = line.partition("://ghpypi:")[2].partition("@")[0]
    assert len(password) > 30
    assert password not in told.rpartition("COMMAND")[2]
    assert private.reader not in told  # neither in the environment nor among the processes
    origins = {x.origin for x in private.github.requests if secrets_in(x, private.reader)}
    assert origins == {"api"}
    assert password not in repr(private.github.requests)


def test_nothing_is_left_behind(project: Project, tmp_path: Path) -> None:
    before = {*tmp_path.rglob("*")}
    told = run(project, "sh", "-c", 'echo "$PIP_INDEX_URL $PYTHONPATH"')
    address = told.split("@")[1].split("/")[0]
    after = {*tmp_path.rglob("*")} - {project.home}

    assert "ghpypi-run-" in told
    assert after - before == set()
    host, _, port = address.partition(":")
    done = subprocess.run(
        [sys.executable, "-c", f"import socket; socket.create_connection(('{host}', {port}), 2)"],
        check=False,
        capture_output=True,
    )
    assert done.returncode != 0


def test_other_users_of_the_machine_get_nothing(project: Project) -> None:
    script = (
        "import os, urllib.request, urllib.error\n"
        "url = 'http://' + os.environ['PIP_INDEX_URL'].split('@')[1]\n"
        "try: print(urllib.request.urlopen(url).status)\n"
        "except urllib.error.HTTPError as error: print(error.code)\n"
    )

    assert run(project, sys.executable, "-c", script).split() == ["401"]


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143)])
def test_the_exit_code_is_passed_on(project: Project, script: str, code: int) -> None:
    done = project.run(ghpypi(), "run", "--", "sh", "-c", script)

    assert done.returncode == code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_are_passed_on(project: Project, number: signal.Signals) -> None:
    script = f"trap 'echo got it; exit 9' {number.value}; echo ready; while :; do sleep 0.1; done"
    environment = {**bare_environment(project.home), **project.environment}
    project.home.mkdir()
    with subprocess.Popen(
        [ghpypi(), "run", "--", "sh", "-c", script],
        env=environment, cwd=project.folder, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
        text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)

        assert process.stdout.read() == "got it\n"
    assert process.returncode == 9


def test_the_proxy_stays_up_for_other_commands_when_detached(
    project: Project, place: Place
) -> None:
    token = project.environment["GHPYPI_TOKEN"]
    told = subprocess.run(
        [ghpypi(), "run", "--detach", "--no-upstream", "--token", token],
        env={**project.environment, "GHPYPI_TOKEN": "", "GITHUB_ACTIONS": "true"},
        cwd=project.folder,
        check=True, capture_output=True, text=True, timeout=HANG_SECONDS,
    )  # fmt: skip
    lines = dict(line.split("=", 1) for line in told.stdout.splitlines())
    number = int(lines.pop("GHPYPI_RUN_PID"))
    try:
        assert f"::add-mask::{lines['PDM_PYPI_PASSWORD']}" in told.stderr
        assert token not in Path(f"/proc/{number}/cmdline").read_text()
        assert lines.keys() >= {"PIP_INDEX_URL", "UV_DEFAULT_INDEX", "PYTHONPATH"}
        project.do(uv(), "pip", "install", "--python", place.python, "acme-app", **lines)
    finally:
        os.kill(number, signal.SIGTERM)

    assert place.installed() == {"acme-app": "1.0", "acme-lib": "1.1"}
    eventually(lambda: not Path(lines["PYTHONPATH"]).exists())


def test_what_keeps_a_detached_proxy_from_starting_is_reported(
    private: Private, project: Project
) -> None:
    stranger = private.github.add_token("stranger")
    done = project.run(ghpypi(), "run", "--detach", GHPYPI_TOKEN=stranger)

    assert (done.returncode, done.stdout) == (5, "")
    assert STORE in done.stderr


def test_either_a_command_or_none(project: Project) -> None:
    for arguments in ([], ["--detach", "--", "sh"]):
        done = project.run(ghpypi(), "run", *arguments)

        assert done.returncode == 2


def test_a_command_that_is_not_there_is_reported(project: Project) -> None:
    done = project.run(ghpypi(), "run", "--", "no-such-command")

    assert done.returncode == 5
    assert "no-such-command" in done.stderr


def test_a_user_without_rights_gets_an_error_before_the_command_begins(
    private: Private, project: Project
) -> None:
    stranger = private.github.add_token("stranger")
    done = project.run(ghpypi(), "run", "--", "sh", "-c", "echo begun", GHPYPI_TOKEN=stranger)

    assert done.returncode == 5
    assert STORE in done.stderr
    assert "begun" not in done.stdout


def test_the_public_index_comes_after_the_own_index_and_never_before_it(
    project: Project, tmp_path: Path, place: Place
) -> None:
    public = tmp_path / "public"
    files = written(tmp_path / "dist", wheel("public_lib", "1.0"), wheel("acme_lib", "99.0"))
    environment = bare_environment(tmp_path)
    subprocess.run(
        [ghpypi(), "upload", *map(str, files), "--store", str(public)],
        env=environment, check=True, capture_output=True,
    )  # fmt: skip
    with serving(public) as index:
        project.do(
            ghpypi(), "run", "--upstream", f"{index.address}simple", "--",
            uv(), "pip", "install", "--python", place.python, "acme-app", "public-lib",
        )  # fmt: skip

    assert place.installed() == {"acme-app": "1.0", "acme-lib": "1.1", "public-lib": "1.0"}


def test_other_indexes_of_the_environment_do_not_count(project: Project) -> None:
    done = project.run(
        ghpypi(), "run", "--", "sh", "-c", "env",
        PIP_EXTRA_INDEX_URL="http://127.0.0.1:9/simple/", UV_INDEX="http://127.0.0.1:9/simple/",
    )  # fmt: skip

    assert "127.0.0.1:9/simple" not in done.stdout
    assert "PIP_EXTRA_INDEX_URL, UV_INDEX are ignored for this command" in done.stderr


def test_what_pips_file_says_of_other_indexes_does_not_count(
    project: Project, tmp_path: Path
) -> None:
    other, conf = tmp_path / "other", tmp_path / "pip.conf"
    files = written(tmp_path / "dist", wheel("acme_lib", "99.0"))
    subprocess.run(
        [ghpypi(), "upload", *map(str, files), "--store", str(other)],
        env=bare_environment(tmp_path), check=True, capture_output=True,
    )  # fmt: skip
    python = project.folder / ".venv" / "bin" / "python"
    with serving(other) as index:
        conf.write_text(f"[global]\nextra-index-url = {index.address}simple/\n")
        run(
            project, sys.executable, "-m", "pip", "--python", python, "install", "acme-app",
            PIP_CONFIG_FILE=str(conf),
        )  # fmt: skip

        assert index.visits == []
    assert installed(project) == BOTH


@pytest.mark.parametrize(
    "address", ["pypi.org", "ftp://127.0.0.1/", "https://me:secret@127.0.0.1/"]
)
def test_an_invalid_upstream_index_is_refused(project: Project, address: str) -> None:
    done = project.run(ghpypi(), "run", "--upstream", address, "--", "sh", "-c", "echo begun")

    assert (done.returncode, done.stdout) == (2, "")
    assert "secret" not in done.stderr


def test_what_uv_locked_stays_true_when_a_folder_is_moved_and_its_path_is_written_otherwise(
    project: Project, tmp_path: Path
) -> None:
    """The addresses in a lock file say nothing of where the folder is."""
    for name in ("acme_app", "acme_lib"):
        requires = "Requires-Dist: acme-lib" if name == "acme_app" else ""
        written(tmp_path / "dist", wheel(name, "1.0", requires))
    old, new = tmp_path / "here" / "index", tmp_path / "there" / "index"
    project = replace(project, environment={**project.environment, "GHPYPI_STORE": ""})
    project.do(ghpypi(), "upload", "../dist", "--store", "../here/index")
    run(project, uv(), "lock", "--no-python-downloads", GHPYPI_STORE="../here/index")
    lock = (project.folder / "uv.lock").read_text()
    new.parent.mkdir()
    old.rename(new)
    (tmp_path / "link").symlink_to(new)

    for store in (str(new), "../there/index", "../link"):
        shutil.rmtree(project.folder / ".venv")
        run(project, uv(), "sync", "--locked", "--no-cache", "--no-python-downloads",
            GHPYPI_STORE=store)  # fmt: skip
        assert installed(project) == BOTH

    assert (project.folder / "uv.lock").read_text() == lock
    assert "here" not in lock
    assert ".." not in lock
