"""The machine of a runner: a Python with nothing but pip, and an index of what its jobs install.

The index is a folder: a job installs from its locks without asking a package registry for pages
with every release of every package, whose reading takes most of the time that pip needs. Both are
kept with the cache of pytest.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock
from packaging.utils import parse_wheel_filename

from tests.e2e.tools import tool

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "constraints.txt"
LOCKS = (
    ROOT / "action" / "requirements-serve.txt",
    *sorted((ROOT / "ghpypi" / "templates" / "workflows" / "locks").glob("*.txt")),
)
BUILD_BACKEND = "hatchling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What is installed on a machine that runs jobs.

    Attributes:
        programs: The folder that `python` and `pip` are in.
        pip_settings: The configuration file of pip, which names the index.
    """

    programs: Path
    pip_settings: Path


@pytest.fixture(scope="session")
def machine(client_tools: Path) -> Machine:
    """Set the machine up, once for all runs of the tests with the same locks."""
    programs = tool("pip", client_tools).parent
    folder = client_tools / "runner"
    complete = folder / "complete"
    wanted = hashlib.sha256(b"".join(_inputs())).hexdigest()
    settings = folder / "pip.conf"
    with FileLock(client_tools / "runner.lock"):
        if not complete.exists() or complete.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            _download(programs / "python", folder / "wheels")
            _write_index(folder / "wheels", folder / "simple")
            settings.write_text(f"[global]\nindex-url = {(folder / 'simple').as_uri()}/\n")
            complete.write_text(wanted)
    return Machine(programs=programs, pip_settings=settings)


def _inputs() -> Iterator[bytes]:
    yield sys.version.encode()
    yield str(ROOT).encode()
    for path in (CONSTRAINTS, *LOCKS):
        yield path.read_bytes()


def _download(python: Path, folder: Path) -> None:
    """Download what the locks name, with their hashes, and what builds packages of the tests."""
    pip = [str(python), "-m", "pip", "download", "--quiet", "--only-binary", ":all:"]
    pip += ["--dest", str(folder)]
    for lock in LOCKS:
        locked = ["--no-deps", "--require-hashes", "--requirement", str(lock)]
        subprocess.run([*pip, *locked], check=True)
    subprocess.run([*pip, "--constraint", str(CONSTRAINTS), BUILD_BACKEND], check=True)


def _write_index(wheels: Path, index: Path) -> None:
    """Write a page for each project, as the Simple API has it."""
    pages: dict[str, str] = {}
    for path in sorted(wheels.iterdir()):
        project = parse_wheel_filename(path.name)[0]
        pages[project] = pages.get(project, "") + f'<a href="{path.as_uri()}">{path.name}</a>\n'
    for name, links in pages.items():
        (index / name).mkdir(parents=True)
        (index / name / "index.html").write_text(f"<!DOCTYPE html>\n{links}")
