"""The published schemas of what commands print with `--json`.

Each document that a test of commands prints is checked by `Bench.run`, see
`tests/support/json_documents.py`.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from ghpypi.cli.output import JSON_VERSION
from ghpypi.core.config.config import CONFIG_FILE
from tests.documents.blocks import DOCS, read
from tests.support.json_documents import (
    COMMON,
    FOLDER,
    check_printed,
    json_commands,
    read_schema,
    schema_name,
)

COMMANDS = list(json_commands())
SCHEMAS = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != CONFIG_FILE)
PAGE = "docs/reference/json.md"


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield a schema and everything in it."""
    if isinstance(schema, dict):
        yield schema
    for each in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(each, dict | list):
            yield from parts(each)


def test_each_command_with_json_has_a_schema() -> None:
    assert sorted(schema_name(each) for each in COMMANDS) == [x for x in SCHEMAS if x != COMMON]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_and_describes_each_key(name: str) -> None:
    schema = read_schema(name)
    Draft202012Validator.check_schema(schema)

    assert schema["$id"] == f"{name}.json"
    lists = [each["properties"] for each in parts(schema) if "properties" in each]
    assert [
        key
        for keys in lists
        for key, value in keys.items()
        if not {"description", "$ref"} & value.keys()
    ] == []
    assert [each for each in parts(schema) if each.get("additionalProperties") is False] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_schema_is_of_its_command(command: str) -> None:
    schema = read_schema(schema_name(command))

    assert schema["title"] == f"ghpypi {command} --json"
    assert schema["type"] == "object"
    assert schema["required"][0] == "version"


def test_all_references_lead_to_a_common_part() -> None:
    known = read_schema(COMMON)["$defs"]
    used = {
        each["$ref"].rpartition("#/$defs/")[2]
        for name in SCHEMAS
        for each in parts(read_schema(name))
        if "$ref" in each
    }

    assert used == set(known)
    assert known["version"]["const"] == JSON_VERSION


def test_the_page_links_the_schema_of_each_command() -> None:
    links = re.findall(r"\[`ghpypi ([a-z ]+)`\]\(schemas/([a-z-]+)\.json\)", read(PAGE))

    assert links == [(each, schema_name(each)) for each in COMMANDS]
    assert (DOCS / "reference/schemas").samefile(FOLDER)


@pytest.mark.parametrize(
    "output",
    [
        '{"version": 1, "host": "github.com", "removed-from": []}',
        '{"version": 1, "host": "github.com", "removed-from": [], "servers": [], "new": 1}',
        '{"version": 2, "host": "github.com", "removed-from": [], "servers": []}',
        '{"version": 1, "host": "github.com", "removed-from": [], "servers": ""}',
    ],
    ids=["missing key", "key without description", "other version", "other type"],
)
def test_another_document_is_found(output: str) -> None:
    with pytest.raises(AssertionError, match="ghpypi logout --json"):
        check_printed(["logout", "--json"], output)
