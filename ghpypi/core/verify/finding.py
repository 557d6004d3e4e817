"""Findings of `ghpypi verify`."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from ghpypi.core.quantities import count_of, first_of
from ghpypi.core.verify.file_rules import FileRule
from ghpypi.core.verify.listing_rules import ListingRule
from ghpypi.core.verify.page_rules import PageRule
from ghpypi.core.verify.rules import Level, VerifyRule

SHOWN_PLACES = 5
"""Places of one rule that are printed."""

LEVELS = tuple(Level)
"""Levels, the most severe first."""

RULES: tuple[VerifyRule, ...] = (*PageRule, *ListingRule, *FileRule)
"""All rules of `ghpypi verify`, in the order of reports and of the document."""


class VerifyFinding(NamedTuple):
    """One violation of a rule.

    Attributes:
        rule: The rule.
        url: The page or file, without credentials.
        detail: What is wrong there; empty if the rule says it.
        project: The normalized name of the project; empty for the list of projects.
        filename: The file; empty for a page.
    """

    rule: VerifyRule
    url: str
    detail: str = ""
    project: str = ""
    filename: str = ""

    def document(self) -> Mapping[str, Any]:
        """Return the finding for a JSON document."""
        return {
            "rule": self.rule.id,
            "level": self.rule.level.value,
            "url": self.url,
            "project": self.project or None,
            "filename": self.filename or None,
            "text": self.rule.broken,
            "detail": self.detail,
            "affects": self.rule.affects,
            "hint": self.rule.remedy,
        }


def ordered(findings: Iterable[VerifyFinding]) -> tuple[VerifyFinding, ...]:
    """Sort findings: the most severe first, then by rule and place; without duplicates."""
    return tuple(sorted(dict.fromkeys(findings), key=_order))


def by_rule(
    findings: Iterable[VerifyFinding],
) -> Iterator[tuple[VerifyRule, list[VerifyFinding]]]:
    """Group ordered findings by their rule."""
    for rule, group in groupby(findings, key=lambda finding: finding.rule):
        yield rule, list(group)


def finding_lines(findings: Iterable[VerifyFinding]) -> Iterator[str]:
    """Yield ordered findings as lines for people: by rule, with some of the places."""
    for rule, group in by_rule(findings):
        yield f"{rule.level.value}: {rule.broken} [{rule.id}]"
        for finding in group[:SHOWN_PLACES]:
            yield f"  {_place(finding)}"
        if len(group) > SHOWN_PLACES:
            yield f"  and {count_of(len(group) - SHOWN_PLACES, 'more place')}"
        yield f"  affects: {rule.affects}"
        yield f"  to do: {rule.remedy}"


def finding_rows(findings: Iterable[VerifyFinding]) -> Iterator[str]:
    """Yield ordered findings as a table in Markdown, with one row for each rule."""
    groups = list(by_rule(findings))
    if groups:
        yield "| | rule | what is wrong | where |"
        yield "| --- | --- | --- | --- |"
    for rule, group in groups:
        places = first_of([finding.filename or finding.url for finding in group], 3)
        yield f"| {rule.level.value} | `{rule.id}` | {_cell(rule.broken)} | {_cell(places)} |"


def has_errors(findings: Iterable[VerifyFinding]) -> bool:
    """Return whether a finding is an error."""
    return any(finding.rule.level is Level.ERROR for finding in findings)


def count_levels(findings: Iterable[VerifyFinding]) -> dict[Level, int]:
    """Count findings by level."""
    counts = dict.fromkeys(LEVELS, 0)
    for finding in findings:
        counts[finding.rule.level] += 1
    return counts


def levels_text(findings: Iterable[VerifyFinding]) -> str:
    """Return the numbers of findings as text, such as `2 errors, 1 note`."""
    found = [count_of(n, level.value) for level, n in count_levels(findings).items() if n]
    return ", ".join(found) or "no findings"


def _order(finding: VerifyFinding) -> tuple[int, int, str, str, str, str]:
    level, rule = LEVELS.index(finding.rule.level), finding.rule
    number = RULES.index(rule) if rule in RULES else list(type(rule)).index(rule)
    return level, number, rule.id, finding.url, finding.filename, finding.detail


def _place(finding: VerifyFinding) -> str:
    parts = [finding.url, finding.filename, finding.detail]
    return ": ".join(part for part in parts if part)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "&#124;").replace("<", "&lt;").replace("`", "&#96;").split())
