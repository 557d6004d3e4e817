"""The name GitHub gives to an asset: some characters do not survive.

Source: GitHub documentation, "REST API endpoints for release assets" ("renames asset filenames
that have special characters"); the exact rule is the one GitHub's own `gh` works by.
"""

import re
import unicodedata

_LOST = re.compile(r"[^A-Za-z0-9\-_+@]+")


def asset_name(name: str) -> str:
    """Say what name an asset has after it was uploaded under this one."""
    plain = "".join(
        each for each in unicodedata.normalize("NFD", name) if not unicodedata.combining(each)
    )
    plain = plain.encode("ascii", "ignore").decode()
    if plain.startswith("."):
        plain = f"default{plain}"
    plain = _LOST.sub(".", plain).strip(".")
    return plain if "." in plain or not name.startswith(".") else f"default.{plain}"
