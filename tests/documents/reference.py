"""A program: write the pages of `docs/reference/` that follow from the program.

    python -m tests.documents.reference

A test compares them, so that they cannot go stale; `make reference` calls this.
"""

import inspect
import re
from collections.abc import Callable, Iterator

import click
from ruamel.yaml import YAML

from ghpypi import errors
from ghpypi.cli.command import SharedOption
from ghpypi.cli.main import COMMANDS, cli
from ghpypi.errors import GhpypiError
from tests.documents.blocks import DOCS, ROOT
from tests.documents.config_schema import config_schema

FOLDER = DOCS / "reference"
NOTE = "<!-- Written by `make reference`; do not edit. -->"


def main() -> None:
    """Write all pages."""
    for name, render in PAGES.items():
        (FOLDER / name).write_text(render(), encoding="utf-8")


def cli_page() -> str:
    """Describe every command: its help, options, variables and examples."""
    lines = [
        "# Commands",
        "",
        NOTE,
        "",
        "Results go to standard output, everything else to standard error.",
        "The command line takes precedence over environment variables.",
        "Several values in a variable are separated by spaces.",
        "[Exit codes](exit-codes.md) have a page of their own.",
        "",
    ]
    rows = (
        f"| [`ghpypi {name}`](#ghpypi-{name}) | {line} |" for name, (_, line) in COMMANDS.items()
    )
    lines += ["| command | what it does |", "|---|---|", *rows, ""]
    shared: dict[str, str] = {}
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        if command is None:
            raise LookupError(name)
        lines += _command(f"ghpypi {name}", command, shared)
    lines += ["## Shared options", "", "Of all commands that read a store.", ""]
    lines += ["| option | meaning |", "|---|---|", *shared.values(), ""]
    return "\n".join(lines)


def _command(name: str, command: click.Command, shared: dict[str, str]) -> Iterator[str]:
    help_text, _, examples = inspect.cleandoc(command.help or "").partition("\b\nExample")
    yield from [f"## {name}", "", _escaped(help_text.strip()), ""]
    if isinstance(command, click.Group):
        for part, found in command.commands.items():
            yield from _command(f"{name} {part}", found, shared)
        return
    usage = " ".join(command.collect_usage_pieces(click.Context(command)))
    yield from ["```text", f"{name} {usage}", "```", ""]
    own = [each for each in command.params if isinstance(each, click.Option)]
    rows = {option: _row(option) for option in own if not option.hidden}
    for option, row in rows.items():
        if isinstance(option, SharedOption):
            shared.setdefault(option.opts[0], row.partition(" <br> ")[0] + " |")
    mine = [row for option, row in rows.items() if not isinstance(option, SharedOption)]
    if mine:
        yield from ["| option | meaning |", "|---|---|", *mine, ""]
    if len(mine) < len(rows):
        yield from ["And the [shared options](#shared-options).", ""]
    lines = [line.strip() for line in examples.splitlines()[1:] if line.strip()]
    yield from ["<!-- not run: examples of the help, whose options are checked -->", ""]
    yield from ["```console", *(f"$ {line}" for line in lines), "```", ""]


def _row(option: click.Option) -> str:
    metavar = "" if option.is_flag or option.count else f" {_metavar(option)}"
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    record = option.get_help_record(click.Context(click.Command("x")))
    text = record[1] if record else ""
    text = re.sub(r"\[env var: [^\];]*(?:; )?", "[", text).replace("  []", "").strip()
    variable = f" <br> `{option.envvar}`" if isinstance(option.envvar, str) else ""
    return f"| {names}{f' `{metavar.strip()}`' if metavar else ''} | {_cell(text)}{variable} |"


def _metavar(option: click.Option) -> str:
    return option.make_metavar(click.Context(click.Command("x")))


def _cell(text: str) -> str:
    return _escaped(" ".join(text.split())).replace("|", "\\|")


def _escaped(text: str) -> str:
    """Let Markdown show text as it is."""
    text = text.replace("\b\n", "")
    return re.sub(r"([*_<\[\]])", r"\\\1", text)


def exit_codes_page() -> str:
    """List the exit codes, with the errors that have each."""
    codes: dict[int, list[str]] = {}
    for _, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, GhpypiError) and kind is not GhpypiError:
            line = (inspect.getdoc(kind) or "").partition("\n\n")[0]
            codes.setdefault(kind.exit_code, []).append(" ".join(line.split()))
    listed = re.findall(r"(\d+) ([^,.]+)[,.]", (cli.epilog or "").partition("Exit codes:")[2])
    lines = [
        "# Exit codes", "", NOTE, "",
        "Every command ends with one of these. Scripts may rely on them.", "",
        "| code | meaning | such as |", "|---|---|---|",
    ]  # fmt: skip
    for code, meaning in listed:
        such = " <br> ".join(_cell(text) for text in sorted(codes.pop(int(code), [])))
        lines.append(f"| {code} | {meaning} | {such} |")
    if codes:
        raise LookupError(f"the help of ghpypi lacks exit codes {sorted(codes)}")
    return "\n".join([*lines, ""])


ACTION_NOTES = """\
With `args: --wait`, `upload` and `publish` end \
[when the files can be installed](../how-to/publishing.md#wait-until-it-can-be-installed).

## The job

The job needs `contents: write`, and `pages: write` to start the build of Pages.
It needs Python 3.11 or newer on the runner, and does not change it: each step installs the \
dependencies of ghpypi from a lock file with hashes into a separate folder, without a cache \
that another job could have written to.

Other workflows can call the index workflow (`uses: ./.github/workflows/ghpypi-index.yml`).
"""
"""What follows the tables of the page about the Action."""


def action_page() -> str:
    """List the inputs and outputs of the Action."""
    action = YAML(typ="safe").load((ROOT / "action.yml").read_text(encoding="utf-8"))
    lines = [
        "# The Action", "", NOTE, "",
        "Without inputs, it rebuilds and publishes the index of the repository it runs in.", "",
        "| input | meaning | default |", "|---|---|---|",
    ]  # fmt: skip
    for name, given in action["inputs"].items():
        default = f"`{given['default']}`" if given["default"] else ""
        lines.append(f"| `{name}` | {_one_line(given['description'])} | {default} |")
    lines += ["", "| output | meaning |", "|---|---|"]
    for name, given in action["outputs"].items():
        lines.append(f"| `{name}` | {_one_line(given['description'])} |")
    return "\n".join([*lines, "", ACTION_NOTES])


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


PAGES: dict[str, Callable[[], str]] = {
    "action.md": action_page,
    "cli.md": cli_page,
    "exit-codes.md": exit_codes_page,
    "schemas/ghpypi.toml.json": config_schema,
}
"""The pages of `docs/reference/` that are written, and what writes each."""


if __name__ == "__main__":
    main()
