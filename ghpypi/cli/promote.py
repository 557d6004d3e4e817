"""`ghpypi promote`."""

from collections.abc import Callable, Mapping, Sequence

import click

from ghpypi.cli.config_change import (
    ChangeOptions,
    ConfigChange,
    apply_change,
    change_options,
    known_project,
)
from ghpypi.cli.listing import published
from ghpypi.cli.options import shared_options
from ghpypi.cli.settings import Settings
from ghpypi.core.config.config import Config
from ghpypi.core.indexes.placement import PublishedFile
from ghpypi.core.indexes.promotion import Pin, check, promote
from ghpypi.core.indexes.selection import Selection
from ghpypi.core.model import Project


@click.command("promote")
@click.argument("versions", nargs=-1, required=True, metavar="NAME==VERSION...")
@click.option(
    "--to", "index", required=True, metavar="INDEX", help="Name of the index in the configuration."
)
@change_options
@shared_options
def promote_command(
    settings: Settings, versions: tuple[str, ...], index: str, options: ChangeOptions
) -> None:
    """Add versions to a named index.

    Adds them to `include` of the index in ghpypi.toml, and keeps the rest of the file. The file is
    the one in the current folder, in a directory store, or in the repository (with a commit).

    \b
    Examples:
      ghpypi promote acme-lib==1.0 --to stable
      ghpypi promote acme-lib==1.0 other==2.1 --to stable --dry-run
    """  # noqa: D301 - \b makes click keep the lines
    wanted = [Pin.parse(text) for text in versions]
    options.check(settings)
    catalog = published(settings, None)
    projects = [known_project(catalog, pin) for pin in wanted]
    pins = {pin.as_known(x): x for pin, x in zip(wanted, projects, strict=True)}
    names = ", ".join(f"{pin.name} {pin.version}" for pin in pins)
    change = ConfigChange(
        edit=_edit(settings, index, pins),
        message=f"Promote {names} to {index}",
        subject=names,
        done=f"promoted to {index}",
        already=f"in {index} already",
        document={"to": index, "versions": [str(pin) for pin in pins]},
        index=index,
    )
    apply_change(settings, options, change, lambda config: _files(settings, config, index, pins))


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
