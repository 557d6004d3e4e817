"""Upload: check, plan, then drafts filled, verified and published.

    distributions ─check─► store.releases() ─plan─► Plan ─draft, put, publish─► Outcome*

Nothing is sent before every check has passed. A release appears whole: it stays a draft until
each of its files and sidecars has arrived and was verified. Whatever goes wrong, the same call
again finds what has arrived and does the rest.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from ghpypi.core.check import (
    conflict_lines,
    distribution_faults,
    distribution_warnings,
    plan_faults,
)
from ghpypi.core.config_indexes import VariantsConfig
from ghpypi.core.identity import FileKey, key_of, stored_key
from ghpypi.core.model import StoredRelease
from ghpypi.core.names import SIDECAR_SUFFIX
from ghpypi.core.plan import Action, Distribution, Item, Plan, ReleasePlan, make_plan
from ghpypi.core.variants import variant_of_tag
from ghpypi.errors import ConflictError, RefusedError
from ghpypi.ports import Advance, FileStore, NewAsset, NewRelease, Reporter
from ghpypi.stored_files import hash_stored


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOptions:
    """What can be chosen.

    Attributes:
        tag: Put everything in this release.
        draft: Stop before publishing.
        skip_existing: A file of the same name with other content is left alone.
        dry_run: Stop after planning.
        parallel: Files under way at once.
        variants: How tags tell variants apart, whose files may have one name.
    """

    tag: str | None = None
    draft: bool = False
    skip_existing: bool = False
    dry_run: bool = False
    parallel: int = 4
    variants: VariantsConfig = field(default_factory=VariantsConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadReport:
    """What was done, or with `dry_run` would be.

    Attributes:
        plan: What was to be done.
        published: The tags that became visible.
        drafts: The tags that wait for `ghpypi publish`.
    """

    plan: Plan
    published: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()


def upload(
    distributions: Sequence[Distribution],
    store: FileStore,
    reporter: Reporter,
    options: UploadOptions,
) -> UploadReport:
    """Put distributions into a store.

    Raises:
        RefusedError: The store cannot take some of them; nothing was sent.
        ConflictError: Some are there already with other content; nothing was sent.
        FailedError: Something arrived damaged.
        TryLaterError: The store refused for now; the same call again finishes the work.
    """
    plan = plan_upload(distributions, store, reporter, options)
    if options.dry_run:
        return UploadReport(plan=plan)
    published, drafts = [], []
    total = sum(release.size for release in plan.releases)
    with reporter.progress("uploading", total) as advance:
        for release in plan.releases:
            stored = _fill(release, store, options, advance)
            if stored and stored.draft and options.draft:
                drafts.append(release.tag)
            elif stored and stored.draft:
                store.publish(stored)
                published.append(release.tag)
    return UploadReport(plan=plan, published=tuple(published), drafts=tuple(drafts))


def plan_upload(
    distributions: Sequence[Distribution],
    store: FileStore,
    reporter: Reporter,
    options: UploadOptions,
) -> Plan:
    """Check everything, and decide what happens to each file.

    Raises:
        RefusedError: The store cannot take some of them.
        ConflictError: Some are there already with other content.
    """
    faults = list(distribution_faults(distributions, store.rules))
    if faults:
        raise RefusedError(f"{store.name} cannot take these files; nothing was sent", faults=faults)
    for warning in distribution_warnings(distributions, store.rules):
        reporter.warn(warning)
    reporter.step(f"looking at what is in {store.name}")
    keys = {key_of(each.filename) for each in distributions}
    stored = [_with_digests(release, keys, store) for release in store.releases()]
    plan = make_plan(
        distributions,
        stored,
        tag=options.tag,
        skip_existing=options.skip_existing,
        variant_of=partial(variant_of_tag, config=options.variants),
    )
    if plan.conflicts:
        raise ConflictError(
            f"{store.name} has other files of these names; nothing was sent",
            faults=conflict_lines(plan),
            hint="a published file never changes: release a new version, "
            "or leave these out with --skip-existing",
        )
    faults = list(plan_faults(plan, store.rules))
    if faults:
        raise RefusedError(f"{store.name} cannot take these files; nothing was sent", faults=faults)
    return plan


def _with_digests(release: StoredRelease, keys: set[FileKey], store: FileStore) -> StoredRelease:
    """Find out the digests that decide something and that the store does not know."""
    projects = {project for project, _ in keys}
    assets = []
    for asset in release.assets:
        name = asset.name.removesuffix(SIDECAR_SUFFIX)
        if asset.complete and not asset.sha256 and stored_key(name, projects) in keys:
            assets.append(replace(asset, sha256=hash_stored(store, asset)))
        else:
            assets.append(asset)
    return replace(release, assets=tuple(assets))


def _fill(
    plan: ReleasePlan, store: FileStore, options: UploadOptions, advance: Advance
) -> StoredRelease | None:
    """Bring a release into being, with all its files; `None` if there is none and no need."""
    if not plan.assets:
        return plan.existing
    release = plan.existing or store.draft(_new_release(plan))
    pool = ThreadPoolExecutor(max_workers=options.parallel, thread_name_prefix="upload")
    try:
        tasks = [pool.submit(_send, item, release, store, advance) for item in plan.items]
        for task in tasks:
            task.result()
    finally:
        pool.shutdown(cancel_futures=True)
    return release


def _send(item: Item, release: StoredRelease, store: FileStore, advance: Advance) -> None:
    """Send a file, its metadata file first: where there is a wheel, its metadata can be found.

    The metadata file may be there already, of a wheel of this name that was removed or replaced.
    """
    distribution = item.distribution
    name = distribution.filename.text
    if item.sidecar and distribution.sidecar is not None:
        sidecar = NewAsset.of(name + SIDECAR_SUFFIX, distribution.sidecar)
        store.put(release, sidecar, lambda _: None, overwrite=True)
    if item.action is Action.SEND:
        path = Path(distribution.path)
        file = NewAsset(
            name=name,
            size=distribution.size,
            sha256=distribution.sha256,
            open=lambda: path.open("rb"),
        )
        store.put(release, file, advance)


def _new_release(plan: ReleasePlan) -> NewRelease:
    return NewRelease(
        tag=plan.tag, title=plan.title, notes=_notes(plan.items), prerelease=plan.prerelease
    )


def _notes(items: Iterable[Item]) -> str:
    told = [item.distribution.metadata for item in items]
    summaries = {metadata.summary for metadata in told if metadata}
    return "\n\n".join(sorted(summary for summary in summaries if summary))
