"""The part of `ghpypi backfill` that adds provenance."""

from collections.abc import Sequence
from typing import Any

from ghpypi.attestation.extra import require_library
from ghpypi.cli.output import print_table, say
from ghpypi.cli.settings import Settings
from ghpypi.core.names import PROVENANCE_SUFFIX
from ghpypi.core.quantities import count_of
from ghpypi.jobs.provenance import (
    ProvenanceItem,
    ProvenanceOptions,
    ProvenanceOutcome,
    add_provenance,
)
from ghpypi.ports import FileStore


def backfill_provenance(
    settings: Settings, store: FileStore, *, tags: tuple[str, ...], dry_run: bool, fetch: bool
) -> list[ProvenanceItem]:
    """Add provenance to the files of releases, from bundles beside them or of GitHub.

    Raises:
        UsageError: Packages are missing, or the store has no stored attestations.
    """
    require_library()
    # Imported here because the libraries are large.
    from ghpypi.attestation.fetched import converted  # noqa: PLC0415

    options = ProvenanceOptions(
        convert=converted,
        source=settings.backend.attestations() if fetch else None,
        tags=tags,
        dry_run=dry_run,
        exclude=settings.config.index.exclude_assets,
    )
    items = add_provenance(store, settings.reporter, options)
    for item in items:
        if item.reason:
            settings.reporter.warn(f"{item.filename} (release {item.tag}): {item.reason}")
    if not settings.json:
        added = [item for item in items if item.outcome is ProvenanceOutcome.ADDED]
        word = "would add" if dry_run else "added"
        print_table([(word, x.filename + PROVENANCE_SUFFIX, f"release {x.tag}") for x in added])
        left = len(items) - len(added)
        say(f"provenance: {count_of(len(added), 'file')} {word}, {left} without an attestation")
    return items


def provenance_document(items: Sequence[ProvenanceItem]) -> list[dict[str, Any]]:
    """Describe the outcomes for JSON."""
    return [
        {"tag": x.tag, "filename": x.filename, "outcome": x.outcome.value, "reason": x.reason}
        for x in items
    ]
