"""The table `[index]` of `ghpypi.toml`: what is indexed, and how the main index lists it."""

import re
from dataclasses import dataclass, field

from ghpypi.core.config.index_paths import IndexPaths, read_index_paths
from ghpypi.core.config.indexes import ALL_TAGS, TagRules, is_address
from ghpypi.core.config.table import Table

PUBLIC_INDEX = "https://pypi.org/simple/"
"""The default index of installers."""

_BRANCH = re.compile(r"(?!-)[^\s~^:?*\[\\\x00-\x20\x7f]+")

DEFAULT_BRANCH = "gh-pages"
"""The branch of a site on GitHub."""


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
            (`renamed = "include"`).
        exclude_assets: Globs of the names of assets that are left alone.
        digests_from: The address of an index that has digests of the same files, ending in `/`;
            empty for none.
        tags: The releases whose files the main index has, and the indexes of variants too, unless
            `[variants]` says otherwise.
        newest: Of several files with one name and variant, offer the one that was uploaded last
            (`same-name = "newest"`); otherwise the first, which is the one that users have locked.
        warn_shrink: Only warn if files are gone (`on-shrink = "warn"`).
        refuse_replaced: Stop if a file was replaced (`on-replace = "refuse"`).
        may_shrink: Globs of the tags of releases that come and go: a run does not stop because
            their files are gone.
        history: Number of commits of the branch at most; 0 for no limit.
        paths: Where the indexes are on the site (`path`, `find-links` and `path-names`).
    """

    title: str = "Python packages"
    url: str = ""
    branch: str = DEFAULT_BRANCH
    repositories: tuple[str, ...] = ()
    exclude_repositories: tuple[str, ...] = ()
    include_private: bool = False
    prereleases: bool = True
    public_check: str = ""
    missing_digest: str = "download"
    digests_from: str = ""
    list_renamed: bool = False
    exclude_assets: tuple[str, ...] = ()
    tags: TagRules = ALL_TAGS
    newest: bool = False
    warn_shrink: bool = False
    refuse_replaced: bool = False
    may_shrink: tuple[str, ...] = ()
    history: int = 0
    paths: IndexPaths = field(default_factory=IndexPaths)

    @property
    def needs_digests(self) -> bool:
        """Whether files without a digest are left out, so that facts of files depend on it."""
        return self.missing_digest == "exclude"

    @property
    def no_digest_condition(self) -> str:
        """The condition on which files are offered without a digest; empty if all need one."""
        return f"no digest {self.digests_from}" if self.missing_digest == "include" else ""

    @property
    def renamed_condition(self) -> str:
        """The condition on which renamed wheels are judged as they are."""
        return "renamed list" if self.list_renamed else "renamed refuse"

    @property
    def conditions(self) -> tuple[str, ...]:
        """The settings that only some files depend on: those are read again when one changes."""
        return tuple(filter(None, (self.no_digest_condition, self.renamed_condition)))


def read_index(table: Table) -> IndexConfig:
    """Read the table; faults are added to it."""
    default = IndexConfig()
    config = IndexConfig(
        title=table.text("title", default.title),
        url=table.url("url", "https://acme.github.io/pypi/"),
        branch=table.text("branch", default.branch),
        repositories=table.repositories("repositories"),
        exclude_repositories=table.repositories("exclude-repositories"),
        include_private=table.choice("private-repositories", ("exclude", "include"), "exclude")
        == "include",
        prereleases=table.flag("prereleases", default=default.prereleases),
        public_check=_public_check(table),
        missing_digest=table.choice(
            "missing-digest", ("download", "include", "exclude"), default.missing_digest
        ),
        digests_from=_digests_from(table),
        exclude_assets=_exclude_assets(table),
        list_renamed=table.choice("renamed", ("exclude", "include"), "exclude") == "include",
        tags=TagRules.of(table),
        newest=table.choice("same-name", ("oldest", "newest"), "oldest") == "newest",
        warn_shrink=table.choice("on-shrink", ("refuse", "warn"), "refuse") == "warn",
        refuse_replaced=table.choice("on-replace", ("refuse", "warn"), "warn") == "refuse",
        may_shrink=table.texts("may-shrink"),
        history=table.number("history"),
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
