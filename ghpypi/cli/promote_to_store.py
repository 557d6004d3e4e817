"""Promotion to another store, such as from staging to production: the very same files."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from ghpypi import api
from ghpypi.cleanup import temporary_folder
from ghpypi.cli.choice import choose
from ghpypi.cli.index_start import IndexRequest
from ghpypi.cli.public_index import PublishedAssets, downloaded, promoted_files, published_assets
from ghpypi.cli.settings import Settings
from ghpypi.cli.upload import finish_upload
from ghpypi.core.indexes.pin import Pin
from ghpypi.core.model import File, Project
from ghpypi.core.names import PROVENANCE_SUFFIX
from ghpypi.core.upload.plan import Distribution
from ghpypi.errors import NotFoundError, UsageError
from ghpypi.jobs.upload import UploadOptions
from ghpypi.stores import is_same_store


def promote_to_store(
    settings: Settings,
    name: str,
    pins: Mapping[Pin, Project],
    request: IndexRequest,
    *,
    dry_run: bool,
) -> None:
    """Upload the files of versions to another store, with their provenance.

    Args:
        settings: The settings of the store that has them.
        name: The name of the other store in `[stores]`.
        pins: The versions, with their projects.
        request: The options about the index of the other store.
        dry_run: Print the files only.

    Raises:
        UsageError: It is the same store, or on another GitHub.
        NotFoundError: A published file is gone.
        FailedError: A file was replaced.
        ConflictError: The other store has other files of these names; nothing was sent.
    """
    target = _target(settings, name)
    request.check(target, without="--dry-run" if dry_run else "")
    target.backend.store()  # that there is no token is said before anything is downloaded
    files = {file.filename: file for file in promoted_files(pins)}
    with temporary_folder("ghpypi-promote-") as folder:
        published = published_assets(settings)
        paths = list(downloaded(files.values(), folder, published))
        distributions = [
            _with_provenance(each, files[each.filename.text], published)
            for each in api.read_files(paths, target.opened)
        ]
        report = api.upload(distributions, target.opened, UploadOptions(dry_run=dry_run))
    promotion = {
        "store": str(settings.locator),
        "to": name,
        "versions": list(map(str, pins)),
        "files": list(files),
        "diff": "",
        "pull-request": None,
    }
    finish_upload(target, report, request, dry_run=dry_run, document=promotion)


def _target(settings: Settings, name: str) -> Settings:
    choice = choose(name, settings.checkout_config, settings.api_url)
    target = replace(settings, given_store=None, given_config=None, chosen=choice)
    host = settings.hosts.hostname
    if target.hosts != settings.hosts:
        # A file in the checkout must not choose the host that a token is sent to.
        raise UsageError(f"the store '{name}' ({target.locator}) is not on '{host}'")
    if is_same_store(target.locator, settings.locator, host=host):
        raise UsageError(
            f"'{name}' is the store that has these versions already",
            hint="choose the store that they come from with --store",
        )
    return target


def _with_provenance(
    distribution: Distribution, file: File, published: PublishedAssets
) -> Distribution:
    source, assets = published
    asset = assets.get((file.origin, file.tag, file.filename + PROVENANCE_SUFFIX))
    if asset is None:
        return distribution
    with suppress(NotFoundError), source.stream(asset) as stream:
        return replace(distribution, provenance=stream.read())
    return distribution
