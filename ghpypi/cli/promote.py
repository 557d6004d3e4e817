"""`ghpypi promote` and `ghpypi demote`."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import click

from ghpypi.cli.command import Command
from ghpypi.cli.config_change import (
    ChangeOptions,
    ConfigChange,
    apply_change,
    change_options,
    known_project,
)
from ghpypi.cli.listing import published
from ghpypi.cli.options import shared_options
from ghpypi.cli.promote_to_store import promote_to_store
from ghpypi.cli.public_index import PYPI, promote_to_pypi
from ghpypi.cli.settings import Settings
from ghpypi.core.config.config import CONFIG_FILE, Config
from ghpypi.core.indexes.pin import Pin
from ghpypi.core.indexes.placement import PublishedFile
from ghpypi.core.indexes.promotion import check, demote, inherited_from, is_promoted, promote
from ghpypi.core.indexes.selection import Selection
from ghpypi.core.model import Project, StatusMarker
from ghpypi.errors import UsageError


@click.command("promote", cls=Command)
@click.argument("versions", nargs=-1, required=True, metavar="NAME==VERSION...")
@click.option(
    "--to",
    "index",
    required=True,
    metavar="INDEX",
    help="Name of an index or store in the configuration, or pypi.",
)
@change_options
@shared_options
def promote_command(
    settings: Settings, versions: tuple[str, ...], index: str, options: ChangeOptions
) -> None:
    """Add versions to a named index.

    Adds them to `include` of the index in ghpypi.toml, and keeps the rest of the file. The file is
    the one in the current folder, in a directory store, or in the repository (with a commit).
    With '--to pypi', uploads the files to PyPI with twine, which reads its own credentials.
    With the name of a store in [stores], uploads them and their provenance to that store.

    \b
    Examples:
      ghpypi promote acme-lib==1.0 --to stable
      ghpypi promote acme-lib==1.0 --to pypi
      ghpypi promote acme-lib==1.0 --store staging --to prod
      ghpypi promote acme-lib==1.0 other==2.1 --to stable --dry-run
    """  # noqa: D301 - \b makes click keep the lines
    wanted = [Pin.parse(text) for text in versions]
    options.check(settings)
    catalog = published(settings, None)
    projects = [known_project(catalog, pin) for pin in wanted]
    pins = {pin.as_known(x): x for pin, x in zip(wanted, projects, strict=True)}
    for pin, project in pins.items():
        _warn(settings, pin, project)
    if index == PYPI and PYPI not in settings.config.indexes:
        if options.pull_request or options.index.wait:
            raise UsageError("--pr and --wait cannot be used with --to pypi")
        promote_to_pypi(settings, pins, dry_run=options.dry_run)
        return
    if index in settings.checkout_config.stores:
        if index in settings.config.indexes:
            raise UsageError(
                f"'{index}' is the name of an index and of a store",
                hint=f"rename [stores.{index}] in {CONFIG_FILE}",
            )
        if options.pull_request:
            raise UsageError("--pr cannot be used with a store")
        promote_to_store(settings, index, pins, options.index, dry_run=options.dry_run)
        return
    names = _names(pins)
    change = ConfigChange(
        edit=_edit(settings, index, pins),
        message=f"Promote {names} to {index}",
        subject=names,
        done=f"promoted to {index}",
        already=f"in {index} already",
        document={"to": index, "versions": list(map(str, pins)), "releases": [], "files": []},
        index=index,
    )
    apply_change(settings, options, change, lambda config: _files(settings, config, index, pins))


@click.command("demote", cls=Command)
@click.argument("versions", nargs=-1, required=True, metavar="NAME==VERSION...")
@click.option(
    "--from", "index", required=True, metavar="INDEX",
    help="Name of the index in the configuration.",
)  # fmt: skip
@change_options
@shared_options
def demote_command(
    settings: Settings, versions: tuple[str, ...], index: str, options: ChangeOptions
) -> None:
    """Remove versions from a named index.

    Removes them from `include` of the index in ghpypi.toml, or adds them to `exclude` if another
    rule includes them. Files and other indexes stay as they are.

    \b
    Examples:
      ghpypi demote acme-lib==1.0 --from stable
      ghpypi demote acme-lib==1.0 --from stable --dry-run
    """  # noqa: D301
    wanted = [Pin.parse(text) for text in versions]
    options.check(settings)
    catalog = published(settings, None)
    projects = [
        known_project(catalog, pin, may_be_gone=is_promoted(settings.config, index, pin))
        for pin in wanted
    ]
    pins = {pin.as_known(x): x for pin, x in zip(wanted, projects, strict=True)}
    source = settings.config_file.name

    def edit(text: str) -> str:
        return demote(text, index, pins, source=source)

    after = Config.parse(edit(settings.config_file.read().text), source=source)
    for pin, base in inherited_from(after, index, pins, settings.store_name).items():
        settings.reporter.warn(
            f"{index} still has {pin.name} {pin.version}, which it inherits from {base}; "
            f"demote it there, or change 'bases' of [indexes.{index}]"
        )
    change = ConfigChange(
        edit=edit,
        message=f"Demote {_names(pins)} from {index}",
        subject=_names(pins),
        done=f"removed from {index}",
        already=f"not in {index}",
        document={"from": index, "versions": [str(pin) for pin in pins]},
        index=index,
    )
    apply_change(settings, options, change, lambda _: _absent(pins))


def _absent(pins: Mapping[Pin, Project]) -> Sequence[PublishedFile]:
    return [
        PublishedFile(filename=x.filename, project=project.name, sha256=x.sha256 or None, gone=True)
        for pin, project in pins.items()
        for x in pin.files_of(project).files
    ]


def _names(pins: Iterable[Pin]) -> str:
    return ", ".join(f"{pin.name} {pin.version}" for pin in pins)


def _warn(settings: Settings, pin: Pin, project: Project) -> None:
    """Warn about a version that installers do not choose."""
    yanked = settings.config.yanked.get(pin.name, {})
    yanks = [file.yank(yanked) for file in pin.files_of(project).files]
    withdrawn = [yank for yank in yanks if yank]
    if withdrawn:
        which = "is" if len(withdrawn) == len(yanks) else "has files that are"
        reason = f": {withdrawn[0].reason}" if withdrawn[0].reason else ""
        settings.reporter.warn(f"{pin.name} {pin.version} {which} yanked{reason}")
    status = settings.config.statuses.get(pin.name)
    if status and status.marker is not StatusMarker.ACTIVE:
        reason = f": {status.reason}" if status.reason else ""
        settings.reporter.warn(f"{pin.name} is {status.marker}{reason}")


def _edit(settings: Settings, index: str, pins: Mapping[Pin, Project]) -> Callable[[str], str]:
    source = settings.config_file.name
    store = settings.store_name

    def edit(text: str) -> str:
        changed = promote(text, index, pins, source=source)
        check(changed, index, pins, source=source, store=store)
        return changed

    return edit


def _files(
    settings: Settings, config: Config, index: str, pins: Mapping[Pin, Project]
) -> Sequence[PublishedFile]:
    selection = Selection(config=config, store=settings.store_name)
    return [
        PublishedFile(filename=file.filename, project=project.name, sha256=file.sha256 or None)
        for pin, project in pins.items()
        for file in selection.own(config.indexes[index], pin.files_of(project))
    ]
