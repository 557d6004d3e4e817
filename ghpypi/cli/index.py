"""`ghpypi index`."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from ghpypi import api
from ghpypi.cli.attesting import attestation_settings, fetch_option
from ghpypi.cli.command import Command
from ghpypi.cli.index_report import index_json, index_lines
from ghpypi.cli.index_summary import index_outputs, summary
from ghpypi.cli.index_warnings import index_warnings
from ghpypi.cli.options import DurationType, shared_options
from ghpypi.cli.output import say
from ghpypi.cli.provenance_options import signature_verifier
from ghpypi.cli.renderer import renderer_without_secrets
from ghpypi.cli.settings import Settings
from ghpypi.cli.signals import interrupted, stoppable
from ghpypi.cli.unread_files import require_all_read
from ghpypi.cli.workflow_files import deliver, index_url
from ghpypi.core.quantities import count_of
from ghpypi.errors import GhpypiError, UsageError
from ghpypi.jobs.index.outcome import IndexOptions, IndexReport
from ghpypi.jobs.start_index import start_indexes
from ghpypi.report import in_workflow


@click.command("index", cls=Command)
@click.option(
    "--output", metavar="DIR", type=click.Path(path_type=Path, file_okay=False),
    help="Write the site to this folder. [default: the branch or folder of the store]",
)  # fmt: skip
@click.option(
    "--check", is_flag=True,
    help="Compare all pages without writing; exit with 3 if the site is out of date.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Print what would change, without writing it.")
@click.option("--allow-shrink", is_flag=True, help="Publish even if files have been removed.")
@click.option(
    "--accept-removed", metavar="TAG", multiple=True,
    help="Publish without the removed files of this release, or of releases whose tags match a "
    "pattern such as 'nightly-*'. Can be repeated.",
)  # fmt: skip
@click.option(
    "--accept-replaced", metavar="TAG", multiple=True,
    help='Publish the replaced files of this release, with on-replace = "refuse". Can be '
    "repeated.",
)  # fmt: skip
@click.option(
    "--adopt", is_flag=True,
    help="Overwrite files that ghpypi did not write, where they conflict with pages of the index.",
)  # fmt: skip
@click.option(
    "--ensure-pages/--no-ensure-pages", default=None,
    help="Start the GitHub Pages build if GitHub has not. [default: in GitHub Actions]",
)  # fmt: skip
@click.option("--full", is_flag=True, help="Read all files again and render all pages.")
@click.option(
    "--refresh/--no-refresh", default=None,
    help="Update download counts and the files of upstream indexes. "
    "[default: in scheduled runs of GitHub Actions]",
)  # fmt: skip
@click.option(
    "--max-time", metavar="DURATION", type=DurationType(),
    help="Stop reading files after this time, such as 50m, and publish what was read; the next "
    "run continues. In GitHub Actions, the next run is started.",
)  # fmt: skip
@click.option(
    "--verify-provenance", is_flag=True,
    help="Verify the signatures in the provenance of files that are read; needs ghpypi[attest]. "
    "A file with an invalid one is left out.",
)  # fmt: skip
@fetch_option
@shared_options
def index_command(
    settings: Settings,
    output: Path | None,
    check: bool,
    dry_run: bool,
    allow_shrink: bool,
    accept_removed: tuple[str, ...],
    accept_replaced: tuple[str, ...],
    adopt: bool,
    verify_provenance: bool,
    fetch_attestations: bool,
    ensure_pages: bool | None,
    full: bool,
    refresh: bool | None,
    max_time: float | None,
) -> None:
    """Rebuild and publish the index.

    Reads all published releases, and writes the Simple API pages that changed. Without changes,
    nothing is written. The index is not published if files would disappear from it (see
    --accept-removed and --allow-shrink), or if it would overwrite files that ghpypi did not write
    (see --adopt).

    \b
    Examples:
      ghpypi index --store acme/pypi
      ghpypi index --store acme/pypi --output ./site
      ghpypi index --accept-removed acme-lib-1.0
    """  # noqa: D301 - \b makes click keep the lines
    scheduled = in_workflow(os.environ) and os.environ.get("GITHUB_EVENT_NAME") == "schedule"
    options = IndexOptions(
        verifier=signature_verifier(()) if verify_provenance else None,
        attestations=attestation_settings(settings) if fetch_attestations else None,
        full=full,
        refresh=scheduled if refresh is None else refresh,
        allow_shrink=allow_shrink,
        accept_removed=accept_removed,
        accept_replaced=accept_replaced,
        adopt=adopt,
        dry_run=dry_run,
        check=check,
        max_seconds=max_time,
    )
    if max_time is not None and (full or check or dry_run):
        raise UsageError(
            "--max-time publishes a part, and --full, --check and --dry-run need everything",
            hint="leave out --max-time",
        )
    if max_time is not None:
        settings.deadline = time.time() + max_time
    built = run_index(settings, options, output, ensure_pages=ensure_pages)
    deliver(
        {
            "store": str(settings.locator),
            "dry-run": dry_run or check,
            "changed": built.report.outdated,
            "index": built.document,
        },
        lambda: index_outputs(built.report, index_url(settings)),
        as_json=settings.json,
        summary=summary(built.report, built.report.address),
    )
    built.require_completion()
    elsewhere = settings.backend.capabilities.builds_elsewhere and output is None
    if elsewhere and needs_another_run(built.report) and in_workflow(os.environ):
        start_indexes([settings.backend.index_builder()], settings.reporter)
    require_all_read(built.document)


class BuiltIndex(NamedTuple):
    """A locally built index.

    Attributes:
        report: What it holds, and what changed.
        document: The same, for programs.
        stopped_by: The signal that ended the run before all files were read.
    """

    report: IndexReport
    document: Mapping[str, Any]
    stopped_by: int | None = None

    def require_completion(self) -> None:
        """Fail if a signal ended the run early; what it has read is published.

        Raises:
            Interrupted: A signal did.
        """
        if self.stopped_by is not None:
            left = count_of(self.report.remaining, "file")
            raise interrupted(self.stopped_by, f"what was read is published, {left} left")


def run_index(
    settings: Settings,
    options: IndexOptions,
    output: Path | None = None,
    *,
    ensure_pages: bool | None = None,
) -> BuiltIndex:
    """Build and publish the index, and print what changed."""
    with stoppable(options.stop.request) as stopping:
        try:
            report = api.build_index(
                settings.opened, output, options, renderer=renderer_without_secrets()
            )
        except GhpypiError as error:
            if stopping.number is None:
                raise
            raise interrupted(stopping.number, str(error)) from error
    settings.reporter.close()
    for warning in index_warnings(report):
        settings.reporter.warn(warning)
    if not settings.json:
        for line in index_lines(report):
            say(line)
    if in_workflow(os.environ):
        ensure_pages = ensure_pages is not False
    if ensure_pages and report.published and report.published.revision:
        told = settings.backend.ensure_published(report.published.revision)
        if told:
            settings.reporter.warn(told)
    return BuiltIndex(
        report=report,
        document=index_json(report),
        stopped_by=stopping.number if report.remaining else None,
    )


def needs_another_run(report: IndexReport) -> bool:
    """Return whether a run ended because its time was up, and another one would read more.

    A run that read nothing, or that the remote refused, is not continued at once: it would start
    runs without an end.
    """
    return bool(report.remaining and report.read and not report.unread)
