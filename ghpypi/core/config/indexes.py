"""The tables of `ghpypi.toml` that make more than one index of one stock of files."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from ghpypi.core.config.rules import InvalidRuleError, Rule
from ghpypi.core.config.table import Table
from ghpypi.core.parsing import parse_specifiers, split_url
from ghpypi.core.patterns import InvalidPatternError, check_pattern

MAIN = "main"
"""What configuration and commands call the main index, which has no folder of its own."""

INDEX_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
"""The name of an index is a folder of the site, and part of addresses that people type."""

TAKEN = frozenset({
    MAIN, "simple", "project", "projects", "assets", "files",
    "catalog.jsonl", "index.html", "404.html", "feed.xml", "search.json",
})  # fmt: skip
"""Names that are other places of a site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantsConfig:
    """The table `[variants]`.

    Attributes:
        source: Where a variant is found: `local-version`, `tag` or `label`; empty for nowhere.
        pattern: A regular expression as `core/patterns` takes it, searched for regardless of case;
            its first group, or all of it, names the variant.
        default: The variant whose files the main index has, besides files without a variant;
            empty for none.
        main: Which files the main index has: `default`, those without a variant and those of the
            default variant; or `all`, whatever their variant.
        plain: The variants of platform wheels in which the pattern finds none: for each variant
            the versions that are of it; the first that matches counts.
        shared: Source distributions and pure wheels without a variant are in the indexes of all
            variants. Platform wheels without a variant never are.
        aliases: Further indexes: for each, the variant that stands in where a project lacks it.
    """

    source: str = ""
    pattern: str = ".+"
    default: str = ""
    main: str = "default"
    plain: tuple[tuple[str, SpecifierSet], ...] = ()
    shared: bool = True
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def main_variant(self) -> str:
        """The variant that the main index has: `default`, or else that of all plain wheels."""
        if self.default or len(self.plain) != 1:
            return self.default
        ((name, versions),) = self.plain
        return "" if versions else name


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedIndex:
    """One table `[indexes.NAME]`.

    Attributes:
        include: The projects and versions it holds; `None` for all.
        exclude: Taken out again.
        repositories: Whose releases; empty for those of the main index.
        tags: Patterns of release tags; empty for all.
        prereleases: Hold prereleases too: of GitHub, and of versions (PEP 440).
        bases: Indexes to inherit from, the nearest first: names, or addresses of simple indexes.
        overlay: Patterns of projects whose files are merged with those of the bases; of all
            others the nearest index that has the name hides the rest.
    """

    include: tuple[Rule, ...] | None = None
    exclude: tuple[Rule, ...] = ()
    repositories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    prereleases: bool = True
    bases: tuple[str, ...] = ()
    overlay: tuple[str, ...] = ()

    @property
    def public_bases(self) -> tuple[str, ...]:
        """The addresses among the bases."""
        return tuple(base for base in self.bases if is_address(base))


def is_address(base: str) -> bool:
    """Tell an index elsewhere from one of ours."""
    return "://" in base


def read_variants(table: Table, *, there: bool) -> VariantsConfig:
    """Read `[variants]`; the table alone, with nothing in it, is enough to have variants."""
    keys = table.keys()
    default = VariantsConfig()
    source = table.choice("from", ("local-version", "tag", "label"), "local-version")
    config = VariantsConfig(
        source=source if there else "",
        pattern=table.text("pattern", default.pattern),
        default=table.text("default").lower(),
        main=table.choice("main", ("default", "all"), default.main),
        plain=_plain(table),
        shared=table.flag("shared", default=default.shared),
        aliases=_aliases(table.table("aliases")),
    )
    try:
        check_pattern(config.pattern)
    except InvalidPatternError as error:
        table.fault("pattern", f"'{config.pattern}' cannot be used: {error}")
    if not config.pattern:
        table.fault("pattern", "must not be empty: every file would match it, and have no variant")
    elif source != "local-version" and "pattern" not in keys:
        table.fault("pattern", f"must say what part of a {source} names a variant")
    table.refuse_the_rest()
    return config


def read_indexes(table: Table) -> dict[str, NamedIndex]:
    """Read all of `[indexes]`."""
    names = table.keys()
    indexes = {name: _named(table, name, names) for name in names}
    for name in names:
        circle = _circle(name, indexes)
        if circle:
            table.fault(name, f"the bases go in a circle: {' -> '.join(circle)}")
    return indexes


def _named(parent: Table, name: str, names: Sequence[str]) -> NamedIndex:
    table = parent.table(name)
    if not INDEX_NAME.fullmatch(name) or name in TAKEN:
        parent.fault(
            name,
            "cannot be the name of an index: small letters, digits, '-', '_' and '.', "
            f"and none of {', '.join(sorted(TAKEN))}",
        )
    index = NamedIndex(
        include=_rules(table, "include") if table.lookup("include") else None,
        exclude=_rules(table, "exclude"),
        repositories=table.repositories("repositories"),
        tags=table.texts("tags"),
        prereleases=table.flag("prereleases", default=True),
        bases=_bases(table, names),
        overlay=table.patterns("overlay"),
    )
    if index.overlay and not index.bases:
        table.fault("overlay", "has nothing to merge with: there are no 'bases'")
    if index.public_bases and not index.overlay:
        table.fault(
            "overlay",
            "must name the projects that an index elsewhere may add files to, such as ['torch']: "
            "of all others the nearest index hides what is behind it",
        )
    table.refuse_the_rest()
    return index


def _rules(table: Table, key: str) -> tuple[Rule, ...]:
    rules = []
    for number, text in enumerate(table.texts(key)):
        try:
            rules.append(Rule.parse(text))
        except InvalidRuleError as error:
            table.fault(key, str(error), item=number)
    return tuple(rules)


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


def _plain(table: Table) -> tuple[tuple[str, SpecifierSet], ...]:
    """Read `plain`: one variant for all versions, or a table of variants and their versions."""
    if not table.is_table("plain"):
        name = table.text("plain").lower()
        rules = {name: ""} if name else {}
        table_of_rules = table
    else:
        table_of_rules = table.table("plain")
        rules = {key: table_of_rules.text(key) for key in table_of_rules.keys()}  # noqa: SIM118
    found = []
    for name, versions in rules.items():
        key = name if table_of_rules is not table else "plain"
        if not INDEX_NAME.fullmatch(name.lower()) or name.lower() in TAKEN:
            table_of_rules.fault(key, f"'{name}' is not a variant")
        try:
            found.append((name.lower(), parse_specifiers(versions)))
        except InvalidSpecifier:
            table_of_rules.fault(key, f"'{versions}' is not a version specifier, such as '<0.2'")
    return tuple(found)


def _aliases(table: Table) -> dict[str, str]:
    aliases = {}
    for name in table.keys():  # noqa: SIM118 - this is no mapping
        target = table.text(name, MAIN).lower()  # the key is there: what is no text is a fault
        if not INDEX_NAME.fullmatch(name) or name in TAKEN:
            table.fault(name, "cannot be the name of an index")
        elif not INDEX_NAME.fullmatch(target):
            table.fault(name, f"'{target}' is not a variant")
        aliases[name] = target
    for name in aliases:
        seen = [name]
        while (target := aliases.get(seen[-1], "")) and target not in seen:
            seen.append(target)
        if target:
            table.fault(name, f"aliases go in a circle: {' -> '.join([*seen, target])}")
    return aliases


def _circle(name: str, indexes: Mapping[str, NamedIndex]) -> list[str]:
    """Find a way from an index back to itself."""
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
