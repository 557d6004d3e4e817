"""Pages of the whole site for browsers: landing page, list of projects, search, feed, 404."""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from ghpypi.core.quantities import count_of
from ghpypi.core.site.feed import MOST_ENTRIES, FeedEntry, feed
from ghpypi.core.site.frame import SCRIPT, frame
from ghpypi.core.site.install import MOST_TABS, install_block
from ghpypi.core.site.paths import Page
from ghpypi.core.site.rows import IndexLink, Row
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.templates import STYLE, Templates, asset, renderer, user_templates
from ghpypi.core.site.text import line

MOST_LATEST = 20
"""Maximum number of releases on the landing page."""

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class SiteView(NamedTuple):
    """The content of the pages of a site.

    Attributes:
        rows: The projects, sorted by name.
        indexes: All indexes, the main one first.
        files: The number of files.
        listed: The projects of the main index, if that is at the root of the site, so that the
            landing page must list them for installers; `None` otherwise.
    """

    rows: Sequence[Row]
    indexes: tuple[IndexLink, ...]
    files: int
    listed: Sequence[str] | None = None


def site_pages(view: SiteView, settings: SiteSettings) -> Iterator[Page]:
    """Render the pages for browsers that do not belong to a single project."""
    templates = user_templates(settings.templates, settings.run_template)
    latest = sorted(view.rows, key=lambda row: (row.uploaded_at, row.name), reverse=True)
    yield "index.html", _landing(view, latest[:MOST_LATEST], settings, templates)
    # The 404 page is served for any path, so relative links would not work.
    lost = {**frame(settings, settings.address, templates), "reachable": bool(settings.address)}
    yield "404.html", renderer("404.html", templates)(lost)
    yield "projects/index.html", _all(view, settings, templates)
    yield "search.json", search(view.rows)
    yield "feed.xml", _feed(latest[:MOST_ENTRIES], settings)
    yield f"assets/{STYLE}", asset(STYLE, templates)
    yield f"assets/{SCRIPT}", asset(SCRIPT)


def search(rows: Sequence[Row]) -> bytes:
    """Return the search index for browsers: names, versions, summaries, keywords."""
    found = [
        [row.name, row.version, line(row.summary, 200), line(row.keywords, 200)] for row in rows
    ]
    return (_encode({"format": 1, "projects": found}) + "\n").encode()


def _landing(
    view: SiteView, latest: Sequence[Row], settings: SiteSettings, templates: Templates
) -> bytes:
    count = f"{count_of(len(view.rows), 'project')}, {count_of(view.files, 'file')}"
    facts = {
        **frame(settings, "", templates, path="", summary=f"A Python package index: {count}."),
        "projects": count_of(len(view.rows), "project"),
        "files": count_of(view.files, "file"),
        "empty": not view.rows,
        "install": Markup(install_block(view.indexes, "", settings, templates)),  # noqa: S704 - rendered
        "indexes": view.indexes,
        "listed": view.listed,
        "variants": _variants(view.indexes) if len(view.indexes) > MOST_TABS else (),
        "latest": [
            (row.name, row.version, row.uploaded_at[:10], row.uploaded_at, line(row.summary))
            for row in latest
        ],
    }
    return renderer("landing.html", templates)(facts)


def _variants(links: Sequence[IndexLink]) -> list[tuple[str, list[tuple[str, str]]]]:
    """List the names and paths of the indexes of variants by the first part of their names."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for link in links:
        if link.kind in {"variant", "alias"}:
            first, _, rest = link.name.partition("/")
            groups.setdefault(first, []).append((rest or first, link.path))
    return list(groups.items())


def _all(view: SiteView, settings: SiteSettings, templates: Templates) -> bytes:
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for row in view.rows:
        first = row.name[0]
        letter = first.upper() if first.isalpha() else "0–9"  # noqa: RUF001 - a range
        groups.setdefault(letter, []).append((row.name, row.version, line(row.summary, 200)))
    names = line(", ".join(row.name for row in view.rows[:MOST_LATEST]), 200)
    facts = {
        **frame(settings, "../", templates, path="projects/", summary=f"All projects: {names}"),
        "projects": count_of(len(view.rows), "project"),
        "groups": list(groups.items()),
    }
    return renderer("all.html", templates)(facts)


def _feed(latest: Sequence[Row], settings: SiteSettings) -> bytes:
    entries = [
        FeedEntry(
            f"{row.name} {row.version}",
            f"project/{row.name}/",
            row.version.partition("+")[0],
            row.uploaded_at,
            line(row.summary),
        )
        for row in latest
    ]
    title = line(settings.config.index.title)
    return feed("feed.xml", f"{title}: new releases", title, settings.address, entries)
