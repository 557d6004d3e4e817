"""What a store cannot take, found out before anything is sent.

All faults of a kind are collected, so that one run tells everything there is to mend.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ghpypi.core.identity import FileKey, key_of
from ghpypi.core.names import LONGEST_FILENAME, PROVENANCE_SUFFIX, Filename
from ghpypi.core.quantities import count_of, number
from ghpypi.core.upload.plan import Action, Distribution, Plan
from ghpypi.core.upload.tags import is_tag

WARN_AT = 0.9
"""Part of the largest size from which on a file is worth a warning: it will not fit for long."""


LONGEST_NAME = LONGEST_FILENAME - len(PROVENANCE_SUFFIX)
"""Characters of the name of a file to upload: `NAME.provenance` is stored beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a store can hold.

    Attributes:
        max_size: Bytes of one asset; the first size that is too big is one more.
        max_assets: Assets of one release.
        name: The name an asset will have when sent under a given one.
        is_tag: Whether a release can have a tag.
        releases_at_once: Number of releases to fill at the same time.
    """

    max_size: int
    max_assets: int
    name: Callable[[str], str]
    is_tag: Callable[[str], bool] = is_tag
    releases_at_once: int = 1


def distribution_faults(distributions: Iterable[Distribution], rules: Rules) -> Iterator[str]:
    """Say which files can never be stored, and why."""
    distributions = list(distributions)
    same: dict[FileKey, list[Distribution]] = {}
    for each in sorted(distributions, key=lambda x: (x.filename.text, x.place)):
        same.setdefault(key_of(each.filename), []).append(each)
    for several in same.values():
        if len(several) > 1:
            paths = ", ".join(each.place for each in several)
            times = count_of(len(several), "time")
            yield f"{several[0].filename.text}: given {times} ({paths}){_why(several)}"
    for each in distributions:
        yield from _faults(each, rules)


def name_fault(filename: Filename) -> str:
    """Say why the name of a file is too long for every store; empty if it is not."""
    length = len(filename.text)
    if length <= LONGEST_NAME:
        return ""
    return f"its name has {count_of(length, 'character')}, {LONGEST_NAME} is the limit"


def distribution_warnings(distributions: Iterable[Distribution], rules: Rules) -> Iterator[str]:
    """Say what publishers should know about files that are accepted."""
    for each in distributions:
        for warning in each.warnings:
            yield f"{each.filename.text}: {warning}"
        if WARN_AT * rules.max_size < each.size <= rules.max_size:
            part = each.size / rules.max_size
            yield f"{each.filename.text} has {part:.0%} of the largest size the store takes"


def plan_faults(plan: Plan, rules: Rules) -> Iterator[str]:
    """Say what the releases of a plan cannot take."""
    for release in plan.releases:
        if not release.assets or not release.existing:
            present = 0
        elif release.existing.immutable:
            names = [item.distribution.filename.text for item in release.items if item.assets]
            yield (
                f"release {release.tag} is immutable and takes no more files: {', '.join(names)}"
            )
            continue
        else:
            present = len(release.existing.assets) - release.replaced
        if present + release.assets > rules.max_assets:
            yield (
                f"release {release.tag} would hold {count_of(present + release.assets, 'asset')} "
                f"({number(present)} are there, sidecars count too); "
                f"{number(rules.max_assets)} is the limit: "
                "divide the files among several releases with --tag"
            )


def conflict_lines(plan: Plan) -> Iterator[str]:
    """Name the files that are there already with other content."""
    for item in plan.items:
        if item.action is Action.CONFLICT:
            name = item.distribution.filename.text
            spelled = "" if item.held_as == name else f" as {item.held_as}"
            yield f"{name} is in release {item.where}{spelled}"


def _why(several: Sequence[Distribution]) -> str:
    """Explain why files with different names are the same file."""
    if len({each.filename.text for each in several}) == 1:
        return ""
    if several[0].filename.kind == "sdist":
        return ": a version has one source distribution"
    return ": the names mean the same project, version and tags"


def immutable_hint(tag: str) -> str:
    """Say what to do about files for a release that is immutable."""
    return (
        "release a new version, or choose another release with --tag. Where several jobs publish "
        f"one version, run 'ghpypi upload --draft' in each, and 'ghpypi publish {tag}' after the "
        "last"
    )


def _faults(distribution: Distribution, rules: Rules) -> Iterator[str]:
    name = distribution.filename.text
    if fault := name_fault(distribution.filename):
        yield f"{name}: {fault}"
    if distribution.size > rules.max_size:
        yield (
            f"{name}: {count_of(distribution.size, 'byte')}, "
            f"the store takes {number(rules.max_size)} at most"
        )
    stored = rules.name(name)
    if stored != name:
        reason = " (an epoch '1!' cannot be kept)" if distribution.filename.version.epoch else ""
        yield f"{name}: the store would rename it to {stored}{reason}, and installers miss it"
