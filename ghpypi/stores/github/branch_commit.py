"""A commit of a branch with the differences of a site, in the language of `git fast-import`."""

import io
import time
from collections.abc import Container, Iterator, Mapping
from hashlib import sha1

from ghpypi.core.digest import CHUNK
from ghpypi.core.site.ownership import conflicting_paths
from ghpypi.ports import Comparison, SiteChange, SiteFile

ADDRESS = "ghpypi@localhost"
AUTHOR = f"ghpypi <{ADDRESS}>"
"""The author of the commits; `localhost` makes sure that the address is of no GitHub account."""


class BranchCommit:
    """A commit in the language of `git fast-import`, of the paths that differ.

    Args:
        present: The files of the branch: path to blob.
        folder: The folder that the site is in, ending in `/`; empty for the root of the branch.
        change: The pages to write and to remove.

    Attributes:
        files: How many files are written besides pages.
    """

    def __init__(self, present: Mapping[str, str], folder: str, change: SiteChange) -> None:
        self._present = present
        self._folder = folder
        self._change = change
        self._written: list[str] = []
        self._removed: list[str] = []
        self.files = 0

    def lines(self, branch: str, head: str | None, base_tree: str | None) -> Iterator[bytes]:
        """Write the whole commit.

        Args:
            branch: The branch.
            head: Its head; `None` if there is no branch.
            base_tree: The tree of the head, for a commit without a parent that replaces all
                commits of the branch; `None` for one that follows the head.
        """
        message = self._change.message.encode()
        yield f"commit refs/heads/{branch}\nmark :1\n".encode()
        yield f"committer {AUTHOR} {int(time.time())} +0000\n".encode()
        yield b"data %d\n%s\n" % (len(message), message)
        if base_tree:
            yield f'M 040000 {base_tree} ""\n'.encode()
        elif head:
            yield f"from {head}\n".encode()
        yield from self.changes()
        yield b"get-mark :1\n"  # prints the ID of the commit

    def changes(self, *, streams: bool = True) -> Iterator[bytes]:
        """Write the changes of files.

        Args:
            streams: Also write the content of large files; else they are not opened.
        """
        paths: set[str] = set()
        for file in self._change.files():
            paths.add(file.path)
            place = self._folder + file.path
            found = self._present.get(place)
            if found is None or (file.may_differ and found != blob_id(file.read())):
                self._written.append(file.path)
                self.files += 1
                if streams:
                    yield from _streamed(place, file)
        for path, page in self._change.pages():
            paths.add(path)
            place = self._folder + path
            if self._present.get(place) != blob_id(page):
                self._written.append(path)
                yield f"M 100644 inline {_quoted(place)}\ndata {len(page)}\n".encode()
                yield page + b"\n"
        for path in dict.fromkeys(self._change.removed):
            place = self._folder + path
            if path not in paths and place in self._present:
                self._removed.append(path)
                yield f"D {_quoted(place)}\n".encode()

    @property
    def comparison(self) -> Comparison:
        """What the commit writes and removes; known once `changes` was consumed."""
        places = [self._folder + path for path in (*self._written, *self._removed)]
        owned = _PathsInFolder(self._folder, self._change.owned)
        return Comparison(
            written=tuple(self._written),
            removed=tuple(self._removed),
            occupied=conflicting_paths(places, self._present, owned),
        )


def _streamed(place: str, file: SiteFile) -> Iterator[bytes]:
    """Write a file in pieces.

    Raises:
        DamagedError: It has another size than it should have: the commit would be another one.
    """
    with file.open() as stream:
        stream.seek(0, io.SEEK_END)
        file.require_size(stream.tell())
        stream.seek(0)
        yield f"M 100644 inline {_quoted(place)}\ndata {file.size}\n".encode()
        while chunk := stream.read(CHUNK):
            yield chunk
    yield b"\n"


class _PathsInFolder:
    """The paths of a folder of the branch, which starts with the name of the folder."""

    def __init__(self, folder: str, inner: Container[str]) -> None:
        self._folder = folder
        self._inner = inner

    def __contains__(self, path: object) -> bool:
        place = str(path)
        return place.startswith(self._folder) and place[len(self._folder) :] in self._inner


def blob_id(content: bytes) -> str:
    """Return the name that git gives a content, to compare it with files that are not fetched."""
    digest = sha1(b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


def _quoted(path: str) -> str:
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
