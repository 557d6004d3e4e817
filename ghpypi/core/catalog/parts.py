"""The parts of a published catalog: files that hold the long lines of some projects each.

    catalog/part.jsonl      all projects, as long as their lines are at most `PART_BYTES`
    catalog/part-a.jsonl    otherwise: the projects whose names begin with `a`, and so on

Which part a project is in follows from the short lines alone: where the lines of several projects
are more than `PART_BYTES`, they are divided by the next character in which their names differ. So
equal catalogs have equal parts, the parts are in the order of the names, and a change of one
project is a change of one part.

A part is written before `catalog.jsonl`, which has the digest of each long line. A reader that
comes between the two, or after an interrupted run, finds a line that does not have the digest.
Where files are replaced one by one and readers come at any time, a part has both versions of such
lines until `catalog.jsonl` is written: `transitional`.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, takewhile
from threading import Lock

from packaging.utils import NormalizedName

from ghpypi.core.catalog.checks import locations_text, read_locations
from ghpypi.core.catalog.entry import CATALOG_PATH, Line, digest_of, origins_of
from ghpypi.core.catalog.rows import check_server
from ghpypi.core.quantities import first_of
from ghpypi.core.remembered import remembered
from ghpypi.errors import PartMismatchError

PART_BYTES = 2 << 20
"""Size of a part with several projects at most, in bytes; about 6,000 files. The first file of a
catalog records it."""

PART_PATTERN = "catalog/part*.jsonl"
"""The paths of all parts, as a site records what it owns."""

READ_AHEAD = 8
"""Number of parts that are read at once where one after the other is needed, and that a reader
holds in memory."""

HELD_BYTES = 32 << 20
"""Size of the parts that a reader holds where reading takes a request or a fetch, in bytes. git can
send the difference to a part that is held."""

_PATH = re.compile(r"catalog/part(?:-[a-z0-9-]+)?\.jsonl")
_NAME = re.compile(rb'\{"name":"([a-z0-9-]+)",')

ReadFiles = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Reads published files by their paths; those that do not exist are left out."""

Parts = Mapping[str, Sequence[Line]]
"""The lines of each part, sorted by name, by the path of the part."""


def is_part(path: str) -> bool:
    """Return whether a path is one of a part."""
    return bool(_PATH.fullmatch(path))


def parts_of(lines: Mapping[NormalizedName, Line], part_bytes: int) -> Parts:
    """Divide the projects of a catalog into parts.

    Args:
        lines: The projects.
        part_bytes: Size of a part with several projects at most, in bytes.
    """
    ordered = [lines[name] for name in sorted(lines)]
    return dict(_parts("", ordered, part_bytes)) if lines else {}


def possible_parts(name: NormalizedName) -> list[str]:
    """Return the paths of all parts that may have a project, of any catalog.

    Args:
        name: The project.
    """
    return [_path(name[:length]) for length in range(len(name) + 1)]


def part_text(lines: Sequence[Line]) -> bytes:
    """Serialize a part.

    Raises:
        PartMismatchError: A line is not what is published.
        FailedError: A line is damaged.
    """
    return b"".join(line.long_text() + b"\n" for line in lines)


def transitional(former: bytes, text: bytes) -> bytes:
    """Return a part that can be read with the published catalog and with the next one.

    Args:
        former: The part as it is published.
        text: The part of the next catalog.
    """
    lines = set(text.split(b"\n"))
    kept = (line for line in former.split(b"\n") if line not in lines)
    return text + b"".join(line + b"\n" for line in kept)


def _path(prefix: str) -> str:
    return f"catalog/part{'-' if prefix else ''}{prefix}.jsonl"


def _parts(prefix: str, lines: list[Line], part_bytes: int) -> Iterator[tuple[str, list[Line]]]:
    if len(lines) == 1 or sum(line.size for line in lines) <= part_bytes:
        yield _path(prefix), lines
        return
    pairs = zip(lines[0].name, lines[-1].name, strict=False)
    length = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs)) + 1
    for longer, group in groupby(lines, key=lambda line: line.name[:length]):
        yield from _parts(longer, list(group), part_bytes)


class PartReader:
    """Reads long lines of a published catalog.

    A part is read when one of its lines is needed; where the next one is needed as well, several
    are read at once. Any number of threads may read.

    Args:
        read: Reads published files.
        source: The name of the site in error messages.
        server: The URL of the GitHub server that all files must be on; `None` for no check.
        cheap: Reading takes neither a request nor a fetch, so that fewer parts are held.
    """

    def __init__(
        self, read: ReadFiles, *, source: str, server: str | None = None, cheap: bool = False
    ) -> None:
        self._read = read
        self._source = source
        self._server = server
        self._held_bytes = 0 if cheap else HELD_BYTES
        self._lock = Lock()
        self._parts: Parts = {}
        self._paths: list[str] = []
        self._numbers: dict[NormalizedName, int] = {}
        self._next = self._ahead = 0
        self._cache: OrderedDict[str, dict[bytes, tuple[bytes, ...]]] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self.lines: Mapping[NormalizedName, Line] = {}
        """All short lines of the catalog; set before anything is read."""
        self.part_bytes = PART_BYTES
        """The size of its parts; likewise."""

    def read(self, line: Line) -> bytes:
        """Return the long line of a project.

        Raises:
            PartMismatchError: What is published is not the line with the digest.
            FailedError: It has a file at a place where the project cannot have one.
        """
        with self._lock:
            number = self._number(line.name)
            path = self._paths[number]
            if path not in self._cache:
                self._load(number)
            self._cache.move_to_end(path)
            text = _version(self._cache[path], line)
        if text is None:
            raise self._mismatch(path)
        try:
            _check_locations(locations_text(text), line.origins, self._server)
        except (ValueError, TypeError) as error:
            raise line.damaged(error) from error
        return text

    def cached(self, path: str) -> bytes | None:
        """Return a part as it is published, if it is in memory."""
        with self._lock:
            found = self._cache.get(path)
            if found is None or any(len(versions) > 1 for versions in found.values()):
                return None
            return b"".join(x + b"\n" for (x,) in found.values())

    def _number(self, name: NormalizedName) -> int:
        if not self._parts:
            self._parts = parts_of(self.lines, self.part_bytes)
            self._paths = list(self._parts)
            self._numbers = {
                line.name: number
                for number, lines in enumerate(self._parts.values())
                for line in lines
            }
        return self._numbers[name]

    def _load(self, number: int) -> None:
        """Read a part, and the next ones if parts are read in their order."""
        in_order = self._next <= number < self._next + READ_AHEAD
        self._ahead = min(self._ahead * 2, READ_AHEAD) if in_order and self._ahead else 1
        self._next = number + self._ahead
        wanted = [x for x in self._paths[number : self._next] if x not in self._cache]
        found = self._read(wanted)
        for path in reversed(wanted):
            self._keep(path, found.get(path, b""))

    def _keep(self, path: str, text: bytes) -> None:
        found: dict[bytes, tuple[bytes, ...]] = {}
        for line in text.split(b"\n"):
            if match := _NAME.match(line):
                found[match[1]] = (*found.get(match[1], ()), line)
        self._cache[path] = found
        self._sizes[path] = len(text)
        while len(self._cache) > READ_AHEAD and sum(self._sizes.values()) > self._held_bytes:
            gone, _ = self._cache.popitem(last=False)
            del self._sizes[gone]

    def _mismatch(self, path: str) -> PartMismatchError:
        with self._lock:
            found = self._cache.get(path, {})
            names = [line.name for line in self._parts[path] if _version(found, line) is None]
        return PartMismatchError(
            f"{path} of {self._source} does not match {CATALOG_PATH}, which has other versions of "
            f"the lines of {first_of(names, 3)}",
            hint="run the same command again; if the error persists, rebuild everything with "
            "'ghpypi index --full'",
            names=names,
        )


def _version(lines: Mapping[bytes, Sequence[bytes]], line: Line) -> bytes | None:
    """Return the long line that a short line has the digest of."""
    for text in lines.get(line.name.encode(), ()):
        if len(text) == line.size and digest_of(text) == line.digest:
            return text
    return None


@remembered(4096)
def _check_locations(text: bytes, origins: tuple[str, ...], server: str | None) -> None:
    """Check where the files of a line are; cached, because most lines have the same locations.

    The origins of the short line decide who may see a project, so they must be those of its files.

    Raises:
        ValueError, TypeError: They are on another server, or of other origins.
    """
    locations = read_locations(text)
    if origins_of(locations) != origins:
        raise ValueError(f"its files are not of {', '.join(origins) or 'no store'}")
    check_server(locations, server)
