"""The JSON schema of `ghpypi.toml`, from the functions that read the file.

They ask a table for each of their keys. The table here has none, and records what it is asked for.
The descriptions are those of `docs/reference/configuration.md`.
"""

import json
import re
from collections.abc import Mapping
from itertools import product
from typing import Any

from packaging.version import Version

from ghpypi.core.config.config import CONFIG_FILE, Config
from ghpypi.core.config.table import Table
from tests.documents.blocks import read

PAGE = "docs/reference/configuration.md"
NAME = "name"
"""A key that users choose, such as the name of an index."""
REQUIRED = {"hold": ["commit"], "stores.name": ["store"]}
"""The keys without which a table is an error."""

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
STRINGS: Schema = {"type": "array", "items": STRING}


class RecordingTable(Table):
    """A table that records the keys that it is asked for, and has none of them.

    Args:
        place: The path of the table.
        tables: Whether keys that can be a string or a table are tables.
        present: Whether keys are present that change how other keys are read.
    """

    def __init__(self, place: str = "", *, tables: bool, present: bool) -> None:
        super().__init__({}, place, [])
        self._tables, self._present = tables, present
        self.schema: Schema = {"type": "object", "properties": {}, "additionalProperties": False}
        if place in REQUIRED:
            self.schema["required"] = REQUIRED[place]

    def is_table(self, key: str) -> bool:
        """Answer as if all keys were tables, or none."""
        del key
        return self._tables

    def lookup(self, key: str) -> bool:
        """Answer as if all such keys were present, or only the tables of the file."""
        return self._present or not self.at("").strip('".')

    def keys(self) -> list[str]:
        """Name one key that a user has chosen."""
        return [NAME]

    def text(self, key: str, default: str = "") -> str:
        """Record a string."""
        self._record(key, STRING, default)
        return default

    def flag(self, key: str, *, default: bool) -> bool:
        """Record a boolean."""
        self._record(key, {"type": "boolean"}, default)
        return default

    def number(self, key: str, default: int = 0) -> int:
        """Record a number."""
        self._record(key, {"type": "integer", "minimum": 0}, default or "")
        return default

    def either(self, key: str, wanted: str, *, choices: tuple[str, ...] = ()) -> bool | str:
        """Record a boolean or a string."""
        del wanted
        text = {"enum": [True, False, *choices]} if choices else {"type": ["boolean", "string"]}
        self._record(key, text, False)
        return False

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """Record one of several strings."""
        self._record(key, {"enum": [str(each) for each in choices]}, str(default))
        return default

    def one_or_several(
        self, key: str, choices: tuple[str, ...], default: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Record one of several strings, or a list of them."""
        one = {"enum": [*choices]}
        self._record(key, {"anyOf": [one, {"type": "array", "items": one}]}, default[0])
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """Record a list of strings."""
        self._record(key, STRINGS)
        return ()

    def text_or_texts(self, key: str, default: str = "") -> tuple[str, ...]:
        """Record a string or a list of strings."""
        self._record(key, {"type": ["string", "array"], "items": STRING}, default)
        return (default,) if default else ()

    def table(self, key: str) -> "RecordingTable":
        """Record a table, and return one that records its keys."""
        table = RecordingTable(self.at(key), tables=self._tables, present=self._present)
        self._record(key, table.schema)
        return table

    def refuse(self, key: str, problem: str) -> None:
        """Do nothing: a key that is wrong here only is recorded elsewhere."""

    def version(self, key: str) -> Version | None:
        """Take any key for a version."""
        del key
        return Version("1.0")

    def _record(self, key: str, schema: Schema, default: str | int = "") -> None:
        if key == NAME:
            self.schema["additionalProperties"] = schema
        else:
            # The schema of a table itself, because more keys of the table are recorded later.
            known = schema if default == "" else {**schema, "default": default}
            self.schema["properties"][key] = known


def config_schema() -> str:
    """Render the schema."""
    found: Schema = {}
    for tables, present in product((True, False), repeat=2):
        root = RecordingTable(tables=tables, present=present)
        Config.read(root)
        found = _merged(found, root.schema) if found else root.schema
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{CONFIG_FILE}.json",
        "title": CONFIG_FILE,
        "description": "The configuration of ghpypi.",
        **_described(found, "", _descriptions()),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _merged(one: Schema, other: Schema) -> Schema:
    """Allow what either of two schemas of a key allows."""
    if one.get("type") != other.get("type") and "string" in (one.get("type"), other.get("type")):
        table = one if one.get("type") == "object" else other
        return {**table, "type": ["string", "object"]}
    merged = {**other, **one}
    if "properties" in one:
        keys = {**other["properties"], **one["properties"]}
        merged["properties"] = {
            key: _merged(one["properties"].get(key, value), other["properties"].get(key, value))
            for key, value in keys.items()
        }
    inner = [x["additionalProperties"] for x in (one, other) if x.get("additionalProperties")]
    if inner:
        merged["additionalProperties"] = _merged(inner[0], inner[-1])
    return merged


def _described(schema: Schema, place: str, texts: Mapping[tuple[str, str], str]) -> Schema:
    """Add the descriptions to the keys of a table."""
    if "properties" not in schema:
        return schema
    described = dict(schema)
    described["properties"] = {
        key: _with_text(_described(value, f"{place}.{key}".strip("."), texts), place, key, texts)
        for key, value in schema["properties"].items()
    }
    if isinstance(schema["additionalProperties"], dict):
        described["additionalProperties"] = _described(
            schema["additionalProperties"], f"{place}.NAME", texts
        )
    return described


def _with_text(
    schema: Schema, place: str, key: str, texts: Mapping[tuple[str, str], str]
) -> Schema:
    section = "variants" if place.startswith("variants.dimensions") else place
    section = "retention" if place.startswith("retention.") else section
    text = texts.get((section, key)) or texts.get((f"{place}.{key}".strip("."), ""))
    text = text or texts.get((f"{key}.NAME", ""))
    return {"description": text, **schema} if text else schema


def _descriptions() -> dict[tuple[str, str], str]:
    """Read the table of all keys: section and key, and what the key means."""
    found = {}
    section = ""
    table = read(PAGE).partition("## All keys")[2].partition("\n## ")[0]
    for line in table.splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)]
        if len(cells) < 4 or not (names := re.findall(r"`\[?([A-Za-z.-]+)\]?`", cells[1])):
            continue
        meaning = re.sub(r"; (see )?\[(more|below)\]\([^)]*\)", "", cells[2])
        meaning = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", meaning)
        if cells[1].startswith("**"):
            section = names[0]
            found[section, ""] = meaning
        else:
            found.update({(section, name): meaning for name in names})
    return found
