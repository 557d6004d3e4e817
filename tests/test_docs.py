"""Every command explains itself, and every public name says what it is for."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import is_typeddict

import click
import pytest

import ghpypi
from ghpypi.cli.main import COMMANDS, cli


def command_of(name: str) -> click.Command:
    command: click.Command = cli
    for part in name.split():
        assert isinstance(command, click.Group)

        found = command.get_command(click.Context(command), part)

        assert found is not None

        command = found
    return command


def parts_of(name: str) -> list[str]:
    """Name the commands within a command; or itself, if there are none."""
    command = command_of(name)
    if not isinstance(command, click.Group):
        return [name]
    return [f"{name} {part}" for part in command.list_commands(click.Context(command))]


SINGLE = [part for name in COMMANDS for part in parts_of(name)]
"""All commands that do something."""

ALL = list(dict.fromkeys([*COMMANDS, *SINGLE]))
"""Those, and the groups some of them are in."""


def help_of(name: str) -> str:
    return inspect.cleandoc(command_of(name).help or "")


def test_commands_are_named_in_the_order_of_use() -> None:
    assert cli.list_commands(click.Context(cli)) == list(COMMANDS)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_line_in_the_list_is_the_first_of_the_help(name: str) -> None:
    assert help_of(name).splitlines()[0] == COMMANDS[name][1]


@pytest.mark.parametrize("name", ALL)
def test_the_first_line_is_an_imperative_sentence(name: str) -> None:
    line = help_of(name).splitlines()[0]
    verb = line.split()[0]

    assert line.endswith(".")
    assert len(line) <= 72
    assert verb[0].isupper()
    assert not verb.endswith(("s", "ing", "ed"))


@pytest.mark.parametrize("name", ALL)
def test_the_help_has_an_example_of_this_command(name: str) -> None:
    text = help_of(name)
    _, _, examples = text.partition("\b\nExample")
    lines = [line.strip() for line in examples.splitlines()[1:] if line.strip()]

    assert lines
    assert all(line.startswith(f"ghpypi {name}") for line in lines)


@pytest.mark.parametrize("name", SINGLE)
def test_every_option_says_what_it_is_for(name: str) -> None:
    options = [each for each in command_of(name).params if isinstance(each, click.Option)]

    assert options
    for option in options:
        assert option.help, option.name
        assert "\n" not in option.help
        assert option.help.endswith((".", "]")), option.help


@pytest.mark.parametrize("name", ALL)
def test_the_short_option_for_help_works(name: str) -> None:
    command = command_of(name)
    with click.Context(cli, info_name="ghpypi", **cli.context_settings) as parent:
        context = click.Context(command, parent=parent, info_name=name)

    assert context.help_option_names == ["-h", "--help"]
    assert command.get_help(context).startswith(f"Usage: ghpypi {name} ")


def test_the_same_option_means_the_same_everywhere() -> None:
    seen: dict[tuple[str, ...], set[str]] = {}
    for name in SINGLE:
        for option in command_of(name).params:
            if isinstance(option, click.Option) and option.name not in PER_COMMAND:
                seen.setdefault(tuple(option.opts), set()).add(option.help or "")

    assert {opts: helps for opts, helps in seen.items() if len(helps) > 1} == {}


PER_COMMAND = {"output", "dry_run", "index", "port", "tag", "upstream"}
"""Options whose help names what this very command does with them."""


MODULES = sorted(
    module.name for module in pkgutil.walk_packages([str(Path(ghpypi.__file__).parent)], "ghpypi.")
)


@pytest.mark.parametrize("name", ["ghpypi", *MODULES])
def test_every_public_name_has_a_docstring(name: str) -> None:
    module = importlib.import_module(name)
    if module.__file__ is None or not Path(module.__file__).read_text(encoding="utf-8").strip():
        return

    assert [each for each, text in described(module) if not text] == []


def described(module: ModuleType) -> Iterator[tuple[str, str | None]]:
    """Find the public names that a module defines, with their docstrings."""
    yield module.__name__, module.__doc__
    for name, value in vars(module).items():
        ours = getattr(value, "__module__", None) == module.__name__
        if ours and not name.startswith("_") and inspect.isroutine(value):
            yield name, inspect.getdoc(value)
        elif ours and not name.startswith("_") and inspect.isclass(value):
            if is_typeddict(value):  # those that are no class statement cannot have one
                continue
            yield name, vars(value).get("__doc__")
            yield from methods(value)


def methods(kind: type) -> Iterator[tuple[str, str | None]]:
    """Find the public methods and properties of a class; a base speaks for what it began."""
    for name, value in vars(kind).items():
        ours = not name.startswith("_") and not any(name in vars(x) for x in kind.__mro__[1:])
        if ours and (inspect.isroutine(value) or isinstance(value, PROPERTIES)):
            yield f"{kind.__name__}.{name}", inspect.getdoc(getattr(kind, name))


PROPERTIES = (property, cached_property, classmethod, staticmethod)


def test_there_are_modules_to_look_at() -> None:
    assert {"ghpypi.core.simple.pages", "ghpypi.cli.main", "ghpypi.stores.directory.store"} <= set(
        MODULES
    )
