"""Print the section of a version from CHANGELOG.md, as the notes of its release.

    python -m scripts.release_notes v1.0.0

Checks that the tag is the version of the package: a release of another version cannot be made.

Exit codes: 0 printed, 1 there is no such section, or the tag is not that of the version, 2 usage.
"""

import re
import sys
from pathlib import Path

from ghpypi.core.project import URL, VERSION_TAG

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"
_HEADING = re.compile(r"^## \[?v?([^\]\s]+)\]?.*$", re.MULTILINE)

_LINK = re.compile(r"\]\((?![a-z]+:|#)")
"""The beginning of a link to a file, which the page of a release does not resolve."""


class NotesError(Exception):
    """There are no notes for the release; the message says what to change."""


def release_notes(changelog: str, tag: str) -> str:
    """Return the text of a section, without its heading; links lead to files of the tag.

    Args:
        changelog: In the format of Keep a Changelog.
        tag: The version, with or without a leading `v`.

    Raises:
        NotesError: There is no such section, or it is empty.
    """
    version = tag.removeprefix("v")
    headings = list(_HEADING.finditer(changelog))
    for found, following in zip(headings, [*headings[1:], None], strict=True):
        if found[1] != version:
            continue
        text = changelog[found.end() : following.start() if following else None].strip()
        if text:
            return _LINK.sub(rf"]({URL}/blob/v{version}/", text) + "\n"
        raise NotesError(f"CHANGELOG.md: the section of {version} is empty")
    raise NotesError(
        f"CHANGELOG.md has no section '## {version}': rename 'Unreleased' before the tag is made"
    )


def main(arguments: list[str]) -> int:
    """Print the notes; return the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m scripts.release_notes TAG\n")
        return 2
    (tag,) = arguments
    if tag != VERSION_TAG:
        sys.stderr.write(f"error: the tag is '{tag}', but the version of ghpypi is {VERSION_TAG}\n")
        return 1
    try:
        sys.stdout.write(release_notes(CHANGELOG.read_text("utf-8"), tag))
    except NotesError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
