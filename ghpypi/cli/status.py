"""`ghpypi status`."""

import click

from ghpypi.cli.command import Command
from ghpypi.cli.config_change import (
    ChangeOptions,
    ConfigChange,
    apply_change,
    change_options,
    reason_option,
)
from ghpypi.cli.listing import published
from ghpypi.cli.options import shared_options
from ghpypi.cli.settings import Settings
from ghpypi.core.config.config import Config
from ghpypi.core.config.lifecycle_edit import set_status
from ghpypi.core.indexes.placement import PublishedFile
from ghpypi.core.model import Project, Status, StatusMarker
from ghpypi.core.names import normalize
from ghpypi.errors import NotFoundError


@click.command("status", cls=Command)
@click.argument("project", metavar="NAME")
@click.argument(
    "marker", metavar="STATUS", type=click.Choice([each.value for each in StatusMarker])
)
@reason_option
@change_options
@shared_options
def status_command(
    settings: Settings, project: str, marker: str, reason: str, options: ChangeOptions
) -> None:
    """Set the status of a project.

    STATUS is 'active', 'archived', 'deprecated' or 'quarantined' (PEP 792). Installers see it on
    the page of the project; that of a quarantined project lists no files. The status is set in
    [projects] of ghpypi.toml, which keeps the rest of the file.

    \b
    Examples:
      ghpypi status acme-old deprecated --reason "use acme-new"
      ghpypi status acme-lib quarantined --reason "under investigation" --wait
    """  # noqa: D301 - \b makes click keep the lines
    options.check(settings)
    name = normalize(project)
    status = Status(marker=StatusMarker(marker), reason=" ".join(reason.split()))
    line = published(settings, None).lines.get(name)
    found = line.entry().project if line else Project(name=name, files=())
    if not found.files and (status.marker is not StatusMarker.ACTIVE):
        raise NotFoundError(
            f"the published index has no project '{name}'", hint="'ghpypi list' names all projects"
        )

    def edit(text: str) -> str:
        changed = set_status(text, name, status)
        Config.parse(changed, source=settings.config_file.name)
        return changed

    change = ConfigChange(
        edit=edit,
        message=f"Set the status of {name} to {marker}"
        + (f"\n\n{status.reason}" if status.reason else ""),
        subject=name,
        done=marker,
        already=f"{marker} already",
        document={"project": name, "status": marker, "reason": status.reason},
    )
    files = [
        PublishedFile(filename=file.filename, project=name, status=status.marker)
        for file in found.files[:1]
    ]
    apply_change(settings, options, change, lambda _: files)
