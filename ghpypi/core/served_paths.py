"""Where a server has a file: addresses of its own, so that links never depend on who asks."""

from urllib.parse import quote

from ghpypi.core.model import File
from ghpypi.core.names import PROVENANCE_SUFFIX, SIDECAR_SUFFIX

FILES = "files"
BESIDE = (SIDECAR_SUFFIX, PROVENANCE_SUFFIX)
"""The ends of names of what lies beside files."""


def file_path(file: File, store: str) -> str:
    """Give the path of a file below its store: `files/TAG/NAME`.

    Files of another repository than the store's own have its name in their path. A plus stays a
    plus: this is read by our own server, and some readers quote what is quoted already.
    """
    place = file.tag if file.origin.lower() == store.lower() else f"@{file.origin}/{file.tag}"
    return quote(f"{FILES}/{place}/{file.filename}", safe="/-._~+!@")


def split_beside(filename: str) -> tuple[str, str]:
    """Take the end off the name of what lies beside a file; empty for the file itself."""
    for suffix in BESIDE:
        if filename.endswith(suffix):
            return filename.removesuffix(suffix), suffix
    return filename, ""
