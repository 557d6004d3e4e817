"""Parsing of `ghpypi.toml`; errors report all faults, each with its key.

An unknown key is an error with a suggestion, never ignored: otherwise a misspelled setting would
have no effect, and users of the index would find out months later.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.core.addresses import is_plain_path
from ghpypi.core.config.index_paths import IndexPaths, read_index_paths
from ghpypi.core.config.indexes import ALL_TAGS, NamedIndex, TagRules, is_address, read_indexes
from ghpypi.core.config.lifecycle import Removal, read_removed, read_statuses, read_yanked
from ghpypi.core.config.retention import Retention, read_retention
from ghpypi.core.config.table import Table, key_path, whole_table
from ghpypi.core.config.variants import VariantsConfig, read_variants
from ghpypi.core.model import Status, Yanks
from ghpypi.core.parsing import split_url

CONFIG_FILE = "ghpypi.toml"
"""The name of the file."""

PUBLIC_INDEX = "https://pypi.org/simple/"
"""The default index of installers."""

FILES = "files"
"""The folder of a directory store for its releases."""

_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_BRANCH = re.compile(r"(?!-)[^\s~^:?*\[\\\x00-\x20\x7f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexConfig:
    """The table `[index]`.

    Attributes:
        title: The title of the project pages.
        url: The URL where the branch or folder is published, ending in `/`; empty to derive it
            from the store. The index is there, or at `[site] path` below it.
        branch: The branch that GitHub Pages publishes.
        repositories: The repositories to index: `OWNER/REPO`, with `*` in the repository's name;
            empty for the store only.
        exclude_repositories: Patterns of repositories that are not indexed.
        include_private: Also index repositories that are less visible than the site
            (`private-repositories = "include"`).
        prereleases: Index releases that GitHub marks as prereleases.
        public_check: The URL of the public index to check for projects with higher versions, which
            cause warnings; empty for no check.
        missing_digest: What is done with a file whose digest is not known: `download` it once, to
            compute it; offer it without (`none`); or leave it out (`skip`).
        list_renamed: Offer wheels whose metadata lacks the local version of their filename
            (`renamed = "list"`).
        exclude_assets: Globs of the names of assets that are left alone.
        digests_from: The address of an index that has digests of the same files, ending in `/`;
            empty for none.
        tags: The releases whose files the main index has, and the indexes of variants too, unless
            `[variants]` says otherwise.
        newest: Of several files with one name and variant, offer the one that was uploaded last
            (`same-name = "newest"`); otherwise the first, which is the one that users have locked.
        may_shrink: Globs of the tags of releases that come and go: a run does not stop because
            their files are gone.
        paths: Where the indexes are on the site (`path`, `find-links` and `path-names`).
    """

    title: str = "Python packages"
    url: str = ""
    branch: str = "gh-pages"
    repositories: tuple[str, ...] = ()
    exclude_repositories: tuple[str, ...] = ()
    include_private: bool = False
    prereleases: bool = True
    public_check: str = ""
    missing_digest: str = "download"
    digests_from: str = ""
    list_renamed: bool = False
    exclude_assets: tuple[str, ...] = ()

    @property
    def needs_digests(self) -> bool:
        """Whether files without a digest are left out, so that facts of files depend on it."""
        return self.missing_digest == "skip"

    @property
    def no_digest_condition(self) -> str:
        """The condition on which files are offered without a digest; empty if all need one."""
        return f"no digest {self.digests_from}" if self.missing_digest == "none" else ""

    @property
    def renamed_condition(self) -> str:
        """The condition on which renamed wheels are judged as they are."""
        return "renamed list" if self.list_renamed else "renamed refuse"

    @property
    def conditions(self) -> tuple[str, ...]:
        """The settings that only some files depend on: those are read again when one changes."""
        return tuple(filter(None, (self.no_digest_condition, self.renamed_condition)))

    tags: TagRules = ALL_TAGS
    newest: bool = False
    may_shrink: tuple[str, ...] = ()
    paths: IndexPaths = field(default_factory=IndexPaths)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteConfig:
    """The table `[site]`.

    Attributes:
        path: The folder of the index on the branch, without a trailing slash; empty for the root.
        pages: Render project pages for browsers, in addition to those for installers.
        templates: The folder of custom templates; empty for none.
    """

    path: str = ""
    pages: bool = True
    templates: str = ""

    @property
    def folder(self) -> str:
        """The path as a prefix: ending in `/`, or empty."""
        return f"{self.path}/" if self.path else ""

    @property
    def up(self) -> str:
        """The relative URL from the index to the root, such as `../`."""
        return "../" * self.folder.count("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All of `ghpypi.toml`.

    Attributes:
        store: The store, as on the command line; empty if not set.
        index_store: The central index that includes the files of this store, such as the index
            repository of an organization; empty if there is none.
        index: The table `[index]`.
        variants: The table `[variants]`.
        indexes: The named indexes, by name.
        site: The table `[site]`.
        retention: The table `[retention]`.
        yanked: Yanked versions and files with reasons, by project (PEP 592).
        statuses: Project status by project (PEP 792).
        removed: Versions that were deleted on purpose, by project: an index run does not stop
            because their files are gone.
    """

    store: str = ""
    index_store: str = ""
    index: IndexConfig = field(default_factory=IndexConfig)
    variants: VariantsConfig = field(default_factory=VariantsConfig)
    indexes: Mapping[str, NamedIndex] = field(default_factory=dict)
    site: SiteConfig = field(default_factory=SiteConfig)
    retention: Retention = field(default_factory=Retention)
    yanked: Mapping[NormalizedName, Yanks] = field(default_factory=dict)
    statuses: Mapping[NormalizedName, Status] = field(default_factory=dict)
    removed: Mapping[NormalizedName, Mapping[Version, Removal]] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str, *, source: str = "ghpypi.toml") -> "Config":
        """Parse the text of a configuration file.

        Raises:
            ConfigError: The text is invalid; the error has all faults, each with its key.
        """
        with whole_table(text, source=source) as root:
            there = root.lookup("variants")
            config = cls(
                store=root.text("store"),
                index_store=root.repository("index-store"),
                index=_index(root.table("index")),
                variants=read_variants(root.table("variants"), there=there),
                indexes=read_indexes(root.table("indexes")),
                site=_site(root.table("site")),
                retention=read_retention(root.table("retention")),
                yanked=read_yanked(root.table("yanked")),
                statuses=read_statuses(root.table("projects")),
                removed=read_removed(root.table("removed")),
            )
            root.refuse_the_rest()
            for dimension in config.variants.dimensions:
                for name, _ in dimension.aliases:
                    if name in config.indexes:
                        place = key_path(dimension.at("aliases"), name)
                        root.faults.append(f"{place}: [indexes.{name}] has this name")
        return config

    def address(self, published: str) -> str:
        """Return the URL of the index, ending in `/`.

        Args:
            published: The URL of its branch or folder, ending in `/`, used if `index.url` is not
                set; empty if unknown.
        """
        base = self.index.url or published
        return f"{base}{self.site.folder}" if base else ""


def _index(table: Table) -> IndexConfig:
    default = IndexConfig()
    config = IndexConfig(
        title=table.text("title", default.title),
        url=_url(table),
        branch=table.text("branch", default.branch),
        repositories=table.repositories("repositories"),
        exclude_repositories=table.repositories("exclude-repositories"),
        include_private=table.choice("private-repositories", ("exclude", "include"), "exclude")
        == "include",
        prereleases=table.flag("prereleases", default=default.prereleases),
        public_check=_public_check(table),
        missing_digest=table.choice(
            "missing-digest", ("download", "none", "skip", "hash"), default.missing_digest
        ).replace("hash", default.missing_digest),  # as earlier versions called it
        digests_from=_digests_from(table),
        exclude_assets=_exclude_assets(table),
        list_renamed=table.choice("renamed", ("refuse", "list"), "refuse") == "list",
        tags=TagRules.of(table),
        newest=table.choice("same-name", ("oldest", "newest"), "oldest") == "newest",
        may_shrink=table.texts("may-shrink"),
        paths=read_index_paths(table),
    )
    if not _BRANCH.fullmatch(config.branch) or ".." in config.branch:
        table.fault("branch", f"'{config.branch}' is not the name of a branch")
    table.refuse_the_rest()
    return config


def _exclude_assets(table: Table) -> tuple[str, ...]:
    globs = table.texts("exclude-assets")
    for number, glob in enumerate(globs):
        if not glob.strip("*?"):
            table.fault("exclude-assets", f"'{glob}' would exclude every asset", item=number)
    return globs


def _digests_from(table: Table) -> str:
    value = table.text("digests-from")
    if value and not is_address(value):
        table.fault("digests-from", f"'{value}' is not the address of an index")
    return value.rstrip("/") + "/" if value else ""


def _public_check(table: Table) -> str:
    value = table.either("pypi-check", "true, false or the address of an index")
    if isinstance(value, str):
        if not is_address(value):
            table.fault("pypi-check", f"'{value}' is not the address of an index")
        return value.rstrip("/") + "/"
    return PUBLIC_INDEX if value else ""


def _site(table: Table) -> SiteConfig:
    default = SiteConfig()
    config = SiteConfig(
        path=table.text("path", default.path).rstrip("/"),
        pages=table.flag("pages", default=default.pages),
        templates=table.text("templates", default.templates).removeprefix("./").rstrip("/"),
    )
    if config.templates and not is_plain_path(config.templates):
        table.fault("templates", f"'{config.templates}' is not a folder relative to this file")
    if config.path and not _PATH.fullmatch(config.path):
        table.fault("path", f"'{config.path}' is not a folder such as 'pypi' or 'docs/pypi'")
    elif config.path.partition("/")[0] == FILES:
        table.fault("path", f"'{FILES}' is where a folder keeps its releases")
    table.refuse_the_rest()
    return config


def _url(table: Table) -> str:
    url = table.text("url")
    if not url:
        return ""
    parts = split_url(url)
    if parts.scheme not in {"https", "http"} or not parts.netloc or parts.query or parts.fragment:
        table.fault("url", f"'{url}' is not an address such as https://acme.github.io/pypi/")
    elif parts.username or parts.password:
        table.fault("url", "must not hold a user name or password: every page would show it")
    return url.rstrip("/") + "/"
