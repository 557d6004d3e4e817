"""The README is the first page that a stranger reads; tables are in `docs/reference`."""

import re

from ghpypi.cli.main import COMMANDS
from tests.documents.blocks import read

README = read("README.md")
LONGEST = 250


def test_it_is_short() -> None:
    assert len(README.splitlines()) < LONGEST


def test_its_tables_do_not_repeat_those_of_the_reference() -> None:
    """Rows about single options, keys, inputs, variables and exit codes are there only."""
    first_cells = re.findall(r"^\| `([^`]+)`", README, re.MULTILINE)

    assert first_cells == []


def test_its_table_of_tasks_names_the_commands_that_people_type() -> None:
    table = README.partition("## What else there is")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(?:ghpypi )?([a-z]+)`", table))

    assert {*COMMANDS} - named == {"demo", "demote", "backfill", "unyank", "logout"}
