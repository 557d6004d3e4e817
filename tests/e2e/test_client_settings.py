"""Installers accept the settings that ghpypi wrote, and take what was said from where it was said.

Nothing but this machine can be reached, so whatever they install is from the index.
"""

import json
import os
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.served import Ghpypi
from tests.e2e.tools import Project, tool, uv
from tests.support.folder_server import FolderServer, serving
from tests.support.guarded_server import GuardedServer, guarding
from tests.support.packages import wheel, written

TOKEN = "ghp_of_somebody"
PYPROJECT = """\
[project]
name = "demo"
version = "0.1"  # for now
requires-python = ">=3.11"
dependencies = ["acme-app", "acme_lib>=1"]

# nothing is built
[tool.poetry]
package-mode = false
"""
BOTH = {"acme-app", "acme-lib"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    app = wheel("acme_app", "2.0", "Requires-Dist: acme-lib")
    suite = wheel("acme_suite", "2.0", "Requires-Dist: acme-lib\nRequires-Dist: wanted")
    files = written(folder / "dist", wheel("acme_lib", "1.0"), wheel("acme_lib", "1.1"), app, suite)
    Ghpypi(home=folder, environment={}).do("upload", *files, "--store", folder / "index")
    return folder / "index"


@pytest.fixture(scope="module")
def index(store: Path) -> Iterator[FolderServer]:
    with serving(store) as server:
        yield server


@pytest.fixture
def guard(store: Path) -> Iterator[GuardedServer]:
    with guarding(store, TOKEN) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PYPROJECT)
    return Project(folder=folder, environment={"GHPYPI_CONFIG_DIR": str(tmp_path / "kept")})


def ghpypi() -> str:
    found = shutil.which("ghpypi", path=str(Path(sys.executable).parent))

    assert found

    return found


def settle(project: Project, index: FolderServer, *arguments: str) -> None:
    """Write the settings for the open index."""
    config = project.folder.parent / "index.toml"
    config.write_text(f'store = "{index.folder}"\n[index]\nurl = "{index.address}"\n')
    project.do(ghpypi(), "client", *arguments, "--write", "--name", "acme", "--config", config)


def installed(python: Path) -> set[str]:
    """Return which packages of the index are installed in an environment."""
    place = python.parents[1]
    found = place.glob("lib/python*/site-packages/acme_*.dist-info")
    return {each.name.partition("-")[0].replace("_", "-") for each in found}


def environment_of(project: Project) -> Path:
    return project.folder / ".venv" / "bin" / "python"


def test_pip_installs_with_its_file_and_no_arguments(
    project: Project, index: FolderServer, tmp_path: Path
) -> None:
    conf = tmp_path / "pip.conf"
    settle(project, index, "pip", "--complete", "--file", str(conf))
    project.do(uv(), "venv", "--no-config", project.folder / ".venv")
    project.do(
        sys.executable, "-m", "pip", "--python", environment_of(project), "install", "acme-app",
        PIP_CONFIG_FILE=str(conf),
    )  # fmt: skip

    assert installed(environment_of(project)) == BOTH


def test_uv_syncs_a_project_whose_packages_are_tied(project: Project, index: FolderServer) -> None:
    settle(project, index, "uv", "acme-app", "acme-lib")
    project.do(uv(), "sync", "--no-progress", "--no-python-downloads")

    assert installed(environment_of(project)) == BOTH
    assert f'registry = "{index.address}simple/"' in (project.folder / "uv.lock").read_text()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FolderServer]:
    """A public index with a package that is needed, and traps under the names of the index."""
    folder = tmp_path_factory.mktemp("hostile")
    files = written(
        folder / "dist",
        wheel("wanted", "1.0"),
        wheel("acme_lib", "99.0"),
        wheel("acme_suite", "99.0"),
    )
    Ghpypi(home=folder, environment={}).do("upload", *files, "--store", folder / "index")
    with serving(folder / "index") as server:
        yield server


def need(project: Project, name: str) -> None:
    """Make a package the only dependency of a project."""
    pyproject = project.folder / "pyproject.toml"
    pyproject.write_text(PYPROJECT.replace('"acme-app", "acme_lib>=1"', f'"{name}"'))


def locked(text: str) -> dict[str, str]:
    """Read names and versions from the lock file of uv, Poetry or PDM."""
    return {each["name"]: each["version"] for each in tomllib.loads(text)["package"]}


OURS = {"acme-suite": "2.0", "acme-lib": "1.1", "wanted": "1.0"}


def test_uv_takes_what_our_packages_need_from_us_though_the_public_index_has_more(
    project: Project, index: FolderServer, hostile: FolderServer
) -> None:
    need(project, "acme-suite")
    settle(project, index, "uv", "acme-suite")
    project.do(uv(), "lock", "--no-python-downloads", UV_DEFAULT_INDEX=f"{hostile.address}simple/")

    assert OURS.items() <= locked((project.folder / "uv.lock").read_text()).items()


def test_uv_without_a_project_takes_the_same(
    project: Project, index: FolderServer, hostile: FolderServer
) -> None:
    python = environment_of(project)
    project.do(uv(), "venv", "--no-config", project.folder / ".venv")
    project.do(
        uv(), "pip", "install", "--no-config", "--python", python, "acme-suite",
        "--index", f"{index.address}simple/", "--default-index", f"{hostile.address}simple/",
    )  # fmt: skip

    assert list(project.folder.glob(".venv/lib/python*/site-packages/acme_lib-1.1.dist-info"))


@pytest.mark.nightly
def test_poetry_takes_what_our_packages_need_from_us_though_the_public_index_has_more(
    project: Project, index: FolderServer, hostile: FolderServer, client_tools: Path
) -> None:
    need(project, "acme-suite")
    settle(project, index, "poetry", "acme-suite")
    pyproject = project.folder / "pyproject.toml"
    poetry = tool("poetry", client_tools)

    assert 'name = "PyPI"' in pyproject.read_text()
    assert "All set!" in project.do(poetry, "check")

    # Poetry knows the address of PyPI by heart; another source of that priority is treated alike.
    public = f'name = "public"\nurl = "{hostile.address}simple/"'
    pyproject.write_text(pyproject.read_text().replace('name = "PyPI"', public))
    project.do(poetry, "lock", "--no-interaction")

    assert locked((project.folder / "poetry.lock").read_text()) == OURS


@pytest.mark.nightly
def test_pdm_takes_what_our_packages_need_from_us_though_the_public_index_has_more(
    project: Project, index: FolderServer, hostile: FolderServer, client_tools: Path
) -> None:
    need(project, "acme-suite")
    settle(project, index, "pdm", "acme-suite")
    project.do(
        tool("pdm", client_tools), "lock", PDM_CHECK_UPDATE="0",
        PDM_PYPI_URL=f"{hostile.address}simple",
    )  # fmt: skip

    assert locked((project.folder / "pdm.lock").read_text()) == OURS


@pytest.mark.nightly
def test_pipenv_takes_what_our_packages_need_from_us_though_the_public_index_has_more(
    project: Project, index: FolderServer, hostile: FolderServer, client_tools: Path
) -> None:
    pipfile = project.folder / "Pipfile"
    pipfile.write_text(
        f'[[source]]\nname = "public"\nurl = "{hostile.address}simple"\nverify_ssl = false\n'
        '[packages]\nacme-suite = "*"\nacme-lib = "*"\n'
    )
    settle(project, index, "pipenv", "acme-suite")
    settings = {"PIPENV_VENV_IN_PROJECT": "1", "PIPENV_IGNORE_VIRTUALENVS": "1"}
    project.do(tool("pipenv", client_tools), "lock", **settings)
    found = json.loads((project.folder / "Pipfile.lock").read_text())["default"]

    assert {name: each["version"].removeprefix("==") for name, each in found.items()} == OURS


def test_pip_takes_packages_from_us_and_what_they_need_from_the_public_index(
    project: Project, index: FolderServer, hostile: FolderServer
) -> None:
    project.do(uv(), "venv", "--no-config", project.folder / ".venv")
    pip = (sys.executable, "-m", "pip", "--python", environment_of(project), "install")
    names = ("acme-suite", "acme-lib")
    project.do(*pip, "--index-url", f"{index.address}simple/", "--no-deps", *names)
    project.do(*pip, "--index-url", f"{hostile.address}simple/", *names)
    found = project.folder.glob(".venv/lib/python*/site-packages/*.dist-info")

    assert {f"{name.replace('-', '_')}-{version}.dist-info" for name, version in OURS.items()} == {
        each.name for each in found
    }


def test_poetry_installs_a_project_whose_packages_are_tied(
    project: Project, index: FolderServer, client_tools: Path
) -> None:
    poetry = tool("poetry", client_tools)
    settle(project, index, "poetry", "acme-app", "acme-lib")

    assert "All set!" in project.do(poetry, "check")

    project.do(poetry, "install", "--no-interaction", POETRY_VIRTUALENVS_IN_PROJECT="true")
    assert installed(environment_of(project)) == BOTH
    assert 'reference = "acme"' in (project.folder / "poetry.lock").read_text()
    before = (project.folder / "pyproject.toml").read_text()
    settle(project, index, "poetry", "acme-app", "acme-lib")
    assert (project.folder / "pyproject.toml").read_text() == before


def test_pdm_installs_what_matches_a_pattern(
    project: Project, index: FolderServer, client_tools: Path
) -> None:
    settle(project, index, "pdm", "acme-*")
    project.do(tool("pdm", client_tools), "install", "--no-self", PDM_CHECK_UPDATE="0")

    assert installed(environment_of(project)) == BOTH


@pytest.mark.nightly
def test_pipenv_installs_what_is_tied(
    project: Project, index: FolderServer, client_tools: Path
) -> None:
    pipfile = project.folder / "Pipfile"
    pipfile.write_text('[packages]\nacme-app = "*"  # all\nacme_lib = "==1.0"\n')
    settle(project, index, "pipenv", "acme-app", "acme-lib")
    settings = {"PIPENV_VENV_IN_PROJECT": "1", "PIPENV_IGNORE_VIRTUALENVS": "1"}
    project.do(tool("pipenv", client_tools), "install", **settings)

    assert "# all" in pipfile.read_text()
    assert installed(environment_of(project)) == BOTH
    assert list(project.folder.glob(".venv/lib/python*/site-packages/acme_lib-1.0.dist-info"))


@pytest.fixture
def signed_in(project: Project, tmp_path: Path) -> Project:
    """A user who has a token and the program `keyring`, and trusts no server yet."""
    programs = tmp_path / "programs"
    programs.mkdir()
    name = "keyring.exe" if os.name == "nt" else "keyring"
    (programs / name).symlink_to(Path(sys.executable).with_name(name))
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    more = {"PATH": path, "GHPYPI_TOKEN": TOKEN, "NO_PROXY": "127.0.0.1"}
    return Project(folder=project.folder, environment={**project.environment, **more})


def settle_private(project: Project, guard: GuardedServer, *arguments: str) -> None:
    url = f"{guard.address}simple/"
    project.do(ghpypi(), "client", *arguments, "--write", "--name", "acme", "--url", url)

    assert TOKEN not in "".join(
        each.read_text() for each in project.folder.parent.rglob("*") if each.is_file()
    )


def pip_install(project: Project, conf: Path) -> int:
    project.do(uv(), "venv", "--no-config", "--allow-existing", project.folder / ".venv")
    python = environment_of(project)
    return project.run(
        sys.executable, "-m", "pip", "--python", python, "install", "--no-input", "acme-app",
        PIP_CONFIG_FILE=str(conf),
    ).returncode  # fmt: skip


def test_pip_has_the_token_of_a_private_index_from_the_keyring(
    signed_in: Project, guard: GuardedServer, tmp_path: Path
) -> None:
    conf = tmp_path / "pip.conf"
    settle_private(signed_in, guard, "pip", "--complete", "--file", str(conf))

    assert pip_install(signed_in, conf) == 0
    assert installed(environment_of(signed_in)) == BOTH
    assert set(guard.passwords) == {TOKEN}


def test_uv_has_the_token_of_a_private_index_from_the_keyring(
    signed_in: Project, guard: GuardedServer
) -> None:
    settle_private(signed_in, guard, "uv", "acme-app", "acme-lib")
    signed_in.do(uv(), "sync", "--no-progress", "--no-python-downloads")

    assert installed(environment_of(signed_in)) == BOTH
    assert set(guard.passwords) == {TOKEN}
    assert TOKEN not in (signed_in.folder / "uv.lock").read_text()


def test_poetry_has_the_token_of_a_private_index_from_the_keyring_beside_it(
    signed_in: Project, guard: GuardedServer, client_tools: Path, tmp_path: Path
) -> None:
    settle_private(signed_in, guard, "poetry", "acme-app", "acme-lib")
    beside = tmp_path / "beside" / "ghpypi-0.dist-info"
    beside.mkdir(parents=True)
    (beside / "METADATA").write_text("Metadata-Version: 2.1\nName: ghpypi\nVersion: 0\n")
    (beside / "entry_points.txt").write_text(
        "[keyring.backends]\nghpypi = ghpypi.keyring_backend\n"
    )
    source = Path(__file__).parents[2]
    signed_in.do(
        tool("poetry", client_tools), "install", "--no-interaction",
        POETRY_VIRTUALENVS_IN_PROJECT="true",
        PYTHONPATH=f"{beside.parent}{os.pathsep}{source}",
    )  # fmt: skip

    assert installed(environment_of(signed_in)) == BOTH
    assert set(guard.passwords) == {TOKEN}


@pytest.mark.nightly
def test_pdm_has_the_token_of_a_private_index_from_the_keyring(
    signed_in: Project, guard: GuardedServer, client_tools: Path
) -> None:
    settle_private(signed_in, guard, "pdm", "acme-*")
    signed_in.do(tool("pdm", client_tools), "install", "--no-self", PDM_CHECK_UPDATE="0")

    assert installed(environment_of(signed_in)) == BOTH
    assert set(guard.passwords) == {TOKEN}


@pytest.mark.nightly
def test_pipenv_has_the_token_of_a_private_index_from_the_keyring(
    signed_in: Project, guard: GuardedServer, client_tools: Path
) -> None:
    (signed_in.folder / "Pipfile").write_text('[packages]\nacme-app = "*"\nacme-lib = "*"\n')
    settle_private(signed_in, guard, "pipenv", "acme-app", "acme-lib")
    settings = {"PIPENV_VENV_IN_PROJECT": "1", "PIPENV_IGNORE_VIRTUALENVS": "1"}
    signed_in.do(
        tool("pipenv", client_tools), "install", PIPENV_KEYRING_PROVIDER="subprocess", **settings
    )

    assert installed(environment_of(signed_in)) == BOTH
    assert set(guard.passwords) == {TOKEN}


def test_a_server_that_was_not_named_gets_no_token(
    signed_in: Project, guard: GuardedServer, store: Path, tmp_path: Path
) -> None:
    conf = tmp_path / "pip.conf"
    settle_private(signed_in, guard, "pip", "--complete", "--file", str(conf))
    with guarding(store, TOKEN) as other:
        conf.write_text(conf.read_text().replace(guard.address, other.address))

        assert pip_install(signed_in, conf) != 0

    assert other.refused
    assert other.passwords == []
    assert guard.passwords == []
