"""The indexes of a site as its pages show them."""

from ghpypi.core.indexes.indexes import MAIN_FOLDER, Indexes
from ghpypi.core.site.rows import IndexLink

TITLES = {
    "main": "Everything that can stand side by side",
    "named": "Chosen projects and versions",
    "variant": "Builds for {}, and what is the same for all",
    "alias": "Builds for {}, or for the nearest there is",
}
"""Descriptions of indexes on pages, by kind."""

PLAIN_TITLE = "Files without a variant"
"""The description of the main index if there are variants without a default."""


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
    return IndexLink(name, kind, config.index.paths.folder(name), title, _values(name, indexes))


def _values(name: str, indexes: Indexes) -> tuple[str, ...]:
    combinations = indexes.combinations
    found = combinations.variants.get(name) or combinations.aliases.get(name, ())
    if name == MAIN_FOLDER:
        return ("",) * len(combinations.dimensions)
    return () if name in indexes.config.indexes or not found else found[0]
