"""`ghpypi upload` and `ghpypi publish`: from files to published releases."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ghpypi import api
from ghpypi.cleanup import temporary_folder
from ghpypi.cli.attesting import AttestRequest, attest_options
from ghpypi.cli.command import Command
from ghpypi.cli.index_start import IndexOutcome, IndexRequest, index_options, start_or_build
from ghpypi.cli.options import shared_options
from ghpypi.cli.output import print_table, say
from ghpypi.cli.project_build import built_project
from ghpypi.cli.settings import Settings
from ghpypi.cli.workflow_files import deliver
from ghpypi.core.indexes.placement import PublishedFile
from ghpypi.core.model import Asset
from ghpypi.core.names import (
    PROVENANCE_SUFFIX,
    SIDECAR_SUFFIX,
    Filename,
    InvalidFilenameError,
)
from ghpypi.core.quantities import human_size
from ghpypi.core.upload.plan import Action, Item, ReleasePlan
from ghpypi.errors import UsageError
from ghpypi.jobs.upload import UploadOptions, UploadReport

_WORDS = {
    Action.SEND: ("uploaded", "would upload"),
    Action.PRESENT: ("already there", "already there"),
    Action.SKIP: ("skipped", "would skip"),
}
_SIBLINGS = {SIDECAR_SUFFIX: "metadata", PROVENANCE_SUFFIX: "provenance"}
_DONE = "the files are uploaded"
"""What is complete even if the index cannot be rebuilt."""


@click.command("upload", cls=Command)
@click.argument("files", nargs=-1, metavar="[FILES]...")
@click.option(
    "--build", metavar="[DIR]", is_flag=False, flag_value=".", default=None,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Build the project in this folder with 'python -m build' first, and upload the result. "
    "[default folder: the current one]",
)  # fmt: skip
@click.option(
    "--tag",
    metavar="TAG",
    help="Tag of the release for all files. [default: NAME-VERSION of each file]",
)
@click.option(
    "--draft", is_flag=True, help="Keep the release a draft; publish it with 'ghpypi publish'."
)
@click.option(
    "--skip-existing",
    is_flag=True,
    help="Skip files that already exist, even with different content.",
)
@click.option(
    "--fix-local-version",
    is_flag=True,
    help="Make correct wheels of those that were renamed to carry a local version such as +cu128: "
    "write that version into their metadata.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Check all files and print what would be uploaded, without uploading.",
)
@click.option(
    "--parallel", metavar="N", type=click.IntRange(1, 16), default=4, show_default=True,
    help="Number of concurrent transfers.",
)  # fmt: skip
@attest_options
@index_options()
@shared_options
def upload_command(
    settings: Settings,
    files: tuple[str, ...],
    build: Path | None,
    tag: str | None,
    draft: bool,
    skip_existing: bool,
    fix_local_version: bool,
    dry_run: bool,
    parallel: int,
    request: IndexRequest,
    attesting: AttestRequest,
) -> None:
    """Upload wheels and source distributions.

    FILES are files, folders (their distributions, not recursively) or patterns. [default: dist]
    Nothing is built, except with --build, which uploads the new files only and keeps them in dist.
    Attestations beside a file, NAME.publish.attestation, are checked and uploaded as its
    provenance (PEP 740); signatures and other files are skipped. All files are checked before the
    first upload. A release stays a draft until all its files are uploaded and verified. After a
    failure, run the same command again: it uploads what is missing.

    \b
    Examples:
      ghpypi upload dist/ --store acme/pypi
      ghpypi upload dist/*.whl --store ./index
      ghpypi upload --build --store acme/pypi
      ghpypi upload dist/ --store acme/pypi --attest
    """  # noqa: D301 - \b makes click keep the lines
    options = UploadOptions(
        tag=tag,
        draft=draft,
        skip_existing=skip_existing,
        dry_run=dry_run,
        parallel=parallel,
    )
    if build and files:
        raise UsageError(
            "--build uploads what it builds, and FILES were named as well",
            hint="leave out --build, or FILES",
        )
    with ExitStack() as stack:
        if build:
            project = built_project(build, settings.reporter, keep=not dry_run)
            files = tuple(map(str, stack.enter_context(project)))
        fixed = (
            stack.enter_context(temporary_folder("ghpypi-fixed-")) if fix_local_version else None
        )
        distributions = api.read_files(files, settings.opened, fixed=fixed)
        # That there is no token is said before anything is signed.
        settings.backend.store([each.filename for each in distributions])
        request.check(settings, without="--draft" if draft else "--dry-run" if dry_run else "")
        with attesting.attester(settings, dry_run=dry_run) as attester:
            options = replace(options, attester=attester)
            report = api.upload(distributions, settings.opened, options)
    finish_upload(settings, report, request, draft=draft, dry_run=dry_run)


def finish_upload(
    settings: Settings,
    report: UploadReport,
    request: IndexRequest,
    *,
    draft: bool = False,
    dry_run: bool = False,
    document: Mapping[str, Any] | None = None,
) -> None:
    """Print what was uploaded, and update the index.

    Args:
        settings: The settings of the store.
        report: The outcome.
        request: The options about the index.
        draft: The releases stay drafts.
        dry_run: Nothing was uploaded.
        document: Further keys of the JSON document.
    """
    if not settings.json:
        print_table(_rows(report, dry_run=dry_run))
    outcome = IndexOutcome()
    if not draft and not dry_run:
        outcome = start_or_build(settings, request, _DONE, _published(report))
    published = _published(report)
    sent = any(item.assets for release in report.plan.releases for item in release.items)
    changed = sent or bool(report.published)
    deliver(
        {
            "store": str(settings.locator),
            **(document or {}),
            "dry-run": dry_run,
            "changed": changed,
            "releases": _releases(report),
            "index": outcome.document,
        },
        lambda: outcome.outputs(
            settings, request, changed=changed and not dry_run, files=published
        ),
        as_json=settings.json,
        summary=outcome.summary,
    )
    if not settings.json:
        for name in report.drafts:
            settings.reporter.step(
                f"release {name} is a draft; publish it with 'ghpypi publish {name}'"
            )
    outcome.end()


@click.command("publish", cls=Command)
@click.argument("tag")
@index_options()
@shared_options
def publish_command(settings: Settings, tag: str, request: IndexRequest) -> None:
    """Publish a draft made by 'upload --draft'.

    \b
    Example:
      ghpypi publish acme-lib-1.0 --store acme/pypi
    """  # noqa: D301
    settings.backend.store()  # that there is no token is said first
    request.check(settings)
    done = api.publish(tag, settings.opened)
    if not settings.json:
        say(f"{tag} {'published' if done.changed else 'already published'}")
    files = _published_assets(done.release.assets)
    outcome = start_or_build(settings, request, _DONE, files)
    document = {
        "store": str(settings.locator),
        "tag": tag,
        "changed": done.changed,
        "index": outcome.document,
    }
    deliver(
        document,
        lambda: outcome.outputs(settings, request, changed=done.changed, files=files),
        as_json=settings.json,
        summary=outcome.summary,
    )
    outcome.end()


def _rows(report: UploadReport, *, dry_run: bool) -> list[tuple[str, ...]]:
    return [
        (
            _word(item, dry_run=dry_run),
            item.distribution.filename.text,
            human_size(item.distribution.size),
            f"release {item.where or release.tag}",
        )
        for release in report.plan.releases
        for item in release.items
    ]


def _published(report: UploadReport) -> list[PublishedFile]:
    """Return all published files of the releases, including those that already existed."""
    return [
        PublishedFile(
            filename=item.held_as or item.distribution.filename.text,
            project=item.distribution.filename.project,
            sha256=item.distribution.sha256,
        )
        for release in report.plan.releases
        for item in release.items
        if item.action in {Action.SEND, Action.PRESENT}
        and item.distribution.filename.kind != "variants"
    ]


def _published_assets(assets: Iterable[Asset]) -> list[PublishedFile]:
    found = []
    for asset in assets:
        with suppress(InvalidFilenameError):
            name = Filename.parse(asset.name)
            if name.kind != "variants":
                found.append(
                    PublishedFile(filename=asset.name, project=name.project, sha256=asset.sha256)
                )
    return found


def _word(item: Item, *, dry_run: bool) -> str:
    if item.action is Action.PRESENT and item.siblings:
        siblings = " and ".join(_SIBLINGS[suffix] for suffix in item.siblings)
        return f"would upload its {siblings}" if dry_run else f"uploaded its {siblings}"
    return _WORDS[item.action][dry_run]


def _is_public(release: ReleasePlan) -> bool:
    return release.existing is not None and not release.existing.draft


def _releases(report: UploadReport) -> list[dict[str, Any]]:
    return [
        {
            "tag": release.tag,
            "published": release.tag in report.published or _is_public(release),
            "draft": release.tag in report.drafts,
            "files": [
                {
                    "filename": item.distribution.filename.text,
                    "size": item.distribution.size,
                    "sha256": item.distribution.sha256,
                    "outcome": item.action.value,
                    "core-metadata": SIDECAR_SUFFIX in item.siblings,
                    "provenance": PROVENANCE_SUFFIX in item.siblings,
                }
                for item in release.items
            ],
        }
        for release in report.plan.releases
    ]
