"""The wheel holds the package and nothing else; the sdist can build it again."""

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from ghpypi import __version__
from ghpypi.core.metadata import Metadata
from ghpypi.core.project import URL, VERSION_TAG

ROOT = Path(__file__).parents[1]
STEM = f"ghpypi-{__version__}"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist, and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def package() -> set[str]:
    """The files of the package, as they are in the checkout."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "ghpypi").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_whole_package_and_nothing_else(dist: Path) -> None:
    with zipfile.ZipFile(dist / f"{STEM}-py3-none-any.whl") as archive:
        names = set(archive.namelist())

    assert names == package() | {
        f"{STEM}.dist-info/{name}"
        for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }


def test_what_is_easily_lost_is_there(dist: Path) -> None:
    with zipfile.ZipFile(dist / f"{STEM}-py3-none-any.whl") as archive:
        names = set(archive.namelist())

    assert {
        "ghpypi/py.typed",
        "ghpypi/templates/simple/project.html",
        "ghpypi/templates/simple/root.html",
        "ghpypi/templates/site/404.html",
        "ghpypi/templates/site/base.html",
        "ghpypi/templates/site/landing.html",
        "ghpypi/templates/site/assets/site.css",
    } <= names


def test_the_command_and_the_backend_of_keyring_are_installed(dist: Path) -> None:
    with zipfile.ZipFile(dist / f"{STEM}-py3-none-any.whl") as archive:
        text = archive.read(f"{STEM}.dist-info/entry_points.txt").decode()

    assert text == (
        "[console_scripts]\nghpypi = ghpypi.__main__:main\n\n"
        "[keyring.backends]\nghpypi = ghpypi.keyring_backend\n"
    )


def test_the_sdist_holds_package_and_tests_and_nothing_else(dist: Path) -> None:
    with tarfile.open(dist / f"{STEM}.tar.gz") as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert package() <= names
    assert {"LICENSE", "README.md", "PKG-INFO", "pyproject.toml", "tests/conftest.py"} <= names
    assert {"docs/reference/templates.md", "tests/golden/site/simple/index.html"} <= names
    rubbish = ("__pycache__", ".venv", ".git/", "_cache/")
    assert not [name for name in names if any(each in name for each in rubbish)]


def test_the_description_on_pypi_has_absolute_links_to_the_files_of_the_version(dist: Path) -> None:
    with zipfile.ZipFile(dist / f"{STEM}-py3-none-any.whl") as archive:
        metadata = Metadata.parse(archive.read(f"{STEM}.dist-info/METADATA"))
    text = metadata.description
    targets = re.findall(r'\]\(([^)]*)\)|(?:href|src|srcset)="([^"]*)"', text)
    links = {link for pair in targets for link in pair if link and not link.startswith("#")}
    files = {link.partition(f"/{VERSION_TAG}/")[2] for link in links if f"/{VERSION_TAG}/" in link}

    assert metadata.description_content_type == "text/markdown"
    assert [link for link in links if not link.startswith("https://")] == []
    assert f"{URL}/blob/{VERSION_TAG}/docs/index.md" in links
    assert f"{URL}/raw/{VERSION_TAG}/docs/landing.png" in links
    assert {name for name in files if not (ROOT / name.partition("#")[0]).is_file()} == set()
    assert text.count("\n") == (ROOT / "README.md").read_text(encoding="utf-8").count("\n")
