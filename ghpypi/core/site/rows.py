"""Values for the pages of a whole site: a row for each project, a link for each index."""

from typing import NamedTuple

from packaging.utils import NormalizedName


class Row(NamedTuple):
    """A project on the landing page, in the search and in the feed.

    Attributes:
        name: The normalized name.
        version: The shown version, usually the newest.
        uploaded_at: When its newest file was uploaded.
        summary: One line, or empty.
        keywords: The keywords, separated by spaces or commas.
    """

    name: NormalizedName
    version: str
    uploaded_at: str
    summary: str
    keywords: str


class IndexLink(NamedTuple):
    """An index of the site.

    Attributes:
        name: Its name; empty for the main index.
        kind: `main`, `named`, `variant` or `alias`.
        path: Its path below the root of the site, such as `cu128/simple/`.
        title: A description for users.
        values: What it has in each dimension of variants; empty for those that it leaves out,
            and empty as a whole for named indexes.
    """

    name: str
    kind: str
    path: str
    title: str
    values: tuple[str, ...] = ()
