"""Poetry, PDM, Pipenv and another proxy as clients of `ghpypi serve`, and what they send."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from pypi_simple import ProjectPage, PyPISimple

from tests.e2e.installers import Installer, Pip, Place, bare_environment
from tests.e2e.proxy import STORE, Private, Proxy, private_repository, proxy
from tests.e2e.served import secrets_in
from tests.e2e.tools import Project, tool
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
"""
POETRY = """\
[[tool.poetry.source]]
name = "acme"
url = "{root}simple/"
"""
PDM = """\
[[tool.pdm.source]]
name = "pypi"
url = "{root}simple"
"""
PIPFILE = """\
[[source]]
name = "acme"
url = "{root}simple"
verify_ssl = true
[packages]
acme-app = "*"
"""
BOTH = {"acme_app", "acme_lib"}


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Private]:
    with private_repository(tmp_path_factory.mktemp("private")) as made:
        yield made


@pytest.fixture(scope="module")
def served(private: Private) -> Iterator[Proxy]:
    with proxy(private.environment(), STORE) as made:
        yield made


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    direct = "127.0.0.1,localhost"
    return Project(folder=folder, environment={"no_proxy": direct, "NO_PROXY": direct})


def installed(project: Project) -> set[str]:
    found = project.folder.glob(".venv/lib/python*/site-packages/acme_*.dist-info")
    return {each.name.partition("-")[0] for each in found}


def nothing_leaked(private: Private) -> None:
    told = {x.origin for x in private.github.requests if secrets_in(x, private.reader)}

    assert told == {"api"}
    assert private.github.requests_to("cdn")


def test_poetry_installs(
    private: Private, served: Proxy, project: Project, client_tools: Path
) -> None:
    text = PROJECT + POETRY.format(root=served.root)
    (project.folder / "pyproject.toml").write_text(text)
    project.do(
        tool("poetry", client_tools), "install", "--no-interaction",
        POETRY_HTTP_BASIC_ACME_USERNAME="someone", POETRY_HTTP_BASIC_ACME_PASSWORD=private.reader,
        POETRY_VIRTUALENVS_IN_PROJECT="true", POETRY_KEYRING_ENABLED="false",
    )  # fmt: skip

    assert installed(project) == BOTH
    assert private.reader not in (project.folder / "poetry.lock").read_text()
    nothing_leaked(private)


def test_pdm_installs(
    private: Private, served: Proxy, project: Project, client_tools: Path
) -> None:
    (project.folder / "pyproject.toml").write_text(PROJECT + PDM.format(root=served.root))
    project.do(
        tool("pdm", client_tools), "install",
        PDM_PYPI_USERNAME="someone", PDM_PYPI_PASSWORD=private.reader, PDM_CHECK_UPDATE="0",
        PDM_PYPI_URL=f"{served.root}simple",
    )  # fmt: skip

    assert installed(project) == BOTH
    assert private.reader not in (project.folder / "pdm.lock").read_text()
    nothing_leaked(private)


@pytest.mark.nightly
def test_pipenv_installs(private: Private, project: Project, client_tools: Path) -> None:
    with private.files_on_another_host(), proxy(private.environment(), STORE) as served:
        root = served.root.replace("://", "://someone:${ACME_TOKEN}@")
        (project.folder / "Pipfile").write_text(PIPFILE.format(root=root))
        project.do(
            tool("pipenv", client_tools), "install",
            ACME_TOKEN=private.reader, PIPENV_VENV_IN_PROJECT="1", PIPENV_IGNORE_VIRTUALENVS="1",
        )  # fmt: skip

    assert installed(project) == BOTH
    assert private.reader not in (project.folder / "Pipfile.lock").read_text()
    nothing_leaked(private)


@contextmanager
def chained(program: Path, address: str, home: Path) -> Iterator[str]:
    """Put simple-repository-server in front of an index; yields its address."""
    port = _free_port()
    process = subprocess.Popen(
        [str(program), address, "--host", "127.0.0.1", "--port", str(port)],
        env=bare_environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        root = f"http://127.0.0.1:{port}/simple/"
        _wait_for(root)
        yield root
    finally:
        process.terminate()
        process.wait(HANG_SECONDS)


def test_another_proxy_in_front_gives_the_same(
    private: Private, tmp_path: Path, client_tools: Path, installer: Installer, place: Place
) -> None:
    program = tool("simple-repository-server", client_tools)
    # It asks without credentials, as on a network that is trusted.
    environment = private.environment(GHPYPI_TOKEN=private.reader)
    with (
        proxy(environment, STORE, "--anonymous-read", "--stream") as served,
        chained(program, f"{served.root}simple/", tmp_path) as root,
    ):
        done = installer.install(place, root, "acme-app", "acme_kernels==1.0+cu128")

        assert done.returncode == 0, done.stderr
        assert set(place.installed()) == {"acme-app", "acme-kernels", "acme-lib"}


def test_pypi_simple_reads_every_page_in_both_forms(private: Private, served: Proxy) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.auth = ("someone", private.reader)
        with PyPISimple(f"{served.root}simple/", session=session) as client:
            names = client.get_index_page().projects

            assert names == ["acme-app", "acme-kernels", "acme-lib", "acme-source"]

            for name in names:
                pages = [
                    client.get_project_page(name, accept=accept)
                    for accept in (
                        "application/vnd.pypi.simple.v1+json",
                        "application/vnd.pypi.simple.v1+html",
                        "text/html",
                    )
                ]
                assert len({_facts(page) for page in pages}) == 1
                assert pages[0].packages


def test_simple_repositorys_parser_reads_every_page(
    private: Private, served: Proxy, client_tools: Path
) -> None:
    python = tool("simple-repository-server", client_tools).with_name("python")
    script = """
import json, sys
from simple_repository import parser
page = json.load(sys.stdin)
for kind, text in page.items():
    parse = parser.parse_json_project_page if kind == "json" else parser.parse_html_project_page
    found = parse(text, sys.argv[1]) if kind == "html" else parse(text)
    print(kind, sorted(file.filename for file in found.files))
"""
    for name in ("acme-app", "acme-kernels", "acme-lib", "acme-source"):
        url = f"simple/{name}/"
        json_page = served.get(
            url, private.reader, headers={"Accept": "application/vnd.pypi.simple.v1+json"}
        )
        page = {"json": json_page.text, "html": served.get(url, private.reader).text}
        done = subprocess.run(
            [str(python), "-c", script, name],
            input=json.dumps(page), capture_output=True, text=True, check=False,
        )  # fmt: skip

        assert done.returncode == 0, done.stderr
        files = sorted(each["filename"] for each in json_page.json()["files"])
        assert done.stdout.splitlines() == [f"json {files}", f"html {files}"]


def test_pip_reads_its_password_from_netrc(private: Private, place: Place) -> None:
    (place.root / "home" / ".netrc").write_text(
        f"machine 127.0.0.1 login someone password {private.reader}\n"
    )

    with proxy(private.environment(), STORE, "--stream") as served:
        done = Pip().install(place, f"{served.root}simple/", "acme-app")

    assert done.returncode == 0, done.stderr


def _facts(page: ProjectPage) -> str:
    facts = [
        (x.filename, x.url.partition("#")[0], sorted(x.digests.items()), x.requires_python)
        for x in page.packages
    ]
    return repr((page.project, facts))


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port


def _wait_for(url: str) -> None:
    def answers() -> bool:
        with requests.Session() as session:
            session.trust_env = False
            try:
                session.get(url, timeout=HANG_SECONDS)
            except requests.ConnectionError:
                return False
            return True

    eventually(answers)


def test_the_tools_are_there(client_tools: Path) -> None:
    for name in ("poetry", "pdm", "pipenv"):
        assert shutil.which(tool(name, client_tools)) or os.name == "nt"
