"""Feeds of new releases (Atom, RFC 4287).

Ids never change while a site stays where it is, and times are those of uploads, so that a reader
sees a release once, and a page that is made again has the same bytes.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ghpypi.core.site.templates import Templates, renderer

MOST_ENTRIES = 40

NEVER = "1970-01-01T00:00:00Z"
"""When a feed was last updated that has no entries; there has to be a time."""

NOWHERE = "https://site.invalid/"
"""Begins the ids of a site whose address is not known; the name is reserved for nothing."""


class FeedEntry(NamedTuple):
    """One release.

    Attributes:
        title: Project and version.
        page: The path of the page of its project.
        version: What tells it from other entries of that page.
        updated: When its last file arrived.
        summary: One line, or empty.
    """

    title: str
    page: str
    version: str
    updated: str
    summary: str


def feed(path: str, title: str, author: str, address: str, entries: Sequence[FeedEntry]) -> bytes:
    """Write a feed.

    Args:
        path: Of the feed, below the root of the site.
        title: What it is called.
        author: Who is said to have written it: the site.
        address: The URL of the site; empty if it is not known.
        entries: The newest first.
    """
    folder = path.rpartition("/")[0]
    root = address or NOWHERE
    facts = {
        "title": title,
        "author": author,
        "id": root + path,
        "home": links(address, path) + (f"{folder}/" if folder else ""),
        "own": address + path if address else path.rpartition("/")[2],
        "updated": max((entry.updated for entry in entries), default=NEVER),
        "entries": [
            (*entry, f"{root}{entry.page}#{entry.version}", links(address, path) + entry.page)
            for entry in entries[:MOST_ENTRIES]
        ],
    }
    return renderer("feed.xml", Templates())(facts)


def links(address: str, path: str) -> str:
    """Begin links to pages of the site: absolute where that is possible, as readers like it."""
    return address or "../" * path.count("/") or "./"
