"""What `ghpypi delete` and `ghpypi prune` share: plan, confirmation, record, deletion, index."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from ghpypi.cli.config_change import reason_option
from ghpypi.cli.index_start import IndexOutcome, IndexRequest, index_options, start_or_build
from ghpypi.cli.output import confirm, print_table, say
from ghpypi.cli.published_store import PublishedStore, Versions
from ghpypi.cli.settings import Settings
from ghpypi.cli.workflow_files import deliver
from ghpypi.core.catalog.differences import MESSAGE_LINES
from ghpypi.core.config.hold import END_HINT
from ghpypi.core.deletion import ReleaseDeletion, versions_of
from ghpypi.core.indexes.placement import PublishedFile
from ghpypi.core.names import version_key
from ghpypi.core.quantities import count_of, human_size
from ghpypi.errors import ConflictError, UsageError
from ghpypi.jobs.delete import check_deletable, delete, delete_tags


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOptions:
    """The options of a command that deletes.

    Attributes:
        yes: Delete without asking.
        dry_run: Print the plan only.
        record: Record the versions in the configuration.
        reason: Why; part of the record.
        index: The options about the index.
    """

    yes: bool
    dry_run: bool
    record: bool
    reason: str
    index: IndexRequest


def delete_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a command that deletes, passed as `options`."""

    @click.option("--yes", is_flag=True, help="Delete without asking.")
    @click.option("--dry-run", is_flag=True, help="Print what would be deleted, without deleting.")
    @click.option(
        "--record/--no-record", default=True, show_default=True,
        help="Record the versions in [removed] of ghpypi.toml, so that the index run expects it.",
    )  # fmt: skip
    @reason_option
    @index_options()
    @wraps(function)
    def command(*args: Any, request: IndexRequest, **given: Any) -> None:
        options = DeleteOptions(
            yes=given.pop("yes"),
            dry_run=given.pop("dry_run"),
            record=given.pop("record"),
            reason=" ".join(given.pop("reason").split()),
            index=request,
        )
        function(*args, options=options, **given)

    return command


def carry_out(
    settings: Settings,
    options: DeleteOptions,
    found: PublishedStore,
    plan: Sequence[ReleaseDeletion],
    versions: Versions,
    *,
    left_tags: Sequence[str] = (),
) -> None:
    """Print a plan, and after the confirmation record it, delete, and update the index.

    Args:
        settings: The settings of the command.
        options: Its options.
        found: The published indexes.
        plan: What is deleted.
        versions: The versions of the plan, and those that an earlier attempt deleted.
        left_tags: Tags without a release, which an earlier attempt may have left.

    Raises:
        UsageError: A confirmation is needed, and there is no terminal.
    """
    check_deletable(plan)
    _check_not_held(found, plan)
    document: dict[str, Any] = {
        "store": str(settings.locator),
        "dry-run": options.dry_run,
        "versions": [f"{name}=={each}" for name, texts in versions.items() for each in texts],
        "releases": [_document(each) for each in plan],
    }
    if not settings.json:
        print_table([row for each in plan for row in _rows(each)])
    outcome = IndexOutcome()
    proceed = bool(versions) and not options.dry_run and _confirmed(settings, options, plan)
    if proceed:
        outcome = _delete(settings, options, found, plan, versions, left_tags)
    document["changed"] = proceed or (bool(versions) and options.dry_run)
    document["index"] = outcome.document
    if not settings.json:
        say(_summary(plan, versions, deleted=proceed))
    deliver(
        document,
        lambda: outcome.outputs(settings, options.index, changed=proceed),
        as_json=settings.json,
        summary=outcome.summary,
    )
    outcome.end()
    if versions and not options.dry_run and not proceed and not sys.stdin.isatty():
        raise UsageError("nothing was deleted without a confirmation", hint="add --yes")


def _check_not_held(found: PublishedStore, plan: Sequence[ReleaseDeletion]) -> None:
    """Check that an index which is held at an earlier state does not have the files.

    Raises:
        ConflictError: It does, and index runs could not remove their links.
    """
    doomed = {(x.release.tag, asset.name) for x in plan for asset in x.assets}
    for settings, catalog in found.catalogs:
        if not settings.config.hold:
            continue
        shown = [
            file.filename
            for name in versions_of(plan)
            for file in (catalog.lines[name].entry().project.files if name in catalog.lines else ())
            if file.origin == found.store.origin and (file.tag, file.filename) in doomed
        ]
        if shown:
            raise ConflictError(
                f"the index of {settings.locator} is {settings.config.hold.state} and has "
                f"{count_of(len(shown), 'file')} that would be deleted; nothing was deleted",
                faults=shown[:MESSAGE_LINES],
                hint=f"{END_HINT}; then delete them",
            )


def _delete(
    settings: Settings,
    options: DeleteOptions,
    found: PublishedStore,
    plan: Sequence[ReleaseDeletion],
    versions: Versions,
    left_tags: Sequence[str],
) -> IndexOutcome:
    # The record comes first: an interruption in between leaves a file that the index still has,
    # and not an index that stops because the file is gone.
    if options.record:
        found.record(versions, options.reason)
    delete(found.store, plan, settings.reporter)
    if settings.backend.capabilities.builds_elsewhere:  # in a folder, a release is its own tag
        delete_tags(found.store, left_tags)
    gone = [
        PublishedFile(filename=x.filename, project=name, sha256=x.sha256 or None, gone=True)
        for name, texts in versions.items()
        for x in found.project(name).files
        if version_key(x.version) in set(map(version_key, texts))
    ]
    return start_or_build(settings, options.index, "the files are deleted", gone)


def _confirmed(settings: Settings, options: DeleteOptions, plan: Sequence[ReleaseDeletion]) -> bool:
    """Return whether the user wants the deletion; without a terminal, only `--yes` does."""
    if options.yes:
        return True
    if settings.json or not sys.stdin.isatty():
        return False
    count = count_of(sum(len(each.files) for each in plan), "file")
    return confirm(f"Delete {count} for good?")


def _rows(deletion: ReleaseDeletion) -> Iterator[tuple[str, ...]]:
    where = f"release {deletion.release.tag}"
    note = "with the release and its tag" if deletion.whole else "other files stay"
    for _, asset in deletion.files:
        yield "delete", asset.name, human_size(asset.size), where, note


def _document(deletion: ReleaseDeletion) -> dict[str, Any]:
    return {
        "tag": deletion.release.tag,
        "whole": deletion.whole,
        "files": [asset.name for asset in deletion.assets],
    }


def _summary(plan: Sequence[ReleaseDeletion], versions: Versions, *, deleted: bool) -> str:
    files = count_of(sum(len(each.files) for each in plan), "file")
    count = count_of(sum(map(len, versions.values())), "version")
    if not versions:
        return "nothing to delete"
    if not plan:
        return f"{count} already deleted"
    return f"{'deleted' if deleted else 'would delete'} {files} of {count}"
