"""The published schema of `ghpypi.toml` accepts what the program accepts, key by key.

That it has the keys of the program is compared by `test_reference.py`.
"""

import json
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from ghpypi.core.config.config import Config
from ghpypi.core.initial_files import config_text
from ghpypi.errors import ConfigError
from tests.documents.blocks import Block, blocks, documents, read
from tests.documents.config_schema import PAGE
from tests.support.json_documents import FOLDER

FILE = FOLDER / "ghpypi.toml.json"
NAMES = {"retention": "nightly-*"}
"""Sample names of entries, where `x` is none."""


def _is_config(text: str) -> bool:
    try:
        Config.parse(text)
    except ConfigError:
        return False
    return True


TOML = [block for page in documents() for block in blocks(page) if block.language == "toml"]
EXAMPLES = [each for each in TOML if each.page == PAGE or _is_config(each.text)]


@cache
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def faults(text: str) -> list[str]:
    """List what the schema says about a file."""
    found = Draft202012Validator(schema()).iter_errors(tomllib.loads(text))
    return [f"{each.json_path}: {each.message}" for each in found]


def tables(node: dict[str, Any], place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the paths of all tables with fixed keys."""
    if not node.get("properties") and not isinstance(node.get("additionalProperties"), dict):
        return
    if node.get("properties"):
        yield place
    for key, value in node["properties"].items():
        yield from tables(value, (*place, key))
    if isinstance(node["additionalProperties"], dict):
        yield from tables(node["additionalProperties"], (*place, NAMES.get(place[-1], "x")))


def keys() -> Iterator[tuple[tuple[str, ...], str, dict[str, Any]]]:
    """Yield all keys that are not tables: path of the table, key and schema."""
    for place in tables(schema()):
        node = schema()
        for part in place:
            node = node["properties"].get(part) or node["additionalProperties"]
        for key, value in node["properties"].items():
            if value.get("type") != "object":
                yield place, key, value


def in_table(place: tuple[str, ...], line: str) -> str:
    """Write a line in a table."""
    header = ".".join(f'"{part}"' for part in place)
    return f"[{header}]\n{line}\n" if place else f"{line}\n"


def test_the_schema_is_valid_and_describes_each_key() -> None:
    Draft202012Validator.check_schema(schema())

    assert [(place, key) for place, key, value in keys() if not value.get("description")] == []


@pytest.mark.parametrize("block", EXAMPLES, ids=str)
def test_examples_of_the_documents_are_valid(block: Block) -> None:
    assert faults(block.text) == []


def test_examples_are_those_of_several_documents() -> None:
    assert len({block.page for block in EXAMPLES}) > 5


@pytest.mark.parametrize("store", ["acme/pypi", ""])
def test_the_file_of_init_is_valid_and_names_no_schema(store: str) -> None:
    """The schema has an address only after the first release."""
    text = config_text(store)
    without_marks = "\n".join(
        line.removeprefix("# ") if line.startswith(("# [", "# some-")) or " = " in line else line
        for line in text.splitlines()
    )

    assert faults(text) == faults(without_marks) == []
    assert "#:schema" not in text


@pytest.mark.parametrize("place", list(tables(schema())), ids=".".join)
def test_an_unknown_key_fails_as_in_the_program(place: tuple[str, ...]) -> None:
    text = in_table(place, 'no-such-key = "x"')
    with pytest.raises(ConfigError) as caught:
        Config.parse(text)

    assert any("no-such-key" in fault and "unknown" in fault for fault in caught.value.faults)
    assert any("no-such-key" in fault for fault in faults(text))


@pytest.mark.parametrize("value", ['"x"', "true", "3", "1.5", "[]", '["x"]', "[1]", "{}"])
def test_a_value_has_the_types_of_the_program(value: str) -> None:
    """A value is valid unless the program says that it must be another one."""
    different = []
    for place, key, _ in keys():
        text = in_table(place, f"{key} = {value}")
        refused = any(key in fault and _is_about_type(fault) for fault in _program(text))
        if bool([x for x in faults(text) if "required" not in x]) != refused:
            different.append((place, key, _program(text), faults(text)))

    assert different == []


def _program(text: str) -> list[str]:
    try:
        Config.parse(text)
    except ConfigError as error:
        return list(error.faults)
    return []


def _is_about_type(fault: str) -> bool:
    return ": must be " in fault or "is not one of" in fault


def test_the_page_names_the_address_where_the_site_has_the_schema() -> None:
    """`docs/conf.py` copies the schemas to the site."""
    project = tomllib.loads(read("pyproject.toml"))["project"]

    assert f"#:schema {project['urls']['Documentation']}reference/schemas/{FILE.name}\n" in read(
        PAGE
    )
