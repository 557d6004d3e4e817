"""The documents for people, and the code blocks in them.

A block of commands is run by `tests/documents/test_commands.py`, unless an HTML comment before it,
which readers do not see, names the test that does, or says why none can:

    <!-- run by tests/e2e/test_run.py -->
    <!-- not run: it needs a public host -->
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w+-]*)[ \t]*(?P<info>.*)$")
MARK = re.compile(r"<!-- (run by|not run:) (.+?) -->$")
"""A test elsewhere that runs a block, or the reason why none does."""
SHELL = {"console", "sh", "bash", "shell", "fish", "zsh", "powershell"}
"""Languages of blocks that a reader types or runs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One line that a reader types, with the lines that continue it.

    Attributes:
        line: Its number in the file.
        text: The command without prompt and comment.
        output: What the document shows below it.
    """

    line: int
    text: str
    output: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """Its words, without those that set variables."""
        words = shlex.split(self.text, comments=True)
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        return words

    @property
    def variables(self) -> dict[str, str]:
        """The variables that are set for it, or by `export`."""
        words = shlex.split(self.text, comments=True)
        first = words[1:] if words[:1] == ["export"] else words
        found = {}
        for word in first:
            if not re.match(r"[A-Z_]+=", word):
                break
            name, _, found[name] = word.partition("=")
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A fenced block of a document.

    Attributes:
        page: The path of the document, relative to the root of the project.
        line: The number of its first line.
        language: As written after the fence.
        text: What is in it, without the indentation of the fence.
        section: The last heading above it.
        reason: Why it is not run here, if a comment says so.
        tested: Whether that reason is the path of a test, with a remark after it.
    """

    page: str
    line: int
    language: str
    text: str
    section: str
    reason: str = ""
    tested: bool = False

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def commands(self) -> tuple[Command, ...]:
        """The commands of a block for a shell."""
        if self.language == "console":
            return tuple(_typed(self))
        if self.language in SHELL:
            return tuple(_script(self))
        return ()


def documents() -> list[str]:
    """List the documents that users and developers read, by their paths."""
    paths = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
    return sorted(
        path.relative_to(ROOT).as_posix() for path in paths if path.name != "CHANGELOG.md"
    )


def read(page: str) -> str:
    """Read a document."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, text: str = "") -> list[Block]:
    """Find all fenced blocks of a document."""
    found: list[Block] = []
    lines = (text or read(page)).splitlines()
    section = above = ""
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if fence := FENCE.match(line):
            start, end = number, _end(lines, number, fence["indent"])
            content = "\n".join(each.removeprefix(fence["indent"]) for each in lines[start:end])
            mark = MARK.search(above)
            found.append(
                Block(
                    page=page, line=start + 1, language=fence["language"], text=content,
                    section=section, reason=mark[2] if mark else "",
                    tested=bool(mark and mark[1] == "run by"),
                )
            )  # fmt: skip
            number = end + 1
        elif line.startswith("#"):
            section = line.lstrip("# ")
        if line.strip():
            above = line.strip()
    return found


def _end(lines: list[str], start: int, indent: str) -> int:
    for number in range(start, len(lines)):
        if lines[number].startswith(f"{indent}```"):
            return number
    return len(lines)


def _typed(block: Block) -> list[Command]:
    """Read a session of a terminal: a prompt before each command, then its output."""
    found: list[Command] = []
    lines = block.text.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("$ "):
            text, last = _continued(lines, number, line[2:])
            output = []
            for following in lines[last + 1 :]:
                if following.startswith("$ "):
                    break
                output.append(following)
            found.append(Command(line=block.line + number, text=text, output=tuple(output)))
    return found


def _script(block: Block) -> list[Command]:
    lines = block.text.splitlines()
    found: list[Command] = []
    number = 0
    while number < len(lines):
        text, last = _continued(lines, number, lines[number])
        if text.strip() and not text.startswith("#"):
            found.append(Command(line=block.line + number, text=text, output=()))
        number = last + 1
    return found


def _continued(lines: list[str], number: int, text: str) -> tuple[str, int]:
    while text.endswith("\\") and number + 1 < len(lines):
        number += 1
        text = f"{text[:-1].rstrip()} {lines[number].strip()}"
    return text, number
