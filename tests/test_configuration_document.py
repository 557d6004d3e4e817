"""`reference/configuration.md` names every key there is, and no other; its examples can be used."""

import re
from pathlib import Path

import pytest

import ghpypi
from ghpypi.core.config.config import Config
from ghpypi.errors import ConfigError

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
SOURCES = "".join(
    (Path(ghpypi.__file__).parent / "core" / "config" / name).read_text(encoding="utf-8")
    for name in (
        "config.py",
        "hold.py",
        "index.py",
        "indexes.py",
        "index_paths.py",
        "lifecycle.py",
        "retention.py",
        "stores.py",
        "variants.py",
    )
)
TABLE = DOCUMENT.partition("## All keys")[2].partition("\n## ")[0]
KEYS = re.findall(r"^\| (?:\*\*)?`\[?([a-z-]+)(?:\.NAME)?\]?`", TABLE, re.MULTILINE)


def test_every_key_that_is_read_is_in_the_document() -> None:
    read = re.findall(r"(?:table|root|project)\.\w+\(\s*\"([a-z-]+)\"", SOURCES)
    read += re.findall(r"\(table, \"([a-z-]+)\"\)", SOURCES)

    assert {"store", "variants", "from", "include", "pypi-check", "status"} <= {*read}
    assert {*KEYS} == {*read}


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
    assert Config.parse(EXAMPLES[number]) != Config()


def test_patterns_in_the_document_are_regular_expressions() -> None:
    patterns = re.findall(r"`pattern = '([^`]+)'`", DOCUMENT)

    assert len(patterns) > 3
    for pattern in patterns:
        re.compile(pattern.replace("\\|", "|"))
