"""Validation of release tags, for all stores.

Source: the manual of git, "git check-ref-format"; GitHub documentation, "Dealing with special
characters in branch and tag names". A release in a folder can be moved to GitHub, and the tag is
part of addresses and paths, so the rules are the same there.
"""

import re

from ghpypi.core.addresses import is_plain_path

LONGEST_TAG = 200
"""Maximum length in bytes; folders are named after tags, with some characters escaped."""

_NO_TAG = re.compile(
    r"""
    [\x00-\x20\x7f~^:?*\[\\] | \.\. | @\{ | //  # nowhere
    | ^@$ | ^[-/] | (^|/)\.  # not at the start
    | [/.]$ | \.lock(/|$)  # not at the end
    | ^([0-9a-f]{40}|[0-9a-f]{64})$  # GitHub takes it for a commit
    """,
    re.VERBOSE,
)


def is_tag(name: str) -> bool:
    """Return whether git allows this tag, and GitHub a release with it."""
    try:
        length = len(name.encode())
    except UnicodeEncodeError:  # an argument of a command that is not UTF-8
        return False
    return 0 < length <= LONGEST_TAG and not _NO_TAG.search(name) and is_plain_path(name)
