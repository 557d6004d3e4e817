"""The data of the search, as far as a caller may read it.

Published pages are the same for all readers of a store. The search is on every page, also on those
of projects that a caller may read who may not read others, so that its data are filtered.
"""

import json
from collections.abc import Callable

from packaging.utils import NormalizedName

from ghpypi.core.parsing import parse_json

SEARCH_PATH = "search.json"
"""The path of the data below the root of the site."""

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def visible_search_data(published: bytes, is_visible: Callable[[NormalizedName], bool]) -> bytes:
    """Return the published data without the projects that a caller may not read.

    Args:
        published: The content of the published `search.json`.
        is_visible: Returns whether the caller may read the whole page of a project.

    Raises:
        ValueError: The published data are damaged.
    """
    data = parse_json(published)
    try:
        rows = [row for row in data["projects"] if is_visible(NormalizedName(row[0]))]
        return (_encode({**data, "projects": rows}) + "\n").encode()
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError("the published search data are damaged") from error
