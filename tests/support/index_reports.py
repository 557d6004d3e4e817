"""Reports of index runs, made up."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ghpypi.core.catalog.differences import Differences
from ghpypi.core.names import normalize
from ghpypi.jobs.index.outcome import IndexReport

_NOTHING = IndexReport(
    projects=1,
    files=2,
    indexes=("",),
    differences=Differences(added=(), changed=(), removed=()),
    refused=(),
    unread=(),
    shared_names=(),
    left=(),
    unlabeled=(),
    variants_only=(),
    source_only=(),
    ambiguous=(),
    undigested=(),
    remarks=(),
    to_compile=(),
    contradictory=(),
    unmatched=(),
    overtaken=(),
    expired=(),
    excluded=0,
    ignored=0,
    unfinished=0,
    remaining=0,
    read=0,
    published=None,
    outdated=True,
)


def index_report(
    *,
    added: tuple[str, ...] = (),
    changed: tuple[str, ...] = (),
    removed: tuple[str, ...] = (),
    variants_only: Iterable[str] = (),
    source_only: Iterable[str] = (),
    **more: Any,
) -> IndexReport:
    """Make up the report of a run in which nothing but this happened."""
    return replace(
        _NOTHING,
        differences=Differences(added=added, changed=changed, removed=removed),
        variants_only=tuple(map(normalize, variants_only)),
        source_only=tuple(map(normalize, source_only)),
        **more,
    )
