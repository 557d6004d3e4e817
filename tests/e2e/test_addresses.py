"""Moving an index that others wrote to ghpypi: what users have written down goes on to work."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ghpypi.stores.directory.store import DirectoryStore
from tests.e2e.conftest import signed_in
from tests.e2e.installers import Installer, Pip, Place, Uv
from tests.e2e.served import Ghpypi
from tests.e2e.tools import Project, uv
from tests.emulator import Emulator
from tests.support.folder_server import FolderServer, serving
from tests.support.packages import publish_files, wheel

CUDA = wheel("kernels", "1.0+cu128")
OTHER = wheel("kernels", "1.0+rocm6.3")

CONFIG = """
[index]
path = "whl/{index}/"
find-links = "{index}_torch280"

[variants]
"""

PROJECT = """\
[project]
name = "user"
version = "0"
requires-python = ">=3.10"
dependencies = ["kernels"]

[tool.uv.sources]
kernels = {{ index = "publisher" }}

[[tool.uv.index]]
name = "publisher"
url = "{}whl/cu128"
explicit = true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An index at the addresses of the former one, and a project that was locked before."""

    server: FolderServer
    user: Project


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    root = tmp_path_factory.mktemp("moved")
    store, project = root / "store", root / "user"
    publish_files(DirectoryStore(store), [CUDA, OTHER], "v1.0")
    project.mkdir()
    page = store / "whl/cu128/kernels/index.html"
    page.parent.mkdir(parents=True)
    with serving(store) as server:
        page.write_text(f'<a href="../../../files/v1.0/{CUDA[0]}">{CUDA[0]}</a>')
        (project / "pyproject.toml").write_text(PROJECT.format(server.address))
        user = Project(folder=project)
        user.do(uv(), "lock")
        (store / "ghpypi.toml").write_text(CONFIG)
        Ghpypi(home=root, environment={}).do("index", "--store", store, "--adopt")
        yield Moved(server=server, user=user)


@pytest.mark.parametrize("installer", [Pip(), Uv()], ids=["pip", "uv"])
@pytest.mark.parametrize("flat", [False, True], ids=["index-url", "find-links"])
def test_installers_find_the_variant_at_the_former_address(
    moved: Moved, installer: Installer, flat: bool, tmp_path: Path
) -> None:
    index = f"{moved.server.address}whl/cu128"
    links = f"{moved.server.address}cu128_torch280"
    more = ["--find-links", links, "--no-index"] if flat else []
    place = Place.make(tmp_path)
    done = installer.install(place, index, *more, "kernels")

    assert done.returncode == 0, done.stderr
    assert place.installed() == {"kernels": "1.0+cu128"}


def test_a_lock_file_of_uv_stays_valid(moved: Moved) -> None:
    lock = moved.user.folder / "uv.lock"
    before = lock.read_text()

    assert "hash" not in before

    moved.user.do(uv(), "lock", "--check")
    moved.user.do(uv(), "sync", "--locked")
    moved.user.do(uv(), "lock")

    assert lock.read_text() == before

    moved.user.do(uv(), "lock", "--upgrade")
    assert 'hash = "sha256:' in lock.read_text()


PATHS = """
path = ["whl/{index}/", "{index}/simple/"]
path-names = { cu128 = "CU128" }
find-links = ["{index:_}_all", "flat/{index}.html"]
"""
AT_ROOT = 'path = "{index}/"\n'
VARIANTS = "[variants]\ndefault = 'rocm6.3'\n"


def test_addresses_work_where_pages_are_below_the_name_of_a_repository(tmp_path: Path) -> None:
    """Each index of a project site, read from Pages, with files that are release assets."""
    with Emulator(tmp_path) as github:
        pages = published(github, tmp_path, {"acme/pypi": PATHS, "acme/root": AT_ROOT})
        paths, root = pages["acme/pypi"], pages["acme/root"]
        pip, uv_ = Pip(), Uv()
        nowhere = f"{root}no-index"
        flat = ["--no-index", "--find-links"]
        found = {
            "pip": [
                installed(tmp_path, pip, f"{paths}whl/CU128"),
                installed(tmp_path, pip, nowhere, *flat, f"{paths}CU128_all"),
                installed(tmp_path, pip, root.rstrip("/")),
            ],
            "uv": [
                installed(tmp_path, uv_, f"{paths}CU128/simple"),
                installed(tmp_path, uv_, nowhere, *flat, f"{paths}flat/CU128.html"),
                installed(tmp_path, uv_, f"{root}cu128"),
            ],
        }

        assert found == {
            "pip": ["1.0+cu128", "1.0+cu128", "1.0+rocm6.3"],
            "uv": ["1.0+cu128", "1.0+cu128", "1.0+cu128"],
        }


def published(github: Emulator, folder: Path, settings: dict[str, str]) -> dict[str, str]:
    """Publish an index in each of some repositories; return the addresses of their Pages."""
    github.add_user("publisher")
    github.add_organization("acme")
    token = github.add_token("publisher")
    ghpypi = signed_in(github, token, folder)
    for store, toml in settings.items():
        repository = github.add_repository(store)
        repository.grant("publisher", "write")
        repository.commit_files({"ghpypi.toml": f"[index]\n{toml}{VARIANTS}"})
        release = repository.add_release("v1.0")
        for file in (CUDA, OTHER):
            release.add_asset(*file)
        ghpypi.do("index", "--store", store)
    return {store: f"{github.pages_url}/{store}/" for store in settings}


def installed(folder: Path, installer: Installer, index: str, *more: str) -> str:
    """Install from an index; return the version."""
    place = Place.make(folder)
    done = installer.install(place, index, *more, "kernels")

    assert done.returncode == 0, done.stderr

    return place.installed()["kernels"]
