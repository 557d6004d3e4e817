"""The URL of an index of a server, `ghpypi serve`."""

from urllib.parse import urlunsplit

from ghpypi.core.config.index_paths import SIMPLE, IndexPaths
from ghpypi.core.parsing import split_url
from ghpypi.errors import UsageError

_STORE_PARTS = 2
"""`OWNER/REPO`; a short name instead has one part, which cannot be told from an owner."""


def server_index_url(url: str, index: str | None) -> str:
    """Return the URL of an index of a server, whose paths are the same for all configurations.

    Args:
        url: The URL of the index itself, or of the main index.
        index: The name of the index, `MAIN_FOLDER` for the main index; `None` for that of the URL.

    Raises:
        UsageError: The URL is not that of an index, or is that of another one.
    """
    parts = split_url(f"{url.rstrip('/')}/")
    if not parts.path.endswith(f"/{SIMPLE}"):
        raise UsageError(
            f"'{url}' is not the URL of an index", hint="use a URL that ends in /simple/"
        )
    folder = parts.path.removesuffix(SIMPLE)
    named = "/".join(folder.strip("/").split("/")[_STORE_PARTS:])
    if index is None or named == index or (index and folder.endswith(f"/{index}/")):
        return urlunsplit(parts)
    if named:
        raise UsageError(
            f"'{url}' is the URL of the index '{named}', not of '{index or 'main'}'",
            hint="leave out --index, or use the URL of the main index",
        )
    return urlunsplit(parts._replace(path=f"{folder}{IndexPaths().folder(index)}"))
