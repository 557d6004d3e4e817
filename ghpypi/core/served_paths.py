"""The paths of files on a server, which are the same for all callers."""

from urllib.parse import quote

from ghpypi.core.model import File
from ghpypi.core.names import SIBLING_SUFFIXES

FILES = "files"


def file_path(file: File, store: str) -> str:
    """Return the path of a file below its store: `files/TAG/NAME`.

    Paths of files from other repositories include the repository. `+` is not quoted: only this
    server parses the path, and some clients quote twice.
    """
    place = file.tag if file.origin.lower() == store.lower() else f"@{file.origin}/{file.tag}"
    return quote(f"{FILES}/{place}/{file.filename}", safe="/-._~+!@")


def split_sibling(filename: str) -> tuple[str, str]:
    """Split the suffix of a sibling off its name; the suffix is empty for the file itself."""
    for suffix in SIBLING_SUFFIXES:
        if filename.endswith(suffix):
            return filename.removesuffix(suffix), suffix
    return filename, ""
