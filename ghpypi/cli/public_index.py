"""Promotion to PyPI: the very same files are uploaded by twine."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from ghpypi.child_environment import child_environment
from ghpypi.cleanup import run_program, temporary_folder
from ghpypi.cli.output import print_table, say
from ghpypi.cli.settings import Settings
from ghpypi.cli.workflow_files import StepOutputs, deliver
from ghpypi.core.indexes.pin import Pin
from ghpypi.core.model import Asset, File, Project
from ghpypi.core.names import VARIANTS_SUFFIX, version_key
from ghpypi.core.quantities import count_of, human_size
from ghpypi.errors import FailedError, NotFoundError, RefusedError, UsageError
from ghpypi.ports import FileSource
from ghpypi.stored_files import hashed_file

PYPI = "pypi"
"""The name of the target in `promote --to pypi`, unless a named index is called so."""

_HOST_VARIABLES = ("TWINE_REPOSITORY", "TWINE_REPOSITORY_URL")
"""Variables that choose another index, of which twine cannot tell which files it has."""

FOR_TWINE = ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "TWINE_PASSWORD")
"""Secrets that twine needs; it exchanges an identity token for a token of PyPI."""


def promote_to_pypi(settings: Settings, pins: Mapping[Pin, Project], *, dry_run: bool) -> None:
    """Upload the files of versions to PyPI with twine, which has its own credentials.

    Args:
        settings: The settings of the command.
        pins: The versions, with their projects.
        dry_run: Print the files only.

    Raises:
        RefusedError: PyPI does not accept a version.
        UsageError: twine is not installed.
        NotFoundError: A published file is gone.
        FailedError: A file was replaced, or twine failed.
    """
    files = promoted_files(pins)
    if local := sorted({file.version for file in files if version_key(file.version).local}):
        raise RefusedError(
            f"PyPI accepts no local versions such as {local[0]}; nothing was uploaded",
            hint="build the version without a local part",
        )
    if not settings.json:
        print_table([(file.filename, human_size(file.size)) for file in files])
    count = count_of(len(files), "file")
    if not dry_run:
        _upload(settings, files)
    if not settings.json:
        say(f"{'would upload' if dry_run else 'uploaded'} {count} to PyPI")
    deliver(
        {
            "store": str(settings.locator),
            "to": PYPI,
            "versions": list(map(str, pins)),
            "releases": [],
            "files": [file.filename for file in files],
            "dry-run": dry_run,
            "changed": True,
            "diff": "",
            "pull-request": None,
            "index": None,
        },
        lambda: StepOutputs(changed=not dry_run, projects=len(pins), files=len(files)),
        as_json=settings.json,
    )


def promoted_files(pins: Mapping[Pin, Project]) -> list[File]:
    """Return the files of versions, without those about variants, which are made again."""
    return [file for pin, project in pins.items() for file in _files(pin, project)]


def _files(pin: Pin, project: Project) -> Iterator[File]:
    for file in pin.files_of(project).files:
        if not file.filename.endswith(VARIANTS_SUFFIX):
            yield file


def _upload(settings: Settings, files: Iterable[File]) -> None:
    twine = _twine()
    with temporary_folder("ghpypi-pypi-") as folder:
        assets = published_assets(settings)
        paths = [str(path) for path in downloaded(files, folder, assets)]
        settings.reporter.step(f"uploading {count_of(len(paths), 'file')} with twine")
        # A second attempt skips what the first has uploaded.
        usual = not any(os.environ.get(name) for name in _HOST_VARIABLES)
        skip = ["--skip-existing"] if usual else []
        finished = run_program(
            [*twine, "upload", "--non-interactive", "--disable-progress-bar", *skip, *paths],
            child_environment(keep=FOR_TWINE),
        )
    if finished.returncode:
        text = (finished.stdout + finished.stderr).decode(errors="replace").strip()
        raise FailedError(
            f"twine ended with exit code {finished.returncode}",
            faults=text.splitlines()[-10:],
            hint="twine reads TWINE_USERNAME and TWINE_PASSWORD, or ~/.pypirc; run the same "
            "command again afterwards",
        )


def downloaded(files: Iterable[File], folder: Path, published: "PublishedAssets") -> Iterator[Path]:
    """Copy published files into a folder, with the content that the index has.

    Raises:
        NotFoundError: A file is gone.
        FailedError: A file was replaced.
    """
    source, assets = published
    for file in files:
        asset = assets.get((file.origin, file.tag, file.filename))
        if asset is None:
            raise NotFoundError(
                f"{file.filename} is not in release {file.tag} any more",
                hint="'ghpypi index' brings the index up to date",
            )
        path = folder / file.filename
        with ExitStack() as stack:
            digest, content = stack.enter_context(hashed_file(source, asset))
            if file.sha256 and digest != file.sha256:
                raise FailedError(
                    f"{file.filename} is not the file that the index has: it was replaced"
                )
            with path.open("wb") as copy:
                shutil.copyfileobj(content, copy)
        yield path


class PublishedAssets(NamedTuple):
    """The assets of published releases.

    Attributes:
        source: The store.
        assets: Them by origin, tag and name.
    """

    source: FileSource
    assets: Mapping[tuple[str, str, str], Asset]


def published_assets(settings: Settings) -> PublishedAssets:
    """List the assets of all releases that the index is made of."""
    source = settings.backend.indexed_files(settings.config).source
    assets = {
        (release.origin, release.tag, asset.name): asset
        for release in source.releases()
        if not release.draft
        for asset in release.assets
    }
    return PublishedAssets(source, assets)


def _twine() -> list[str]:
    """Return the command that starts twine.

    Raises:
        UsageError: It is not installed.
    """
    if found := shutil.which("twine"):
        return [found]
    if importlib.util.find_spec("twine"):
        return [sys.executable, "-m", "twine"]
    raise UsageError("twine is not installed", hint="pip install twine")
