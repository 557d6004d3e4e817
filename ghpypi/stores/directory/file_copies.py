"""Writes files of any size beside the pages of a site, so that readers see whole files."""

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from stat import S_ISREG

from ghpypi.core.digest import CHUNK
from ghpypi.ports import SiteFile
from ghpypi.stores.directory.folder_lock import PART
from ghpypi.stores.directory.links import Links
from ghpypi.stores.directory.page_writer import read_file, replace_page
from ghpypi.text_files import naming
from ghpypi.workers import in_order

THREADS = 4
"""Number of files that are copied at once: most of the time is spent waiting for their store."""

BATCH = 64
"""Number of files that are handed to the threads together."""


def copy_all(root: str, files: Iterable[SiteFile], links: Links) -> int:
    """Copy files that are not there yet; return how many.

    Args:
        root: The folder of the site.
        files: The files.
        links: Checks the folders of the site.

    Raises:
        LinkError: A folder is outside of the site.
        DamagedError: A file has another size than it should have.
    """
    count, left = 0, iter(files)
    while batch := list(islice(left, BATCH)):
        copied = in_order(lambda file: _copy(root, file, links), batch, THREADS, "copy-file")
        count += sum(copied)
    return count


def is_published(root: str, file: SiteFile) -> bool:
    """Return whether a file is there already; one that may differ is read and compared."""
    place = f"{root}/{file.path}"
    with suppress(FileNotFoundError, NotADirectoryError):
        status = os.lstat(place)
        if S_ISREG(status.st_mode) and status.st_size == file.size:
            return not file.may_differ or read_file(place) == file.read()
    return False


def _copy(root: str, file: SiteFile, links: Links) -> bool:
    """Copy a file to its path, if it is not there yet; return whether it was copied."""
    folder, _, name = f"{root}/{file.path}".rpartition("/")
    links.check(file.path.rpartition("/")[0])
    if is_published(root, file):
        return False
    os.makedirs(folder, exist_ok=True)
    if file.may_differ:
        replace_page(f"{folder}/{name}", file.read())
        return True
    part = f"{folder}/.{name}{PART}"
    with suppress(FileNotFoundError):
        os.unlink(part)  # of an interrupted run; a link would be written through
    try:
        with file.open() as source, naming(part), open(part, "xb") as target:
            shutil.copyfileobj(source, target, CHUNK)
            file.require_size(target.tell())
        os.replace(part, f"{folder}/{name}")
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(part)
        raise
    return True
