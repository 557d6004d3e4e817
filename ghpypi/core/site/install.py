"""How to install from each index with each tool, rendered once and then used on every page."""

import re
from functools import lru_cache
from typing import NamedTuple

from ghpypi.core.clients.snippets import public_index, snippets
from ghpypi.core.site.rows import IndexLink
from ghpypi.core.site.templates import Templates, renderer
from ghpypi.core.site.tree import Look

UNKNOWN_SITE = "https://THIS-SITE/"
"""Stands where the address of the site belongs, as long as nobody has said it."""

_STAND_IN = "zz-stand-in-zz"
"""A package name, so that what was rendered for it serves for all others."""


class Source(NamedTuple):
    """What packages are installed from.

    Attributes:
        title: The title of the site.
        address: The address of the site, ending in `/`; may be empty.
        repository: `OWNER/REPO`, if the store is on GitHub.
    """

    title: str
    address: str
    repository: str


def install_block(
    links: tuple[IndexLink, ...], package: str, look: Look, templates: Templates
) -> str:
    """Write the settings for every index and tool as HTML.

    Args:
        links: The indexes.
        package: The normalized name of what is to be installed; empty for a placeholder.
        look: Says what site and store these are.
        templates: Of the user.
    """
    source = Source(look.config.index.title, look.address, look.repository)
    if not package:
        return _block(links, "", source, templates)
    return _block(links, _STAND_IN, source, templates).replace(_STAND_IN, package)


@lru_cache(maxsize=256)
def _block(links: tuple[IndexLink, ...], package: str, source: Source, templates: Templates) -> str:
    indexes = []
    for link in links:
        url = (source.address or UNKNOWN_SITE) + link.path
        name = source_name(source.title, link.name)
        options = public_index(url, name, package, store=source.repository, index=link.name)
        found = [
            (each.tool, *_split(each.title), each.text.rstrip("\n"), each.note)
            for each in snippets(options)
        ]
        indexes.append((_id(link.name), link, url, found))
    facts = {"indexes": indexes, "address": source.address, "package": package}
    return renderer("_install.html", templates)(facts).decode()


def source_name(title: str, index: str) -> str:
    """Call an index something that says whose it is, where a tool asks for a name."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "private"
    return f"{words}-{index}".replace("/", "-") if index else words


def _split(title: str) -> tuple[str, str]:
    """Take `uv, in pyproject.toml` apart."""
    tool, _, where = title.partition(", ")
    return tool, where


def _id(name: str) -> str:
    """Name an index in the page: a colon is in the names of none."""
    return re.sub(r"[^A-Za-z0-9._:-]", "_", name.replace("/", ":")) or "main"
