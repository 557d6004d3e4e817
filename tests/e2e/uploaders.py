"""Real twine, uv, Poetry, PDM, hatch and flit as they publish, each in a home of its own."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.installers import Done
from tests.e2e.tools import Project, tool, uv
from tests.support.packages import Built, sdist, wheel, written

PYPROJECT = """\
[project]
name = "{name}"
version = "1.0"
description = "Does acme things"
requires-python = ">=3.9"
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
"""
QUIET: Mapping[str, str] = {
    "PDM_CHECK_UPDATE": "0",
    "PDM_IGNORE_SAVED_PYTHON": "1",
    "PDM_USE_VENV": "0",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    "SOURCE_DATE_EPOCH": "1767225600",
    "COLUMNS": "1000",
}

Command = Callable[["Uploader", "Upload"], "tuple[list[str | Path], dict[str, str]]"]


@dataclass(frozen=True, kw_only=True)
class Upload:
    """What is uploaded where to.

    Attributes:
        root: The server's address, ending in `/`.
        token: The password.
        skip: Leave alone what is there already.
        user: The user name.
    """

    root: str
    token: str
    skip: bool = False
    user: str = "someone"

    @property
    def url(self) -> str:
        return f"{self.root}legacy/"


@dataclass(frozen=True, kw_only=True)
class Uploader:
    """A client.

    Attributes:
        name: The tool.
        command: Makes its command line and environment.
        skip: Options that leave existing files alone.
        skipped: What it prints then when another file has the name.
        verbose: Options with which it prints the body of an error.
        prints: The statuses whose body it prints; `None` for all.
    """

    name: str
    command: Command
    skip: tuple[str, ...] = ()
    skipped: str = ""
    verbose: tuple[str, ...] = ()
    prints: frozenset[int] | None = None

    def explains(self, status: int) -> bool:
        """Tell whether its users read why the server refused, beyond the status."""
        return self.prints is None or status in self.prints

    @property
    def builds(self) -> bool:
        """It uploads nothing but what it built itself."""
        return self.name == "flit"

    def project(
        self, folder: Path, *, name: str = "", text: str = "", files: Sequence[Built] = ()
    ) -> Project:
        """Make a project with its built files; another text makes other bytes."""
        name = name or f"acme_{self.name}"
        folder.mkdir(parents=True)
        (folder / "pyproject.toml").write_text(PYPROJECT.format(name=name))
        (folder / f"{name}.py").write_text(f'"""Does acme things."""\n{text}')
        if not self.builds:
            told = "Summary: Does acme things\nRequires-Python: >=3.9"
            usual = (wheel(name, "1.0", told, text), sdist(name, "1.0", told, text))
            written(folder / "dist", *(files or usual))
        return Project(folder=folder, environment=QUIET)

    def publish(self, project: Project, upload: Upload, tools: Path) -> Done:
        """Publish what a project has built."""
        command, environment = self.command(self, upload)
        program = uv() if self.name == "uv" else tool(self.name, tools)
        more = self.skip if upload.skip else ()
        return project.run(program, *command, *self.verbose, *more, **environment)


def message_of(done: Done) -> str:
    """Tell what a client said, wherever it broke its lines.

    PDM prints "Bad Request", and where to read what else it was told.
    """
    text = done.stdout + done.stderr
    if found := re.search(r"See (\S+\.log) for detailed debug log", text):
        text += Path(found[1]).read_text(encoding="utf-8")
    return " ".join(text.split())


def _twine(_: Uploader, upload: Upload) -> "tuple[list[str | Path], dict[str, str]]":
    command: list[str | Path] = ["upload", "--non-interactive", "--disable-progress-bar"]
    return [*command, "--repository-url", upload.url, "dist/*"], {
        "TWINE_USERNAME": upload.user,
        "TWINE_PASSWORD": upload.token,
    }


def _uv(_: Uploader, upload: Upload) -> "tuple[list[str | Path], dict[str, str]]":
    # It reads the index with other credentials than those it publishes with.
    index = upload.root.replace("://", f"://{upload.user}:{upload.token}@") + "simple/"
    return ["publish", "--publish-url", upload.url, "--no-config"], {
        "UV_PUBLISH_USERNAME": upload.user,
        "UV_PUBLISH_PASSWORD": upload.token,
        **({"UV_PUBLISH_CHECK_URL": index} if upload.skip else {}),
    }


def _poetry(_: Uploader, upload: Upload) -> "tuple[list[str | Path], dict[str, str]]":
    return ["publish", "--no-interaction", "--repository", "acme"], {
        "POETRY_REPOSITORIES_ACME_URL": upload.url,
        "POETRY_HTTP_BASIC_ACME_USERNAME": upload.user,
        "POETRY_HTTP_BASIC_ACME_PASSWORD": upload.token,
    }


def _pdm(_: Uploader, upload: Upload) -> "tuple[list[str | Path], dict[str, str]]":
    return ["publish", "--no-build", "--repository", upload.url], {
        "PDM_PUBLISH_USERNAME": upload.user,
        "PDM_PUBLISH_PASSWORD": upload.token,
    }


def _hatch(_: Uploader, upload: Upload) -> "tuple[list[str | Path], dict[str, str]]":
    return ["publish", "--no-prompt", "--repo", upload.url], {
        "HATCH_INDEX_USER": upload.user,
        "HATCH_INDEX_AUTH": upload.token,
    }


def _flit(_: Uploader, upload: Upload) -> "tuple[list[str | Path], dict[str, str]]":
    return ["publish", "--no-use-vcs"], {
        "FLIT_INDEX_URL": upload.url,
        "FLIT_USERNAME": upload.user,
        "FLIT_PASSWORD": upload.token,
    }


UPLOADERS = (
    Uploader(
        name="twine",
        command=_twine,
        skip=("--skip-existing",),
        skipped="does not have support for the following features: --skip-existing",
        verbose=("--verbose",),
    ),
    Uploader(
        name="uv",
        command=_uv,
        skipped="Local file and index file do not match",
    ),
    Uploader(name="poetry", command=_poetry, skip=("--skip-existing",), skipped="File exists."),
    Uploader(
        name="pdm", command=_pdm, skip=("--skip-existing",), skipped="it appears to already exist"
    ),
    Uploader(name="hatch", command=_hatch, skipped="already exists", prints=frozenset()),
    Uploader(name="flit", command=_flit, skipped="File already exists", prints=frozenset({400})),
)
