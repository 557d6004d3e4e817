"""The releases of a store in a folder, and their files."""

import logging
import os
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from ghpypi.core.distribution.contents import printable
from ghpypi.core.folder_files import FolderFiles
from ghpypi.core.model import OWN, Asset, StoredRelease
from ghpypi.stores.directory.incoming import IncomingFiles, entries
from ghpypi.stores.directory.links import Links, may_be_link

PUBLISHED = "files"
"""The folder of all published releases in a store."""

DRAFTS = ".drafts"
"""The folder of all drafts in a store."""

_log = logging.getLogger("ghpypi")


class FolderListing:
    """Lists releases, while other processes may be uploading or publishing.

    For each file, it takes one entry of a folder and one status, because a large store has
    hundreds of thousands of files. Paths are strings for the same reason.

    Args:
        root: The folder of the store.
        name: The name of the store in messages.
        links: Checks its folders.
        incoming: The uploads to it.
    """

    def __init__(self, root: Path, name: str, links: Links, incoming: IncomingFiles) -> None:
        self._root = root
        self._path = str(root)
        self._name = name
        self._links = links
        self._incoming = incoming
        self._ignored: set[str] = set()

    def releases(self, wanted: Container[str] | None = None) -> Iterator[StoredRelease]:
        """List releases, except for symbolic links to folders outside of the store.

        Args:
            wanted: The names of their folders; `None` for all.

        Raises:
            LinkError: The folder of all releases is such a link.
        """
        # Drafts first: one that is published during the listing is seen twice, instead of never.
        links, uploads = self._links.remembering(), self._incoming.folders()
        for parent in (DRAFTS, PUBLISHED):
            if (self._root / parent).is_dir():
                links.check(parent)
                found = os.scandir(self._root / parent)
                for entry in sorted(found, key=lambda each: each.name):
                    if wanted is not None and entry.name not in wanted:
                        continue
                    if not entry.is_dir() or self._is_unusable(parent, entry.name):
                        continue
                    if may_be_link(entry) and links.find(f"{parent}/{entry.name}"):
                        _log.warning(
                            "%s: ignoring release %s, a symbolic link to a path outside of the "
                            "store", self._name, entry.name,
                        )  # fmt: skip
                    else:
                        yield self._release(parent, entry.name, uploads.get(entry.name, ()))

    def release(self, folder: str) -> StoredRelease:
        """Describe the release in a folder.

        Args:
            folder: The path below the store: of `PUBLISHED` or `DRAFTS`, and its name.
        """
        parent, _, name = folder.partition("/")
        return self._release(parent, name, self._incoming.places(name))

    def _release(self, parent: str, name: str, uploads: Sequence[str]) -> StoredRelease:
        """Describe a release.

        Args:
            parent: `PUBLISHED` or `DRAFTS`.
            name: The name of its folder.
            uploads: The temporary folders of its uploads.
        """
        draft = parent == DRAFTS
        # The key does not change when a draft is published; another draft of the tag has its own.
        left = draft and os.path.isdir(f"{self._path}/{PUBLISHED}/{name}")
        return StoredRelease(
            key=f"{DRAFTS}/{name}" if left else name,
            origin=OWN,
            tag=unquote(name),
            draft=draft,
            prerelease=False,
            immutable=False,
            assets=self._assets(f"{parent}/{name}", uploads),
        )

    def _assets(self, folder: str, uploads: Sequence[str]) -> Sequence[Asset]:
        """Return the files of a release, and those that are on their way into it.

        Args:
            folder: The path of the release below the store.
            uploads: The temporary folders of its uploads.
        """
        files = FolderFiles(self._stamps(folder))
        return (*files, *self._incoming.files(uploads)) if uploads else files

    def _stamps(self, folder: str) -> Iterator[str]:
        """Yield the stamp of each file of a release.

        Args:
            folder: The path of the release below the store.
        """
        for entry in entries(f"{self._path}/{folder}"):
            name = entry.name
            try:
                if name[0] == "." or not entry.is_file() or self._is_unusable(folder, name):
                    continue
                # A link that leads out is listed as itself, and refused when it is opened.
                leads_out = entry.is_symlink() and self._links.find(f"{folder}/{name}") != ""
                status = entry.stat(follow_symlinks=not leads_out)
            except FileNotFoundError:
                continue
            yield f"{folder}/{name} {status.st_size} {status.st_mtime_ns}"

    def _is_unusable(self, folder: str, name: str) -> bool:
        """Return whether no upload gives a file this name; warn once if that is so."""
        if name.isprintable():
            return False
        path = printable(f"{folder}/{name}")
        if path not in self._ignored:
            self._ignored.add(path)
            _log.warning(
                "%s: ignoring '%s', whose name is not UTF-8 or has control characters; rename it",
                self._name, path,
            )  # fmt: skip
        return True
