"""The warnings of `ghpypi index`: grouped, so that thousands of files are a few lines."""

from collections.abc import Iterator, Sequence

from ghpypi.core.catalog.catalog import Refused
from ghpypi.core.grouping import grouped
from ghpypi.core.names import Filename
from ghpypi.core.quantities import count_of, first_of
from ghpypi.jobs.index import IndexReport

MOST_NAMES = 10
"""Names that one warning has at most; the JSON report has all of them."""


def index_warnings(report: IndexReport) -> Iterator[str]:
    """Say what somebody should look into."""
    yield from _left_out(report.refused, "left out")
    yield from _left_out(report.unread, "left out this time")
    yield from _left_out(report.remarks, "offered with a warning")
    if report.to_compile:
        yield (
            "versions of which only the source distribution is offered, because all their wheels "
            f"are left out, so that installers compile it: {len(report.to_compile)} "
            f"({names_of(report.to_compile)})"
        )
    for unmatched in report.unmatched:
        yield f"a setting has no effect: {unmatched}"
    for project, ours, theirs in report.overtaken:
        yield (
            f"{project}: the public index has {theirs}, higher than {ours}: "
            "installers that ask both may take that one"
        )
    if report.undigested:
        yield (
            "files without a digest, of which installers cannot tell whether they arrive "
            f"unchanged: {len(report.undigested)} ({names_of(report.undigested)}); "
            'missing-digest = "download" in [index] computes them'
        )
    yield from _variant_warnings(report)


def _variant_warnings(report: IndexReport) -> Iterator[str]:
    """Warn of files that are in too few indexes, or too many."""
    if report.ambiguous:
        slots = [f"{x.index}: {' or '.join(x.filenames)}" for x in report.ambiguous]
        yield (
            "builds of one version for the same tags in one index, of which installers take the "
            f"last in the alphabet: {len(slots)} ({names_of(slots)}); let 'pattern' in [variants] "
            "tell them apart"
        )
    if report.unlabelled:
        yield (
            "platform wheels without a variant, which no variant's index has: "
            f"{len(report.unlabelled)} ({names_of(report.unlabelled)}); "
            "let 'pattern' in [variants] find their variant, or name it with 'plain'"
        )
    if report.variants_only:
        yield (
            "projects that the main index does not have, because all their files are of variants: "
            f"{len(report.variants_only)} ({names_of(report.variants_only)}); install them from "
            "the index of a variant, or name the variant of the main index with 'default' in "
            "[variants]"
        )
    if report.source_only:
        yield (
            "projects of which the main index has source distributions but none of the wheels, "
            f"which are of variants: {len(report.source_only)} ({names_of(report.source_only)}); "
            "name the variant of the main index with 'default' in [variants]"
        )
    nowhere = [each.filename for each in report.apart if each.taken is None]
    known = {*report.variants_only}
    if nowhere := [name for name in nowhere if Filename.parse(name).project not in known]:
        yield (
            f"{several(nowhere)} for files of several variants: each is in the index of its "
            "variant, and the main index has none of them; choose one with 'default' in [variants]"
        )


def _left_out(files: Sequence[Refused], what: str) -> Iterator[str]:
    """Name files with their reasons; of more than a few for one kind of reason, some."""
    for same in grouped(files, lambda file: file.reason):
        if len(same) <= MOST_NAMES:
            yield from (f"{x.filename} ({x.where}) is {what}: {x.reason}" for x in same)
            continue
        names = names_of([x.filename for x in same])
        count = count_of(len(same), "file")
        yield f"{count} are {what} ({names}), the first because: {same[0].reason}"


def names_of(names: Sequence[str]) -> str:
    """List names for people, `MOST_NAMES` at most, and say how many more there are."""
    return first_of(names, MOST_NAMES)


def several(names: Sequence[str]) -> str:
    """Begin a sentence about filenames, of which there may be hundreds."""
    if len(names) == 1:
        return f"{names[0]} stands"
    return f"{names[0]} and {count_of(len(names) - 1, 'more name')} stand"
