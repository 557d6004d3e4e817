"""The JSON document of `ghpypi client`."""

from typing import Any

from ghpypi.core.clients.options import ClientOptions


def client_document(tool: str, options: ClientOptions) -> dict[str, Any]:
    """Return the document with the keys of all forms of the command.

    Args:
        tool: The tool.
        options: The index.

    Returns:
        The tool and the index; the keys of printed settings, of a file, and of an organization are
        `null`, empty or false, for the caller to replace.
    """
    return {
        "tool": tool,
        "index-url": options.url,
        "name": options.name,
        "packages": list(options.packages),
        "private": options.private,
        "text": None,
        "language": None,
        "note": "",
        "file": None,
        "organization": None,
        "dry-run": False,
        "changed": False,
        "diff": "",
        "not-tied": [],
    }
