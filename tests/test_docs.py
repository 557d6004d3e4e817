"""Every command explains itself, and every public name says what it is for."""

import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, is_typeddict

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


PER_COMMAND = {"dry_run", "force", "index", "port", "require_provenance", "tag", "upstream"}
"""Options whose help names what this very command does with them."""


MODULES = sorted(
    module.name for module in pkgutil.walk_packages([str(Path(ghpypi.__file__).parent)], "ghpypi.")
)

SURFACES = ("ghpypi.api", "ghpypi.ports")
"""What others write against: there every public name is described, however short its code."""

SHORT = 6
"""Lines of a function whose name and types may say all that there is to say."""


@pytest.mark.parametrize("name", ["ghpypi", *MODULES])
def test_what_has_to_be_explained_has_a_docstring(name: str) -> None:
    module = importlib.import_module(name)
    if module.__file__ is None or not Path(module.__file__).read_text(encoding="utf-8").strip():
        return
    everything = name.startswith(SURFACES)

    assert [*undescribed(module, everything=everything)] == []


def undescribed(module: ModuleType, *, everything: bool = False) -> Iterator[str]:
    """Find the public names that lack a docstring: modules, classes, and functions worth one.

    A docstring that only repeats a name costs a reader more than none, so short functions need
    none, and a method does not repeat what its protocol or base says.
    """
    if not module.__doc__:
        yield module.__name__
    for name, value in vars(module).items():
        if getattr(value, "__module__", None) != module.__name__ or name.startswith("_"):
            continue
        if inspect.isroutine(value) and needs_docstring(value, everything=everything):
            yield name
        elif inspect.isclass(value) and not is_typeddict(value):
            if not vars(value).get("__doc__"):
                yield name
            for short, method in methods(value):
                if needs_docstring(method, everything=everything):
                    yield f"{name}.{short}"


def needs_docstring(function: object, *, everything: bool) -> bool:
    """Tell whether a function lacks a docstring that it should have."""
    if inspect.getdoc(function):
        return False
    if everything:
        return True
    wrapped: Any = getattr(function, "fget", None) or getattr(function, "func", function)
    wrapped = inspect.unwrap(getattr(wrapped, "__func__", wrapped))
    return inspect.isfunction(wrapped) and len(inspect.getsource(wrapped).splitlines()) > SHORT


def methods(kind: type) -> Iterator[tuple[str, object]]:
    """Find the public methods and properties of a class; not those of its bases."""
    for name, value in vars(kind).items():
        ours = not name.startswith("_") and not any(name in vars(x) for x in kind.__mro__[1:])
        if ours and (inspect.isroutine(value) or isinstance(value, PROPERTIES)):
            yield name, value


PROPERTIES = (property, cached_property, classmethod, staticmethod)


def test_there_are_modules_to_look_at() -> None:
    assert {"ghpypi.core.simple.pages", "ghpypi.cli.main", "ghpypi.stores.directory.store"} <= set(
        MODULES
    )


PLANTED = '''
"""A module."""

class Undescribed:
    pass

class Described:
    """A class."""

    def short(self):
        return 1

    @property
    def long(self):
        a = 1
        b = 2
        c = 3
        d = 4
        return a + b + c + d
'''


def test_short_functions_need_no_docstring_but_for_those_that_others_call(tmp_path: Path) -> None:
    path = tmp_path / "planted.py"
    path.write_text(PLANTED)
    spec = importlib.util.spec_from_file_location("planted", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    assert [*undescribed(module)] == ["Undescribed", "Described.long"]
    assert [*undescribed(module, everything=True)] == [
        "Undescribed",
        "Described.short",
        "Described.long",
    ]
