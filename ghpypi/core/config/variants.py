r"""The table `[variants]`: how the variants of files are found, such as their version of CUDA.

A rule for one property, such as the version of CUDA, is a dimension. Most publishers have one
dimension, whose keys are those of `[variants]` itself; several dimensions have tables of their own:

    [variants.dimensions.cuda]
    pattern = '(cu\d+)'
    [variants.dimensions.torch]
    pattern = '(torch[\d.]+)'
    optional = "newest"
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from ghpypi.core.config.indexes import INDEX_NAME, MAIN, TAKEN, TagRules
from ghpypi.core.config.table import Table, key_path
from ghpypi.core.parsing import parse_specifiers
from ghpypi.core.patterns import InvalidPatternError, check_pattern

SOURCES = ("local-version", "tag", "label")
"""The sources of values."""

Values = tuple[str, ...]
"""One value for each dimension, in the order of the configuration."""

MOST_DIMENSIONS = 6
"""Each optional dimension can double the number of indexes."""

ONE = ""
"""The name of the only dimension, whose keys are those of `[variants]`."""


class Dimension(NamedTuple):
    """A property of builds, and how its value is found.

    Attributes:
        name: The name in the configuration; empty for the keys of `[variants]` itself.
        sources: Where its value is searched: `local-version`, `tag`, `label`; the first match
            counts.
        pattern: A regular expression as `core/patterns` takes it, searched for regardless of case;
            its first group, or all of it, is the value.
        rename: New names of values.
        files: The values of certain files, whatever the pattern finds: globs of filenames, or of
            `TAG/FILENAME`, each with one or more values; the first glob that matches counts.
        plain: The values of platform wheels in which the pattern finds none: for each value the
            versions that have it; the first that matches counts. `*` is any value.
        default: The value that an index has which does not name this dimension, such as the main
            index, besides files without a value; empty for none.
        shared: Source distributions and pure wheels without a value are in the indexes of all
            values, and platform wheels without one in no index of variants. Otherwise files
            without a value are builds of their own, such as releases that are no nightly builds.
        optional: A platform wheel may have no value; it is in the index that does not name this
            dimension.
        newest: Such an index also has, of each version, the builds for the highest value.
        aliases: Further values: for each, the value to use instead if a project lacks it.
    """

    name: str = ONE
    sources: tuple[str, ...] = ("local-version",)
    pattern: str = ".+"
    rename: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, Values], ...] = ()
    plain: tuple[tuple[str, SpecifierSet], ...] = ()
    default: str = ""
    shared: bool = True
    optional: bool = False
    newest: bool = False
    aliases: tuple[tuple[str, str], ...] = ()

    @property
    def main_value(self) -> str:
        """The value of indexes without the dimension: `default`, or that of plain wheels."""
        if self.default or len(self.plain) != 1:
            return self.default
        ((name, versions),) = self.plain
        return "" if versions or name == ANY_VALUE else name

    def at(self, key: str) -> str:
        """Return the path of a key of the dimension in the configuration."""
        place = key_path("variants.dimensions", self.name) if self.name else "variants"
        return key_path(place, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantsConfig:
    """The table `[variants]`.

    Attributes:
        dimensions: The dimensions of variants, in the order of the names of their indexes; empty
            for no variants.
        main: Which files the main index has: `default`, those without a variant and those of the
            default variant; or `all`, whatever their variant.
        tags: The releases whose files the indexes of variants have; `None` for those of the main
            index.
        found: What the patterns found, by the texts that they were searched for in. A cache:
            a hundred thousand files have a few hundred different texts.
        assigned: What `files` says of each tag and filename. A cache, too.
    """

    dimensions: tuple[Dimension, ...] = ()
    main: str = "default"
    tags: TagRules | None = None
    found: dict[Values, Values] = field(default_factory=dict, init=False, repr=False, compare=False)
    assigned: dict[tuple[str, str], Values] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def main_variant(self) -> str:
        """The variant in the main index, in addition to files without a variant; empty for none."""
        return variant_name(each.main_value for each in self.dimensions)


def variant_name(values: Iterable[str]) -> str:
    """Return the name of the index for values: `nightly/cu130`; empty values are omitted."""
    return "/".join(value for value in values if value not in NAMELESS)


NO_VALUE = "-"
"""The value of a platform wheel that has none in an optional dimension: unlike files that were not
built for a machine, it is in no index that names the dimension."""

ANY_VALUE = "*"
"""The value of a platform wheel that fits all of them, as `plain` says: it is shared."""

NAMELESS = frozenset({"", NO_VALUE, ANY_VALUE})
"""Values that are not part of index names."""

SEPARATOR = ","
"""Separates several values of a file in one dimension, which only `files` can assign."""


MOST_VARIANTS = 64
"""The maximum number of variants of one file: several values in each of several dimensions."""


def each_value(value: str) -> list[str]:
    """Return the values of a file in one dimension: more than one if `files` says so."""
    return value.split(SEPARATOR)


def variant_names(values: Values) -> set[str]:
    """Return the names of the indexes that name all of a file's values."""
    return {variant_name(choice) for choice in product(*map(each_value, values))}


def read_variants(table: Table, *, there: bool) -> VariantsConfig:
    """Parse `[variants]`; an empty table also enables variants."""
    several = table.lookup("dimensions")
    parts = table.table("dimensions")
    if several:
        dimensions = [_dimension(parts.table(name), name) for name in _names(parts)]
    else:
        dimensions = [_dimension(table, ONE, last=False)] if there else []
    config = VariantsConfig(
        dimensions=tuple(dimensions),
        main=table.choice("main", ("default", "all"), "default"),
        tags=TagRules.of(table) if table.lookup("tags") or table.lookup("exclude-tags") else None,
    )
    if several:
        _refuse_keys_of_one(table)
    table.refuse_the_rest()
    return config


def _names(parts: Table) -> list[str]:
    names = parts.keys()
    for name in names:
        if not INDEX_NAME.fullmatch(name):
            parts.fault(name, "cannot be the name of a dimension")
    for name in names[MOST_DIMENSIONS:]:
        parts.fault(name, f"is one of more than {MOST_DIMENSIONS} dimensions")
    return names[:MOST_DIMENSIONS]


def _refuse_keys_of_one(table: Table) -> None:
    """Reject keys of a dimension next to `dimensions`, where they would have no effect."""
    keys = ("from", "pattern", "rename", "files", "plain", "default", "shared", "optional")
    for key in (*keys, "aliases"):
        table.refuse(key, "belongs to one of the dimensions: move it to its table")


def _dimension(table: Table, name: str, *, last: bool = True) -> Dimension:
    """Parse the table of a dimension; with `last`, reject its unknown keys."""
    given = table.lookup("pattern")
    default = Dimension()
    sources = table.one_or_several("from", SOURCES, default.sources)
    optional = table.either("optional", 'true, false or "newest"', choices=("newest",))
    dimension = Dimension(
        name=name,
        sources=sources,
        pattern=table.text("pattern", default.pattern),
        rename=_rename(table.table("rename")),
        files=_files(table.table("files")),
        plain=_plain(table),
        default=table.text("default").lower(),
        shared=table.flag("shared", default=default.shared),
        optional=bool(optional),
        newest=optional == "newest",
        aliases=_aliases(table.table("aliases")),
    )
    _check_pattern(table, dimension, given=given)
    if last:
        table.refuse_the_rest()
    return dimension


def _check_pattern(table: Table, dimension: Dimension, *, given: bool) -> None:
    try:
        check_pattern(dimension.pattern)
    except InvalidPatternError as error:
        table.fault("pattern", f"'{dimension.pattern}' cannot be used: {error}")
    if not dimension.pattern:
        table.fault("pattern", "must not be empty: every file would match it, and have no variant")
    elif dimension.sources != ("local-version",) and not given:
        source = next(each for each in dimension.sources if each != "local-version")
        table.fault("pattern", f"must say what part of a {source} names a variant")


def _is_value(name: str) -> bool:
    return bool(INDEX_NAME.fullmatch(name)) and name not in TAKEN


def _rename(table: Table) -> tuple[tuple[str, str], ...]:
    found = []
    for key in table.keys():  # noqa: SIM118 - this is no mapping
        name = table.text(key, MAIN).lower()  # the key exists: other types are faults
        if not _is_value(name):
            table.fault(key, f"'{name}' is not a variant")
        found.append((key.lower(), name))
    return tuple(found)


def _files(table: Table) -> tuple[tuple[str, Values], ...]:
    """Parse `files`: globs, each with a value or a list of values."""
    found = []
    for glob in table.keys():  # noqa: SIM118 - this is no mapping
        names = tuple(name.lower() for name in table.text_or_texts(glob))
        for name in names:
            if not _is_value(name) and (name != ANY_VALUE or len(names) > 1):
                table.fault(glob, f"'{name}' is not a variant")
        if not names:
            table.fault(glob, "must name a variant, or several")
        found.append((glob, tuple(dict.fromkeys(names))))
    return tuple(found)


def _plain(table: Table) -> tuple[tuple[str, SpecifierSet], ...]:
    """Parse `plain`: one variant for all versions, or a table of variants and their versions."""
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
        if name != ANY_VALUE and not _is_value(name.lower()):
            table_of_rules.fault(key, f"'{name}' is not a variant")
        try:
            found.append((name.lower(), parse_specifiers(versions)))
        except InvalidSpecifier:
            table_of_rules.fault(key, f"'{versions}' is not a version specifier, such as '<0.2'")
    return tuple(found)


def _aliases(table: Table) -> tuple[tuple[str, str], ...]:
    aliases = {}
    for name in table.keys():  # noqa: SIM118 - this is no mapping
        target = table.text(name, MAIN).lower()  # the key exists: other types are faults
        if not _is_value(name):
            table.fault(name, "cannot be the name of an index")
        elif not INDEX_NAME.fullmatch(target):
            table.fault(name, f"'{target}' is not a variant")
        aliases[name] = target
    for name in aliases:
        seen = [name]
        while (target := aliases.get(seen[-1], "")) and target not in seen:
            seen.append(target)
        if target:
            table.fault(name, f"circular aliases: {' -> '.join([*seen, target])}")
    return tuple(aliases.items())
