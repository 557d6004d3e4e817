"""What the pages of a whole site are made of: one row for each project, one link for each index."""

from typing import NamedTuple

from packaging.utils import NormalizedName


class Row(NamedTuple):
    """One project, as the landing page, the search and the feed show it.

    Attributes:
        name: The normalized name.
        version: The version shown, mostly the newest.
        uploaded_at: When its newest file arrived.
        summary: One line, or empty.
        keywords: Words to find it by, separated by spaces or commas.
    """

    name: NormalizedName
    version: str
    uploaded_at: str
    summary: str
    keywords: str


class IndexLink(NamedTuple):
    """One index of the site.

    Attributes:
        name: Its name; empty for the main index.
        kind: `main`, `named`, `variant` or `alias`.
        path: Its place below the root of the site, such as `cu128/simple/`.
        title: What people call it.
        values: What it has in each dimension of variants; empty for those that it leaves out,
            and empty as a whole for named indexes.
    """

    name: str
    kind: str
    path: str
    title: str
    values: tuple[str, ...] = ()
