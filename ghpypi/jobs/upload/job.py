"""The upload job: check all files, plan, then upload and publish each release."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from ghpypi.core.indexes.variants import variant_of_tag
from ghpypi.core.model import StoredRelease
from ghpypi.core.quantities import human_size
from ghpypi.core.upload.checks import distribution_faults, distribution_warnings, plan_warnings
from ghpypi.core.upload.continuation import continued
from ghpypi.core.upload.plan import Action, Distribution, Item, Plan, ReleasePlan
from ghpypi.core.upload.planning import make_plan
from ghpypi.core.upload.tags import PublishedFiles, related_tags
from ghpypi.errors import GhpypiError, RefusedError, UsageError
from ghpypi.jobs.upload.checks import keys_of, refuse_faults, with_digests
from ghpypi.jobs.upload.delivery import Delivery, UploadOptions
from ghpypi.ports import Attester, FileStore, Reporter
from ghpypi.stored_files import counted
from ghpypi.workers import in_order, unless_interrupted, workers

IndexReader = Callable[[], PublishedFiles | None]
"""Reads the published index; returns `None` if there is none that can be read."""


class UploadReport(NamedTuple):
    """The report of an upload.

    Attributes:
        plan: The plan that was carried out, or with `dry_run` would be.
        published: The tags of published releases.
        drafts: The tags of releases that are still drafts.
    """

    plan: Plan
    published: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()


def upload(
    distributions: Sequence[Distribution],
    store: FileStore,
    reporter: Reporter,
    options: UploadOptions,
    *,
    index: IndexReader = lambda: None,
) -> UploadReport:
    """Upload distributions to a store.

    Args:
        distributions: The files.
        store: Where they go.
        reporter: Receives messages and progress.
        options: What was chosen.
        index: Reads the published index, with which a large store need not be listed. It may be
            out of date: the releases that it names are looked up in the store, and so are those
            with the default tags of the files.

    Raises:
        RefusedError: The store cannot accept some of them; nothing was sent.
        ConflictError: Files with the same names have different content; nothing was sent.
        FailedError: An upload was damaged.
        TryLaterError: A rate limit or outage; another call continues.
        UnfinishedError: Uploads of other files were interrupted, and the published release would
            be immutable without them.
        UsageError: The tag is invalid.
    """
    plan = plan_upload(distributions, store, reporter, options, index=index)
    if options.dry_run:
        return UploadReport(plan=plan)
    if options.attester:
        plan = _attested(plan, options.attester, reporter)
        refuse_faults(plan, store)
    published, drafts = [], []
    total = sum(release.size for release in plan.releases)
    if total:
        reporter.step(f"uploading {human_size(total)}")
    with (
        reporter.progress("uploading", total) as advance,
        workers(options.parallel, "upload") as pool,
    ):
        delivery = Delivery(
            store=store, reporter=reporter, options=options, advance=advance, pool=pool
        )
        at_once = store.rules.releases_at_once
        delivering = in_order(delivery.deliver, plan.releases, at_once, "release")
        for number, release in enumerate(plan.releases):
            with unless_interrupted(_left(plan.releases, number)):
                delivered = next(delivering)
            if delivered and delivered.draft:
                drafts.append(release.tag)
            elif delivered and (release.existing is None or release.existing.draft):
                published.append(release.tag)
    return UploadReport(plan=plan, published=tuple(published), drafts=tuple(drafts))


def plan_upload(
    distributions: Sequence[Distribution],
    store: FileStore,
    reporter: Reporter,
    options: UploadOptions,
    *,
    index: IndexReader = lambda: None,
) -> Plan:
    """Check all files, and decide what to do with each.

    Raises:
        UsageError: The tag is invalid.
        RefusedError: The store cannot accept some of them.
        ConflictError: Files with the same names have different content.
    """
    if options.tag is not None and not store.rules.is_tag(options.tag):
        raise UsageError(
            f"invalid tag '{options.tag}'",
            hint="use letters, digits and the characters . - _ + in --tag, such as 'v1.0'",
        )
    faults = list(distribution_faults(distributions, store.rules))
    if faults:
        raise RefusedError(
            f"{store.name} cannot accept these files; nothing was sent", faults=faults
        )
    for warning in distribution_warnings(distributions, store.rules):
        reporter.warn(warning)
    reporter.step(f"listing the releases of {store.name}")
    stored = _stored(distributions, store, reporter, options.tag, index)
    variant_of = partial(variant_of_tag, config=options.variants)
    plan = continued(
        make_plan(
            distributions,
            stored,
            tag=options.tag,
            skip_existing=options.skip_existing,
            variant_of=variant_of,
        ),
        stored,
        max_assets=store.rules.max_assets,
        skip_existing=options.skip_existing,
    )
    refuse_faults(plan, store)
    for warning in plan_warnings(plan):
        reporter.warn(warning)
    return plan


def _attested(plan: Plan, attester: Attester, reporter: Reporter) -> Plan:
    """Give provenance to the files that will be sent; others have what they were sent with."""
    reporter.step("attesting the files")

    def attested(item: Item) -> Item:
        distribution = item.distribution
        if item.action is not Action.SEND or distribution.provenance is not None:
            return item
        if distribution.filename.kind == "variants":
            return item  # PEP 740 knows wheels and source distributions
        provenance = attester.provenance(distribution)
        if provenance is None:
            return item
        distribution = replace(distribution, provenance=provenance)
        return item._replace(distribution=distribution, siblings=tuple(distribution.siblings))

    return Plan(
        releases=tuple(
            release._replace(items=tuple(map(attested, release.items))) for release in plan.releases
        )
    )


def _stored(
    distributions: Sequence[Distribution],
    store: FileStore,
    reporter: Reporter,
    tag: str | None,
    index: IndexReader,
) -> list[StoredRelease]:
    """List the releases that matter, with the digests that decide something."""
    filenames = [each.filename for each in distributions]

    def tags() -> set[str] | None:
        published = index()
        try:
            return published and related_tags(filenames, tag, store.origin, published)
        except GhpypiError:
            return None  # a part of the index cannot be read: all releases are listed

    keys = keys_of(filenames)
    with reporter.progress("listing", unit="file") as advance:
        related = store.related(tags)
        listed = counted(store.releases() if related is None else related, advance)
        return [with_digests(release, keys, store) for release in listed]


def _left(plans: Sequence[ReleasePlan], number: int) -> str:
    """Say which releases an interruption leaves incomplete, from one of them on."""
    others = len(plans) - number - 1
    more = f", and {others} more" if others else ""
    return f"release {plans[number].tag} is not complete{more}"
