"""How to install from each index with each tool, rendered once and then used on every page."""

import re
from functools import lru_cache

from ghpypi.core.clients import snippets
from ghpypi.core.site.rows import IndexLink
from ghpypi.core.site.templates import Templates, renderer

UNKNOWN_SITE = "https://THIS-SITE/"
"""Stands where the address of the site belongs, as long as nobody has said it."""

_STAND_IN = "zz-stand-in-zz"
"""A package name, so that what was rendered for it serves for all others."""


def install_block(
    links: tuple[IndexLink, ...], package: str, site: tuple[str, str], templates: Templates
) -> str:
    """Write the settings for every index and tool as HTML.

    Args:
        links: The indexes.
        package: The normalised name of what is to be installed; empty for a placeholder.
        site: Title and address.
        templates: Of the user.
    """
    if not package:
        return _block(links, "", site, templates)
    return _block(links, _STAND_IN, site, templates).replace(_STAND_IN, package)


@lru_cache(maxsize=256)
def _block(
    links: tuple[IndexLink, ...], package: str, site: tuple[str, str], templates: Templates
) -> str:
    title, address = site
    indexes = []
    for link in links:
        url = (address or UNKNOWN_SITE) + link.path
        found = [
            (each.tool, *_split(each.title), each.text.rstrip("\n"), each.note)
            for each in snippets(url, source_name(title, link.name), package)
        ]
        indexes.append((_id(link.name), link, url, found))
    facts = {"indexes": indexes, "address": address, "package": package}
    return renderer("_install.html", templates)(facts).decode()


def source_name(title: str, index: str) -> str:
    """Call an index something that says whose it is, where a tool asks for a name."""
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "private"
    return f"{words}-{index}" if index else words


def _split(title: str) -> tuple[str, str]:
    """Take `uv, in pyproject.toml` apart."""
    tool, _, where = title.partition(", ")
    return tool, where


def _id(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", name) or "main"
