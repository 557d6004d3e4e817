"""The names GitHub takes for assets and tags: in those of assets some characters do not survive.

Source: GitHub documentation, "REST API endpoints for release assets" ("renames asset filenames
that have special characters"); the exact rule is the one GitHub's own `gh` works by. For tags, the
manual of git, "git check-ref-format".
"""

import re
import unicodedata

_LOST = re.compile(r"[^A-Za-z0-9\-_+@]+")

_NO_TAG = re.compile(
    r"""
    [\x00-\x20\x7f~^:?*\[\\] | \.\. | @\{ | //  # nowhere
    | ^@$ | ^[-/] | (^|/)\.  # not at the start
    | [/.]$ | \.lock(/|$)  # not at the end
    """,
    re.VERBOSE,
)


def is_tag(name: str) -> bool:
    """Whether git allows a tag of this name, and GitHub a release."""
    return bool(name) and not _NO_TAG.search(name)


def asset_name(name: str) -> str:
    """Say what name an asset has after it was uploaded under this one."""
    letters = unicodedata.normalize("NFD", name)
    plain = "".join(each for each in letters if unicodedata.category(each) != "Mn")
    plain = unicodedata.normalize("NFC", plain)
    if plain.startswith("."):
        plain = f"default{plain}"
    plain = _LOST.sub(".", plain).strip(".")
    return plain if plain == name or "." in plain else f"default.{plain}"
