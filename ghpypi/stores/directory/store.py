"""Releases as folders."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from ghpypi.core.check import Rules
from ghpypi.core.digest import CHUNK, digest_file
from ghpypi.core.model import OWN, Asset, StoredRelease
from ghpypi.core.names import Sha256, quote_path
from ghpypi.errors import ConflictError, FailedError, NotFoundError
from ghpypi.ports import Absence, Advance, NewAsset, NewRelease
from ghpypi.stores.directory.turns import PART, lock

RULES = Rules(max_size=1 << 60, max_assets=1 << 30, name=lambda name: name)
"""A folder takes everything."""


class DirectoryStore:
    """Releases as folders.

    Args:
        root: The folder; made when something is first put in it.
        name: What messages call it; by default its path.
    """

    def __init__(self, root: Path, *, name: str = "") -> None:
        self._root = root
        self._name = name or str(root)
        self._published = root / "files"
        self._drafts = root / ".drafts"

    @property
    def name(self) -> str:
        """What messages call it."""
        return self._name

    @property
    def origin(self) -> str:
        """The store of the site beside it, wherever the folder lies."""
        return OWN

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

    def absence(self, origin: str) -> Absence | None:
        """There is one origin, and it is always listed."""
        del origin
        return None

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
        with lock(self._root):
            if not (self._published / folder).is_dir():
                (self._drafts / folder).mkdir(parents=True, exist_ok=True)
                return self._release(self._drafts / folder)
        return self._release(self._published / folder)

    def put(
        self,
        release: StoredRelease,
        asset: NewAsset,
        advance: Advance,
        *,
        overwrite: bool = False,
    ) -> Asset:
        """Store a file."""
        with lock(self._root):
            place = self._folder(release) / asset.name
            present = _digest(place)
            if present not in {None, asset.sha256} and not overwrite:
                raise ConflictError(f"{release.tag} in {self.name} has another {asset.name}")
            if present != asset.sha256:
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
        with lock(self._root):
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
            origin=OWN,
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


def _folder_name(tag: str) -> str:
    """Write a tag as the name of one folder: no separator, no leading dot."""
    name = quote(tag, safe="+!@=,~ ")
    return name.replace(".", "%2E", 1) if name.startswith(".") else name


def _digest(place: Path) -> Sha256 | None:
    """Digest the file that is there, if there is one."""
    if not place.exists():
        return None
    with place.open("rb") as file:
        return digest_file(file)


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
