"""`docs/how-to/verify.md` has every rule, with what it affects and what to do."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from ghpypi.core.verify.file_rules import FileRule
from ghpypi.core.verify.finding import RULES
from ghpypi.core.verify.listing_rules import ListingRule
from ghpypi.core.verify.page_rules import PageRule
from ghpypi.core.verify.rules import VerifyRule
from ghpypi.core.verify.sampling import NAMED, Sampling
from ghpypi.jobs.verify.job import MOST_FINDINGS

DOCUMENT = (Path(__file__).parents[3] / "docs/how-to/verify.md").read_text(encoding="utf-8")


def table(rules: Iterable[VerifyRule]) -> list[str]:
    """Write the table of some rules."""
    rows = [
        (f"`{rule.id}`", rule.level.value, rule.broken, rule.affects, rule.remedy) for rule in rules
    ]
    head = ("rule", "level", "what is wrong", "affects", "what to do")
    escaped = [[_escaped(cell) for cell in row] for row in (head, ["---"] * len(head), *rows)]
    return [f"| {' | '.join(row)} |" for row in escaped]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;")


@pytest.mark.parametrize(
    ("part", "rules"), [("PAGES", PageRule), ("LISTINGS", ListingRule), ("FILES", FileRule)]
)
def test_the_tables_have_every_rule_and_no_other(part: str, rules: type[VerifyRule]) -> None:
    found = re.search(rf"<!-- {part} -->\n\n(.*?)\n\n<!-- end -->", DOCUMENT, re.DOTALL)

    assert found
    assert found[1].splitlines() == table(rules)


def test_the_document_has_the_limits() -> None:
    usual, named = Sampling(), NAMED

    assert f"the pages of {usual.projects} projects, four files of each" in DOCUMENT
    assert usual.files == 4
    assert f"up to {(usual.hashed_size or 0) >> 20} MiB" in DOCUMENT
    assert f"with up to {named.files} files and {named.hashed} hashes" in DOCUMENT
    assert f"At most {MOST_FINDINGS:,} findings" in DOCUMENT


def test_rules_are_sentences_without_full_stops() -> None:
    texts = [text for rule in RULES for text in (rule.broken, rule.remedy, rule.affects)]

    assert [text for text in texts if text.endswith(".") or not text] == []
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert [rule.id for rule in RULES if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id)] == []
