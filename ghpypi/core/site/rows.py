"""Values for the pages of a whole site: a row for each project, a link for each index."""

from typing import NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.indexes.indexes import MAIN_FOLDER, Indexes

TITLES = {
    "main": "All projects",
    "named": "Selected projects and versions",
    "variant": "Builds for {}, and files that are the same for all variants",
    "alias": "Builds for {}, or for the nearest available variant",
}
"""Descriptions of indexes on pages, by kind."""

PLAIN_TITLE = "Files without a variant"
"""The description of the main index if there are variants without a default."""


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
        flat: The path of a page of all of its files, for `--find-links`; empty for none.
    """

    name: str
    kind: str
    path: str
    title: str
    values: tuple[str, ...] = ()
    flat: str = ""


def index_link(name: str, indexes: Indexes) -> IndexLink:
    """Describe an index for the pages of its site.

    Args:
        name: The index.
        indexes: All indexes of the site.
    """
    kind, config = indexes.kind(name), indexes.config
    title = TITLES[kind].format(name)
    if kind == "main" and indexes.variants and config.variants.main == "default":
        shown = config.variants.main_variant
        title = f"Builds for {shown}, and files without a variant" if shown else PLAIN_TITLE
    paths = config.index.paths
    return IndexLink(
        name=name,
        kind=kind,
        path=paths.folder(name),
        title=title,
        values=_values(name, indexes),
        flat=next(iter(paths.flat_pages(name)), "").removesuffix("index.html"),
    )


def _values(name: str, indexes: Indexes) -> tuple[str, ...]:
    combinations = indexes.combinations
    found = combinations.variants.get(name) or combinations.aliases.get(name, ())
    if name == MAIN_FOLDER:
        return ("",) * len(combinations.dimensions)
    return () if name in indexes.config.indexes or not found else found[0]
