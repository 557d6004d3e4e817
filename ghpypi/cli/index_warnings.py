"""The warnings of `ghpypi index`, grouped so that thousands of files need few lines."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ghpypi.cli.findings import CHOOSE, MOST_NAMES, findings
from ghpypi.cli.hold import hold_notice
from ghpypi.core.catalog.differences import ReplacedFile
from ghpypi.core.catalog.entry import Refused
from ghpypi.core.config.index_paths import doubled_folder
from ghpypi.core.grouping import grouped
from ghpypi.core.indexes.unlisted import SAME_NAME
from ghpypi.core.names import Filename
from ghpypi.core.quantities import count_of, first_of, number
from ghpypi.jobs.index.outcome import IndexReport

_DIGITS = 12
"""Digits of a digest in a warning."""


def index_warnings(report: IndexReport) -> Iterator[str]:
    """Yield the warnings of a report."""
    if report.hold:
        yield hold_notice(report.hold, report.site)
    if doubled := doubled_folder(report.address):
        yield doubled
    yield from _left_out(report.refused, "left out")
    if any(file.reason.startswith(SAME_NAME) for file in report.refused):
        yield CHOOSE
    yield from _left_out(report.unread, "not read this time")
    yield from _left_out(report.remarks, "offered with a warning")
    yield from _replaced(report.differences.replaced)
    for unmatched in report.unmatched:
        yield f"a setting has no effect: {unmatched}"
    for project, ours, theirs in report.overtaken:
        yield (
            f"{project}: the public index has {theirs}, higher than {ours}: "
            "installers that ask both may take that one"
        )
    for finding in findings(replace(report, refused=(), unread=(), remarks=())):
        hint = f"; {finding.hint}" if finding.hint else ""
        yield f"{finding.reason}: {number(finding.count)} ({finding.shown_names}){hint}"
    yield from _shared_names(report)


def _shared_names(report: IndexReport) -> Iterator[str]:
    unlisted = [each.filename for each in report.shared_names if each.main_variant is None]
    known = {*report.variants_only}
    if unlisted := [name for name in unlisted if Filename.parse(name).project not in known]:
        yield (
            f"{names_exist(unlisted)} for several variants: each file is in the index of its "
            "variant, and the main index has none of them; choose one with 'default' in [variants]"
        )


def _replaced(files: Sequence[ReplacedFile]) -> Iterator[str]:
    """Yield files that have another content than before, which breaks lock files."""
    shown = files[:MOST_NAMES]
    for each in shown:
        yield (
            f"{each.after.filename} ({each.where}) was replaced: its SHA-256 was "
            f"{each.before.sha256[:_DIGITS]}, and is {each.after.sha256[:_DIGITS]}; lock files "
            "with the former one refuse it"
        )
    if len(files) > len(shown):
        yield f"and {count_of(len(files) - len(shown), 'more file')} were replaced"


def _left_out(files: Sequence[Refused], what: str) -> Iterator[str]:
    """Yield files with reasons; group more than a few with the same kind of reason."""
    for same in grouped(files, lambda file: file.reason):
        if len(same) <= MOST_NAMES:
            yield from (f"{x.filename} ({x.where}) is {what}: {x.reason}" for x in same)
            continue
        names = first_of([x.filename for x in same], MOST_NAMES)
        count = count_of(len(same), "file")
        yield f"{count} are {what} ({names}), the first because: {same[0].reason}"


def names_exist(names: Sequence[str]) -> str:
    """Return the subject and verb of a sentence about filenames, of which there may be hundreds."""
    if len(names) == 1:
        return f"{names[0]} exists"
    return f"{names[0]} and {count_of(len(names) - 1, 'more name')} exist"
