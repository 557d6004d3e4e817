"""Findings of `ghpypi verify`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ghpypi.core.verify.rules import Level, VerifyRule
from ghpypi.core.verify.table import RULES

LEVELS = tuple(Level)
"""Levels, the most severe first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyFinding:
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
        subject = {"project": self.project, "file": self.filename, "detail": self.detail}
        return {
            "rule": self.rule.id,
            "level": self.rule.level.value,
            "url": self.url,
            **{key: value for key, value in subject.items() if value},
            "broken": self.rule.broken,
            "affects": self.rule.affects,
            "remedy": self.rule.remedy,
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


def count_levels(findings: Iterable[VerifyFinding]) -> dict[Level, int]:
    """Count findings by level."""
    counts = dict.fromkeys(LEVELS, 0)
    for finding in findings:
        counts[finding.rule.level] += 1
    return counts


def _order(finding: VerifyFinding) -> tuple[int, int, str, str, str]:
    level = LEVELS.index(finding.rule.level)
    return level, _NUMBERS[finding.rule], finding.url, finding.filename, finding.detail


_NUMBERS = {rule: number for number, rule in enumerate(RULES)}
