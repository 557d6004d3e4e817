"""Checks of a catalog that are not about single rows: paths, indexes, and where its files are.

A catalog is published, and whoever may write to its branch can change it; see `catalog_rows`.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from ghpypi.core.addresses import is_plain_path, is_web_address
from ghpypi.core.config.indexes import INDEX_NAME, is_index_name
from ghpypi.core.model import UpstreamFile
from ghpypi.core.parsing import parse_json
from ghpypi.core.simple.upstream_file import checked_file

_SHELVES, _AFTER_SHELVES = b',"shelves":', b',"releases":'


def shelves_text(text: bytes, begin: int, end: int) -> bytes:
    """Find the shelves in a line.

    Raises:
        ValueError: There are none.
    """
    # From the end: what is before may hold values of other indexes.
    after = text.rindex(_AFTER_SHELVES, begin, end)
    return text[text.rindex(_SHELVES, begin, after) + len(_SHELVES) : after]


@lru_cache(maxsize=4096)
def read_shelves(text: bytes) -> tuple[tuple[Any, ...], ...]:
    """Read shelves; most projects have the same."""
    return tuple(map(tuple, parse_json(text)))


def check_shelves(used: Iterable[Any], checked: tuple[tuple[Any, ...], ...]) -> None:
    """Check that the shelves of a line are those whose origins and host were checked.

    JSON takes the last of several values of one key, and a key can be written in several ways.
    """
    if tuple(map(tuple, used)) != checked:
        raise ValueError("it says in two ways where its files are")


def checked_path(path: str) -> str:
    """Refuse what does not lie below the root of a site: what is owned may be removed."""
    if not is_plain_path(path):
        raise ValueError(f"{path!r} is not a path below the site")
    return path


def checked_indexes(names: Iterable[str]) -> tuple[str, ...]:
    """Check what becomes a folder of the site: pages are written to it, and removed from it."""
    for name in names:
        if name != "" and not is_index_name(name):
            raise ValueError(f"{name!r} is not the name of an index")
    return tuple(names)


def checked_variants(keys: Iterable[str]) -> tuple[str, ...]:
    """Check the values of files: one for each dimension, which may have none (`Standing`)."""
    for key in keys:
        if not all(part in {"", "-", "*"} or INDEX_NAME.fullmatch(part) for part in key.split("/")):
            raise ValueError(f"{key!r} is not the variant of a file")
    return tuple(keys)


def checked_upstream(
    upstream: Mapping[str, list[UpstreamFile]],
) -> Mapping[str, list[UpstreamFile]]:
    """Check what becomes a link on our pages to a file of another index."""
    for files in upstream.values():
        for file in files:
            checked = checked_file(file, "")
            if (
                checked is None
                or not is_web_address(file["url"])
                or {"hashes": {}, **file} != checked
            ):
                raise ValueError(f"{file!r} is not a file of an index as we write it")
    return upstream


def checked_texts(values: Iterable[Any], count: int) -> tuple[str, ...]:
    """Check a list of so many texts."""
    texts = tuple(values)
    if len(texts) != count or not all(isinstance(each, str) for each in texts):
        raise ValueError(f"{texts!r} are not {count} texts")
    return texts
