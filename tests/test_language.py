"""One language: American technical English, and the field's terms instead of metaphors."""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

BRITISH = re.compile(
    r"(?:organ|normal|author|recogn|serial|summar|initial|minim|optim)is(?:e|ing|ation)"
    r"|licence|colour|behaviour|neighbour|favour|honour|catalogue|whilst|centre\b"
    r"|\bmis-?spelt\b|\blearnt\b",
    re.IGNORECASE,
)
METAPHORS = re.compile(
    r"\b(?:rooms|outlets?|gate|hub|bear|shelter|dweller|is believed|crowded_out|outdone|teach)\b",
    re.IGNORECASE,
)
"""Words that stand for a thing which has a name of its own in the field."""

REASONS = {
    "whoever": "say who: the caller, a user, an attacker, an author",
    "whomever": "say who: the caller, a user, an attacker, an author",
    "nobody": "'no one', 'not ...', or say who does not",
    "somebody": "say who: the caller, a user, another process",
    "anybody": "say who, or 'anyone'",
    "everybody": "'everyone', or 'all users'",
    "whence": "'from where', or the origin of a file",
    "wherein": "'in which'",
    "anew": "'again', or the verb: rebuild, reload, re-render",
    "behold": "delete it",
    "strangers": "'untrusted' code, text or users",
    "for ever": "'forever', 'permanently', or 'without a timeout'",
    "mend": "fix, repair, or the step's method 'apply'",
    "mends": "fix, repair, or the step's method 'apply'",
    "mended": "fix, repair, or the step's method 'apply'",
    "shelf": "the location of a file",
    "speaks": "a program supports, uses or sends",
    "told of": "report, notify, warn about",
    "is told": "name what is passed, sent or configured",
    "are told": "name what is passed, sent or configured",
    "broke off": "an upload or connection was interrupted",
    "breaks off": "an upload or connection is interrupted",
    "beside us": "in the current folder",
    "of ours": "of the store, of the index, built-in, own",
    "none of ours": "not of the store, not of the index",
    "such as it is": "delete it",
    "as it were": "delete it",
    "sees to it": "ensures, checks",
    "see to it": "ensure, check",
    "is no text": "'is not UTF-8'",
    "asks the world": "does I/O",
    "cannot be had": "'cannot fetch', 'not available'",
    "goes before": "'takes precedence over'",
}
"""Words and phrases that a reader has to translate, each with what to write instead."""

DIALECT = re.compile(rf"\b(?:{'|'.join(map(re.escape, REASONS))})\b", re.IGNORECASE)

QUOTED = {
    "ghpypi/core/sample.py": {"whoever", "is told"},  # the text of a sample package
    "ghpypi/templates/site/project.html": {"whoever"},  # a warning to users in plain English
    # The name of a user or an organization that does not exist.
    "tests/cli/test_access.py": {"nobody"},
    "tests/cli/test_init.py": {"nobody"},
    "tests/stores/github/test_access.py": {"nobody"},
    "tests/stores/github/test_repositories.py": {"nobody"},
}
"""Exceptions, by file."""

WRITTEN = ("*.py", "*.md", "*.yml", "*.yaml", "*.toml", "*.html", "*.css", "*.js", "*.json")
FOLDERS = (".github", "ghpypi", "action", "docs", "examples", "scripts", "workflow-templates")


def texts() -> Iterator[Path]:
    """List what people read: code, templates, documents and examples."""
    yield from ROOT.glob("*.md")
    yield ROOT / "action.yml"
    for folder in FOLDERS:
        for pattern in WRITTEN:
            yield from (ROOT / folder).rglob(pattern)


def modules_of_tests() -> Iterator[Path]:
    """List the modules of tests, whose docstrings and comments are read by developers."""
    for path in (ROOT / "tests").rglob("*.py"):
        if path.name != Path(__file__).name:
            yield path


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are sentences: strings and comments of Python, all of other files."""
    text = path.read_text(encoding="utf-8")
    if not DIALECT.search(text):
        return  # most files: reading their tokens takes long
    if path.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in {tokenize.COMMENT, tokenize.STRING}:
            yield from enumerate(token.string.splitlines(), token.start[0])


@pytest.mark.parametrize("banned", [BRITISH, METAPHORS], ids=["British spelling", "metaphors"])
def test_no_banned_word_is_used(banned: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in banned.finditer(line)
    ]

    assert found == []


def test_sentences_need_no_translation() -> None:
    found = [
        f"{place}:{number}: {match[0]}: {REASONS[match[0].lower()]}"
        for path in chain(texts(), modules_of_tests())
        if (place := path.relative_to(ROOT).as_posix()) != "CHANGELOG.md"
        for number, line in prose(path)
        for match in DIALECT.finditer(line)
        if match[0].lower() not in QUOTED.get(place, ())
    ]

    assert found == []


NAMES = re.compile(
    r"(?:^|_)(?:told|tells?|mend\w*|learnt|shel[fv]\w*|whence|ours|(?:no|some|any|every)bodys?"
    r"|whoever|belie\w+|anew|spelt|oneself|foretold|said|goes_before|rubbish|kin|forgiven"
    r"|strangers?|stands?|wished|impatient|apart|turns|sees|bears?)(?=_|$)"
)
"""Parts of names that say nothing to a stranger: name the value, or the action."""

OWN_WORDS = {"kept", "ending", "passing_on", "turns", "places", "welcome", "look", "apart"}
"""Names of modules and classes that were used for things with a name of their own in the field."""

GIVEN = {
    "ghpypi/core/distribution/gzip_stream.py": {"tell"},
    "ghpypi/block_reader.py": {"tell"},
}
"""Exceptions, by file, such as `tell` of file objects."""


def named(folders: Iterable[str]) -> Iterator[tuple[str, int, str, bool]]:
    """Yield names with their file and line, and whether it is the name of a module or class."""
    for path in chain.from_iterable((ROOT / folder).rglob("*.py") for folder in folders):
        place = path.relative_to(ROOT).as_posix()
        yield place, 1, path.stem, True
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield place, node.lineno, node.name, isinstance(node, ast.ClassDef)


def test_names_are_terms_of_the_field() -> None:
    found = [
        f"{place}:{line}: {name}"
        for place, line, name, is_noun in named(("ghpypi", "action", "tests"))
        if (NAMES.search(name) or (is_noun and name.strip("_").lower() in OWN_WORDS))
        and name not in GIVEN.get(place, ())
    ]

    assert found == []


@pytest.mark.parametrize(
    "name", ["test_a_fault_is_told", "test_ours_win", "told", "_mend", "test_nobody_is_asked"]
)
def test_a_banned_name_is_found(name: str) -> None:
    assert NAMES.search(name)


@pytest.mark.parametrize("name", ["test_a_fault_is_reported", "standard", "understand", "skin"])
def test_other_names_may_be_used(name: str) -> None:
    assert not NAMES.search(name)
