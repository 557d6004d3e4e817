"""The variant of a file, found in its version, tag or label."""

import re
from math import prod

from ghpypi.core.config.indexes import TAKEN
from ghpypi.core.config.variants import (
    MOST_VARIANTS,
    NO_VALUE,
    SEPARATOR,
    SOURCES,
    Dimension,
    Values,
    VariantsConfig,
    variant_name,
)
from ghpypi.core.identity import is_platform_wheel
from ghpypi.core.model import File
from ghpypi.core.names import version_key
from ghpypi.core.patterns import found_by, matches_glob
from ghpypi.core.release_parts import first_tag
from ghpypi.errors import ConfigError

_OUTSIDE = re.compile(r"[^a-z0-9._-]+")


def variant_of(file: File, config: VariantsConfig) -> str:
    """Return the variant of a file, which is the name of its index; empty if it has none.

    A file with several values in one dimension, as `files` can say, has them in one name:
    `cu128,cu129`. Its indexes are `cu128` and `cu129`.

    Raises:
        ConfigError: A pattern takes too long, or `files` gives a file too many variants.
    """
    return variant_name(values_of(file, config))


def values_of(file: File, config: VariantsConfig) -> Values:
    """Return the value of a file in each dimension.

    It is the value that `files` assigns or the pattern finds, or else, for a platform wheel, the
    one that `plain` names, or `NO_VALUE` if the dimension is optional. Anything else has an empty
    value.

    Raises:
        ConfigError: A pattern takes too long, or `files` gives a file too many variants.
    """
    if not config.dimensions:
        return ()
    found = labels_of(file, config)
    if "" not in found or not is_platform_wheel(file.filename):
        return found
    return tuple(
        value or _plain_value(file, dimension)
        for value, dimension in zip(found, config.dimensions, strict=True)
    )


def labels_of(file: File, config: VariantsConfig) -> Values:
    """Return the values that `files` assigns to a file, or else the matches of the patterns.

    Values are empty where there is neither.

    Raises:
        ConfigError: A pattern takes too long, or `files` gives a file too many variants.
    """
    texts = (
        file.version.partition("+")[2],
        first_tag(file.tag),
        file.label,
    )  # in the order of `SOURCES`
    found = config.found.get(texts)
    if found is None:
        found = tuple(_label(each, texts) for each in config.dimensions)
        config.found[texts] = found
    if not any(dimension.files for dimension in config.dimensions):
        return found
    assigned = _assigned(file, config)
    return tuple(given or label for given, label in zip(assigned, found, strict=True))


def is_unlabeled(file: File, config: VariantsConfig) -> bool:
    """Return whether a file is a platform wheel without a value in a required dimension.

    Such a wheel may have been built for any accelerator, so it is in no variant's index.

    Raises:
        ConfigError: A pattern takes too long, or `files` gives a file too many variants.
    """
    return lacks_value(file, values_of(file, config), config)


def lacks_value(file: File, values: Values, config: VariantsConfig) -> bool:
    """Return whether a file is a platform wheel whose values lack a required one."""
    return (
        "" in values
        and any(not x and d.shared for x, d in zip(values, config.dimensions, strict=True))
        and is_platform_wheel(file.filename)
    )


def values_for_main(file: File, config: VariantsConfig) -> Values:
    """Return the values that decide whether the main index contains a file.

    Where there is no value that the main index has, it has the files in which no value was found,
    whatever `plain` calls them.

    Raises:
        ConfigError: A pattern takes too long, or `files` gives a file too many variants.
    """
    return tuple(
        value if label or dimension.main_value else ""
        for value, label, dimension in zip(
            values_of(file, config), labels_of(file, config), config.dimensions, strict=True
        )
    )


def variant_of_tag(tag: str, config: VariantsConfig) -> str:
    """Return the variant of a release by its tag; empty if the tag has none.

    Raises:
        ConfigError: A pattern takes too long, or `files` gives a file too many variants.
    """
    return "/".join(_label(each, ("", first_tag(tag), "")) for each in config.dimensions)


def matches_file(glob: str, file: File) -> bool:
    """Return whether a glob of `files` matches a file: its name, or `TAG/FILENAME`."""
    if "/" not in glob:
        return matches_glob(file.filename, glob)
    return any(matches_glob(f"{x}/{file.filename}", glob) for x in (file.tag, first_tag(file.tag)))


def _assigned(file: File, config: VariantsConfig) -> Values:
    """Return the values that `files` assigns, empty ones for none."""
    key = (file.tag, file.filename)
    if key not in config.assigned:
        found = [
            next((values for glob, values in each.files if matches_file(glob, file)), ("",))
            for each in config.dimensions
        ]
        if prod(map(len, found)) > MOST_VARIANTS:
            raise ConfigError(
                f"variants: '{file.filename}' has more than {MOST_VARIANTS} variants",
                hint="name fewer variants in the tables 'files'",
            )
        config.assigned[key] = tuple(map(SEPARATOR.join, found))
    return config.assigned[key]


def _plain_value(file: File, dimension: Dimension) -> str:
    version = version_key(file.version)
    for value, versions in dimension.plain:
        if versions.contains(version, prereleases=True):
            return value
    return NO_VALUE if dimension.optional else ""


def _label(dimension: Dimension, texts: Values) -> str:
    by_source = dict(zip(SOURCES, texts, strict=True))
    for source in dimension.sources:
        text = by_source[source]
        name = found_by(dimension.pattern, text, key=dimension.at("pattern")) if text else ""
        value = _OUTSIDE.sub("-", name.lower()).strip("-._")
        if value:
            value = dict(dimension.rename).get(value, value)
            return f"variant-{value}" if value in TAKEN else value
    return ""
