"""`ghpypi history`."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import click
from packaging.utils import NormalizedName

from ghpypi.cli.command import Command
from ghpypi.cli.hold import warn_of_hold
from ghpypi.cli.options import shared_options
from ghpypi.cli.output import print_table
from ghpypi.cli.settings import Settings
from ghpypi.cli.workflow_files import StepOutputs, deliver
from ghpypi.core.config.config import CONFIG_FILE
from ghpypi.core.config.hold import SHOWN_DIGITS
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.core.names import normalize
from ghpypi.core.site.history import lines_about, names_project
from ghpypi.core.site.paths import browser_page_paths, project_paths
from ghpypi.errors import NotFoundError
from ghpypi.ports import Commit, History


class _Event(NamedTuple):
    revision: Commit
    place: str
    lines: list[str]


@click.command("history", cls=Command)
@click.argument("project", metavar="NAME")
@shared_options
def history_command(settings: Settings, project: str) -> None:
    """Show what happened to a project, and who changed its settings.

    Reads the commits of the pages, which name added, changed and removed files, yanks and statuses,
    and the commits of ghpypi.toml that mention the project. Newest first.

    \b
    Examples:
      ghpypi history acme-lib --store acme/pypi
      ghpypi history acme-lib --json
    """  # noqa: D301 - \b makes click keep the lines
    name = normalize(project)
    config = settings.config
    # The page for people shows everything of a project; the other one only its main index.
    people, *_ = browser_page_paths(name)
    page, *_ = project_paths(name, config.index.paths.folder(MAIN_FOLDER))
    found = settings.opened.site_store().history(config, people if config.site.pages else page)
    warn_of_hold(settings)
    held = config.hold.commit if config.hold else ""
    events = sorted(_events(name, found), key=lambda x: x.revision.time, reverse=True)
    if not events:
        raise NotFoundError(
            f"no commit of {settings.locator.value} is about '{name}'",
            hint="'ghpypi list' names all projects",
        )
    if not settings.json:
        print_table([row for each in events for row in _rows(each, held)])
    deliver(
        {
            "store": str(settings.locator),
            "project": name,
            "events": [_document(each, held) for each in events],
        },
        StepOutputs,
        as_json=settings.json,
    )


def _events(name: NormalizedName, found: History) -> Iterator[_Event]:
    for each in found.site:
        if lines := lines_about(name, each.message):
            yield _Event(each, "index", lines)
    for each in found.config:
        if names_project(name, each.message):
            yield _Event(each, CONFIG_FILE, [line for line in each.message.splitlines() if line])


def _rows(event: _Event, held: str) -> Iterator[tuple[str, ...]]:
    revision = event.revision
    place = f"{event.place} (published)" if revision.revision == held else event.place
    for number, line in enumerate(event.lines):
        head = (revision.time, revision.revision[:SHOWN_DIGITS], revision.author, place)
        yield (*(head if number == 0 else ("",) * len(head)), line)


def _document(event: _Event, held: str) -> dict[str, Any]:
    revision = event.revision
    return {
        "time": revision.time,
        "commit": revision.revision,
        "author": revision.author,
        "place": event.place,
        "lines": event.lines,
        "url": revision.url or None,
        "held": revision.revision == held,
    }
