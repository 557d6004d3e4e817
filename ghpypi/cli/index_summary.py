"""The outputs of an index run for later steps of a workflow, and the summary of its job."""

from collections.abc import Iterable, Iterator

from ghpypi.cli.findings import IndexFinding, findings
from ghpypi.cli.hold import hold_notice
from ghpypi.cli.workflow_files import StepOutputs
from ghpypi.core.catalog.differences import Differences
from ghpypi.core.indexes.unlisted import SharedName
from ghpypi.core.names import Filename
from ghpypi.core.quantities import count_of, number
from ghpypi.jobs.index.outcome import IndexReport

_MARKUP = {ord(character): f"&#{ord(character)};" for character in "\\`*_[]<>|#&"}

SUMMARY_ROWS = 300
"""Maximum number of rows in a summary, which is limited to 1 MiB."""


def index_outputs(report: IndexReport, url: str) -> StepOutputs:
    """Return what later steps may need to know of an index that was built.

    Args:
        report: What was done.
        url: The address of the main index; empty if it is not known.
    """
    return StepOutputs(
        index_url=url,
        changed=bool(report.published and report.published.changed),
        projects=report.projects,
        files=report.files,
        remaining=report.remaining,
    )


def summary(report: IndexReport, address: str) -> Iterator[str]:
    """Describe a run in Markdown.

    Args:
        report: What was done.
        address: The address of the main index; empty if it is not known.
    """
    title = f"[Index]({address})" if address else "Index"
    yield f"### {title}: {count_of(report.projects, 'project')}, {count_of(report.files, 'file')}\n"
    if report.hold:
        yield f"**{_cell(hold_notice(report.hold, report.site))}**\n"
    if report.remaining:
        yield f"{count_of(report.remaining, 'file')} are still to be read by the next run.\n"
    if report.expired:
        yield f"{count_of(len(report.expired), 'release')} not listed any more: `[retention]`.\n"
    yield from _changes(report.differences, address)
    if report.overtaken:
        yield "\n#### Higher versions on the public index\n"
        yield "Installers that ask both indexes may take those.\n"
        yield from _table(("project", "here", "there"), report.overtaken[:SUMMARY_ROWS])
    if report.shared_names:
        yield "\n#### One name, several variants\n"
        names = [_shared_name(each) for each in report.shared_names[:SUMMARY_ROWS]]
        yield from _table(("file", "variants", "the main index has"), names)
    if found := list(findings(report)):
        yield "\n#### To look into\n"
        yield from _table(("what", "files or projects", "", "why"), map(_finding, found))


def _changes(differences: Differences, address: str) -> Iterator[str]:
    """Yield the changes of a run: yanks and statuses, then files."""
    changes = [
        *(("added", name) for name in differences.added),
        *(("changed", name) for name in differences.changed),
        *(("removed", name) for name in differences.removed),
    ]
    if not changes and not differences.marks:
        yield "Nothing changed.\n"
    if differences.marks:
        yield from (f"- {_cell(mark)}" for mark in differences.marks[:SUMMARY_ROWS])
        yield ""
    if changes:
        yield from _table(("project", "version", "file", ""), _rows(changes, address))
        if len(changes) > SUMMARY_ROWS:
            yield f"\nand {len(changes) - SUMMARY_ROWS} more.\n"


def _finding(finding: IndexFinding) -> tuple[str, ...]:
    why = f"{finding.reason}; {finding.hint}" if finding.hint else finding.reason
    count = number(finding.count)
    return finding.outcome, count, _cell(finding.shown_names), _cell(why)


def _rows(changes: list[tuple[str, str]], address: str) -> Iterator[tuple[str, ...]]:
    for verb, name in changes[:SUMMARY_ROWS]:
        filename = Filename.parse(name)
        project = filename.project
        link = f"[{project}]({address}{project}/)" if address else project
        yield link, str(filename.version), f"`{name}`", verb


def _shared_name(name: SharedName) -> tuple[str, ...]:
    variants = ", ".join(variant or "none" for variant in name.variants)
    main = "none of them" if name.main_variant is None else name.main_variant or "the one without"
    return _cell(name.filename), _cell(variants), _cell(main)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for row in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(row)} |"


def _cell(text: str) -> str:
    """Escape text for a table cell: markup, column separators and newlines."""
    return " ".join(text.translate(_MARKUP).split())
