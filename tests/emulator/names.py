"""How GitHub rewrites the names of release assets.

The rule as the `gh` tool mirrors it (cli/cli: pkg/cmd/release/upload/upload.go,
`sanitizeFileName`); docs: rest/releases/assets#upload-a-release-asset says only that special
characters are changed.
"""

import re
import unicodedata

_SPECIAL = re.compile(r"[^A-Za-z0-9\-_+@]+")


def stored_name(name: str) -> str:
    """The name under which GitHub stores an asset that is uploaded under this one."""
    value = _without_diacritics(name)
    if value.startswith("."):
        value = "default" + value
    value = _SPECIAL.sub(".", value).strip(".")
    if value != name and "." not in value:
        return "default." + value
    return value


def _without_diacritics(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    kept = "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")
    return unicodedata.normalize("NFC", kept)
