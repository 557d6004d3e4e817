"""Catalogs as they are published: written in parts, and read back."""

import json
from collections.abc import Callable, Mapping, Sequence

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import CATALOG_PATH, digest_of, encode
from ghpypi.core.catalog.parts import PART_PATTERN, ReadFiles, is_part

PART = "catalog/part.jsonl"
"""The only part of a small catalog."""


def reading(pages: Mapping[str, bytes]) -> ReadFiles:
    """Read pages in memory as a site does."""

    def read(paths: Sequence[str]) -> Mapping[str, bytes]:
        return {path: pages[path] for path in paths if path in pages}

    return read


def no_parts(paths: Sequence[str]) -> Mapping[str, bytes]:
    """Read a site without parts."""
    del paths
    return {}


def published(
    pages: Mapping[str, bytes], *, source: str = "the test", server: str | None = None
) -> Catalog:
    """Read the catalog of a site."""
    read = reading(pages)
    return Catalog.parse(pages[CATALOG_PATH], source=source, read=read, server=server)


def read_back(catalog: Catalog, *, server: str | None = None) -> Catalog:
    """Publish a catalog, and read it."""
    return published(dict(catalog.files()), server=server)


def forge(pages: Mapping[str, bytes], change: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """Change the parts of a catalog, and let its first file have their digests.

    Args:
        pages: A site.
        change: Changes a long line.
    """
    header, *lines, _ = pages[CATALOG_PATH].split(b"\n")
    short = {json.loads(line)["name"]: json.loads(line) for line in lines}
    forged = dict(pages)
    for path in filter(is_part, pages):
        changed = [change(line) for line in pages[path].split(b"\n")[:-1]]
        forged[path] = b"".join(line + b"\n" for line in changed)
        for line in changed:
            known = short[json.loads(line)["name"]]
            known |= {"size": len(line), "digest": digest_of(line)}
    written = [encode(known).encode() for known in short.values()]
    return forged | {CATALOG_PATH: b"\n".join([header, *written, b""])}


def former_format(catalog: Catalog) -> bytes:
    """Write a catalog in format 2: one file, with one line per project."""
    header = {
        "format": 2,
        "pages": catalog.pages,
        "rules": catalog.rules,
        "indexes": catalog.indexes,
        "owns": [path for path in catalog.owns if path != PART_PATTERN],
    }
    lines = [encode(header)]
    for line in catalog.lines.values():
        long = json.loads(line.long_text())
        rest = {key: long[key] for key in long if key not in {"name", "locations"}}
        short = {
            "name": line.name,
            "fingerprint": line.fingerprint,
            "files": line.files,
            "standing": line.membership,
            "shown": line.shown,
        }
        lines.append(encode({**short, **rest, "shelves": long["locations"]}))
    return "\n".join([*lines, ""]).encode()
