"""The variant of a file: what its version, tag or label says of the machine it was built for."""

import re

from ghpypi.core.config.indexes import TAKEN, VariantsConfig
from ghpypi.core.identity import is_platform_wheel
from ghpypi.core.model import File
from ghpypi.core.names import version_key
from ghpypi.core.patterns import found_by

_OUTSIDE = re.compile(r"[^a-z0-9._-]+")


def variant_of(file: File, config: VariantsConfig) -> str:
    """Name the variant of a file, in the form that indexes are named; empty if it has none.

    It is the variant that the pattern finds, or else, for a platform wheel, the one that `plain`
    names.

    Raises:
        ConfigError: The pattern takes too long.
    """
    label = label_of(file, config)
    if label or not config.plain or not config.source or not is_platform_wheel(file.filename):
        return label
    version = version_key(file.version)
    return next((x for x, each in config.plain if each.contains(version, prereleases=True)), "")


def is_unlabelled(file: File, config: VariantsConfig) -> bool:
    """Check whether a file is a platform wheel of which no variant is known.

    Such a wheel may have been built for any accelerator, so it is in no variant's index.

    Raises:
        ConfigError: The pattern takes too long.
    """
    return is_platform_wheel(file.filename) and not variant_of(file, config)


def is_for_main(file: File, config: VariantsConfig) -> bool:
    """Check whether the main index may have a file: a build for one accelerator is not for all.

    Raises:
        ConfigError: The pattern takes too long.
    """
    if not config.source or config.main == "all":
        return True
    if variant_of(file, config) in {"", config.main_variant}:
        return True
    return not config.main_variant and not label_of(file, config)


def label_of(file: File, config: VariantsConfig) -> str:
    """Name the variant that the pattern finds in a file; empty if it finds none.

    Raises:
        ConfigError: The pattern takes too long.
    """
    match config.source:
        case "local-version":
            return _found(file.version.partition("+")[2], config)
        case "tag":
            return _found(file.tag, config)
        case "label":
            return _found(file.label, config)
        case _:
            return ""


def variant_of_tag(tag: str, config: VariantsConfig) -> str:
    """Name the variant of all files of a release; empty if tags do not tell.

    Raises:
        ConfigError: The pattern takes too long.
    """
    return _found(tag, config) if config.source == "tag" else ""


def _found(text: str, config: VariantsConfig) -> str:
    name = found_by(config.pattern, text, key="variants.pattern") if text else ""
    folder = _OUTSIDE.sub("-", name.lower()).strip("-._")
    return f"variant-{folder}" if folder in TAKEN else folder
