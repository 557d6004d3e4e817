"""What a contract test needs besides the port itself: to arrange the world, and to look at it.

A new store or site joins the contract by classes with these methods and one row in
the `ROWS` of `conftest.py`.
"""

import os
from pathlib import Path
from shutil import rmtree
from typing import Protocol
from urllib.parse import unquote

from ghpypi.core.model import Asset, StoredRelease
from ghpypi.ports import ConfigFile, FileStore, Site
from ghpypi.stores.directory.config_file import DirectoryConfigFile
from ghpypi.stores.directory.site import DirectorySite
from ghpypi.stores.directory.store import DirectoryStore
from ghpypi.stores.memory import UPLOADED_AT, MemoryConfigFile, MemorySite, MemoryStore


class StoreHarness(Protocol):
    """One store, and what happens to it behind its back."""

    def store(self) -> FileStore:
        """Open it, as another process would; all of them see the same files."""
        ...

    def leave_unfinished(self, release: StoredRelease, name: str) -> None:
        """Break an upload off, so that something is left behind under the name."""
        ...

    def pass_time(self) -> None:
        """Let so much time pass that what was left unfinished is no upload that goes on."""
        ...

    def lose(self, asset: Asset) -> None:
        """Take a stored file away."""
        ...

    def lose_release(self, release: StoredRelease) -> None:
        """Take a release away."""
        ...

    def fetch(self, asset: Asset) -> bytes | None:
        """Get the URL of an asset as an installer does; `None` if it is not reachable."""
        ...


class SiteHarness(Protocol):
    """One site, and what happens to it behind its back."""

    def site(self) -> Site:
        """Open it, as another process would; all of them see the same pages."""
        ...

    def place(self, path: str, content: bytes) -> None:
        """Put a file there by hand."""
        ...

    def pages(self) -> dict[str, bytes]:
        """Everything that is published, by path."""
        ...

    def state(self) -> object:
        """Something that differs after any writing, even of equal pages."""
        ...


class ConfigFileHarness(Protocol):
    """One configuration, and what happens to it behind its back."""

    def file(self) -> ConfigFile:
        """Open it, as another process would."""
        ...

    def place(self, content: bytes) -> None:
        """Write it by hand."""
        ...


class MemoryConfigFileHarness:
    """A configuration in memory."""

    def __init__(self) -> None:
        self._file = MemoryConfigFile()

    def file(self) -> MemoryConfigFile:
        return self._file

    def place(self, content: bytes) -> None:
        self._file._text = content.decode()


class DirectoryConfigFileHarness:
    """A configuration in the folder of a store."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir()

    def file(self) -> DirectoryConfigFile:
        return DirectoryConfigFile(self._root / "ghpypi.toml", lock_folder=self._root)

    def place(self, content: bytes) -> None:
        (self._root / "ghpypi.toml").write_bytes(content)


class MemoryStoreHarness:
    """A store in memory."""

    def __init__(self, store: MemoryStore | None = None, *, immutable: bool = False) -> None:
        self._store = store or MemoryStore(immutable=immutable)

    def store(self) -> MemoryStore:
        return self._store

    def leave_unfinished(self, release: StoredRelease, name: str) -> None:
        half = Asset(
            folder=f"{release.tag}/half",
            name=name,
            size=7,
            version="",
            uploaded=UPLOADED_AT,
            complete=False,
        )
        current = self._store._releases[release.key]
        self._store._releases[release.key] = current._replace(assets=(*current.assets, half))

    def pass_time(self) -> None:
        """Memory has no clock."""

    def lose(self, asset: Asset) -> None:
        del self._store._contents[asset.key]

    def lose_release(self, release: StoredRelease) -> None:
        del self._store._releases[release.key]

    def fetch(self, asset: Asset) -> bytes | None:
        return self._store._contents.get(unquote(asset.url))


class DirectoryStoreHarness:
    """A store in a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def store(self) -> DirectoryStore:
        return DirectoryStore(self._root)

    def leave_unfinished(self, release: StoredRelease, name: str) -> None:
        folder = self._root / ".uploads" / f"interrupted-{name}" / release.key
        folder.mkdir(parents=True)
        (folder / name).write_bytes(b"half of")

    def pass_time(self) -> None:
        for part in (self._root / ".uploads").glob("*/*/*"):
            os.utime(part, (0, 0))

    def lose(self, asset: Asset) -> None:
        (self._root / asset.key).unlink()

    def lose_release(self, release: StoredRelease) -> None:
        rmtree(self._root / (".drafts" if release.draft else "files") / release.key)

    def fetch(self, asset: Asset) -> bytes | None:
        path = self._root / unquote(asset.url)
        return path.read_bytes() if path.is_file() else None


class MemorySiteHarness:
    """A site in memory."""

    def __init__(self) -> None:
        self._site = MemorySite({})

    def site(self) -> MemorySite:
        return self._site

    def place(self, path: str, content: bytes) -> None:
        self._site.pages = {**self._site.pages, path: content}

    def pages(self) -> dict[str, bytes]:
        return dict(self._site.pages)

    def state(self) -> object:
        return {path: id(page) for path, page in self._site.pages.items()}


class DirectorySiteHarness:
    """A site in a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def site(self) -> DirectorySite:
        return DirectorySite(self._root)

    def place(self, path: str, content: bytes) -> None:
        place = self._root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)

    def pages(self) -> dict[str, bytes]:
        return {
            path.relative_to(self._root).as_posix(): path.read_bytes() for path in self._files()
        }

    def state(self) -> object:
        return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in self._files()}

    def _files(self) -> list[Path]:
        return [
            path
            for path in sorted(self._root.rglob("*"))
            if path.is_file() and path.name != ".ghpypi.lock"
        ]
