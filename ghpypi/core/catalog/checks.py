"""Validation of a catalog, apart from single rows: paths, index names and locations of files.

A published catalog is untrusted, because it can be changed by any user with write access to its
branch; see `rows`.
"""

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

from ghpypi.core.addresses import is_plain_path, is_web_address
from ghpypi.core.config.indexes import INDEX_NAME, is_index_name
from ghpypi.core.config.variants import MOST_VARIANTS, NAMELESS, each_value
from ghpypi.core.model import UpstreamFile
from ghpypi.core.parsing import parse_json
from ghpypi.core.remembered import remembered
from ghpypi.core.simple.upstream_file import checked_file

_LOCATIONS, _AFTER_LOCATIONS = b',"locations":', b',"releases":'


def locations_text(text: bytes) -> bytes:
    """Return the JSON of the file locations in a long line.

    Raises:
        ValueError: The line has none.
    """
    # From the end, because the text before may contain values of upstream indexes.
    after = text.rindex(_AFTER_LOCATIONS)
    return text[text.rindex(_LOCATIONS, 0, after) + len(_LOCATIONS) : after]


@remembered(4096)
def read_locations(text: bytes) -> tuple[tuple[Any, ...], ...]:
    """Parse file locations; cached, because most projects have the same."""
    return tuple(map(tuple, parse_json(text)))


def check_locations(used: Iterable[Any], checked: tuple[tuple[Any, ...], ...]) -> None:
    """Check that the parsed file locations are those that were validated in the text.

    JSON uses the last of several values of a key, and a key can be written with escapes.
    """
    if tuple(map(tuple, used)) != checked:
        raise ValueError("it has two different values of 'locations'")


def checked_path(path: str) -> str:
    """Return a path if it is below the root of a site: owned paths may be removed."""
    if not is_plain_path(path):
        raise ValueError(f"{path!r} is not a path below the site")
    return path


def checked_indexes(names: Iterable[str]) -> tuple[str, ...]:
    """Validate names of indexes, which are folders to write to and remove."""
    for name in names:
        if name != "" and not is_index_name(name):
            raise ValueError(f"{name!r} is not the name of an index")
    return tuple(names)


def checked_variants(keys: Iterable[str]) -> tuple[str, ...]:
    """Validate the values of files, one per dimension, possibly empty (`Membership`)."""
    for key in keys:
        parts = [each_value(part) for part in key.split("/") if part not in NAMELESS]
        valid = all(INDEX_NAME.fullmatch(value) for part in parts for value in part)
        if not valid or prod(map(len, parts)) > MOST_VARIANTS:
            raise ValueError(f"{key!r} is not the variant of a file")
    return tuple(keys)


def checked_upstream(
    upstream: Mapping[str, list[UpstreamFile]],
) -> Mapping[str, list[UpstreamFile]]:
    """Validate files of upstream indexes, whose URLs become links on pages."""
    for files in upstream.values():
        for file in files:
            checked = checked_file(file, "")
            if (
                checked is None
                or not is_web_address(file["url"])
                or {"hashes": {}, **file} != checked
            ):
                raise ValueError(f"{file!r} is not a valid file of an upstream index")
    return upstream


def checked_texts(values: Iterable[Any], count: int) -> tuple[str, ...]:
    """Validate a list of `count` strings."""
    texts = tuple(values)
    if len(texts) != count or not all(isinstance(each, str) for each in texts):
        raise ValueError(f"{texts!r} are not {count} strings")
    return texts
