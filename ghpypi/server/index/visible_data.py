"""The data about all projects that pages and feed readers request, as far as a caller may read.

Published files are the same for all readers of a store. The search and the downloads are on every
page, also on those of projects that a caller may read who may not read others, so that their data
are filtered. Pages cannot be: an index run made them from templates, which may be the user's own.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from packaging.utils import NormalizedName

from ghpypi.core.download_history import DOWNLOADS_PATH
from ghpypi.core.parsing import parse_json
from ghpypi.core.site.feed import NEVER

IsVisible = Callable[[NormalizedName], bool]
"""Returns whether the caller may read the whole page of a project."""

_BEGIN, _END = "<entry>\n", "</entry>\n"
_PROJECT = re.compile(r"<id>[^<#]*/project/(?P<name>[^/<#]+)/#")
_UPDATED = re.compile(r"<updated>([^<]*)</updated>")

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def _search(published: bytes, is_visible: IsVisible) -> bytes:
    def kept(data: Any) -> Any:
        rows = [row for row in data["projects"] if is_visible(NormalizedName(row[0]))]
        return {**data, "projects": rows}

    return _filtered(published, kept)


def _downloads(published: bytes, is_visible: IsVisible) -> bytes:
    def kept(data: Any) -> Any:
        found = {name: x for name, x in data["projects"].items() if is_visible(name)}
        return {**data, "projects": found}

    return _filtered(published, kept)


def _filtered(published: bytes, kept: Callable[[Any], Any]) -> bytes:
    try:
        return (_encode(kept(parse_json(published))) + "\n").encode()
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError("a value is missing") from error


def _feed(published: bytes, is_visible: IsVisible) -> bytes:
    """Leave entries out; each has the path of its project in its ID (see `core/site/feed.py`)."""
    head, *entries = published.decode().split(_BEGIN)
    if not entries:
        return published
    entries[-1], *end = entries[-1].split("</feed>")
    if end != ["\n"] or any(x.count(_END) != 1 or not x.endswith(_END) for x in entries):
        raise ValueError("it is not a feed of ghpypi")
    kept = [
        entry
        for entry in entries
        if (of := _PROJECT.search(entry)) and is_visible(NormalizedName(of["name"]))
    ]
    times = [time for entry in kept for time in _UPDATED.findall(entry)]
    head = _UPDATED.sub(f"<updated>{max(times, default=NEVER)}</updated>", head, count=1)
    return (_BEGIN.join([head, *kept]) + "</feed>\n").encode()


VISIBLE_DATA: Mapping[str, Callable[[bytes, IsVisible], bytes]] = {
    "search.json": _search,
    "feed.xml": _feed,
    DOWNLOADS_PATH: _downloads,
}
"""What filters the published file at a path below the root of the site.

Raises:
    ValueError: The published file is damaged.
"""
