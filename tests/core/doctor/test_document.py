"""`docs/how-to/doctor.md` has every rule."""

import re
from pathlib import Path

from ghpypi.core.doctor.setup_rules import SetupRule
from ghpypi.core.verify.finding import RULES
from tests.core.verify.test_document import table

DOCUMENT = (Path(__file__).parents[3] / "docs/how-to/doctor.md").read_text(encoding="utf-8")


def test_the_table_has_every_rule_and_no_other() -> None:
    found = re.search(r"<!-- SETUP -->\n\n(.*?)\n\n<!-- end -->", DOCUMENT, re.DOTALL)

    assert found
    assert found[1].splitlines() == table(SetupRule)


def test_no_identifier_is_one_of_verify() -> None:
    assert {rule.id for rule in SetupRule} & {rule.id for rule in RULES} == set()
