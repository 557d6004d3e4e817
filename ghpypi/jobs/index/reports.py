"""What an index run reports: what the index holds, and what is wrong with its files."""

from ghpypi.core.catalog.catalog import UNREAD
from ghpypi.core.catalog.entry import Refused
from ghpypi.core.catalog.stock import EXPIRED
from ghpypi.core.indexes.unlisted import unlisted
from ghpypi.core.indexes.unmatched_settings import unmatched
from ghpypi.jobs.index.budget import ReadBudget
from ghpypi.jobs.index.building import Build
from ghpypi.jobs.index.outcome import HigherUpstream, IndexReport
from ghpypi.ports import Published


def report_of(
    build: Build, budget: ReadBudget, published: Published | None, *, outdated: bool
) -> IndexReport:
    """Say what an index holds, and what is wrong with it.

    Args:
        build: The catalog.
        budget: How much of it was read.
        published: What was written; `None` if nothing was to be written.
        outdated: The site is, or was, not what it should be.
    """
    lines = [line for line in build.pages.after.lines.values() if line.files]
    checked = lines if build.pages.settings.config.index.public_check else []
    refused, remarks, flaws, source_only = [*build.stock.nameless], list[Refused](), [], []
    for line in build.pages.after.lines.values():
        if line.membership.flawed:
            entry = line.entry()
            flaws.append(unlisted(entry, line.membership, build.pages.indexes))
            refused += [*entry.refused, *flaws[-1].duplicates]
            remarks += entry.remarks
            source_only += [line.name] * flaws[-1].source_only
    return IndexReport(
        projects=len(lines),
        files=sum(line.files for line in lines),
        indexes=build.pages.after.indexes,
        differences=build.pages.differences,
        refused=tuple(x for x in refused if x.stamp != UNREAD),
        unread=tuple(x for x in refused if x.stamp == UNREAD),
        shared_names=tuple(each for flaw in flaws for each in flaw.shared_names),
        left=tuple(each for flaw in flaws for each in flaw.left),
        unlabeled=tuple(each for flaw in flaws for each in flaw.unlabeled),
        variants_only=tuple(x.name for x in lines if x.membership.is_of_variants_only),
        source_only=tuple(source_only),
        ambiguous=tuple(each for flaw in flaws for each in flaw.ambiguous),
        undigested=tuple(each for flaw in flaws for each in flaw.undigested),
        remarks=tuple(remarks),
        to_compile=tuple(each for flaw in flaws for each in flaw.to_compile),
        contradictory=tuple(each for flaw in flaws for each in flaw.contradictory),
        unmatched=unmatched(
            build.pages.settings.config,
            {line.name: line for line in lines},
            build.stock.releases,
            build.pages.indexes.found,
            build.stock.excluded,
        ),
        overtaken=tuple(
            HigherUpstream(line.name, line.entry().project.versions[-1], line.shown.later)
            for line in checked
            if line.shown.later
        ),
        expired=tuple(
            sorted(
                (origin, tag)
                for origin, states in build.stock.releases.items()
                for tag, state in states.items()
                if state == EXPIRED
            )
        ),
        excluded=sum(build.stock.excluded.values()),
        ignored=build.stock.ignored,
        unfinished=build.stock.unfinished,
        remaining=budget.postponed,
        read=budget.read,
        published=published,
        outdated=outdated,
    )
