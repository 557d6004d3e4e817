"""Commands in documents are run, on an index repository of the emulator and a folder.

Each page has a scene of its own, in which its blocks are run in their order. A command has to end
as its block shows: with an error if there is one in the output, and else with success.
"""

import re
from pathlib import Path

import click
import pytest

from ghpypi.cli.main import cli
from tests.cli.conftest import Bench
from tests.documents.blocks import ROOT, SHELL, blocks, documents
from tests.documents.scene import Scene
from tests.emulator import Emulator

BLOCKS = [block for page in documents() for block in blocks(page)]
SHOWN = [
    (f"{block.page}:{command.line}", command.words)
    for block in BLOCKS
    for command in block.commands
    if command.words[:1] == ["ghpypi"]
]
INLINE = [
    (page, found)
    for page in documents()
    for found in re.findall(r"`(ghpypi [a-z]+(?: [^`\n]*)?)`", (ROOT / page).read_text("utf-8"))
]
PAGES = sorted({block.page for block in BLOCKS if block.commands and not block.reason})


def test_every_block_of_commands_is_run_or_says_why_not() -> None:
    """What is not run names a test that is there, or gives a reason of some words."""
    for block in BLOCKS:
        if block.tested:
            assert Path(ROOT / re.split(r"[: ]", block.reason)[0]).is_file(), str(block)
        elif block.reason:
            assert len(block.reason.split()) > 2, str(block)
        if block.language in SHELL:
            assert block.commands, f"{block}: no line begins with '$ '"


@pytest.mark.parametrize(("place", "words"), SHOWN, ids=[place for place, _ in SHOWN])
def test_every_option_that_is_shown_exists(place: str, words: list[str]) -> None:
    parse(words)


def test_every_option_in_a_sentence_exists() -> None:
    wrong = []
    for page, text in INLINE:
        words = re.findall(r"[^\s,]+", text.partition(" -- ")[0])
        command, rest = find(words[1:])
        known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
        options = {word.partition("=")[0] for word in rest if word.startswith("-")}
        if not options <= known | {"--help", "-h"}:
            wrong.append(f"{page}: {text}")

    assert len(INLINE) > 50
    assert wrong == []


def parse(words: list[str]) -> None:
    """Parse a command as click does, without reading files or running it."""
    command, rest = find([word for word in words[1:] if word != "<"])
    command.make_parser(click.Context(command)).parse_args(args=rest)


def find(words: list[str]) -> tuple[click.Command, list[str]]:
    """Find the command that words name, and the arguments after it."""
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            break
        command, words = found, words[1:]

    assert command is not cli or words[:1] in ([], ["COMMAND"]) or words[0].startswith("-"), words

    return command, words


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_commands_end_as_the_document_says(page: str, bench: Bench, empty_github: Emulator) -> None:
    scene = Scene(bench, empty_github)
    for block in blocks(page):
        for command in () if block.reason else block.commands:
            outcome = scene.run(command)
            fails = any(line.startswith("error:") for line in command.output)

            assert (outcome.code != 0) == fails, f"{page}:{command.line}: {outcome}"
