"""Every option can be set in the environment, under a name that follows from its own."""

import re
from pathlib import Path

import click
import pytest
from click.core import ParameterSource

from ghpypi.cli.main import cli
from ghpypi.cli.options import DurationType
from tests.cli.conftest import Bench
from tests.test_docs import SINGLE

ROOT = Path(__file__).parents[2]


def context_of(name: str) -> click.Context:
    """Make the context that a command is parsed in."""
    command: click.Command = cli
    context = click.Context(cli, info_name="ghpypi", **cli.context_settings)
    for part in name.split():
        assert isinstance(command, click.Group)
        found = command.get_command(context, part)
        assert found is not None
        command = found
        context = click.Context(command, parent=context, info_name=part)
    return context


def options_of(context: click.Context) -> list[click.Option]:
    return [each for each in context.command.params if isinstance(each, click.Option)]


SPELLINGS = [
    (name, spelling)
    for name in SINGLE
    for option in options_of(context_of(name))
    for spelling in [max(option.opts, key=len), *option.secondary_opts]
]
"""Each option of each command, in the spelling of which the variable is made."""


def variable(command: str, spelling: str) -> str:
    return re.sub("[ -]", "_", f"GHPYPI {command} {spelling.lstrip('-')}").upper()


def example(option: click.Option, folder: Path) -> tuple[str, object]:
    """Give a value for an option: as text, and as the command gets it."""
    kind = option.type
    text = EXAMPLES.get(option.name or "", "text")
    if option.is_flag:
        text = "1"
    elif isinstance(kind, click.Path):
        text = str(folder if kind.dir_okay else folder / "file")
        (folder / "file").touch()
    elif isinstance(kind, click.IntRange):
        text = "7"
    elif isinstance(kind, DurationType):
        text = "50m"
    elif isinstance(kind, click.Choice):
        text = str(kind.choices[0])
    value = kind.convert(text, option, None)
    return text, (value,) if option.multiple else value


EXAMPLES = {
    "team": "dev:read",
    "older_than": "90d",
    "action": "acme/action@v1",
    "publishers": "acme/lib",
}


@pytest.mark.parametrize(("command", "spelling"), SPELLINGS)
def test_every_option_has_its_variable(
    bench: Bench, tmp_path: Path, command: str, spelling: str
) -> None:
    spelled = [(x, [*x.opts, *x.secondary_opts]) for x in options_of(context_of(command))]
    (option,) = (option for option, spellings in spelled if spelling in spellings)
    text, expected = example(option, tmp_path)
    bench.set(**{variable(command, spelling): text})
    context = context_of(command)
    value, _ = option.handle_parse_result(context, {}, [])
    source = context.get_parameter_source(option.name or "")

    assert value == (not expected if spelling in option.secondary_opts else expected)
    assert source in {ParameterSource.ENVIRONMENT, ParameterSource.DEFAULT_MAP}


@pytest.mark.parametrize("name", SINGLE)
def test_the_help_shows_how_variables_are_named(name: str) -> None:
    context = context_of(name)
    words = "".join(context.command.get_help(context).split())  # lines also end at hyphens
    first = max(options_of(context)[0].opts, key=len)

    assert f"optioncanbesetintheenvironment:{variable(name, first)}sets{first}." in words
    assert "envvar" not in words


@pytest.mark.parametrize("name", SINGLE)
def test_the_help_lists_each_option_once(name: str) -> None:
    context = context_of(name)
    lines = context.command.get_help(context).splitlines()

    for option in options_of(context):
        spelling = max(option.opts, key=len)
        assert len([x for x in lines if re.match(rf"  (-\w, )?{spelling}(?![\w-])", x)]) == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("GHPYPI_INDEX_FULL", "Invalid value for '--full' (env var: 'GHPYPI_INDEX_FULL')"),
        ("GHPYPI_INDEX_NO_REFRESH", "Invalid value for GHPYPI_INDEX_NO_REFRESH"),
    ],
)
def test_a_bad_value_is_reported_under_the_name_of_its_variable(
    bench: Bench, name: str, said: str
) -> None:
    bench.set(**{name: "perhaps"})
    outcome = bench.run("index")

    assert outcome.code == 2
    assert said in outcome.err


def test_an_option_wins_over_its_variable(bench: Bench) -> None:
    bench.set(GHPYPI_LIST_STORE="./other", GHPYPI_LIST_JSON="1")

    assert bench.run("list", "--store", "./nowhere").err.startswith("error: nowhere ")


OTHER = {
    "GHPYPI_CONFIG_DIR",
    "GHPYPI_REGISTRY_TOKEN",
    "GHPYPI_RUN_INDEX_URL",
    "GHPYPI_RUN_PID",
    "GHPYPI_SERVE_UPLOAD_PASSWORD",
    "GHPYPI_SERVE_READ_PASSWORD",
    "GHPYPI_SERVE_SESSION_SECRET",
    "GHPYPI_SERVE_STORES",
    "GHPYPI_STORE",
    "GHPYPI_TOKEN",
    "GHPYPI_TOKEN_HOST",
}
"""The variables that are not those of an option."""


def test_documents_and_examples_name_only_variables_that_are_read() -> None:
    known = {variable(command, spelling) for command, spelling in SPELLINGS} | OTHER
    files = [ROOT / "README.md", ROOT / "action.yml", ROOT / "Dockerfile"]
    files += [x for folder in ("docs", "examples") for x in (ROOT / folder).rglob("*.*")]
    named = {
        (path.name, found)
        for path in files
        if path.is_file() and path.suffix != ".png"
        for found in re.findall(
            r"(?<!_)GHPYPI_[A-Z_]*[A-Z]\b(?![_<])", path.read_text(encoding="utf-8")
        )
    }

    assert named
    assert {each for each in named if each[1] not in known} == set()
