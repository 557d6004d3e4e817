"""What a run of the index found wrong, by reason: for the log, the job summary and the JSON report.

An index of ten thousand files has the same problem ten thousand times: each reason is printed once,
with a count and some names. The other lists of the JSON report have all names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ghpypi.core.catalog.entry import Refused
from ghpypi.core.grouping import grouped
from ghpypi.core.indexes.unlisted import SAME_NAME
from ghpypi.core.quantities import first_of
from ghpypi.jobs.index.outcome import IndexReport

MOST_NAMES = 10
"""Names that one finding has at most."""

CHOOSE = "'same-name' in [index] says which file of a name is offered: oldest, or newest"
"""What to do about files that are left out because another one has their name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFinding:
    """One reason, and what it concerns.

    Attributes:
        outcome: What became of the files or projects, such as `left out`.
        reason: What is wrong with them; where the reasons differ in details, that of the first.
        count: How many there are.
        names: Some of them.
        hint: What to do; empty if the reason says it.
    """

    outcome: str
    reason: str
    count: int
    names: tuple[str, ...]
    hint: str = ""

    @property
    def shown_names(self) -> str:
        """The names, and how many more there are."""
        more = [""] * (self.count - len(self.names))
        return first_of([*self.names, *more], MOST_NAMES)


def findings(report: IndexReport) -> Iterator[IndexFinding]:
    """Group what a run found wrong by its reasons."""
    yield from _of_files(report.refused, "left out")
    yield from _of_files(report.unread, "not read this time")
    yield from _of_files(report.remarks, "offered with a warning")
    slots = [f"{x.index}: {' or '.join(x.filenames)}" for x in report.ambiguous]
    for finding in (
        _finding(
            "to be compiled",
            "versions of which only the source distribution is offered, because all their wheels "
            "are left out, so that installers compile it",
            report.to_compile,
        ),
        _finding(
            "offered without a digest",
            "files without a digest, of which installers cannot tell whether they arrive unchanged",
            report.undigested,
            'missing-digest = "download" in [index] computes them',
        ),
        _finding(
            "without variants",
            "versions whose variant wheels contradict each other in variant.json, so that no "
            "installer can choose one of them",
            report.contradictory,
            "build them with the same default priorities and providers",
        ),
        _finding(
            "ambiguous",
            "builds of one version for the same tags in one index, of which installers take the "
            "last in the alphabet",
            slots,
            "let 'pattern' in [variants] tell them apart",
        ),
        _finding(
            "in no variant's index",
            "platform wheels without a variant, which no variant's index has",
            report.unlabeled,
            "let 'pattern' in [variants] find their variant, or name it with 'plain'",
        ),
        _finding(
            "not in the main index",
            "projects that the main index does not have, because all their files are of variants",
            report.variants_only,
            "install them from the index of a variant, or name the variant of the main index with "
            "'default' in [variants]",
        ),
        _finding(
            "without wheels in the main index",
            "projects of which the main index has source distributions but none of the wheels, "
            "which are of variants",
            report.source_only,
            "name the variant of the main index with 'default' in [variants]",
        ),
    ):
        if finding.count:
            yield finding


def _finding(outcome: str, reason: str, names: Sequence[str], hint: str = "") -> IndexFinding:
    return IndexFinding(
        outcome=outcome,
        reason=reason,
        count=len(names),
        names=tuple(names[:MOST_NAMES]),
        hint=hint,
    )


def _of_files(files: Sequence[Refused], outcome: str) -> Iterator[IndexFinding]:
    for same in grouped(files, lambda file: file.reason):
        hint = CHOOSE if same[0].reason.startswith(SAME_NAME) else ""
        yield _finding(outcome, same[0].reason, [x.filename for x in same], hint)
