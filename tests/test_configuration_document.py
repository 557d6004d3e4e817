"""`reference/configuration.md` names only keys that there are; its examples can be used.

That it names all of them is proved by the schema, which has its descriptions:
`tests/documents/test_config_schema.py`.
"""

import re
from pathlib import Path

import pytest

from ghpypi.core.config.config import Config
from ghpypi.errors import ConfigError

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
TABLE = DOCUMENT.partition("## All keys")[2].partition("\n## ")[0]


def test_every_key_of_the_document_is_read() -> None:
    place = ""
    for line in TABLE.splitlines():
        if found := re.match(r"\| \*\*`\[([a-z.N-]+)", line):
            place = found[1].replace(".N", ".name")
        elif (found := re.match(r"\| `([a-z-]+)`", line)) and place not in {"yanked", "removed"}:
            header = f"[{place}]\n" if place else ""
            with pytest.raises(ConfigError) as caught:
                Config.parse(f"{header}{found[1]} = 1.5\n")

            assert "must be" in caught.value.faults[0], found[1]


EXAMPLES = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_examples_can_be_used(number: int) -> None:
    is_schema = EXAMPLES[number].startswith("#:schema")

    assert (Config.parse(EXAMPLES[number]) == Config()) == is_schema


def test_patterns_in_the_document_are_regular_expressions() -> None:
    patterns = re.findall(r"`pattern = '([^`]+)'`", DOCUMENT)

    assert len(patterns) > 3
    for pattern in patterns:
        re.compile(pattern.replace("\\|", "|"))
