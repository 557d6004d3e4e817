"""Releases that are full continue in a second one: a release has a limited number of assets.

The further releases of `acme-lib-1.0` have the tags `acme-lib-1.0-part2`, `-part3` and so on.
"""

from collections.abc import Iterator, Sequence

from ghpypi.core.model import StoredRelease
from ghpypi.core.release_parts import part_tag
from ghpypi.core.upload.plan import Action, Item, Plan, ReleasePlan
from ghpypi.core.upload.planning import find_release, replan


def continued(
    plan: Plan,
    stored: Sequence[StoredRelease],
    *,
    max_assets: int,
    skip_existing: bool = False,
) -> Plan:
    """Move files that a release has no room for to further releases.

    Files keep their order, so that planning again after an interruption gives the same releases.

    Args:
        plan: The plan, in which a release may have too many assets.
        stored: The releases of the store, including drafts.
        max_assets: Maximum number of assets of a release.
        skip_existing: As for `make_plan`.
    """

    def parts(release: ReleasePlan) -> Iterator[ReleasePlan]:
        number, rest = 1, release
        while True:
            fitting, left = _split(rest, max_assets)
            tag = part_tag(release.tag, number + 1)
            if not left:
                yield rest
                return
            if fitting:
                yield rest._replace(items=fitting)
            number += 1
            rest = _next_part(release, tag, left, stored, skip_existing=skip_existing)

    return Plan(releases=tuple(part for each in plan.releases for part in parts(each)))


def _split(release: ReleasePlan, max_assets: int) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Return the items that fit into a release, and the files that do not."""
    existing = release.existing
    if existing and existing.immutable:
        return release.items, ()
    room = max_assets - (len(existing.assets) - release.replaced if existing else 0)
    room -= sum(item.assets for item in release.items if item.action is not Action.SEND)
    fitting: list[Item] = []
    left: list[Item] = []
    for item in release.items:
        if item.action is Action.SEND:
            # Once one file does not fit, no later one does: the order decides, not the size.
            if left or item.assets > room:
                left.append(item)
                continue
            room -= item.assets
        fitting.append(item)
    # A single file with more assets than a release takes cannot be helped.
    return tuple(fitting), tuple(left) if any(x.assets <= max_assets for x in left[:1]) else ()


def _next_part(
    release: ReleasePlan,
    tag: str,
    left: tuple[Item, ...],
    stored: Sequence[StoredRelease],
    *,
    skip_existing: bool,
) -> ReleasePlan:
    same_tag = [each for each in stored if each.tag == tag]
    existing = find_release(same_tag, tag)
    part = release._replace(
        tag=tag,
        title=f"{release.title} ({tag.removeprefix(release.tag)[1:]})",
        prerelease=all(item.distribution.filename.version.is_prerelease for item in left),
        existing=existing,
        items=left,
        drafts=tuple(x for x in same_tag if x.draft and x is not existing),
    )
    return replan(part, existing, skip_existing=skip_existing) if existing else part
