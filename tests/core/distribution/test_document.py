"""`docs/reference/distributions.md` has every rule and limit, with what follows from it."""

from pathlib import Path

import pytest

from ghpypi.core.distribution.limits import (
    HEADER_LIMIT,
    JSON_LIMIT,
    LISTING_LIMIT,
    MEMBERS_LIMIT,
    METADATA_LIMIT,
    RATIO_FREE,
    RATIO_LIMIT,
    TEXT_LIMIT,
)
from ghpypi.core.distribution.rules import Rule, Severity
from ghpypi.core.metadata import HEADERS_LIMIT
from ghpypi.core.upload.checks import LONGEST_NAME

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/reference/distributions.md").read_text(encoding="utf-8")
RULES, _, REST = DOCUMENT.partition("## Limits")
LIMITS = REST.partition("## ")[0]

FOLLOWS = {
    Severity.UNUSABLE: "refused | left out",
    Severity.UNACCEPTABLE: "refused | offered with a warning",
    Severity.DOUBTFUL: "accepted with a warning | offered with a warning",
}

CONFIGURED = {
    Rule.LOCAL_VERSION: 'refused | left out, unless [`renamed = "include"`](#renamed-wheels)',
}
"""What follows from rules that the configuration can relax."""


def test_the_table_has_every_rule_and_no_other() -> None:
    rows = [line for line in RULES.splitlines() if line.startswith("| ")]

    assert rows[2:] == [
        f"| {rule.broken} | {CONFIGURED.get(rule, FOLLOWS[rule.severity])} |" for rule in Rule
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"| `METADATA`, `PKG-INFO` | {METADATA_LIMIT >> 20} MiB, {HEADERS_LIMIT:,} lines of fields",
        f"| `WHEEL`, `entry_points.txt` | {TEXT_LIMIT >> 20} MiB",
        f"| `-variants.json` | {JSON_LIMIT >> 20} MiB",
        f"| members | {MEMBERS_LIMIT:,} |",
        f"`RECORD` | {LISTING_LIMIT >> 20} MiB each",
        f"| headers of one member of a `.tar.gz` | {HEADER_LIMIT >> 20} MiB",
        f"| {RATIO_FREE >> 20} MiB, or {RATIO_LIMIT} times the size of the file",
        f"| filename | {LONGEST_NAME} characters",
    ],
)
def test_the_document_has_the_limits(text: str) -> None:
    assert text in LIMITS
