"""The table `[site]`: where the pages are, and what is beside them."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from ghpypi.core.addresses import is_plain_path
from ghpypi.core.config.stores import named_store
from ghpypi.core.config.table import Table

FILES = "files"
"""The folder of a directory store for its releases."""

_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")


class SiteConfig(NamedTuple):
    """The table `[site]`.

    Attributes:
        path: The folder of the index on the branch, without a trailing slash; empty for the root.
        pages: Render project pages for browsers, in addition to those for installers.
        templates: The folder of custom templates; empty for none.
        copies_files: Copy the files of the index to the site, instead of linking to their stores.
        version_pages: Maximum number of a project's newest versions that have pages of their own.
        store: The folder or bucket of the pages, as a store on the command line; empty for the
            store of the files.
        files_url: The URL of the store of the files, ending in `/`, for pages that are elsewhere;
            empty for the one that the store has by itself.
    """

    path: str = ""
    pages: bool = True
    templates: str = ""
    copies_files: bool = False
    version_pages: int = 200
    store: str = ""
    files_url: str = ""

    @property
    def folder(self) -> str:
        """The path as a prefix: ending in `/`, or empty."""
        return f"{self.path}/" if self.path else ""

    @property
    def up(self) -> str:
        """The relative URL from the index to the root, such as `../`."""
        return "../" * self.folder.count("/")


def read_site(table: Table, stores: Mapping[str, str]) -> SiteConfig:
    """Read the table.

    Args:
        table: The table.
        stores: The URLs of stores, by name.
    """
    default = SiteConfig()
    config = SiteConfig(
        path=table.text("path", default.path).rstrip("/"),
        pages=table.flag("pages", default=default.pages),
        templates=table.text("templates", default.templates).removeprefix("./").rstrip("/"),
        copies_files=table.choice("files", ("link", "copy"), "link") == "copy",
        version_pages=table.number("version-pages", default.version_pages),
        store=named_store(table, stores),
        files_url=table.url("files-url", "https://files.acme.example/pypi/"),
    )
    if config.templates and not is_plain_path(config.templates):
        table.fault("templates", f"'{config.templates}' is not a folder relative to this file")
    if config.path and not _PATH.fullmatch(config.path):
        table.fault("path", f"'{config.path}' is not a folder such as 'pypi' or 'docs/pypi'")
    elif config.path.partition("/")[0] == FILES:
        table.fault("path", f"'{FILES}' is where a folder keeps its releases")
    if config.store.startswith("."):
        # The file may be in a bucket, and its commands run in any folder.
        table.fault(
            "store",
            f"'{config.store}' depends on the folder that a command runs in; write a path from the "
            "root, or use 'ghpypi index --output'",
        )
    table.refuse_the_rest()
    return config
