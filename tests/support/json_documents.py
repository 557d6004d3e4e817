"""The schemas of what commands print with `--json`, and the check of a document.

The published schemas allow other keys, so that documents with new keys are valid for programs that
have older schemas. The check here allows only keys that are described, so that none is forgotten.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import click
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from ghpypi.cli.main import cli

FOLDER = Path(__file__).parents[2] / "docs/reference/schemas"
COMMON = "common"
"""The schema of parts that several documents have."""


def json_commands() -> Iterator[str]:
    """List the commands that print a document with `--json`, such as `access list`."""
    context = click.Context(cli)
    for name in cli.list_commands(context):
        if command := cli.get_command(context, name):
            yield from _with_json(name, command)


def _with_json(name: str, command: click.Command) -> Iterator[str]:
    if isinstance(command, click.Group):
        for part, found in command.commands.items():
            yield from _with_json(f"{name} {part}", found)
    elif any("--json" in each.opts for each in command.params):
        yield name


def schema_name(command: str) -> str:
    """Give the name of the schema of a command, without a suffix."""
    return command.replace(" ", "-")


def read_schema(name: str) -> dict[str, Any]:
    """Read a published schema."""
    schema: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return schema


def check_printed(arguments: Sequence[str], output: str) -> None:
    """Check that what a command printed is described by its schema.

    Args:
        arguments: The command line; without `--json`, nothing is checked.
        output: What was printed; empty if the command failed before it had a result.

    Raises:
        AssertionError: It is not JSON, or a part of it is not as described.
    """
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if "--json" not in options or not output:
        return
    error = best_match(_validator(_named(arguments)).iter_errors(json.loads(output)))
    if error:
        raise AssertionError(f"ghpypi {' '.join(arguments)}: {error.json_path}: {error.message}")


def _named(arguments: Sequence[str]) -> str:
    part = schema_name(" ".join(arguments[:2]))
    return part if (FOLDER / f"{part}.json").exists() else arguments[0]


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(_strict(read_schema(name)), registry=_registry())


@cache
def _registry() -> Registry[Any]:
    common = DRAFT202012.create_resource(_strict(read_schema(COMMON)))
    resources: list[tuple[str, Resource[Any]]] = [(f"{COMMON}.json", common)]
    return Registry().with_resources(resources)


def _strict(schema: Any) -> Any:
    """Allow only the keys of an object that its schema describes."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _strict(value) for key, value in schema.items()}
    return {**inner, "additionalProperties": False} if "properties" in inner else inner
