"""Validation of entry_points.txt: the scripts that installers create."""

import configparser
import re
from collections.abc import Iterator

from ghpypi.core.distribution.contents import quoted
from ghpypi.core.distribution.rules import Issue, Rule

_SECTIONS = ("console_scripts", "gui_scripts")
_NAME = re.compile(r"[\w.-]+")
_VALUE = re.compile(r"[\w.]+\s*:\s*[\w.]+\s*(\[[^\]]*\])?")
"""Names and values of scripts, from the entry points specification."""
_SEPARATOR = re.compile(r"[/\\:]")


def entry_point_issues(text: bytes) -> Iterator[Issue]:
    """Yield issues of scripts that are invalid or outside of the scripts folder."""
    parser = configparser.RawConfigParser(delimiters=("=",))
    # `optionxform` makes the parser case-sensitive, as names of scripts are.
    setattr(parser, "optionxform", str)  # noqa: B010 - mypy takes no assignment to a method
    try:
        parser.read_string(text.decode())
    except (UnicodeDecodeError, configparser.Error) as error:
        reason = str(error).partition("\n")[0]
        yield Issue(Rule.ENTRY_POINTS, f"its entry_points.txt cannot be read ({reason})")
        return
    for section in filter(parser.has_section, _SECTIONS):
        for name, value in parser.items(section):
            if _SEPARATOR.search(name) or name in {"", ".", ".."}:
                yield Issue(
                    Rule.ENTRY_POINTS,
                    f"its script {quoted(name)} would be outside of the scripts folder",
                )
            elif not _NAME.fullmatch(name):
                yield Issue(Rule.SCRIPT_NAME, f"its script {quoted(name)} has no valid name")
            if not _VALUE.fullmatch(value):
                yield Issue(
                    Rule.SCRIPT_NAME,
                    f"its script {quoted(name)} has no valid value: {quoted(value)}",
                )
