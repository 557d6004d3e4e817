"""The names GitHub gives assets: some characters do not survive.

Source: GitHub documentation, "REST API endpoints for release assets" ("renames asset filenames
that have special characters"); the exact rule is the one GitHub's own `gh` works by.
"""

import re
import unicodedata

_LOST = re.compile(r"[^A-Za-z0-9\-_+@]+")


def asset_name(name: str) -> str:
    """Say what name an asset has after it was uploaded under this one."""
    letters = unicodedata.normalize("NFD", name)
    plain = "".join(each for each in letters if unicodedata.category(each) != "Mn")
    plain = unicodedata.normalize("NFC", plain)
    if plain.startswith("."):
        plain = f"default{plain}"
    plain = _LOST.sub(".", plain).strip(".")
    return plain if plain == name or "." in plain else f"default.{plain}"
