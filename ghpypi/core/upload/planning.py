"""Planning an upload, before the first byte is sent.

Each file is either to be sent, already present, or in conflict. Planning again after the plan was
carried out results in no action.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.digest import digest_of
from ghpypi.core.identity import FileKey, key_of, stored_key
from ghpypi.core.model import StoredRelease
from ghpypi.core.names import (
    SIBLING_SUFFIXES,
    Sha256,
)
from ghpypi.core.upload.plan import Action, Distribution, Item, Plan, ReleasePlan
from ghpypi.core.upload.tags import release_tags


def make_plan(
    distributions: Iterable[Distribution],
    stored: Sequence[StoredRelease],
    *,
    tag: str | None = None,
    skip_existing: bool = False,
    variant_of: Callable[[str], str] = lambda _: "",
) -> Plan:
    """Decide the action for each file.

    Args:
        distributions: The files to upload, with different identities.
        stored: The releases of the store, including drafts. The caller has added missing digests of
            assets with the names of these files or of files beside them.
        tag: The release for all files; `None` for one release per version.
        skip_existing: Skip files that already exist, even with different content.
        variant_of: Returns the variant of a tag; releases of different variants may have files of
            the same name.
    """
    distributions = list(distributions)
    tags = release_tags(
        [each.filename for each in distributions], {release.tag for release in stored}
    )

    def tag_of(distribution: Distribution) -> str:
        return tag or tags[distribution.filename.project, distribution.filename.version]

    projects = {each.filename.project for each in distributions}
    ordered = sorted(distributions, key=lambda x: (tag_of(x), x.filename.version, x.filename.text))
    by_tag: dict[str, list[StoredRelease]] = {}
    public: dict[str, list[StoredRelease]] = {}
    for release in stored:
        by_tag.setdefault(release.tag, []).append(release)
        if not release.draft:
            public.setdefault(variant_of(release.tag), []).append(release)
    holders_of = {variant: _holders(some, projects) for variant, some in public.items()}
    plans = []
    for name, group in groupby(ordered, key=tag_of):
        members = list(group)
        same_tag = by_tag.get(name, [])
        existing = find_release(same_tag, name)
        # Files in a draft cannot be installed, unless it is the draft that will be published.
        drafted = _holders([existing], projects) if existing and existing.draft else {}
        holders = (drafted, holders_of.get(variant_of(name), {}))
        items = tuple(_item(each, holders, name, skip_existing=skip_existing) for each in members)
        first = members[0].filename
        plans.append(
            ReleasePlan(
                tag=name,
                title=tag or f"{first.project} {first.version}",
                prerelease=all(each.filename.version.is_prerelease for each in members),
                existing=existing,
                items=items,
                drafts=tuple(x for x in same_tag if x.draft and x is not existing),
            )
        )
    return Plan(releases=tuple(plans))


def replan(plan: ReleasePlan, release: StoredRelease, *, skip_existing: bool) -> ReleasePlan:
    """Return a new plan for a release that was found or created in the meantime.

    Args:
        plan: The previous plan.
        release: The current release of the tag.
        skip_existing: As for `make_plan`.
    """
    files = _files_to_hold(plan)
    holders = _holders([release], {each.filename.project for each in files})
    items = tuple(_item(each, (holders,), plan.tag, skip_existing=skip_existing) for each in files)
    return plan._replace(existing=release, items=items)


def holds_all(plan: ReleasePlan, release: StoredRelease) -> bool:
    """Return whether a release has all files of a plan.

    If a store lists no digest, it has verified the file during the upload.
    """
    files = _files_to_hold(plan)
    holders = _holders([release], {each.filename.project for each in files})
    return all(
        any(x.sha256 in {None, each.sha256} for x in holders.get(key_of(each.filename), ()))
        for each in files
    )


def find_release(stored: Iterable[StoredRelease], tag: str) -> StoredRelease | None:
    """Return the release of a tag: the published one, or else the first created draft."""
    matching = [release for release in stored if release.tag == tag]
    return min(matching, key=lambda x: (x.draft, len(x.key), x.key), default=None)


def _files_to_hold(plan: ReleasePlan) -> list[Distribution]:
    return [item.distribution for item in plan.members if item.action is not Action.SKIP]


class _Holder(NamedTuple):
    release: StoredRelease
    name: str
    sha256: Sha256 | None
    siblings: Mapping[str, Sha256 | None]


def _holders(
    stored: Iterable[StoredRelease], projects: Collection[NormalizedName]
) -> Mapping[FileKey, list[_Holder]]:
    """Return the stored files of certain projects."""
    holders: dict[FileKey, list[_Holder]] = {}
    for release in stored:
        finished = {asset.name: asset for asset in release.assets if asset.complete}
        for name, asset in finished.items():
            if key := stored_key(name, projects):
                siblings = {
                    suffix: finished[name + suffix].sha256
                    for suffix in SIBLING_SUFFIXES
                    if name + suffix in finished
                }
                holders.setdefault(key, []).append(_Holder(release, name, asset.sha256, siblings))
    return holders


def _item(
    distribution: Distribution,
    holders: Sequence[Mapping[FileKey, list[_Holder]]],
    tag: str,
    *,
    skip_existing: bool,
) -> Item:
    key = key_of(distribution.filename)
    held = [holder for each in holders for holder in each.get(key, ())]
    other = [holder for holder in held if holder.sha256 != distribution.sha256]
    if other:
        return Item(
            distribution=distribution,
            action=Action.SKIP if skip_existing else Action.CONFLICT,
            where=other[0].release.tag,
            held_as=other[0].name,
        )
    if not held:
        siblings = tuple(distribution.siblings)
        return Item(distribution=distribution, action=Action.SEND, siblings=siblings)
    name = distribution.filename.text
    holder = min(held, key=lambda x: (x.release.tag != tag, x.name != name))
    differing = tuple(
        suffix
        for suffix, content in distribution.siblings.items()
        if holder.siblings.get(suffix) != digest_of(content)
    )
    same = holder.name == name and holder.release.tag == tag
    can_be_sent = same and not holder.release.immutable
    return Item(
        distribution=distribution,
        action=Action.PRESENT,
        siblings=differing if can_be_sent else (),
        lacking=() if can_be_sent else differing,
        where=holder.release.tag,
        held_as=holder.name,
    )
