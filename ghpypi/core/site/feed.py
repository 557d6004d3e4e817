"""Feeds of new releases (Atom, RFC 4287).

IDs do not change unless the URL of the site does, and times are those of uploads, so that feed
readers show a release once, and rendering is reproducible.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ghpypi.core.site.templates import Templates, renderer

MOST_ENTRIES = 40

NEVER = "1970-01-01T00:00:00Z"
"""The update time of an empty feed; the element is required."""

NOWHERE = "https://site.invalid/"
"""Prefix of IDs if the URL of the site is unknown; `.invalid` is reserved (RFC 2606)."""


class FeedEntry(NamedTuple):
    """A release in a feed.

    Attributes:
        title: Project and version.
        page: The path of the project page.
        version: Distinguishes entries of the same page.
        updated: When its last file was uploaded.
        summary: One line, or empty.
    """

    title: str
    page: str
    version: str
    updated: str
    summary: str


def feed(path: str, title: str, author: str, address: str, entries: Sequence[FeedEntry]) -> bytes:
    """Render a feed.

    Args:
        path: The path of the feed, below the root of the site.
        title: The title.
        author: The author: the title of the site.
        address: The URL of the site; empty if unknown.
        entries: The entries, newest first.
    """
    folder = path.rpartition("/")[0]
    root, prefix = address or NOWHERE, links(address, path)
    facts = {
        "title": title,
        "author": author,
        "id": root + path,
        "home": prefix + (f"{folder}/" if folder else ""),
        "own": address + path if address else path.rpartition("/")[2],
        "updated": max((entry.updated for entry in entries), default=NEVER),
        "entries": [
            (*entry, f"{root}{entry.page}#{entry.version}", prefix + entry.page)
            for entry in entries[:MOST_ENTRIES]
        ],
    }
    return renderer("feed.xml", Templates())(facts)


def links(address: str, path: str) -> str:
    """Return the prefix of links to the site: absolute if possible, which feed readers prefer."""
    return address or "../" * path.count("/") or "./"
