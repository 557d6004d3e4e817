"""The template variables of all pages: title, path to the root, style and script."""

from functools import lru_cache
from hashlib import blake2b
from typing import Any

from ghpypi.core.clients.options import UNKNOWN_SITE
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.templates import STYLE, Templates, asset
from ghpypi.core.site.text import line

SCRIPT = "site.js"


def frame(
    settings: SiteSettings,
    root: str,
    templates: Templates,
    *,
    path: str | None = None,
    summary: str = "",
) -> dict[str, Any]:
    """Return the variables of all templates.

    Args:
        settings: The settings of pages.
        root: The relative URL from the page to the root of the site; empty at the root.
        templates: The custom templates.
        path: The path of the page below the root of the site, or of the page that search engines
            are to show instead; `None` if it is at any path.
        summary: One line about the page, for search engines and link previews.
    """
    style, script = asset_versions(templates)
    return {
        "site": line(settings.config.index.title),
        "address": settings.address,
        "shown_address": settings.address or UNKNOWN_SITE,
        "page_address": settings.address + path if settings.address and path is not None else "",
        "page_summary": summary,
        "root": root,
        "simple": settings.config.index.paths.folder(MAIN_FOLDER),
        "reachable": True,
        "style": f"assets/{STYLE}?v={style}",
        "script": f"assets/{SCRIPT}?v={script}",
    }


@lru_cache(maxsize=4)
def asset_versions(templates: Templates) -> tuple[str, str]:
    """Return digests of style and script, so that browsers can cache them until they change."""
    return _digest(asset(STYLE, templates)), _digest(asset(SCRIPT))


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=5).hexdigest()
