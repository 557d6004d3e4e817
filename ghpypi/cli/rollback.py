"""`ghpypi rollback`."""

import time
from collections.abc import Iterator

import click

from ghpypi.cli.command import Command
from ghpypi.cli.config_change import (
    ChangeOptions,
    ConfigChange,
    apply_change,
    change_options,
    reason_option,
)
from ghpypi.cli.findings import MOST_NAMES
from ghpypi.cli.options import shared_options
from ghpypi.cli.output import say
from ghpypi.cli.settings import Settings
from ghpypi.core.config.config import Config
from ghpypi.core.config.hold import Hold, parse_revision
from ghpypi.core.config.hold_edit import end_hold, set_hold
from ghpypi.core.indexes.placement import PublishedFile
from ghpypi.core.site.history import END_SUBJECT, hold_subject
from ghpypi.errors import UsageError
from ghpypi.jobs.index.held import EarlierIndex, read_earlier

MOST_FILES = 20
"""Number of files that `--wait` looks at: a run publishes all pages at once."""


@click.command("rollback", cls=Command)
@click.argument("commit", required=False, metavar="[COMMIT]")
@click.option("--end", is_flag=True, help="Publish the current releases again.")
@reason_option
@change_options
@shared_options
def rollback_command(
    settings: Settings, commit: str | None, end: bool, reason: str, options: ChangeOptions
) -> None:
    """Publish an earlier state of the index.

    COMMIT is a commit of the branch with the pages; 7 digits or more are enough, and 'ghpypi
    history NAME' lists them. The commit is set in [hold] of ghpypi.toml, and until 'ghpypi rollback
    --end' removes it, index runs publish the pages of that commit: new and changed releases,
    yanks and statuses are not shown. Releases stay as they are. Refused if files of the earlier
    index were deleted or replaced since then.

    \b
    Examples:
      ghpypi rollback 3e9a77d0c4 --reason "1.1 breaks builds" --wait
      ghpypi rollback --end
    """  # noqa: D301 - \b makes click keep the lines
    if end == bool(commit):
        raise UsageError("name either a commit or --end")
    commit = parse_revision(commit) if commit else None
    options.check(settings)
    reason = " ".join(reason.split())
    if commit:
        _begin(settings, commit, reason, options)
    else:
        _end(settings, reason, options)


def _begin(settings: Settings, commit: str, reason: str, options: ChangeOptions) -> None:
    opened = settings.opened
    earlier = read_earlier(
        opened.source(), opened.site(), opened.site_settings(), settings.reporter, commit
    )
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    hold = Hold(commit=earlier.revision, since=now, reason=reason)

    def edit(text: str) -> str:
        current = Config.parse(text, source=settings.config_file.name).hold
        changed = set_hold(text, hold, current=current)
        Config.parse(changed, source=settings.config_file.name)
        return changed

    if not settings.json:
        for line in _effect(earlier):
            say(line)
    change = ConfigChange(
        edit=edit,
        message=_message(hold_subject(hold.commit), reason),
        subject=settings.locator.value,
        done=f"held at {hold.commit}",
        already=f"held at {hold.commit} already",
        document={
            "commit": hold.commit,
            "reason": reason,
            "files-added": list(earlier.differences.added),
            "files-changed": list(earlier.differences.changed),
            "files-removed": list(earlier.differences.removed),
            "marks": list(earlier.differences.marks),
        },
        sets_hold=True,
    )
    apply_change(settings, options, change, lambda _: list(_awaited(earlier)))


def _end(settings: Settings, reason: str, options: ChangeOptions) -> None:
    held = settings.config.hold

    def edit(text: str) -> str:
        changed = end_hold(text)
        Config.parse(changed, source=settings.config_file.name)
        return changed

    change = ConfigChange(
        edit=edit,
        message=_message(END_SUBJECT, reason),
        subject=settings.locator.value,
        done="not held any more",
        already="not held",
        document={
            "commit": held.commit if held else None,
            "reason": reason,
            "files-added": [],
            "files-changed": [],
            "files-removed": [],
            "marks": [],
        },
    )
    # Which files the next run publishes is not known: it reads the releases.
    apply_change(settings, options, change, lambda _: [])


def _effect(earlier: EarlierIndex) -> Iterator[str]:
    """Yield what going back changes: `MOST_NAMES` lines of each kind."""
    found = earlier.differences
    kinds = (
        [f"will be added: {name}" for name in found.added],
        [f"will be as before: {name}" for name in found.changed],
        [f"will not be listed: {name}" for name in found.removed],
        [f"as before: {mark}" for mark in found.marks],
    )
    for lines in kinds:
        yield from lines[:MOST_NAMES]
        if len(lines) > MOST_NAMES:
            yield f"and {len(lines) - MOST_NAMES} more"


def _awaited(earlier: EarlierIndex) -> Iterator[PublishedFile]:
    """Yield files that the pages list after the change, and files that they do not list then."""
    for gone, lost in ((True, earlier.differences.lost), (False, earlier.reverse.lost)):
        for name, file in lost[:MOST_FILES]:
            yield PublishedFile(
                filename=file.filename, project=name, sha256=file.sha256 or None, gone=gone
            )


def _message(subject: str, reason: str) -> str:
    return subject + (f"\n\n{reason}" if reason else "")
