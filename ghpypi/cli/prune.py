"""`ghpypi prune`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import click

from ghpypi.cli.command import Command
from ghpypi.cli.deleting import (
    DeleteOptions,
    carry_out,
    delete_options,
)
from ghpypi.cli.listing import offered
from ghpypi.cli.options import PatternsType, shared_options
from ghpypi.cli.published_store import PublishedStore
from ghpypi.cli.settings import Settings
from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.config.minimum_age import InvalidAgeError, parse_age
from ghpypi.core.config.rules import name_matches
from ghpypi.core.deletion import ReleaseDeletion, missing_files, plan_deletion, versions_of
from ghpypi.core.model import Project
from ghpypi.core.pruning import PruneRules, pinned_versions, prunable
from ghpypi.core.quantities import count_of, first_of
from ghpypi.errors import NotFoundError, RefusedError

_MOST_NAMES = 5


class _AgeType(click.ParamType):  # type: ignore[type-arg]  # generic in newer click only
    """An age such as `90d`."""

    name = "age"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Parse it."""
        if isinstance(value, timedelta):
            return value
        try:
            return parse_age(str(value))
        except InvalidAgeError as error:
            self.fail(str(error), param, ctx)


@click.command("prune", cls=Command)
@click.argument("projects", nargs=-1, type=PatternsType(), metavar="[PATTERN]...")
@click.option(
    "--keep", type=click.IntRange(min=1), required=True, metavar="N",
    help="Number of newest versions of each project to keep; yanked ones do not count.",
)  # fmt: skip
@click.option(
    "--older-than", type=_AgeType(), default=timedelta(), metavar="DURATION",
    help="Only delete versions that are older than this, such as 90d or 12w.",
)  # fmt: skip
@click.option("--prereleases", is_flag=True, help="Only delete prereleases.")
@click.option(
    "--index", "index", metavar="NAME",
    help="Only delete versions in this index; 'main' is the main index. [default: all]",
)  # fmt: skip
@delete_options
@shared_options
def prune_command(
    settings: Settings,
    projects: tuple[tuple[str, ...], ...],
    keep: int,
    older_than: timedelta,
    prereleases: bool,
    index: str | None,
    options: DeleteOptions,
) -> None:
    """Delete old versions of projects.

    Prints the plan first, and asks. Never deleted are the highest version of a project, the
    highest one that is neither a prerelease nor yanked, versions that 'exclude' of [prune] names or
    a named index includes by version, those that other projects of the index need, and files of
    immutable releases. Stops if published files are missing from the store. To hide old releases
    from the index only, use [retention] of ghpypi.toml.

    \b
    Examples:
      ghpypi prune --keep 10 --older-than 90d --dry-run
      ghpypi prune 'acme-*' --keep 3 --prereleases --yes
    """  # noqa: D301 - \b makes click keep the lines
    options.index.check(settings, without="--dry-run" if options.dry_run else "")
    found = PublishedStore(settings, options.index)
    store = found.store
    if not found.catalogs:
        raise NotFoundError("there is no published index", hint="run 'ghpypi index'")
    rules = PruneRules(keep=keep, older_than=older_than, prereleases=prereleases)
    users, catalog = found.catalogs[0]
    releases = found.releases
    for each, theirs in found.catalogs:
        lost = list(missing_files(theirs, releases, store.origin, each.config))
        if lost:
            names = first_of(sorted(file.filename for file in lost), _MOST_NAMES)
            raise RefusedError(
                f"the listing of {store.name} lacks {count_of(len(lost), 'published file')}; "
                "nothing was deleted",
                faults=[names],
                hint="check the token, and run 'ghpypi index', which explains each loss",
            )
    globs = [glob for each in projects for glob in each]
    chosen = {
        (project.name, version)
        for project in _projects(users, catalog, index, globs)
        for version in prunable(
            project,
            rules,
            pinned=pinned_versions(users.config, project, index),
            yanked=users.config.yanked.get(project.name, {}),
            now=datetime.now(UTC),
        )
    }
    plan = _deletable(settings, plan_deletion(releases, lambda *each: each in chosen))
    plan = _unneeded(settings, found, plan)
    carry_out(settings, options, found, plan, versions_of(plan))


def _projects(
    settings: Settings, catalog: Catalog, index: str | None, globs: list[str]
) -> Iterator[Project]:
    """Yield the projects to prune, with their files in the index."""
    for line, offer in offered(settings, catalog, index, catalog.lines.values()):
        if not globs or any(name_matches(glob, line.name) for glob in globs):
            yield Project(name=line.name, files=offer.files)


def _deletable(
    settings: Settings, plan: tuple[ReleaseDeletion, ...]
) -> tuple[ReleaseDeletion, ...]:
    """Leave out immutable releases."""
    frozen = [each.release.tag for each in plan if each.release.immutable]
    if frozen:
        settings.reporter.warn(
            f"{count_of(len(frozen), 'release')} kept, because GitHub keeps immutable releases: "
            f"{first_of(frozen, _MOST_NAMES)}"
        )
    return tuple(each for each in plan if not each.release.immutable)


def _unneeded(
    settings: Settings, found: PublishedStore, plan: tuple[ReleaseDeletion, ...]
) -> tuple[ReleaseDeletion, ...]:
    """Leave out the versions that other projects need, the highest that each requirement accepts.

    A version that is kept may need others itself, so the plan is checked until all is left out.
    """
    releases = [each.release for each in plan]
    chosen = {(filename.project, filename.version) for each in plan for filename, _ in each.files}
    while plan and (needed := found.dependents(versions_of(plan))):
        for name, each in needed:
            settings.reporter.warn(f"{name} {each.needed} is kept, because {each}")
        kept = {(name, each.needed.public) for name, each in needed}
        chosen = {(name, x) for name, x in chosen if (name, x.public) not in kept}
        plan = plan_deletion(releases, lambda *x: x in chosen)  # noqa: B023 - called at once
    return plan
