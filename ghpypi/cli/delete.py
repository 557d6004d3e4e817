"""`ghpypi delete`."""

import click
from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.cli.command import Command
from ghpypi.cli.deleting import (
    DeleteOptions,
    carry_out,
    delete_options,
)
from ghpypi.cli.options import shared_options
from ghpypi.cli.published_store import PublishedStore
from ghpypi.cli.settings import Settings
from ghpypi.core.deletion import plan_deletion, versions_of
from ghpypi.core.indexes.pin import Pin
from ghpypi.core.model import File, Project
from ghpypi.core.names import distinct_versions
from ghpypi.errors import NotFoundError, RefusedError


@click.command("delete", cls=Command)
@click.argument("versions", nargs=-1, required=True, metavar="NAME==VERSION...")
@click.option("--force", is_flag=True, help="Delete even if other projects of the index need it.")
@delete_options
@shared_options
def delete_command(
    settings: Settings, versions: tuple[str, ...], force: bool, options: DeleteOptions
) -> None:
    """Delete versions for good: files, releases and tags.

    Prints the plan first, and asks. A release with other files only loses those of the version.
    The deletion is recorded in [removed] of ghpypi.toml, so that the index run expects it. Lock
    files of users stop working: 'ghpypi yank' withdraws a version and keeps its files. 1.0
    includes 1.0+cu128. After an interruption, run the same command again.

    \b
    Examples:
      ghpypi delete acme-lib==1.0 --reason "has a password in it"
      ghpypi delete acme-lib==1.0 --yes --wait
    """  # noqa: D301 - \b makes click keep the lines
    pins = list(dict.fromkeys(map(Pin.parse, versions)))
    options.index.check(settings, without="--dry-run" if options.dry_run else "")
    found = PublishedStore(settings, options.index)
    store = found.store

    def wanted(name: NormalizedName, version: Version) -> bool:
        return any(pin.name == name and pin.means(str(version)) for pin in pins)

    releases = found.releases
    plan = plan_deletion(releases, wanted)
    doomed = versions_of(plan)
    tags: set[str] = set()
    for pin in pins:
        known = _published(pin, found.project(pin.name), store.origin)
        there = [*doomed.get(pin.name, ()), *(file.version for file in known)]
        if found.is_recorded(pin):
            # An earlier attempt may have ended after the release was deleted, and before its tag.
            tags |= {f"{pin.name}-{pin.version}", *(x.tag for x in known)}
            there = there or [pin.version]
        if not there:
            raise _missing(pin, store.name, found.project(pin.name))
        doomed[pin.name] = distinct_versions(there)
    if not force and (needed := found.dependents(doomed)):
        raise RefusedError(
            "other projects of the index need what would be deleted; nothing was deleted",
            faults=[str(each) for _, each in needed],
            hint="delete these versions first, or add --force",
        )
    left = tags - {release.tag for release in releases}
    carry_out(settings, options, found, plan, doomed, left_tags=sorted(left))


def _published(pin: Pin, project: Project, origin: str) -> list[File]:
    """Return the published files of the store itself, which an earlier run may have deleted."""
    return [x for x in pin.files_of(project).files if x.origin == origin]


def _missing(pin: Pin, store: str, project: Project) -> NotFoundError:
    elsewhere = sorted({file.origin for file in pin.files_of(project).files})
    if elsewhere:
        hint = f"its files are in {', '.join(elsewhere)}: choose it with --store"
    else:
        there = ", ".join(project.versions[-10:])
        hint = f"the index has {there}" if there else "'ghpypi list' names all projects"
    return NotFoundError(f"{store} has no {pin.name} {pin.version}", hint=hint)
