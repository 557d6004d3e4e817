"""Catalogs of format 2: one file with one line per project, which holds everything.

They are read, so that an upgrade does not have to read all files again; the next index run replaces
them.
"""

import re
from collections.abc import Iterator

from packaging.utils import NormalizedName

from ghpypi.core.catalog.checks import checked_indexes, checked_variants
from ghpypi.core.catalog.entry import Entry, Line, Membership, Shown
from ghpypi.core.catalog.rows import check_server
from ghpypi.core.parsing import parse_json

FORMER_FORMAT = 2

_NAME = re.compile(r"[a-z0-9-]+")
_MARK = re.compile(r"[0-9a-f]+")


def former_lines(text: bytes, server: str | None) -> Iterator[Line]:
    """Convert the lines of projects.

    Args:
        text: What follows the header.
        server: The URL of the GitHub server that all files must be on; `None` for no check.

    Raises:
        ValueError, KeyError, TypeError, IndexError, AttributeError: A line is damaged.
        FailedError: The same.
    """
    for line in text.split(b"\n")[:-1]:
        data = parse_json(line)
        indexes, variants, flawed = data["standing"]
        if not isinstance(flawed, bool):
            raise TypeError(f"{flawed!r} is neither true nor false")
        check_server(data["shelves"], server)
        data["locations"] = data.pop("shelves")
        membership = Membership(checked_indexes(indexes), checked_variants(variants), flawed)
        name, mark = str(data["name"]), str(data["fingerprint"])
        if not (_NAME.fullmatch(name) and _MARK.fullmatch(mark)):
            raise ValueError(f"no project in {line[:60]!r}")
        entry = Entry.parse(NormalizedName(name), mark, data, Shown.parse(data["shown"]))
        yield entry.line(membership)
