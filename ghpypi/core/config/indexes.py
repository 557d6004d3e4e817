"""The tables `[indexes.NAME]` of `ghpypi.toml`, and the names that indexes can have."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ghpypi.core.config.rules import ProjectRule
from ghpypi.core.config.table import Table
from ghpypi.core.parsing import split_url
from ghpypi.core.release_parts import matches_tag

MAIN = "main"
"""The name of the main index in configuration and commands; it has no folder of its own."""

INDEX_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
"""Names of indexes: they are folders of the site, and part of URLs that users type."""

TAKEN = frozenset({
    MAIN, "simple", "project", "projects", "assets", "files", "variants",
    "catalog.jsonl", "index.html", "404.html", "feed.xml", "search.json",
})  # fmt: skip
"""Names that are reserved for other paths of a site."""


def is_index_name(name: str) -> bool:
    """Check the name of an index of which it is not known what it is made of.

    The index of several dimensions of variants has a name of several parts, such as
    `nightly/cu130`: each is a folder within that of the one before it.
    """
    parts = name.split("/")
    return "simple" not in parts and all(map(INDEX_NAME.fullmatch, parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRules:
    """The releases whose files an index has: the keys `tags` and `exclude-tags`.

    Attributes:
        tags: Glob patterns of tags; empty for all.
        exclude: Glob patterns of tags that are excluded.
    """

    tags: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @classmethod
    def of(cls, table: Table) -> "TagRules":
        """Parse both keys."""
        return cls(tags=table.texts("tags"), exclude=table.texts("exclude-tags"))

    def __bool__(self) -> bool:
        """Return whether any release is excluded."""
        return bool(self.tags or self.exclude)

    def take(self, tag: str) -> bool:
        """Return whether the files of a release are included."""
        if self.tags and not any(matches_tag(tag, each) for each in self.tags):
            return False
        return not any(matches_tag(tag, each) for each in self.exclude)


ALL_TAGS = TagRules()


class NamedIndex(NamedTuple):
    """One table `[indexes.NAME]`.

    Attributes:
        include: The included projects and versions; `None` for all.
        exclude: The excluded projects and versions.
        repositories: The repositories of its releases; empty for those of the main index.
        tags: The releases whose files it includes.
        prereleases: Include prereleases: those on GitHub, and by version (PEP 440).
        bases: Indexes to inherit from, in order of precedence: names, or URLs of simple indexes.
        overlay: Patterns of projects whose files are merged with those of the bases; for all
            others, the first index with the project hides it in the rest.
    """

    include: tuple[ProjectRule, ...] | None = None
    exclude: tuple[ProjectRule, ...] = ()
    repositories: tuple[str, ...] = ()
    tags: TagRules = ALL_TAGS
    prereleases: bool = True
    bases: tuple[str, ...] = ()
    overlay: tuple[str, ...] = ()

    @property
    def public_bases(self) -> tuple[str, ...]:
        """The upstream indexes among the bases."""
        return tuple(base for base in self.bases if is_address(base))


def is_address(base: str) -> bool:
    """Return whether a base is the URL of an upstream index."""
    return "://" in base


def read_indexes(table: Table) -> dict[str, NamedIndex]:
    """Parse the table `[indexes]`."""
    names = table.keys()
    indexes = {name: _named(table, name, names) for name in names}
    for name in names:
        circle = _circle(name, indexes)
        if circle:
            table.fault(name, f"circular bases: {' -> '.join(circle)}")
    return indexes


def _named(parent: Table, name: str, names: Sequence[str]) -> NamedIndex:
    table = parent.table(name)
    if not is_index_name(name) or name.partition("/")[0] in TAKEN:
        parent.fault(
            name,
            "cannot be the name of an index: small letters, digits, '-', '_' and '.', "
            f"in parts with '/' between them, and none of {', '.join(sorted(TAKEN))}",
        )
    index = NamedIndex(
        include=table.rules("include") if table.lookup("include") else None,
        exclude=table.rules("exclude"),
        repositories=table.repositories("repositories"),
        tags=TagRules.of(table),
        prereleases=table.flag("prereleases", default=True),
        bases=_bases(table, names),
        overlay=table.patterns("overlay"),
    )
    if index.overlay and not index.bases:
        table.fault("overlay", "has nothing to merge with: there are no 'bases'")
    if index.public_bases and not index.overlay:
        table.fault(
            "overlay",
            "must list the projects to which an upstream index may add files, such as ['torch']: "
            "of all others the nearest index hides what is behind it",
        )
    table.refuse_the_rest()
    return index


def _bases(table: Table, names: Sequence[str]) -> tuple[str, ...]:
    bases = table.texts("bases")
    for number, base in enumerate(bases):
        if is_address(base):
            parts = split_url(base)
            if parts.scheme not in {"https", "http"} or not parts.netloc or "@" in parts.netloc:
                table.fault("bases", f"'{base}' is not the address of an index", item=number)
        elif base != MAIN and base not in names:
            table.fault(
                "bases",
                f"there is no index '{base}': {', '.join(sorted({*names, MAIN}))} "
                "or an address such as https://index.example/simple/",
                item=number,
            )
    return tuple(base.rstrip("/") + "/" if is_address(base) else base for base in bases)


def _circle(name: str, indexes: Mapping[str, NamedIndex]) -> list[str]:
    """Return a cycle of bases from an index back to itself; empty if there is none."""
    ways = [[name]]
    seen = set()
    while ways:
        way = ways.pop()
        for base in indexes[way[-1]].bases if way[-1] in indexes else ():
            if base == name:
                return [*way, name]
            if base not in seen:
                seen.add(base)
                ways.append([*way, base])
    return []
