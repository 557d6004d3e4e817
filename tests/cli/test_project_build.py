"""`ghpypi upload` of a project: what was built, or is built first."""

import os
import sys
from pathlib import Path

import pytest

from ghpypi.cli.project_build import build_command
from ghpypi.errors import NotAllowedError, UsageError
from tests.cli.conftest import Bench
from tests.support.packages import sdist, wheel, written

WHEEL = wheel(text="built")
SDIST = sdist(text="built")

BACKEND = """
import os, pathlib, sys, tarfile
def build_sdist(folder, config_settings=None):
    print("a line of the backend")
    if any(name in os.environ for name in ("GHPYPI_TOKEN", "GITHUB_TOKEN")):
        sys.exit("the backend has a token")
    if pathlib.Path("broken").exists():
        raise RuntimeError("no such module")
    with tarfile.open(pathlib.Path(folder, "acme_lib-1.0.tar.gz"), "w:gz") as archive:
        for path in ("PKG-INFO", "pyproject.toml", "backend.py", "acme.whl"):
            archive.add(path, f"acme_lib-1.0/{path}")
    return "acme_lib-1.0.tar.gz"
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "acme_lib-1.0-py3-none-any.whl"
    pathlib.Path(folder, name).write_bytes(pathlib.Path("acme.whl").read_bytes())
    return name
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


@pytest.fixture
def project(bench: Bench) -> Path:
    """A project with a backend of its own, which needs no network, and an old build."""
    folder = bench.folder / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "backend.py").write_text(BACKEND)
    (folder / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: acme-lib\nVersion: 1.0\n")
    (folder / "acme.whl").write_bytes(WHEEL[1])
    written(folder / "dist", sdist(version="0.9"))
    bench.set(GHPYPI_STORE="./index", GITHUB_TOKEN="ghp_0123456789")
    return folder


def released(bench: Bench) -> set[str]:
    return {
        path.name for path in bench.folder.glob("index/files/*/*") if path.suffix != ".metadata"
    }


def test_a_project_is_built_and_only_the_new_files_are_uploaded(
    bench: Bench, project: Path
) -> None:
    done = bench.run("upload", "--build", "project", "--no-rebuild", "--json")
    assert done.code == 0
    assert released(bench) == {WHEEL[0], SDIST[0]}
    dist = sorted(path.name for path in (project / "dist").iterdir())
    assert dist == ["acme_lib-0.9.tar.gz", WHEEL[0], SDIST[0]]
    assert (project / "dist" / WHEEL[0]).read_bytes() == WHEEL[1]


@pytest.mark.slow
def test_a_dry_run_builds_and_keeps_nothing(bench: Bench, project: Path) -> None:
    tried = bench.run("upload", "--build", "project", "--dry-run")
    assert tried.code == 0
    assert tried.out.count("would upload") == 2
    assert [path.name for path in (project / "dist").iterdir()] == ["acme_lib-0.9.tar.gz"]
    assert not (bench.folder / "index").exists()


def test_a_build_that_fails_uploads_nothing(bench: Bench, project: Path) -> None:
    (project / "broken").touch()
    outcome = bench.run("upload", "--build", "project")

    assert outcome.code == 1
    assert "failed with exit code 1; nothing was uploaded" in outcome.err
    assert not (bench.folder / "index").exists()


def test_a_folder_without_a_project_is_not_built(bench: Bench) -> None:
    outcome = bench.run("upload", "--build", "--store", "./index")

    assert outcome.code == 5
    assert (
        f"nothing to build: {bench.folder} has neither pyproject.toml nor setup.py" in outcome.err
    )


def test_files_and_build_exclude_each_other(bench: Bench, project: Path) -> None:
    outcome = bench.run("upload", "--build", "project", "project/dist")

    assert outcome.code == 2
    assert "--build uploads what it builds, and FILES were named as well" in outcome.err


def test_without_files_the_report_says_which_are_taken(bench: Bench) -> None:
    written(bench.folder / "dist", WHEEL)
    outcome = bench.run("upload", "--store", "./index", "--dry-run")

    assert outcome.err.startswith(f"taking the files of dist: {WHEEL[0]}\n")


@pytest.mark.parametrize("exists", [True, False], ids=["empty", "missing"])
def test_without_files_and_without_a_build_the_error_says_where_they_were_expected(
    bench: Bench, exists: bool
) -> None:
    if exists:
        (bench.folder / "dist").mkdir()
    outcome = bench.run("upload", "--store", "./index")

    what = "has no wheel or source distribution" if exists else "does not exist"
    assert (outcome.code, outcome.out) == (5, "")
    assert f"no files were named, and {bench.folder / 'dist'} {what}\nhint: build" in outcome.err


def test_build_of_another_environment_is_used_and_its_absence_explained(tmp_path: Path) -> None:
    assert build_command({}, installed=True) == [sys.executable, "-P", "-m", "build"]
    program = tmp_path / ("pyproject-build.exe" if os.name == "nt" else "pyproject-build")
    program.touch(0o755)
    assert build_command({"PATH": str(tmp_path)}, installed=False) == [str(program)]
    with pytest.raises(UsageError, match="the package 'build', which is not installed"):
        build_command({}, installed=False)


@pytest.mark.skipif(os.name == "nt", reason="all files are executable on Windows")
def test_a_build_that_is_not_executable_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject-build").touch(0o644)

    with pytest.raises(NotAllowedError, match="pyproject-build' is not executable"):
        build_command({"PATH": str(tmp_path)}, installed=False)
