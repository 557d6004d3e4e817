"""The serialized files of a project in the catalog, with common values factored out.

    locations  [[origin, beginning of URLs, beginning of keys], ...]
    releases   [[location, tag, marks], ...]
    rows       [[release, filename, version, ...], ...]

The format is compact because each release writes the catalog, and each run reads it.

A published catalog is untrusted, because it can be changed by any user with write access to its
branch. So URLs and paths are validated when they are parsed: they must belong to the origin of the
row. Otherwise a token of a reader or of the server could be used for a file of another repository.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from packaging.utils import NormalizedName

from ghpypi.core.addresses import REPOSITORY, is_on_server, is_plain_path, is_web_address
from ghpypi.core.identity import identity_of
from ghpypi.core.model import OWN, File
from ghpypi.core.names import (
    PROVENANCE_SUFFIX,
    is_safe,
    normalize,
    quote_path,
    stem_of,
    version_key,
)
from ghpypi.core.parsing import split_url
from ghpypi.core.provenance import Signer
from ghpypi.core.provenance_pages import digest_in, is_digest, page_url

PRERELEASE, TAG_IN_URL, TAG_IN_KEY = 1, 2, 4
"""Flags of a release: a GitHub prerelease, and whether its tag is part of the URL or the key."""

_NUMBER = re.compile(r"[0-9]+")
_DIGEST = re.compile(r"[0-9a-f]{64}|")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}Z|")
_TEXT, _COUNT, _OPTIONAL = (str,), (int,), (str, type(None))
_KINDS = (
    _COUNT, _TEXT, _TEXT, _COUNT, _TEXT, _TEXT, _OPTIONAL,
    _OPTIONAL, _TEXT, _TEXT, _COUNT, _TEXT, _OPTIONAL, _COUNT, _TEXT,
)  # fmt: skip
_GOOD: set[tuple[type, ...]] = set()
_LEAST = 9
_REST = [*[None] * _LEAST, "", 0, "", None, 0, ""]
"""Defaults for values that most files do not have; they are omitted at the end of a row."""


class Rows(NamedTuple):
    """The serialized files of a project."""

    locations: list[list[str]]
    releases: list[list[Any]]
    rows: list[list[Any]]

    @classmethod
    def of(cls, files: Iterable[File]) -> "Rows":
        """Serialize files."""
        locations: dict[tuple[str, str, str], int] = {}
        releases: dict[tuple[int, str, int], int] = {}
        rows = [_row(file, locations, releases) for file in files]
        return cls([list(each) for each in locations], [list(each) for each in releases], rows)

    def files(self, project: NormalizedName) -> Iterator[File]:
        """Parse and validate the files.

        Args:
            project: The normalized name of the project.

        Raises:
            ValueError, TypeError, IndexError, AttributeError: The rows are damaged, or have values
                that do not belong to their store.
        """
        locations = [_checked_location(*each) for each in self.locations]
        places = [_place(locations[number], tag, marks) for number, tag, marks in self.releases]
        stems: set[str] = set()
        for row in self.rows:
            if (kinds := tuple(map(type, row))) not in _GOOD:
                _check_types(row, kinds)
            (
                number, filename, version, size, sha256, uploaded_at, requires_python,
                core_metadata, stamp, key, downloads, label, provenance, elsewhere,
                signer,
            ) = row + _REST[len(row) :]  # fmt: skip
            if size < 0 or downloads < 0:
                raise ValueError(f"{row!r} has a negative size or count")
            if not (_DIGEST.fullmatch(sha256) and _TIME.fullmatch(uploaded_at)):
                raise ValueError(f"{filename!r} has an invalid digest or time")
            identity_of(filename, version_key(version))
            if not is_safe(filename):
                raise ValueError(f"{filename!r} has characters that no file of an index has")
            if (stem := stem_of(filename)) not in stems:
                stems.add(_checked_stem(stem, filename, project))
            origin, tag, prerelease, url, prefix = places[number]
            if key:
                _check_key(key, origin, prefix)
            address = url if elsewhere else url + quote_path(filename)
            if provenance:
                provenance = _provenance(provenance, address, project, filename)
            if signer:
                Signer.parse(signer)
            yield File._make((
                filename, version, address, size, sha256,
                uploaded_at, requires_python, core_metadata, origin, tag, prerelease, stamp, label,
                provenance, downloads, prefix + (key or filename) if prefix else key,
                signer,
            ))  # fmt: skip


def check_file(file: File, project: NormalizedName, server: str | None) -> None:
    """Check that a file can be parsed again from a catalog.

    Args:
        file: The file.
        project: The normalized name of its project.
        server: As for `check_server`.

    Raises:
        ValueError: It cannot; the message has the reason.
    """
    rows = Rows.of([file])
    check_server(rows.locations, server)
    for _ in rows.files(project):
        pass


def check_server(locations: Iterable[Any], server: str | None) -> None:
    """Check that files with absolute URLs are on the GitHub server of their store.

    Args:
        locations: The common values of files.
        server: The URL of the server, such as `https://github.com`; `None` for no check.

    Raises:
        ValueError, TypeError: They are on another host, or the values are damaged.
    """
    for _, url, _ in locations:
        if server is not None and "://" in url and not is_on_server(url, server):
            raise ValueError(f"{url!r} is not on {server} (see GITHUB_SERVER_URL)")


@lru_cache(maxsize=1024)
def _checked_location(origin: str, url: str, key: str) -> tuple[str, str, str]:
    """Validate the common values of files of a store; cached, because most projects share them.

    Files with relative URLs are in the same folder as the site, so they are its own, whatever the
    name of the store: earlier versions wrote the path of the folder here, as given by the user. A
    file in a draft has no URL yet.
    """
    if not all(isinstance(each, str) for each in (origin, url, key)):
        raise TypeError(f"{origin!r}, {url!r} or {key!r} is not a string")
    if origin_of_location(origin, url) == OWN:
        if not (is_plain_path(f"{unquote(url)}x") and is_plain_path(f"{key}x")):
            raise ValueError(f"{url!r} or {key!r} is not below the store")
        return OWN, url, key
    if not REPOSITORY.fullmatch(origin):
        raise ValueError(f"{origin!r} is not a repository")
    if url and not _is_download(url, origin):
        raise ValueError(f"{url!r} is not the address of a release of {origin}")
    if key.lower() not in {"", f"repos/{origin}/releases/assets/".lower()}:
        raise ValueError(f"{key!r} is not an asset of {origin}")
    return origin, url, key


def origin_of_location(origin: str, url: str) -> str:
    """Give the store of files, which is the site's own for those at relative addresses."""
    return OWN if url and "://" not in url else origin


def _is_download(url: str, repository: str) -> bool:
    """Return whether a URL is one of an asset of a repository, ignoring case."""
    path = unquote(split_url(url).path).lower()
    downloads = f"/{repository}/releases/download/".lower()
    return is_web_address(url) and path.startswith(downloads) and is_plain_path(f"{path}x"[1:])


def _place(location: tuple[str, str, str], tag: str, marks: int) -> tuple[str, str, bool, str, str]:
    origin, url, key = location
    if type(marks) is not int or not is_plain_path(tag):
        raise ValueError(f"{tag!r} is not a tag")
    if marks & TAG_IN_URL:
        url += f"{quote_path(tag)}/"
    if marks & TAG_IN_KEY:
        key += f"{tag}/"
    return origin, tag, bool(marks & PRERELEASE), url, key


def _check_types(row: list[Any], kinds: tuple[type, ...]) -> None:
    """Check the types of a row; the few combinations that are valid are cached.

    Otherwise other JSON types would fail later, when pages are rendered or sorted.
    """
    complete = _LEAST <= len(kinds) <= len(_KINDS)
    if not complete or not all(x in y for x, y in zip(kinds, _KINDS, strict=False)):
        raise ValueError(f"{row!r} is not a file")
    _GOOD.add(kinds)


def _checked_stem(stem: str | None, filename: str, project: NormalizedName) -> str:
    if stem is None or normalize(stem) != project:
        raise ValueError(f"{filename!r} is not a file of {project}")
    return stem


def _provenance(address: str, url: str, project: NormalizedName, filename: str) -> str:
    """Parse where the provenance of a file is: on the same host, in the same folder, or a page."""
    if is_digest(address):
        return page_url(project, filename, address)
    if "://" in url:
        fits = is_web_address(address) and is_on_server(address, url)
    else:
        fits = address == url + PROVENANCE_SUFFIX
    if not fits:
        raise ValueError(f"{address!r} is not the address of the attestations of {url}")
    return address


def _check_key(key: str, origin: str, prefix: str) -> None:
    """Check the end of a key: the ID of an asset, or a filename in the folder of a release."""
    if not (is_plain_path(key) if origin == OWN else prefix and _NUMBER.fullmatch(key)):
        raise ValueError(f"{key!r} is not the key of a file")


def _row(
    file: File,
    locations: dict[tuple[str, str, str], int],
    releases: dict[tuple[int, str, int], int],
) -> list[Any]:
    whole = file.url.removesuffix(quote_path(file.filename))
    url = whole.removesuffix(f"{quote_path(file.tag)}/")
    folder, slash, key = file.key.rpartition("/")
    prefix = (folder + slash).removesuffix(f"{file.tag}/")
    marks = PRERELEASE * file.prerelease
    marks |= TAG_IN_URL * (url != whole) | TAG_IN_KEY * (prefix != folder + slash)
    place = locations.setdefault((file.origin, url, prefix), len(locations))
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
        digest_in(file.provenance) or file.provenance,
        int(whole == file.url),
        file.signer,
    ]
    while row[-1] == _REST[len(row) - 1]:
        row.pop()
    return row
