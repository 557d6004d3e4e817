"""The result of `ghpypi verify` as SARIF 2.1.0, for viewers and for code scanning.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ghpypi import __version__
from ghpypi.core.project import URL
from ghpypi.core.verify.finding import RULES, VerifyFinding
from ghpypi.core.verify.report import VerifyReport
from ghpypi.core.verify.rules import VerifyRule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
DOCUMENT = f"{URL}/blob/main/docs/how-to/verify.md"

_RESERVED = "/:?#[]@!$&'()*+,;=~"
"""The reserved characters of a URI, which keep their meaning (RFC 3986, section 2.2)."""

_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def sarif_document(report: VerifyReport) -> Mapping[str, Any]:
    """Return a report as a SARIF log with one run and all rules."""
    driver = {
        "name": "ghpypi verify",
        "version": __version__,
        "informationUri": DOCUMENT,
        "rules": [_rule(rule) for rule in RULES],
    }
    results = [_result(finding) for finding in report.findings]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def _rule(rule: VerifyRule) -> Mapping[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.broken},
        "help": {"text": f"Affects: {rule.affects}. To do: {rule.remedy}."},
        "helpUri": f"{DOCUMENT}#rules",
        "defaultConfiguration": {"level": rule.level.value},
    }


def _result(finding: VerifyFinding) -> Mapping[str, Any]:
    parts = [finding.filename, finding.rule.broken, finding.detail]
    return {
        "ruleId": finding.rule.id,
        "ruleIndex": RULES.index(finding.rule),
        "level": finding.rule.level.value,
        "message": {"text": ": ".join(part for part in parts if part)},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(finding.url)}}}],
    }


def _uri(url: str) -> str:
    """Escape what is not allowed in a URI: a page may link to anything, and a folder has a path."""
    return quote(_BARE_PERCENT.sub("%25", url), safe=f"{_RESERVED}%")
