"""`ghpypi backfill`."""

from collections.abc import Iterator

import click

from ghpypi.cli.attesting import fetch_option
from ghpypi.cli.backfill_provenance import backfill_provenance, provenance_document
from ghpypi.cli.command import Command
from ghpypi.cli.index_start import IndexOutcome, IndexRequest, index_options, start_or_build
from ghpypi.cli.listing import published
from ghpypi.cli.options import shared_options
from ghpypi.cli.output import print_table, say
from ghpypi.cli.settings import Settings
from ghpypi.cli.workflow_files import deliver
from ghpypi.core.names import SIDECAR_SUFFIX
from ghpypi.core.quantities import count_of
from ghpypi.errors import DamagedError, FailedError, NotFoundError
from ghpypi.jobs.backfill import (
    BackfillItem,
    BackfillOptions,
    BackfillReport,
    WheelOutcome,
    backfill,
)
from ghpypi.jobs.provenance import ProvenanceItem, ProvenanceOutcome

_WORDS = {
    WheelOutcome.ADDED: ("added", "would add"),
    WheelOutcome.REPLACED: ("replaced", "would replace"),
}
_DONE = "the metadata files are written"
"""What is complete even if the index cannot be rebuilt."""


@click.command("backfill", cls=Command)
@click.argument("tags", nargs=-1, metavar="[TAG]...")
@click.option("--dry-run", is_flag=True, help="Print what would be written, without writing it.")
@click.option(
    "--parallel", metavar="N", type=click.IntRange(1, 16), default=8, show_default=True,
    help="Number of concurrent transfers.",
)  # fmt: skip
@click.option(
    "--convert-bundles", is_flag=True,
    help="Also add provenance (PEP 740) to files, from Sigstore bundles in their releases "
    "(NAME.sigstore.json, NAME.intoto.jsonl). Needs ghpypi[attest].",
)  # fmt: skip
@fetch_option
@index_options(wait=False)
@shared_options
def backfill_command(
    settings: Settings,
    tags: tuple[str, ...],
    dry_run: bool,
    parallel: int,
    convert_bundles: bool,
    fetch_attestations: bool,
    request: IndexRequest,
) -> None:
    """Add missing metadata files to releases, and replace wrong ones.

    Installers read the metadata file of a wheel (NAME.whl.metadata) instead of downloading the
    wheel to find its dependencies. Wheels that other tools uploaded have none, and that of a
    replaced wheel is outdated. Checks all releases and drafts, or only those with the given TAGS;
    immutable releases are skipped. Only the metadata of each wheel is downloaded.

    \b
    Examples:
      ghpypi backfill --store acme/pypi --dry-run
      ghpypi backfill acme-lib-1.0 --store acme/pypi
      ghpypi backfill --fetch-attestations --store acme/pypi
    """  # noqa: D301 - \b makes click keep the lines
    options = BackfillOptions(
        tags=tags,
        dry_run=dry_run,
        parallel=parallel,
        known=_known(settings),
        hash_missing=not settings.config.index.needs_digests,
        exclude=settings.config.index.exclude_assets,
    )
    store = settings.backend.store()
    request.check(settings)
    report = backfill(store, settings.reporter, options)
    for item in report.of(WheelOutcome.INVALID, WheelOutcome.UNREAD, WheelOutcome.FAILED):
        settings.reporter.warn(f"{item.filename} (release {item.tag}): {item.reason}")
    if not settings.json:
        print_table(list(_rows(report, dry_run=dry_run)))
        say(_summary(report))
    added: list[ProvenanceItem] = []
    if convert_bundles or fetch_attestations:
        added = backfill_provenance(
            settings, store, tags=tags, dry_run=dry_run, fetch=fetch_attestations
        )
    outcome = IndexOutcome() if dry_run else start_or_build(settings, request, _DONE)
    new = any(item.outcome is ProvenanceOutcome.ADDED for item in added)
    changed = bool(report.of(*_WORDS)) or new
    document = {
        "store": str(settings.locator),
        "dry-run": dry_run,
        "changed": changed,
        **_json(report),
        "provenance": provenance_document(added),
        "index": outcome.document,
    }
    deliver(
        document,
        lambda: outcome.outputs(settings, request, changed=changed and not dry_run),
        as_json=settings.json,
        summary=outcome.summary,
    )
    _require_all_done(report)
    outcome.end()


def _known(settings: Settings) -> frozenset[str]:
    """Return the `File.stamp` of wheels whose metadata files the index has."""
    try:
        entries = published(settings, None).entries()
        files = (file for entry in entries for file in entry.project.files)
        return frozenset(file.stamp for file in files if file.core_metadata)
    except (FailedError, NotFoundError):
        return frozenset()  # without an index, every wheel is read


def _rows(report: BackfillReport, *, dry_run: bool) -> Iterator[tuple[str, ...]]:
    for item in report.of(*_WORDS):
        word = _WORDS[item.outcome][dry_run]
        yield word, item.filename + SIDECAR_SUFFIX, f"release {item.tag}"


def _summary(report: BackfillReport) -> str:
    present = len(report.of(WheelOutcome.PRESENT))
    text = f"{count_of(len(report.items), 'file')} compared, {present} already correct"
    return f"{text}; immutable releases skipped: {report.immutable}" if report.immutable else text


def _json(report: BackfillReport) -> dict[str, object]:
    changed = [item for item in report.items if item.outcome is not WheelOutcome.PRESENT]
    return {
        "files": [_item(item) for item in changed],
        "present": len(report.items) - len(changed),
        "immutable-releases": report.immutable,
    }


def _item(item: BackfillItem) -> dict[str, str]:
    return {
        "tag": item.tag,
        "filename": item.filename,
        "outcome": item.outcome.value,
        "reason": item.reason,
    }


def _require_all_done(report: BackfillReport) -> None:
    if failed := report.of(WheelOutcome.FAILED):
        raise FailedError(f"metadata files of {count_of(len(failed), 'file')} could not be written")
    if unread := report.of(WheelOutcome.UNREAD):
        raise DamagedError(
            f"{count_of(len(unread), 'file')} could not be read",
            hint="run the same command again later",
        )
