"""One language: American technical English, and the field's terms instead of metaphors."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

BRITISH = re.compile(
    r"(?:organ|normal|author|recogn|serial|summar|initial|minim|optim)is(?:e|ing|ation)"
    r"|licence|colour|behaviour|neighbour|favour|honour|catalogue|whilst|centre\b",
    re.IGNORECASE,
)
METAPHORS = re.compile(
    r"\b(?:rooms|outlets?|gate|hub|bear|shelter|dweller|is believed|crowded_out|outdone|teach)\b",
    re.IGNORECASE,
)
"""Words that stand for a thing which has a name of its own in the field."""

WRITTEN = ("*.py", "*.md", "*.yml", "*.yaml", "*.toml", "*.html", "*.css", "*.js", "*.json")
FOLDERS = ("ghpypi", "action", "docs", "examples", "workflow-templates")


def texts() -> Iterator[Path]:
    """List what people read: code, templates, documents and examples."""
    yield from ROOT.glob("*.md")
    yield ROOT / "action.yml"
    for folder in FOLDERS:
        for pattern in WRITTEN:
            yield from (ROOT / folder).rglob(pattern)


@pytest.mark.parametrize("banned", [BRITISH, METAPHORS], ids=["British spelling", "metaphors"])
def test_no_banned_word_is_used(banned: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in banned.finditer(line)
    ]

    assert found == []
