"""What commits say about one project."""

import re
from collections.abc import Iterator

from packaging.utils import NormalizedName

from ghpypi.core.catalog.differences import MESSAGE_LINES
from ghpypi.core.names import Filename, InvalidFilenameError, normalize

_FILE = re.compile(r"(?:added|changed|removed): (\S+)")


def lines_about(name: NormalizedName, message: str) -> list[str]:
    """Return the lines of a commit message of an index run that are about a project.

    Args:
        name: The project.
        message: A message as `Differences.message` makes it. If it names as many files as a
            message can, it may lack those of the project, and its first line is returned.
    """
    subject, *lines = message.splitlines() or [""]
    found = [line for line in lines if _is_about(name, line)]
    if not found and sum(map(bool, lines)) >= MESSAGE_LINES:
        return [subject]
    return found


def names_project(name: NormalizedName, message: str) -> bool:
    """Return whether the message of a commit mentions a project, in any spelling."""
    return any(word == name for word in _words(message))


def _is_about(name: NormalizedName, line: str) -> bool:
    if found := _FILE.fullmatch(line):
        try:
            return Filename.parse(found[1]).project == name
        except InvalidFilenameError:
            return False
    return line.split(" ", 1)[0] == name  # a yank or status


def _words(text: str) -> Iterator[str]:
    for word in re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*", text):
        yield normalize(word.rstrip("._-"))
