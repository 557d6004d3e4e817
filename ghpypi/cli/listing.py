"""`ghpypi list` and `ghpypi show`: the content of the published catalog."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from packaging.utils import NormalizedName

from ghpypi.cli.command import Command
from ghpypi.cli.hold import warn_of_hold
from ghpypi.cli.options import shared_options
from ghpypi.cli.output import print_table, say
from ghpypi.cli.settings import Settings
from ghpypi.cli.workflow_files import StepOutputs, deliver, index_url
from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import Line
from ghpypi.core.catalog.shown_version import current_version
from ghpypi.core.config.config import Config
from ghpypi.core.config.indexes import MAIN
from ghpypi.core.indexes.indexes import MAIN_FOLDER, Indexes
from ghpypi.core.indexes.pin import Pin
from ghpypi.core.model import Offer, StatusMarker, Yanks
from ghpypi.core.names import normalize, version_key
from ghpypi.core.parsing import split_url
from ghpypi.core.quantities import count_of, human_size
from ghpypi.core.simple.documents import project_document
from ghpypi.errors import NotFoundError

_output = click.option(
    "--site", "output", metavar="DIR", type=click.Path(path_type=Path, file_okay=False),
    help="Read the site in this folder instead of the published one.",
)  # fmt: skip
_index = click.option(
    "--index", metavar="NAME",
    help="Only show this index; 'main' is the main index. [default: all files]",
)  # fmt: skip


@click.command("list", cls=Command)
@_index
@_output
@shared_options
def list_command(settings: Settings, index: str | None, output: Path | None) -> None:
    """List the projects of the published index.

    \b
    Examples:
      ghpypi list --store acme/pypi
      ghpypi list --index cu128
    """  # noqa: D301 - \b makes click keep the lines
    catalog = published(settings, output)
    # With --site, the configuration of the repository is not needed.
    own = not output or settings.local_config or settings.backend.keeps_site_at(output)
    config = settings.config if own else None
    if config and not output:
        warn_of_hold(settings)
    rows = [
        _project(line, offer, config)
        for line, offer in offered(settings, catalog, index, catalog.lines.values())
    ]
    if not rows:
        settings.reporter.step("no projects")
    if not settings.json:
        print_table(
            [
                (
                    x["name"],
                    x["current"],
                    count_of(x["files"], "file"),
                    _marks(x),
                )
                for x in rows
            ]
        )
    deliver(
        {"projects": rows},
        lambda: StepOutputs(
            index_url=_index_url(settings, index),
            projects=len(rows),
            files=sum(x["files"] for x in rows),
        ),
        as_json=settings.json,
    )


def _index_url(settings: Settings, index: str | None) -> str:
    """Return the URL of the index; empty if unknown."""
    # With --site, the store may be unknown.
    return index_url(settings, MAIN_FOLDER if index in {None, MAIN} else str(index))


def _project(line: Line, offer: Offer, config: Config | None) -> dict[str, Any]:
    """Describe one project of an index.

    Args:
        line: The project in the catalog.
        offer: Its files in this index.
        config: The configuration, for yanks and statuses; `None` if unknown.
    """
    yanked = config.yanked.get(line.name, {}) if config else None
    status = config.statuses.get(line.name) if config else None
    document = project_document(line.name, offer, yanked=yanked or {}, status=None)
    current, withdrawn = current_version(document)
    if yanked is None and line.shown.version in document["versions"]:
        current = line.shown.version  # computed with the yanks at the time of publication
    return {
        "name": str(line.name),
        "current": current,
        "yanked": withdrawn,
        "prerelease": version_key(current).is_prerelease,
        "status": (status.marker if status else StatusMarker.ACTIVE).value if config else None,
        "versions": document["versions"],
        "files": len(document["files"]),
    }


def _marks(row: Mapping[str, Any]) -> str:
    """Return what a user should know before choosing the current version."""
    active = row["status"] in {None, StatusMarker.ACTIVE}
    marks = {
        "yanked": row["yanked"],
        "prerelease": row["prerelease"],
        str(row["status"]): not active,
    }
    return ", ".join(mark for mark, wanted in marks.items() if wanted)


@click.command("show", cls=Command)
@click.argument("project", metavar="NAME[==VERSION]")
@_index
@_output
@shared_options
def show_command(settings: Settings, project: str, index: str | None, output: Path | None) -> None:
    """Show one project of the published index.

    With a version, only its files are shown; 1.0 includes 1.0.0 and 1.0+cu128.

    \b
    Examples:
      ghpypi show acme-lib --store acme/pypi
      ghpypi show acme-lib==1.0
      ghpypi show acme-lib --index cu128
    """  # noqa: D301
    pin = Pin.parse(project) if "==" in project else None
    name = pin.name if pin else normalize(project)
    line, offer = find_project(settings, published(settings, output), index, name)
    offer = of_version(offer, pin, line) if pin else offer
    yanked = settings.config.yanked.get(name, {})
    status = settings.config.statuses.get(name)
    if not output:
        warn_of_hold(settings)
    document = project_document(name, offer, yanked=yanked, status=status, root="")
    if not settings.json:
        say(name)
        if "project-status" in document:
            state = document["project-status"]
            say(f"{state['status']}: {state.get('reason', '')}".rstrip(": "))
        print_table(list(_rows(offer, yanked)))
    deliver(
        {"project": document},
        lambda: StepOutputs(
            index_url=_index_url(settings, index), projects=1, files=len(document["files"])
        ),
        as_json=settings.json,
    )


def find_project(
    settings: Settings, catalog: Catalog, index: str | None, name: NormalizedName
) -> tuple[Line, Offer]:
    """Return a project with its files in an index; with all files if no index is given.

    Raises:
        NotFoundError: The index does not have it.
    """
    line = catalog.lines.get(name)
    for found in offered(settings, catalog, index, [line] if line else []):
        return found
    raise NotFoundError(
        f"the published index{f' {index}' if index else ''} has no project '{name}'",
        hint="list all projects with 'ghpypi list'; new files appear after the next index run",
    )


def of_version(offer: Offer, pin: Pin, line: Line) -> Offer:
    """Return the files of one version; `1.0` includes `1.0.0` and `1.0+cu128`.

    Raises:
        NotFoundError: The version does not exist.
    """
    files = tuple(file for file in offer.files if pin.means(file.version))
    if not files:
        there = ", ".join(line.entry().project.versions[-10:])
        raise NotFoundError(
            f"the published index has no {pin.name} {pin.version}", hint=f"it has {there}"
        )
    return Offer(files)


def published(settings: Settings, output: Path | None) -> Catalog:
    """Read the published catalog.

    Raises:
        NotFoundError: The site has no index yet.
    """
    return settings.opened.catalog(output)


def offered(
    settings: Settings, catalog: Catalog, index: str | None, lines: Iterable[Line]
) -> Iterator[tuple[Line, Offer]]:
    """Yield projects with their files in an index; with all files if no index is given."""
    if index is None:
        yield from ((line, Offer(line.entry().project.files)) for line in lines if line.files)
        return
    indexes = Indexes.of(settings.config, settings.store_name, catalog.lines.values())
    name = MAIN_FOLDER if index == MAIN else index
    if name not in indexes.names:
        there = ", ".join(each or MAIN for each in indexes.names)
        raise NotFoundError(f"there is no index '{index}'", hint=f"there are {there}")
    for line in lines:
        if line.files and name in indexes.holding(line.membership):
            ((_, offer),) = indexes.offers(line.entry(), [name])
            if offer.files:
                yield line, offer


def _rows(offer: Offer, yanked: Yanks) -> Iterator[tuple[str, ...]]:
    """Yield a row for each file, newest first; files of upstream indexes come last."""
    for file in reversed(offer.files):
        yank = file.yank(yanked)
        yield (
            file.version,
            file.filename,
            human_size(file.size),
            file.uploaded_at,
            f"Python {file.requires_python}" if file.requires_python else "",
            "prerelease" if file.prerelease or version_key(file.version).is_prerelease else "",
            f"yanked: {yank.reason}".rstrip(": ") if yank else "",
        )
    for document in offer.upstream:
        yield (
            "",
            document["filename"],
            human_size(document["size"]) if "size" in document else "",
            document.get("upload-time", ""),
            f"from {split_url(document['url']).netloc}",
            "",
            "yanked" if "yanked" in document else "",
        )
