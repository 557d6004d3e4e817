"""`ghpypi yank` and `ghpypi unyank`."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import click

from ghpypi.cli.command import Command
from ghpypi.cli.config_change import (
    ChangeOptions,
    ConfigChange,
    apply_change,
    change_options,
    known_project,
    reason_option,
)
from ghpypi.cli.listing import published
from ghpypi.cli.options import shared_options
from ghpypi.cli.settings import Settings
from ghpypi.core.config.config import Config
from ghpypi.core.config.lifecycle_edit import is_version, unyank, yank
from ghpypi.core.indexes.pin import Pin
from ghpypi.core.indexes.placement import PublishedFile
from ghpypi.core.model import Project
from ghpypi.core.names import Filename
from ghpypi.errors import NotFoundError, UsageError

_file = click.option(
    "--filename", metavar="FILENAME",
    help="Only this file of the version.",
)  # fmt: skip


@click.command("yank", cls=Command)
@click.argument("versions", nargs=-1, required=True, metavar="NAME==VERSION...")
@_file
@reason_option
@change_options
@shared_options
def yank_command(
    settings: Settings,
    versions: tuple[str, ...],
    filename: str | None,
    reason: str,
    options: ChangeOptions,
) -> None:
    """Withdraw versions, except for users who pinned them.

    Installers choose a yanked version only if it is pinned exactly (PEP 592). The versions are
    added to [yanked] in ghpypi.toml, which keeps the rest of the file: the one in the current
    folder, in a directory store, or in the repository (with a commit). Files stay where they are,
    and 'ghpypi unyank' takes the yank back. 1.0 includes 1.0+cu128.

    \b
    Examples:
      ghpypi yank acme-lib==1.0 --reason "broken on Windows"
      ghpypi yank acme-lib==1.0 --filename acme_lib-1.0-cp312-cp312-win_amd64.whl --dry-run
    """  # noqa: D301 - \b makes click keep the lines
    pins = _pins(versions, filename)
    options.check(settings)
    catalog = published(settings, None)
    projects = {pin: pin.files_of(known_project(catalog, pin)) for pin in pins}
    keys = {pin: _keys(project, filename) for pin, project in projects.items()}
    reason = " ".join(reason.split())

    def edit(text: str) -> str:
        for pin in pins:
            text = yank(text, pin.name, keys[pin], reason)
        return _checked(text, settings)

    change = ConfigChange(
        edit=edit,
        message=_message("Yank", keys, reason),
        subject=_subject(keys),
        done="yanked",
        already="yanked already",
        document=_document(keys, filename, reason),
    )
    apply_change(settings, options, change, lambda config: _files(config, projects, filename))


@click.command("unyank", cls=Command)
@click.argument("versions", nargs=-1, required=True, metavar="NAME==VERSION...")
@_file
@reason_option
@change_options
@shared_options
def unyank_command(
    settings: Settings,
    versions: tuple[str, ...],
    filename: str | None,
    reason: str,
    options: ChangeOptions,
) -> None:
    """Take back the yanks of versions.

    Removes them from [yanked] in ghpypi.toml, and keeps the rest of the file. 1.0 includes
    1.0+cu128, and yanked files of the version.

    \b
    Examples:
      ghpypi unyank acme-lib==1.0
      ghpypi unyank acme-lib==1.0 --filename acme_lib-1.0-cp312-cp312-win_amd64.whl
    """  # noqa: D301
    pins = _pins(versions, filename)
    options.check(settings)
    reason = " ".join(reason.split())

    def edit(text: str) -> str:
        for pin in pins:
            text = unyank(text, pin.name, partial(_is_meant, pin=pin, filename=filename))
        return _checked(text, settings)

    catalog = published(settings, None)
    lines = {pin: catalog.lines.get(pin.name) for pin in pins}
    projects = {pin: pin.files_of(x.entry().project) for pin, x in lines.items() if x}
    keys = {pin: [filename or pin.version] for pin in pins}
    change = ConfigChange(
        edit=edit,
        message=_message("Unyank", keys, reason),
        subject=_subject(keys),
        done="unyanked",
        already="not yanked",
        document=_document(keys, filename, reason),
    )
    apply_change(settings, options, change, lambda config: _files(config, projects, filename))


def _pins(versions: Iterable[str], filename: str | None) -> list[Pin]:
    pins = list(dict.fromkeys(Pin.parse(text) for text in versions))
    if filename and len(pins) > 1:
        raise UsageError("--filename is a file of one version", hint="name one NAME==VERSION")
    return pins


def _keys(project: Project, filename: str | None) -> Sequence[str]:
    """Return the keys in `[yanked]`: the versions of a project, or the given file."""
    if filename is None:
        return project.versions
    names = [file.filename for file in project.files]
    if filename in names:
        return [filename]
    raise NotFoundError(
        f"the published index has no file {filename} of this version",
        hint=f"it has {', '.join(names[:10])}",
    )


def _is_meant(key: str, pin: Pin, filename: str | None) -> bool:
    """Return whether a key in `[yanked]` is of the version, and the given file if there is one."""
    if filename is not None:
        return key == filename
    if is_version(key):
        return pin.means(key)
    return pin.means(str(Filename.parse(key).version))


def _checked(text: str, settings: Settings) -> str:
    """Return the text of a configuration.

    Raises:
        ConfigError: It is invalid, as it was before the edit.
    """
    Config.parse(text, source=settings.config_file.name)
    return text


def _files(
    config: Config, projects: Mapping[Pin, Project], filename: str | None
) -> Sequence[PublishedFile]:
    """Return the files that the index must show as yanked, or not yanked."""
    return [
        PublishedFile(
            filename=file.filename,
            project=project.name,
            sha256=file.sha256 or None,
            yanked=file.yank(config.yanked.get(project.name, {})) is not None,
        )
        for project in projects.values()
        for file in project.files
        if filename in {None, file.filename}
    ]


def _subject(keys: Mapping[Pin, Sequence[str]]) -> str:
    return ", ".join(f"{pin.name} {', '.join(each)}" for pin, each in keys.items())


def _message(verb: str, keys: Mapping[Pin, Sequence[str]], reason: str) -> str:
    return f"{verb} {_subject(keys)}" + (f"\n\n{reason}" if reason else "")


def _document(
    keys: Mapping[Pin, Sequence[str]], filename: str | None, reason: str
) -> dict[str, object]:
    versions = [
        f"{pin.name}=={pin.version if filename else each}"
        for pin, found in keys.items()
        for each in found
    ]
    return {"versions": versions, "filename": filename, "reason": reason}
