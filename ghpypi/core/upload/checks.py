"""Checks of an upload against the limits of the store, before anything is sent.

All faults are collected, so that one run reports everything to fix.
"""

from collections.abc import Iterable, Iterator, Sequence

from ghpypi.core.identity import FileKey, key_of
from ghpypi.core.names import LONGEST_FILENAME, PROVENANCE_SUFFIX, Filename
from ghpypi.core.quantities import count_of, number
from ghpypi.core.upload.plan import Action, Distribution, Plan
from ghpypi.core.upload.rules import Rules

WARN_AT = 0.9
"""Fraction of the maximum size above which a file causes a warning: future versions may not fit."""


LONGEST_NAME = LONGEST_FILENAME - len(PROVENANCE_SUFFIX)
"""Maximum length of an uploaded file's name, so that `NAME.provenance` can be stored too."""


def distribution_faults(distributions: Iterable[Distribution], rules: Rules) -> Iterator[str]:
    """Yield the reasons why files cannot be stored."""
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
    """Return the fault of a filename that is too long; empty if it is not."""
    length = len(filename.text)
    if length <= LONGEST_NAME:
        return ""
    return f"its name has {count_of(length, 'character')}; the limit is {LONGEST_NAME}"


def distribution_warnings(distributions: Iterable[Distribution], rules: Rules) -> Iterator[str]:
    """Yield warnings about accepted files."""
    for each in distributions:
        for warning in each.warnings:
            yield f"{each.filename.text}: {warning}"
        if WARN_AT * rules.max_size < each.size <= rules.max_size:
            part = each.size / rules.max_size
            yield f"{each.filename.text} has {part:.0%} of the maximum size of the store"


def plan_faults(plan: Plan, rules: Rules) -> Iterator[str]:
    """Yield the reasons why releases of a plan cannot accept files."""
    for release in plan.releases:
        if not release.assets or not release.existing:
            present = 0
        elif release.existing.immutable:
            names = [item.distribution.filename.text for item in release.items if item.assets]
            yield (
                f"release {release.tag} is immutable and accepts no more files: {', '.join(names)}"
            )
            continue
        else:
            present = len(release.existing.assets) - release.replaced
        if present + release.assets > rules.max_assets:
            yield (
                f"release {release.tag} would have {count_of(present + release.assets, 'asset')} "
                f"({number(present)} exist, including metadata files); "
                f"the limit is {number(rules.max_assets)}: "
                "divide the files among several releases with --tag"
            )


def plan_warnings(plan: Plan) -> Iterator[str]:
    """Yield what is not stored although it was given: provenance of files that exist already."""
    for item in plan.items:
        if PROVENANCE_SUFFIX in item.lacking:
            name = item.distribution.filename.text
            yield (
                f"the attestations of {name} are not stored: the file is already in release "
                f"{item.where}, which is another one or immutable"
            )


def conflict_lines(plan: Plan) -> Iterator[str]:
    """Yield the files that exist with different content."""
    for item in plan.items:
        if item.action is Action.CONFLICT:
            name = item.distribution.filename.text
            spelled = "" if item.held_as == name else f" as {item.held_as}"
            yield f"{name} is in release {item.where}{spelled}"


def _why(several: Sequence[Distribution]) -> str:
    """Return why files with different names are the same file."""
    if len({each.filename.text for each in several}) == 1:
        return ""
    if several[0].filename.kind == "sdist":
        return ": a version has one source distribution"
    return ": the names mean the same project, version and tags"


def immutable_hint(tag: str) -> str:
    """Return the hint for files of an immutable release."""
    return (
        "release a new version, or choose another release with --tag. If several jobs publish "
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
