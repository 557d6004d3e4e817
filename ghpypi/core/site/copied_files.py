"""The files of an index beside its pages: `files = "copy"` in `[site]`.

    packages/12/3456.../acme_lib-1.0-py3-none-any.whl            the digest of the file
    packages/12/3456.../acme_lib-1.0-py3-none-any.whl.metadata   and the files beside it

The path of a file follows from its content: a file that is there already is the same one, and
replaced content has another address, so that no cache holds it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ghpypi.core.catalog.entry import Entry
from ghpypi.core.model import File
from ghpypi.core.names import PROVENANCE_SUFFIX, SIDECAR_SUFFIX, quote_path
from ghpypi.core.provenance_pages import digest_in

COPIES_FOLDER = "packages"
"""The folder of the site; PyPI has its files at `packages/` as well."""

COPIES_PATTERN = f"{COPIES_FOLDER}/*/*/*"
"""The paths of all copies, as a site records what it owns."""

_PATH = re.compile(rf"{COPIES_FOLDER}/[0-9a-f]{{2}}/[0-9a-f]{{62}}/[^/]+")


def is_copied_path(path: str) -> bool:
    """Return whether a path of a site is one of a copied file."""
    return bool(_PATH.fullmatch(path))


def is_elsewhere(file: File, *, separate: bool) -> bool:
    """Return whether a file is not beside the pages anyway, as the files of a folder are.

    Args:
        file: The file.
        separate: The site is not where the files of its store are.
    """
    return separate or "://" in file.url


def has_provenance_file(file: File) -> bool:
    """Return whether a release has the provenance of a file; other provenance is a page."""
    return bool(file.provenance and not digest_in(file.provenance))


def copied_path(file: File) -> str:
    """Return the path of a copied file below the site."""
    digest = file.sha256
    return f"{COPIES_FOLDER}/{digest[:2]}/{digest[2:]}/{file.filename}"


def copied_paths(files: Iterable[File]) -> Iterator[str]:
    """Yield the paths of the copies of files, of their metadata files and of their provenance."""
    for file in files:
        path = copied_path(file)
        yield path
        if file.core_metadata:
            yield path + SIDECAR_SUFFIX
        if has_provenance_file(file):
            yield path + PROVENANCE_SUFFIX


def linked_to_copies(entry: Entry, folder: str, *, separate: bool = False) -> Entry:
    """Return a project whose files have the URLs of their copies.

    Args:
        entry: The project.
        folder: The folder of the site below the root that relative URLs start at, ending in `/`.
        separate: The site is not where the files of its store are.
    """
    files = (
        _linked(file, folder) if is_elsewhere(file, separate=separate) else file
        for file in entry.project.files
    )
    return replace(entry, project=replace(entry.project, files=tuple(files)))


def linked_to_store(entry: Entry, url: str) -> Entry:
    """Return a project whose files have absolute URLs, for pages that are in another place.

    Args:
        entry: The project.
        url: The URL of the store, ending in `/`.
    """
    files = (_absolute(file, url) for file in entry.project.files)
    return replace(entry, project=replace(entry.project, files=tuple(files)))


def _absolute(file: File, url: str) -> File:
    if "://" in file.url:
        return file
    return file._replace(
        url=url + file.url,
        provenance=url + (file.provenance or "") if has_provenance_file(file) else file.provenance,
    )


def _linked(file: File, folder: str) -> File:
    url = folder + quote_path(copied_path(file))
    if has_provenance_file(file):
        return file._replace(url=url, provenance=url + PROVENANCE_SUFFIX)
    return file._replace(url=url)
