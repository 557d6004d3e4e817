"""The settings that pages of a site depend on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from ghpypi import __version__
from ghpypi.core.config.config import Config
from ghpypi.core.config.index_paths import IndexPaths
from ghpypi.core.parsing import join_url

if TYPE_CHECKING:  # for speed: commands that render no page open stores, too
    from ghpypi.core.site.templates import Run

_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_USUAL = IndexPaths()
_LINES = 5
"""Incremented when lines of the catalog change without reading files: then all are written again.
Before 2, the files of a folder had the path of that folder as their origin; before 3, platform
wheels without a variant were in the indexes of all variants; before 4, the main index had the files
of all variants; before 5, ambiguous builds were no flaw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """The settings that pages depend on, apart from files.

    Attributes:
        config: The titles, yanks, statuses and indexes.
        address: The URL of the site, ending in `/`; empty if it cannot be known.
        store: What is indexed when the configuration names no repositories.
        templates: The texts of custom templates, by name.
        server: The URL of the GitHub server that all files must be on; `None` for no check.
        files_url: The URL of the store of the files, ending in `/`, if the pages are elsewhere;
            empty if it is not known, and files are copied beside the pages; `None` for relative
            links.
        run_template: Renders a template of the site; `None` for in this process.
    """

    config: Config
    address: str
    store: str = ""
    templates: Mapping[str, str] = field(default_factory=dict)
    server: str | None = None
    files_url: str | None = None
    run_template: "Run | None" = None

    @property
    def repository(self) -> str:
        """The repository of a store on GitHub, `OWNER/REPO`; empty for other stores."""
        return self.store if _REPOSITORY.fullmatch(self.store) else ""

    @property
    def index_address(self) -> str:
        """The URL of the main index; empty if that of the site is unknown."""
        return f"{self.address}{self.config.index.paths.folder('')}" if self.address else ""

    @property
    def store_address(self) -> str:
        """The URL of the root of a folder that is a store; empty if that of the site is unknown."""
        return join_url(self.address, self.config.site.up) if self.address else ""

    def relative_root(self, folders: int) -> str:
        """Return the relative URL from a page to the root of the store, for links to its files.

        Args:
            folders: The depth of the page below the root of the site.
        """
        return "../" * folders + self.config.site.up

    @property
    def portable(self) -> "SiteSettings":
        """The same for another process, for a site without templates of its own."""
        return replace(self, run_template=None)

    @property
    def key(self) -> str:
        """A digest of all settings: with another one, pages for browsers are rendered again."""
        return _digest(
            self.simple_key,
            self.config.index.title,
            self.repository,
            sorted(self.templates.items()),
        )

    @property
    def simple_key(self) -> str:
        """A digest of the settings that paths and pages of the Simple API depend on.

        With another one, all pages are rendered again. Yanks and statuses are apart, because each
        concerns one project: `Config.marks`.
        """
        return _digest(
            __version__,
            # Sites with links keep the digest that they had before there were others.
            (self.config.site.pages, "copy")
            if self.config.site.copies_files
            else self.config.site.pages,
            self.config.site.version_pages,
            self.address,
            # Pages beside the files keep the digest that they had before others could be elsewhere.
            self.rules if self.files_url is None else (self.rules, self.files_url),
            self.config.index.paths if self.config.index.paths != _USUAL else "",
        )

    @property
    def rules(self) -> str:
        """A digest of the settings that `Membership` depends on; if it changes, so do all lines."""
        config = self.config
        return _digest(
            _LINES,
            self.store if config.indexes else "",
            (config.index.prereleases, config.index.public_check),
            (config.index.repositories, config.index.exclude_repositories),
            (config.index.tags, config.index.newest),
            config.variants,
            sorted(config.indexes.items()),
        )


def _digest(*parts: object) -> str:
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()
