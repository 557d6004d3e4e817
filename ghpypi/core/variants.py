"""The variant of a file: what its version, tag or label says of the machine it was built for."""

import re

from ghpypi.core.config_indexes import TAKEN, VariantsConfig
from ghpypi.core.model import File
from ghpypi.core.patterns import found_by

_OUTSIDE = re.compile(r"[^a-z0-9._-]+")


def variant_of(file: File, config: VariantsConfig) -> str:
    """Name the variant of a file, in the form that indexes are named; empty if it has none.

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
