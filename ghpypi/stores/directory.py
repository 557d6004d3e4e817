"""A store and a site in a folder that any web server can serve as it is.

    ROOT/files/TAG/FILE     published files, sidecars beside them
    ROOT/.drafts/TAG/FILE   releases in the making; publishing one is a rename
    ROOT/simple/...         the site, and the rest of its tree

Whoever reads sees whole files only: each is written beside its place and renamed. Writers take
turns by a lock that ends with its process.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from filelock import FileLock

from ghpypi.core.catalog import CATALOG_PATH
from ghpypi.core.check import Rules
from ghpypi.core.digest import CHUNK, digest_file
from ghpypi.core.model import Asset, StoredRelease
from ghpypi.core.names import Sha256, quote_path
from ghpypi.core.tree import Page
from ghpypi.errors import ConflictError, FailedError, NotFoundError, OutdatedError
from ghpypi.ports import Advance, NewAsset, NewRelease, Published, SiteChange

RULES = Rules(max_size=1 << 60, max_assets=1 << 30, name=lambda name: name)
"""A folder takes everything."""

PART = ".part"


class DirectoryStore:
    """Releases as folders.

    Args:
        root: The folder; made when something is first put in it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._published = root / "files"
        self._drafts = root / ".drafts"

    @property
    def name(self) -> str:
        """The path."""
        return str(self._root)

    @property
    def rules(self) -> Rules:
        """What it takes."""
        return RULES

    def releases(self) -> Iterator[StoredRelease]:
        """List all releases."""
        # Drafts first: one that is published meanwhile is seen twice rather than not at all.
        for parent in (self._drafts, self._published):
            if parent.is_dir():
                for entry in sorted(os.scandir(parent), key=lambda each: each.name):
                    if entry.is_dir() and entry.name.isprintable():
                        yield self._release(Path(entry.path))

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a stored file."""
        try:
            return (self._root / asset.key).open("rb")
        except FileNotFoundError as error:
            raise NotFoundError(f"{self.name} has no {asset.key}") from error

    seekable = stream

    def draft(self, release: NewRelease) -> StoredRelease:
        """Make an unpublished release, or return the one that is there."""
        folder = _folder_name(release.tag)
        with _lock(self._root):
            if not (self._published / folder).is_dir():
                (self._drafts / folder).mkdir(parents=True, exist_ok=True)
                return self._release(self._drafts / folder)
        return self._release(self._published / folder)

    def put(self, release: StoredRelease, asset: NewAsset, advance: Advance) -> Asset:
        """Store a file."""
        with _lock(self._root):
            place = self._folder(release) / asset.name
            if place.exists():
                with place.open("rb") as present:
                    digest = digest_file(present)
                if digest != asset.sha256:
                    raise ConflictError(f"{release.tag} in {self.name} has another {asset.name}")
            else:
                part = place.with_name(f".{asset.name}{PART}")
                with asset.open() as source:
                    digest = _copy(source, part, advance)
                if digest != asset.sha256:
                    part.unlink()
                    raise FailedError(f"{asset.name} changed while it was copied")
                part.replace(place)
            return self._asset(place, sha256=asset.sha256)

    def publish(self, release: StoredRelease) -> StoredRelease:
        """Make a draft visible."""
        with _lock(self._root):
            folder = self._folder(release)
            if folder.parent == self._drafts:
                self._published.mkdir(exist_ok=True)
                folder = folder.rename(self._published / folder.name)
            return self._release(folder)

    def _folder(self, release: StoredRelease) -> Path:
        """Find the folder of a release, published meanwhile or not."""
        name = _folder_name(release.tag)
        for folder in (self._published / name, self._drafts / name):
            if folder.is_dir():
                return folder
        raise NotFoundError(f"{self.name} has no release {release.tag}")

    def _release(self, folder: Path) -> StoredRelease:
        return StoredRelease(
            key=folder.name,
            origin=self.name,
            tag=unquote(folder.name),
            draft=folder.parent == self._drafts,
            prerelease=False,
            immutable=False,
            assets=tuple(self._assets(folder)),
        )

    def _assets(self, folder: Path) -> Iterator[Asset]:
        """List files; others may be finishing uploads, or publishing this draft, right now."""
        with suppress(FileNotFoundError):
            for entry in list(os.scandir(folder)):
                with suppress(FileNotFoundError):
                    # A name that is no text, or holds control characters, is nobody's file.
                    if entry.is_file() and entry.name.isprintable():
                        yield self._asset(Path(entry.path))

    def _asset(self, path: Path, *, sha256: Sha256 | None = None) -> Asset:
        status = path.stat()
        key = path.relative_to(self._root).as_posix()
        arrived = datetime.fromtimestamp(int(status.st_mtime), UTC)
        return Asset(
            key=key,
            name=path.name.removeprefix(".").removesuffix(PART),
            size=status.st_size,
            sha256=sha256,
            url=quote_path(key),
            uploaded_at=arrived.strftime("%Y-%m-%dT%H:%M:%SZ"),
            complete=not path.name.endswith(PART),
            stamp=f"{key} {status.st_size} {status.st_mtime_ns}",
        )


class DirectorySite:
    """Pages as files.

    Args:
        root: The folder; made when the first page is written.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: tuple[object, bytes | None] = (None, None)

    @property
    def name(self) -> str:
        """The path."""
        return str(self._root)

    def catalog(self) -> bytes | None:
        """Read the published catalog."""
        mark = self._mark()
        try:
            self._seen = mark, (self._root / CATALOG_PATH).read_bytes()
        except FileNotFoundError:
            self._seen = mark, None
        return self._seen[1]

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read published pages."""
        found = {}
        for path in paths:
            with suppress(FileNotFoundError, NotADirectoryError):
                found[path] = (self._root / path).read_bytes()
        return found

    def publish(self, change: SiteChange, *, base: bytes | None) -> Published:
        """Write pages."""
        with _lock(self._root):
            # A large catalog is not read again just to see that nobody wrote another.
            known = self._seen[1] if self._seen[0] == self._mark() else self.catalog()
            if known != base:
                raise OutdatedError(f"{self.name} was changed meanwhile")
            # Listed before anything is written: what is new then is not looked at.
            suspects = [*change.removed, *(self._pages(change.owned) if change.complete else ())]
            paths: set[str] = set()
            written = 0
            for folder, group in groupby(change.pages(), key=_folder_of):
                pages = list(group)
                paths.update(path for path, _ in pages)
                written += _write(self._root, folder, pages)
            removed = self._remove(path for path in suspects if path not in paths)
            return Published(written=written, removed=removed)

    def _mark(self) -> object:
        """Tell one state of the catalog's file from another: each is a file of its own."""
        try:
            status = (self._root / CATALOG_PATH).stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _pages(self, folders: Iterable[str]) -> Iterator[str]:
        """List everything in certain folders."""
        for top in folders:
            for folder, _, names in os.walk(self._root / top):
                parent = Path(folder).relative_to(self._root).as_posix()
                yield from (f"{parent}/{name}" for name in names)

    def _remove(self, paths: Iterable[str]) -> int:
        removed = 0
        for path in paths:
            place = self._root / path
            if place.exists():
                place.unlink()
                removed += 1
            if place.parent.is_dir() and not any(place.parent.iterdir()):
                place.parent.rmdir()
        return removed


def _write(root: Path, folder: str, pages: list[Page]) -> int:
    """Write the pages of one folder; a folder that is new appears with all its pages."""
    place = root / folder
    if place.is_dir():
        return sum(_replace(root / path, page) for path, page in pages)
    staged = _fresh(place.with_name(f".{place.name}{PART}"))
    for path, page in pages:
        # A large index has tens of thousands of pages, and `Path` costs as much as writing one.
        with open(f"{staged}{path.removeprefix(folder)}", "wb") as file:  # noqa: PTH123
            file.write(page)
    staged.rename(place)
    return len(pages)


def _fresh(folder: Path) -> Path:
    """Make an empty folder, whatever an interrupted run left in its place."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        shutil.rmtree(folder)
        folder.mkdir()
    return folder


def _folder_of(page: Page) -> str:
    return page[0].rpartition("/")[0]


def _replace(place: Path, page: bytes) -> bool:
    with suppress(FileNotFoundError):
        if place.stat().st_size == len(page) and place.read_bytes() == page:
            return False
    part = place.with_name(f".{place.name}{PART}")
    part.write_bytes(page)
    part.replace(place)
    return True


def _lock(root: Path) -> FileLock:
    root.mkdir(parents=True, exist_ok=True)
    return FileLock(root / ".ghpypi.lock")


def _folder_name(tag: str) -> str:
    """Write a tag as the name of one folder: no separator, no leading dot."""
    name = quote(tag, safe="+!@=,~ ")
    return name.replace(".", "%2E", 1) if name.startswith(".") else name


def _copy(source: BinaryIO, place: Path, advance: Advance) -> Sha256:
    digest = hashlib.sha256()
    with place.open("wb") as target:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            target.write(chunk)
            advance(len(chunk))
        target.flush()
        os.fsync(target.fileno())
    return Sha256(digest.hexdigest())
