"""What commits say about one project."""

import re
from collections.abc import Iterator

from packaging.utils import NormalizedName

from ghpypi.core.catalog.differences import MESSAGE_LINES, Differences
from ghpypi.core.config.hold import SHOWN_DIGITS, Hold
from ghpypi.core.names import Filename, InvalidFilenameError, normalize

_FILE = re.compile(r"(?:added|changed|removed): (\S+)")


_HOLD_SUBJECT = "Hold the index at"

END_SUBJECT = "Publish the current releases again"
"""The subject of the commit that ends a hold."""


def hold_subject(commit: str) -> str:
    """Return the subject of the commits that hold the index at an earlier state."""
    return f"{_HOLD_SUBJECT} {commit[:SHOWN_DIGITS]}"


def hold_message(hold: Hold, differences: Differences) -> str:
    """Return the message of the commit that publishes an earlier state."""
    subject = hold_subject(hold.commit) + (f": {hold.reason}" if hold.reason else "")
    return "\n".join([subject, "", *differences.lines()[:MESSAGE_LINES]]).strip() + "\n"


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
    return [subject, *found] if found and subject.startswith(_HOLD_SUBJECT) else found


def names_project(name: NormalizedName, message: str) -> bool:
    """Return whether the message of a commit of the configuration concerns a project.

    It mentions the project, in any spelling, or holds the whole index at an earlier state.
    """
    if message.startswith((_HOLD_SUBJECT, END_SUBJECT)):
        return True
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
