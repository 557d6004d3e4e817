"""Findings as SARIF: the document is valid by the schema of the standard."""

import json
import lzma
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker  # type: ignore[import-untyped]

from ghpypi.core.verify.finding import RULES, VerifyFinding
from ghpypi.core.verify.report import VerifyCounts, VerifyReport
from ghpypi.core.verify.sarif import sarif_document
from tests.jobs.verify.corpus import FAULTS
from tests.jobs.verify.sites import INDEX
from tests.jobs.verify.test_corpus import verified

SCHEMA = Path(__file__).parents[2] / "data/sarif/sarif-schema-2.1.0.json.xz"
REFERENCE = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*")
"""The characters of a URI (RFC 3986)."""

NASTY = (
    "https://pypi.example/simple/a b/",
    "https://pypi.example/simple/ä/<x>/%zz/100%",
    "./index/simple/acme-lib/index.html",
    "C:\\index\\simple",
    "",
)


def validator() -> Draft4Validator:
    formats = FormatChecker(formats=())
    for name in ("uri", "uri-reference"):
        formats.checks(name)(lambda text: REFERENCE.fullmatch(str(text)) is not None)
    return Draft4Validator(json.loads(lzma.decompress(SCHEMA.read_bytes())), format_checker=formats)


def errors(findings: tuple[VerifyFinding, ...]) -> list[str]:
    report = VerifyReport(url=INDEX, findings=findings, counts=VerifyCounts())
    document: Any = json.loads(json.dumps(sarif_document(report)))
    return [f"{x.json_path}: {x.message[:200]}" for x in validator().iter_errors(document)]


@pytest.mark.slow
def test_the_findings_of_broken_indexes_are_valid() -> None:
    found = [
        finding
        for fault in FAULTS
        for finding in verified(fault.pages, *filter(None, [fault.project])).findings
    ]

    assert len(found) >= len(FAULTS)
    assert errors(tuple(found)) == []


@pytest.mark.parametrize("url", NASTY)
def test_a_place_that_is_no_uri_becomes_one(url: str) -> None:
    assert errors((VerifyFinding(rule=RULES[0], url=url, detail='\x00"<&', filename=url),)) == []


def test_an_invalid_document_is_noticed() -> None:
    document = {"version": "2.1.0", "runs": [{"results": [{"level": "bad"}]}]}

    assert {x.json_path for x in validator().iter_errors(document)} == {
        "$.runs[0]", "$.runs[0].results[0]", "$.runs[0].results[0].level"
    }  # fmt: skip
