"""`ghpypi list` and `ghpypi show`: what the published catalog says."""

from pathlib import Path
from typing import Any

import click

from ghpypi.cli.options import Settings, shared_options
from ghpypi.cli.output import print_json, print_table, say
from ghpypi.core.catalog import Catalog
from ghpypi.core.differences import count_files
from ghpypi.core.model import File, Offer, Project
from ghpypi.core.names import normalize
from ghpypi.core.simple import project_document
from ghpypi.errors import NotFoundError
from ghpypi.report import human_size

_output = click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False),
    help="Read the site in this folder.",
)  # fmt: skip


@click.command("list")
@_output
@shared_options
def list_command(settings: Settings, output: Path | None) -> None:
    """List the projects of the published index.

    \b
    Example:
      ghpypi list --store acme/pypi
    """  # noqa: D301 - \b tells click to keep the lines
    catalog = _published(settings, output)
    projects = [entry.project for entry in catalog.entries() if entry.project.files]
    if settings.json:
        print_json({"projects": [_summary(project) for project in projects]})
        return
    print_table(
        [
            (project.name, project.versions[-1], count_files(len(project.files)))
            for project in projects
        ]
    )


@click.command("show")
@click.argument("project")
@_output
@shared_options
def show_command(settings: Settings, project: str, output: Path | None) -> None:
    """Show one project of the published index.

    \b
    Example:
      ghpypi show acme-lib --store acme/pypi
    """  # noqa: D301
    name = normalize(project)
    line = _published(settings, output).lines.get(name)
    if line is None or not line.files:
        raise NotFoundError(
            f"the published index has no project '{name}'",
            hint="'ghpypi list' names all; a new file appears when the index was renewed",
        )
    found = line.entry().project
    yanked = settings.config.yanked.get(name, {})
    document = project_document(
        name, Offer(found.files), yanked=yanked, status=settings.config.statuses.get(name), root=""
    )
    if settings.json:
        print_json({"project": document})
        return
    say(name)
    if "project-status" in document:
        status = document["project-status"]
        say(f"{status['status']}: {status.get('reason', '')}".rstrip(": "))
    print_table(
        [
            (file.version, file.filename, human_size(file.size), file.uploaded_at, _marks(file))
            + ((f"yanked: {yanked[file.version].reason}",) if file.version in yanked else ("",))
            for file in reversed(found.files)
        ]
    )


def _published(settings: Settings, output: Path | None) -> Catalog:
    site = settings.site(output)
    text = site.catalog()
    if text is None:
        raise NotFoundError(f"{site.name} has no index yet", hint="publish one with 'ghpypi index'")
    return Catalog.parse(text, source=site.name)


def _summary(project: Project) -> dict[str, Any]:
    return {
        "name": project.name,
        "versions": list(project.versions),
        "files": len(project.files),
    }


def _marks(file: File) -> str:
    return f"Python {file.requires_python}" if file.requires_python else ""
