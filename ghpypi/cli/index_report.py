"""The report of an index run: as lines of text for people, and as a JSON document."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from ghpypi.cli.findings import MOST_NAMES, findings
from ghpypi.cli.index_warnings import names_exist
from ghpypi.core.catalog.differences import Differences
from ghpypi.core.catalog.entry import Refused
from ghpypi.core.config.indexes import MAIN
from ghpypi.core.quantities import count_of, number
from ghpypi.jobs.index.outcome import IndexReport


def index_lines(report: IndexReport) -> Iterator[str]:
    """Yield a summary of the index and its changes."""
    yield from _changes(report.differences)
    yield f"{count_of(report.projects, 'project')}, {count_of(report.files, 'file')}"
    if len(report.indexes) > 1:
        indexes = count_of(len(report.indexes), "index", "indexes")
        yield f"{indexes}: {', '.join(_named(report.indexes))}"
    mains = {each.main_variant for each in report.shared_names}
    for main in sorted(x for x in mains if x is not None):
        names = [each.filename for each in report.shared_names if each.main_variant == main]
        which = f"of the variant {main}" if main else "without a variant"
        yield f"{names_exist(names)} for several variants: the main index has those {which}"
    counts = {
        "left out": len(report.refused),
        "could not be read": len(report.unread),
        "still to read: run it again": report.remaining,
        "in no index, as configured": len(report.left),
        "excluded by 'exclude-assets'": report.excluded,
        "ignored: not distributions": report.ignored,
        "ignored: not completely uploaded": report.unfinished,
    }
    yield from (f"{count_of(count, 'file')} {what}" for what, count in counts.items() if count)
    if report.expired:
        yield f"{count_of(len(report.expired), 'release')} not listed any more: [retention]"
    if report.published is None:
        yield "out of date; nothing was written" if report.outdated else "up to date"
    elif report.published.changed:
        if report.published.files:
            yield f"copied {count_of(report.published.files, 'file')} to the site"
        written, removed = report.published.written, report.published.removed
        pages = f"wrote {number(written)} and removed {count_of(removed, 'page')}"
        yield f"{pages} {report.published.revision}".rstrip()
    else:
        yield "nothing changed"


def _changes(differences: Differences) -> Iterator[str]:
    """Yield added, changed and removed files, yanks and statuses: `MOST_NAMES` of each at most."""
    parts = ("added", differences.added), ("changed", differences.changed)
    for verb, names in (*parts, ("removed", differences.removed)):
        yield from (f"{verb}: {name}" for name in names[:MOST_NAMES])
        if len(names) > MOST_NAMES:
            yield f"{verb}: and {len(names) - MOST_NAMES} more"
    yield from differences.marks[:MOST_NAMES]
    if len(differences.marks) > MOST_NAMES:
        yield f"and {len(differences.marks) - MOST_NAMES} more yanks and statuses changed"


def index_json(report: IndexReport) -> dict[str, Any]:
    """Return the report of a run as a JSON document."""
    published = report.published
    return {
        "started": False,
        "url": None,
        "installable": None,
        "site": report.site,
        "indexes": _named(report.indexes),
        "projects": report.projects,
        "files": report.files,
        "added": list(report.differences.added),
        "changed": list(report.differences.changed),
        "removed": list(report.differences.removed),
        "replaced": [
            {
                "filename": each.after.filename,
                "where": each.where,
                "before": each.before.sha256 or None,
                "after": each.after.sha256 or None,
            }
            for each in report.differences.replaced
        ],
        "marks": list(report.differences.marks),
        "refused": _left_out(report.refused),
        "unread": _left_out(report.unread),
        "shared-names": [
            {"filename": each.filename, "variants": list(each.variants), "main": each.main_variant}
            for each in report.shared_names
        ],
        "in-no-index": list(report.left),
        "unlabeled": list(report.unlabeled),
        "variants-only": list(report.variants_only),
        "source-only": list(report.source_only),
        "ambiguous": [
            {"index": each.index, "filenames": list(each.filenames)} for each in report.ambiguous
        ],
        "remarks": _left_out(report.remarks),
        "undigested": list(report.undigested),
        "to-compile": list(report.to_compile),
        "contradictory": list(report.contradictory),
        "unmatched": list(report.unmatched),
        "overtaken": [each._asdict() for each in report.overtaken],
        "expired": [{"repository": x, "tag": tag} for x, tag in report.expired],
        "excluded": report.excluded,
        "lint": [asdict(finding) for finding in findings(report)],
        "ignored": report.ignored,
        "unfinished": report.unfinished,
        "read": report.read,
        "remaining": report.remaining,
        "hold": {**report.hold._asdict(), "since": report.hold.since or None}
        if report.hold
        else None,
        "outdated": report.outdated,
        "pages-written": published.written if published else 0,
        "pages-removed": published.removed if published else 0,
        "files-copied": published.files if published else 0,
        "commit": (published.revision if published else "") or None,
    }


def _left_out(files: Iterable[Refused]) -> list[dict[str, str]]:
    return [{"filename": x.filename, "where": x.where, "reason": x.reason} for x in files]


def _named(indexes: Iterable[str]) -> list[str]:
    """Return the names of indexes as used in configuration and commands."""
    return [name or MAIN for name in indexes]
