"""SECURITY.md names a test for each claim; the tests have to be there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
CLAIMS = TEXT.partition("## What an attacker gets")[2]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))


def functions(path: str) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node.name


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda value: value.rpartition("/")[2])
def test_a_test_that_is_named_is_there(path: str, name: str) -> None:
    assert name in set(functions(path))


def test_every_claim_names_a_test() -> None:
    claims = [line for line in CLAIMS.splitlines() if line.startswith("- ")]

    assert claims
    assert [line for line in claims if "::test_" not in line] == []
