"""The files of a project as the catalog writes them: what they have in common stands there once.

    shelves    [[origin, beginning of URLs, beginning of keys], ...]
    releases   [[shelf, tag, marks], ...]
    rows       [[release, filename, version, ...], ...]

A large catalog is written anew with each release, and read by each run.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ghpypi.core.model import File
from ghpypi.core.names import quote_path

PRERELEASE, TAG_IN_URL, TAG_IN_KEY = 1, 2, 4
"""Marks of a release: GitHub's own, and where its tag stands between the shelf and the file."""

_REST = [*[None] * 9, "", 0, "", None, 0]
"""How a short row ends: with all that most files have nothing to say of."""


class Rows(NamedTuple):
    """Files, written down."""

    shelves: list[list[str]]
    releases: list[list[Any]]
    rows: list[list[Any]]

    @classmethod
    def of(cls, files: Iterable[File]) -> "Rows":
        """Write files down."""
        shelves: dict[tuple[str, str, str], int] = {}
        releases: dict[tuple[int, str, int], int] = {}
        rows = [_row(file, shelves, releases) for file in files]
        return cls([list(each) for each in shelves], [list(each) for each in releases], rows)

    def files(self) -> Iterator[File]:
        """Read them back.

        Raises:
            ValueError, TypeError, IndexError: They are damaged.
        """
        places = [self._place(*release) for release in self.releases]
        for row in self.rows:
            (
                number, filename, version, size, sha256, uploaded_at, requires_python,
                core_metadata, stamp, key, downloads, label, provenance, elsewhere,
            ) = row + _REST[len(row) :]  # fmt: skip
            origin, tag, prerelease, url, shelf = places[number]
            yield File(
                filename, version, url if elsewhere else url + quote_path(filename), size, sha256,
                uploaded_at, requires_python, core_metadata, origin, tag, prerelease, stamp, label,
                provenance, downloads, shelf + (key or filename) if shelf else key,
            )  # fmt: skip

    def _place(self, number: int, tag: str, marks: int) -> tuple[str, str, bool, str, str]:
        origin, url, key = self.shelves[number]
        if marks & TAG_IN_URL:
            url += f"{quote_path(tag)}/"
        if marks & TAG_IN_KEY:
            key += f"{tag}/"
        return origin, tag, bool(marks & PRERELEASE), url, key


def _row(
    file: File,
    shelves: dict[tuple[str, str, str], int],
    releases: dict[tuple[int, str, int], int],
) -> list[Any]:
    whole = file.url.removesuffix(quote_path(file.filename))
    url = whole.removesuffix(f"{quote_path(file.tag)}/")
    folder, slash, key = file.key.rpartition("/")
    shelf = (folder + slash).removesuffix(f"{file.tag}/")
    marks = PRERELEASE * file.prerelease
    marks |= TAG_IN_URL * (url != whole) | TAG_IN_KEY * (shelf != folder + slash)
    place = shelves.setdefault((file.origin, url, shelf), len(shelves))
    row = [
        releases.setdefault((place, file.tag, marks), len(releases)),
        file.filename,
        file.version,
        file.size,
        file.sha256,
        file.uploaded_at,
        file.requires_python,
        file.core_metadata,
        file.stamp,
        "" if key == file.filename else key,
        file.downloads,
        file.label,
        file.provenance,
        int(whole == file.url),
    ]
    while row[-1] == _REST[len(row) - 1]:
        row.pop()
    return row
