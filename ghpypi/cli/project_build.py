"""Building a project with `python -m build`, for `ghpypi upload --build`."""

import os
import shutil
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from ghpypi.child_environment import child_environment
from ghpypi.cleanup import temporary_folder
from ghpypi.cli.child_process import run_child
from ghpypi.cli.signals import Interrupted
from ghpypi.errors import FailedError, NotAllowedError, NotFoundError, UsageError
from ghpypi.ports import Reporter
from ghpypi.stores.built import DEFAULT_FOLDER

_DESCRIPTIONS = ("pyproject.toml", "setup.py")
"""The files that describe a project to a build frontend, of which it needs one."""


@contextmanager
def built_project(project: Path, reporter: Reporter, *, keep: bool) -> Iterator[list[Path]]:
    """Build a project, and yield the distributions, which are in a temporary folder.

    A folder that only has the output of this build keeps old files of `dist` out of an upload.

    Args:
        project: The folder of the project.
        reporter: Receives a step.
        keep: Copy the distributions to `dist` of the project, as `python -m build` does: a second
            build may give other bytes, and an interrupted upload is continued with the same ones.

    Raises:
        NotFoundError: The folder has no project.
        UsageError: build is not installed.
        FailedError: The build failed.
    """
    if not any((project / name).is_file() for name in _DESCRIPTIONS):
        raise NotFoundError(
            f"nothing to build: {project.resolve()} has neither {' nor '.join(_DESCRIPTIONS)}",
            hint="specify the folder of the project: ghpypi upload --build DIR",
        )
    command = build_command(os.environ, installed=_is_build_installed())
    with temporary_folder("ghpypi-build-") as folder:
        reporter.step(f"building {project.resolve()}")
        code = run_child(
            [*command, "--outdir", str(folder), str(project.resolve())],
            child_environment(),
            output_to_stderr=True,
        )
        if code == 128 + signal.SIGINT:
            raise Interrupted
        if code:
            raise FailedError(
                f"the build of {project.resolve()} failed with exit code {code}; "
                "nothing was uploaded",
                hint="its output is above",
            )
        files = sorted(folder.iterdir())
        if keep:
            _copy(files, project / DEFAULT_FOLDER)
        yield files


def _copy(files: Iterable[Path], dist: Path) -> None:
    """Copy distributions to a folder, in which others may be looking for complete ones."""
    try:
        dist.mkdir(exist_ok=True)
        for file in files:
            part = dist / f".{file.name}.part"
            shutil.copyfile(file, part)
            part.replace(dist / file.name)
    except OSError as error:
        raise FailedError(f"cannot write to {dist}: {error.strerror}") from error


def build_command(environment: Mapping[str, str], *, installed: bool) -> list[str]:
    """Return the command that builds a project.

    Args:
        environment: Environment variables.
        installed: Whether this Python has the package build.

    Raises:
        UsageError: There is no build anywhere.
        NotAllowedError: It is not executable.
    """
    if installed:
        # -P: a file build.py in the current folder is not imported.
        return [sys.executable, "-P", "-m", "build"]
    if found := shutil.which("pyproject-build", path=environment.get("PATH", "")):
        return [found]  # of `pipx install build`
    if found := shutil.which("pyproject-build", os.F_OK, path=environment.get("PATH", "")):
        raise NotAllowedError(f"'{found}' is not executable", hint=f"run 'chmod +x {found}'")
    raise UsageError(
        "--build requires the package 'build', which is not installed",
        hint="run:  pip install build  (or build the project with 'uv build', and upload dist "
        "with 'ghpypi upload')",
    )


def _is_build_installed() -> bool:
    """Return whether this Python has the package build.

    It is not imported: a folder `build` of the project, which setuptools leaves, can be as well.
    """
    try:
        distribution("build")
    except PackageNotFoundError:
        return False
    return True
