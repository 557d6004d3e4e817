"""`ghpypi promote`."""

from collections.abc import Callable, Mapping
from typing import Any

import click

from ghpypi.cli.index_start import IndexOutcome, IndexRequest, index_options, start_or_build
from ghpypi.cli.listing import published
from ghpypi.cli.options import shared_options
from ghpypi.cli.output import say
from ghpypi.cli.settings import Settings
from ghpypi.cli.workflow_files import deliver
from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.config.config import CONFIG_FILE
from ghpypi.core.indexes.placement import PublishedFile
from ghpypi.core.indexes.promotion import Pin, check, promote
from ghpypi.core.indexes.selection import Selection
from ghpypi.core.model import Project
from ghpypi.core.text_comparison import diff
from ghpypi.errors import NotFoundError, UsageError


@click.command("promote")
@click.argument("versions", nargs=-1, required=True, metavar="NAME==VERSION...")
@click.option(
    "--to", "index", required=True, metavar="INDEX", help="Name of the index in the configuration."
)
@click.option(
    "--dry-run", is_flag=True, help="Print the change of the configuration, without writing it."
)
@index_options(central=False)
@shared_options
def promote_command(
    settings: Settings, versions: tuple[str, ...], index: str, dry_run: bool, request: IndexRequest
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
    request.check(settings, without="--dry-run" if dry_run else "")
    if request.wait and _stays_here(settings, request):
        raise UsageError(
            f"--wait has no effect before {settings.local_config} is committed and pushed"
        )
    catalog = published(settings, None)
    projects = [_known(catalog, pin) for pin in wanted]
    pins = {pin.as_known(x): x for pin, x in zip(wanted, projects, strict=True)}
    change = _change(settings, index, pins)
    names = ", ".join(f"{pin.name} {pin.version}" for pin in pins)
    document: dict[str, Any] = {
        "to": index,
        "versions": [str(pin) for pin in pins],
        "dry-run": dry_run,
    }
    if dry_run:
        before = settings.config_file.read().text
        document["diff"] = diff(before, change(before), CONFIG_FILE)
        document["changed"] = bool(document["diff"])
    else:
        document["changed"] = settings.edit_config(change, f"Promote {names} to {index}")
    if not settings.json:
        for line in document.get("diff", ()):
            say(line)
        say(f"{names}: {_outcome(index, changed=document['changed'], dry_run=dry_run)}")
    outcome = IndexOutcome() if dry_run else _rebuild(settings, request, index, pins)
    if not dry_run:
        document["index"] = outcome.document
    deliver(
        document,
        lambda: outcome.outputs(settings, request, changed=document["changed"] and not dry_run),
        as_json=settings.json,
        summary=outcome.summary,
    )
    outcome.end()


def _known(catalog: Catalog, pin: Pin) -> Project:
    """Return the project of a version, which must be in the published index."""
    line = catalog.lines.get(pin.name)
    project = line.entry().project if line else Project(name=pin.name, files=())
    if not pin.files_of(project).files:
        there = ", ".join(project.versions[-10:])
        raise NotFoundError(
            f"the published index has no {pin.name} {pin.version}",
            hint=f"it has {there}" if there else "'ghpypi list' names all projects",
        )
    return project


def _change(settings: Settings, index: str, pins: Mapping[Pin, Project]) -> Callable[[str], str]:
    source = settings.config_file.name
    store = settings.store_name

    def change(text: str) -> str:
        changed = promote(text, index, pins, source=source)
        check(changed, index, pins, source=source, store=store)
        return changed

    return change


def _outcome(index: str, *, changed: bool, dry_run: bool) -> str:
    if not changed:
        return f"in {index} already"
    return f"would be promoted to {index}" if dry_run else f"promoted to {index}"


def _stays_here(settings: Settings, request: IndexRequest) -> bool:
    """Return whether the user must push the change before the index can be rebuilt."""
    elsewhere = settings.backend.capabilities.builds_elsewhere
    return request.build is None and elsewhere and settings.local_config is not None


def _rebuild(
    settings: Settings, request: IndexRequest, index: str, pins: Mapping[Pin, Project]
) -> IndexOutcome:
    """Rebuild the index even without a change, because the last run may have failed."""
    if _stays_here(settings, request):
        settings.reporter.step(
            f"commit and push {settings.local_config} to include the change in the next index run"
        )
        return IndexOutcome()
    named = settings.config.indexes[index]
    selection = Selection(config=settings.config, store=settings.store_name)
    files = [
        PublishedFile(filename=file.filename, project=project.name, sha256=file.sha256 or None)
        for pin, project in pins.items()
        for file in selection.own(named, pin.files_of(project))
    ]
    return start_or_build(settings, request, f"{CONFIG_FILE} is changed", files, index=index)
