"""Where the commands of a document are run: a published index, packages, and an owner's token."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from ghpypi import __version__
from ghpypi.core.workflows import WorkflowOptions, render
from ghpypi.stores.directory.store import DirectoryStore
from tests.cli.conftest import Bench, Outcome
from tests.documents.blocks import Command
from tests.emulator import Emulator
from tests.emulator.repository import Site
from tests.support.index_workflow import WORKFLOW
from tests.support.packages import publish_files, sdist, wheel, written

UV = Path(sysconfig.get_path("scripts")) / "uv"
PAGES = "https://acme.github.io/pypi/"
CONFIG = """\
[indexes.stable]
include = []
"""
FILES = [
    *(wheel("acme_lib", version) for version in ("1.0", "1.3", "1.4")),
    sdist("acme_lib", "1.4"),
    *(wheel("acme_core", version) for version in ("1.0", "1.1")),
    wheel("acme_old", "0.1"),
]
PYPROJECT = """\
[project]
name = "demo"
version = "0.1"
requires-python = ">=3.11"
dependencies = ["acme-lib"]
"""
NEW = [wheel("acme_lib", "1.5"), wheel("acme_hello", "1.0")]


class Scene:
    """An organization with a public index, on the emulator, and a folder to work in."""

    def __init__(self, bench: Bench, github: Emulator) -> None:
        self.bench, self.github = bench, github
        github.add_organization("acme", owners=["cat"])
        for login in ("ann", "jo", "bot"):
            github.add_user(login)
        github.add_team("acme", "developers", members=["jo"])
        github.add_organization("ghpypi")
        action = github.add_repository("ghpypi/ghpypi")
        for tag in ("v0", "v1", f"v{__version__}"):
            action.git.set_ref(f"refs/tags/{tag}", str(action.head("main")))
        bench.set(
            GHPYPI_TOKEN=github.add_token("cat"),
            GHPYPI_STORE="acme/pypi",
            GHPYPI_CONFIG_DIR=str(bench.folder / "kept"),
        )
        repository = github.add_repository("acme/pypi")
        repository.site = Site()
        repository.grant("ann", "read")
        repository.commit_files(
            {"ghpypi.toml": CONFIG.encode(), WORKFLOW: render("index", WorkflowOptions())}
        )
        written(bench.folder / "before", *FILES)
        done = bench.run("upload", "before", "--rebuild", "-q")

        assert done.code == 0, done.err

        shutil.rmtree(bench.folder / "before")
        for folder in ("dist", "old"):
            written(bench.folder / folder, *NEW)
        publish_files(DirectoryStore(bench.folder / "index"), [wheel("acme_lib")], "v1")
        bench.run("index", "--store", "./index", "-q")
        (bench.folder / "pyproject.toml").write_text(PYPROJECT)
        pip = bench.folder.parent / "programs" / "pip"
        pip.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -m pip "$@" --dry-run --ignore-installed\n'
        )
        pip.chmod(0o755)

    def run(self, command: Command) -> Outcome:
        """Run a command with the addresses of this machine; installers do not install.

        Raises:
            ValueError: It is of another program, so the document has to say why it is not run.
        """
        program, *words = (self._address(word) for word in command.words)
        self.bench.set(**command.variables)
        if program == "ghpypi":
            return self.bench.run(*words)
        if program == "uv" and words[:2] == ["pip", "install"]:
            folder = str(self.bench.folder / "installed")
            words += ["--dry-run", "--target", folder, "--python", sys.executable, "--no-config"]
            done = subprocess.run([UV, *words], check=False, capture_output=True, text=True)
            return Outcome(done.returncode, done.stdout, done.stderr)
        raise ValueError(f"say in a comment why '{program}' is not run")

    def _address(self, word: str) -> str:
        return word.replace(PAGES, f"{self.github.pages_url}/acme/pypi/")
