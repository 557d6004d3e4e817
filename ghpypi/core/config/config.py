"""Parsing of `ghpypi.toml`; errors report all faults, each with its key.

An unknown key is an error with a suggestion, never ignored: otherwise a misspelled setting would
have no effect, and users of the index would find out months later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.core.config.hold import Hold, read_hold
from ghpypi.core.config.index import IndexConfig, read_index
from ghpypi.core.config.indexes import NamedIndex, read_indexes
from ghpypi.core.config.lifecycle import (
    Removal,
    read_prune,
    read_removed,
    read_statuses,
    read_yanked,
)
from ghpypi.core.config.retention import Retention, read_retention
from ghpypi.core.config.rules import ProjectRule
from ghpypi.core.config.site import SiteConfig, read_site
from ghpypi.core.config.stores import named_store, read_stores
from ghpypi.core.config.table import Table, key_path, whole_table
from ghpypi.core.config.variants import VariantsConfig, read_variants
from ghpypi.core.model import Status, StatusMarker, Yanks

CONFIG_FILE = "ghpypi.toml"
"""The name of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All of `ghpypi.toml`.

    Attributes:
        store: The store, as on the command line; empty if not set. A name is replaced by its URL.
        stores: The URLs of stores, by name: the tables `[stores.NAME]`.
        index_store: The central index that includes the files of this store, such as the index
            repository of an organization; empty if there is none.
        index: The table `[index]`.
        variants: The table `[variants]`.
        indexes: The named indexes, by name.
        site: The table `[site]`.
        retention: The table `[retention]`.
        yanked: Yanked versions and files with reasons, by project (PEP 592).
        statuses: Project status by project (PEP 792).
        prune_keep: Versions that `ghpypi prune` never deletes (`exclude` in `[prune]`).
        removed: Versions that were deleted on purpose, by project: an index run does not stop
            because their files are gone.
        hold: The earlier state of the index that is published; `None` for the current one.
        local: The file is on this machine, and may name folders of it; that of a store elsewhere
            may have been written by others.
    """

    store: str = ""
    stores: Mapping[str, str] = field(default_factory=dict)
    index_store: str = ""
    index: IndexConfig = field(default_factory=IndexConfig)
    variants: VariantsConfig = field(default_factory=VariantsConfig)
    indexes: Mapping[str, NamedIndex] = field(default_factory=dict)
    site: SiteConfig = field(default_factory=SiteConfig)
    retention: Retention = field(default_factory=Retention)
    yanked: Mapping[NormalizedName, Yanks] = field(default_factory=dict)
    statuses: Mapping[NormalizedName, Status] = field(default_factory=dict)
    prune_keep: tuple[ProjectRule, ...] = ()
    removed: Mapping[NormalizedName, Mapping[Version, Removal]] = field(default_factory=dict)
    hold: Hold | None = None
    local: bool = False

    @classmethod
    def parse(cls, text: str, *, source: str = "ghpypi.toml") -> "Config":
        """Parse the text of a configuration file.

        Raises:
            ConfigError: The text is invalid; the error has all faults, each with its key.
        """
        with whole_table(text, source=source) as root:
            return cls.read(root)

    @classmethod
    def read(cls, root: Table) -> "Config":
        """Read the root table; faults are added to it."""
        there = root.lookup("variants")
        held = root.lookup("hold")
        stores = read_stores(root.table("stores"))
        config = cls(
            store=named_store(root, stores),
            stores=stores,
            index_store=root.repository("index-store"),
            index=read_index(root.table("index")),
            variants=read_variants(root.table("variants"), there=there),
            indexes=read_indexes(root.table("indexes")),
            site=read_site(root.table("site"), stores),
            retention=read_retention(root.table("retention")),
            yanked=read_yanked(root.table("yanked")),
            statuses=read_statuses(root.table("projects")),
            removed=read_removed(root.table("removed")),
            prune_keep=read_prune(root.table("prune")),
            hold=read_hold(root.table("hold"), there=held),
        )
        root.refuse_the_rest()
        if config.site.copies_files and config.index.missing_digest == "include":
            root.faults.append(
                'site.files: "copy" requires the digest of each file; set missing-digest in '
                '[index] to "download" or "skip"'
            )
        for dimension in config.variants.dimensions:
            for name, _ in dimension.aliases:
                if name in config.indexes:
                    place = key_path(dimension.at("aliases"), name)
                    root.faults.append(f"{place}: [indexes.{name}] has this name")
        return config

    @property
    def marks(self) -> dict[str, str]:
        """Yanks and statuses in words, such as `{"acme-lib 1.0": "yanked: broken"}`.

        Their differences decide which projects are rendered again, so they have all that pages
        show, and each begins with the name of its project.
        """
        found = {
            f"{name} {key}": _with_reason("yanked", yank.reason)
            for name, yanks in self.yanked.items()
            for key, yank in yanks.items()
        }
        for name, status in self.statuses.items():
            if status.marker is not StatusMarker.ACTIVE:
                found[name] = _with_reason(status.marker, status.reason)
        return dict(sorted(found.items()))

    def address(self, published: str) -> str:
        """Return the URL of the index, ending in `/`.

        Args:
            published: The URL of its branch or folder, ending in `/`, used if `index.url` is not
                set; empty if unknown.
        """
        base = self.index.url or published
        return f"{base}{self.site.folder}" if base else ""


def _with_reason(mark: str, reason: str) -> str:
    return f"{mark}: {reason}" if reason else mark
