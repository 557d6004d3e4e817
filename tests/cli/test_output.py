"""Everything that is printed goes through one place, which takes tokens and commands out."""

import ast
import json
from pathlib import Path

import pytest

import ghpypi
from ghpypi.cli.output import print_json, print_table, say, say_text
from tests.cli.conftest import Bench

TOKEN = f"ghp_{'0123456789' * 4}"
EVIL = f"\x1b[31m{TOKEN}\n::add-mask::a"

ALLOWED = {
    "output.py": "it is the place",
    "detached_proxy.py": "prints the environment of a command, with the password made for it",
    "serve.py": "writes lines of the access log, which masks them",
    "signals.py": "says one fixed sentence, when nothing else is ready",
}


def writing(tree: ast.AST) -> list[int]:
    """Find the lines that write to a stream."""
    names = {"click.echo", "click.secho", "print", "sys.stdout.write", "sys.stderr.write"}
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)]
    return [each.lineno for each in calls if ast.unparse(each.func) in names]


def test_nothing_else_writes_to_a_stream() -> None:
    root = Path(ghpypi.__file__).parent
    found = {
        f"{path.relative_to(root)}:{line}"
        for path in root.rglob("*.py")
        if path.name not in ALLOWED
        for line in writing(ast.parse(path.read_text()))
    }

    assert found == set()


def test_what_is_printed_has_no_power(capsys: pytest.CaptureFixture[str]) -> None:
    say(EVIL)
    print_table([("::stop-commands::x", EVIL)])
    say_text(f"a\tb\n{EVIL}\n")

    assert capsys.readouterr().out == (
        r"\x1b[31m***\x0a::add-mask::a"
        "\n"
        r"\x3a:stop-commands::x  \x1b[31m***\x0a::add-mask::a"
        "\n"
        "a\tb\n"
        r"\x1b[31m***"
        "\n"
        r"\x3a:add-mask::a"
        "\n"
    )


def test_a_document_says_the_same_but_for_tokens(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": EVIL, "c1": "\x9b2J##[debug]"})
    out = capsys.readouterr().out

    assert json.loads(out) == {
        "version": 1,
        "name": "\x1b[31m***\n::add-mask::a",
        "c1": "\x9b2J##[debug]",
    }
    assert all(each.isprintable() or each == "\n" for each in out)
    assert "##[" not in out


def test_arguments_that_click_repeats_are_no_commands(bench: Bench) -> None:
    for arguments in (
        ("index", "--max-wait", f"\n::add-mask::{TOKEN}"),
        ("index", f"--{TOKEN}\x1b[2J"),
        (f"\n::set-output name=x::{TOKEN}",),
    ):
        outcome = bench.run(*arguments)

        assert outcome.code == 2
        assert TOKEN not in outcome.err
        assert "\x1b" not in outcome.err
        assert not [x for x in outcome.err.splitlines() if x.strip().startswith("::")]
