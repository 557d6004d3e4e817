"""A `StoreReader` over the files and the site of a store: a directory, a bucket, or memory."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.config.config import Config
from ghpypi.core.model import Asset, File
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Range, Rights, Snapshot
from ghpypi.ports import FileSource, Site


class SiteReader:
    """Reads a store by its ports. Access is decided by passwords (`PasswordCheck`), not here.

    Args:
        source: The distribution files.
        site: Opens the site of a configuration; the catalog is part of the site.
        config: Reads the current configuration.
        mark: Returns a cheap version identifier that changes with the configuration.
    """

    def __init__(
        self,
        source: FileSource,
        site: Callable[[Config], Site],
        *,
        config: Callable[[], Config],
        mark: Callable[[], str],
    ) -> None:
        self._source = source
        self._site = site
        self._config = config
        self._mark = mark

    def snapshot(self, token: Secret | None, known: Snapshot | None) -> Snapshot | None:
        """Return the published catalog; `None` if it is the known one."""
        del token
        if known and known.mark == self._state(known.config):
            return None
        config = self._config()
        # Get the mark before reading the catalog, so that a concurrent change is seen next time.
        mark = self._state(config)
        if config != self._config():
            mark = ""
        catalog = self._site(config).catalog()
        if catalog is None and not any(self._source.releases()):
            catalog = Catalog().dump()  # an empty store needs no published index
        return Snapshot(mark=mark, catalog=catalog, config=config)

    def _state(self, config: Config) -> str:
        """Return an identifier of everything that a snapshot has."""
        return f"{self._mark()} {self._site(config).mark()}"

    def rights(self, repository: str, token: Secret | None) -> Rights:
        """Grant reading: the server has already checked the password."""
        del repository, token
        return Rights(read=True, write=None, public=True)

    def page(self, path: str, token: Secret | None, known: Snapshot | None) -> bytes | None:
        """Return a published page; `None` if it does not exist."""
        del token
        config = known.config if known else self._config()
        return self._site(config).read([path]).get(path)

    def link(self, file: File, suffix: str, token: Secret | None) -> str:
        """Return no URL: files are sent through the server."""
        del file, suffix, token
        return ""

    @contextmanager
    def open(
        self, file: File, suffix: str, token: Secret | None, part: Range | None
    ) -> Iterator[BinaryIO]:
        """Open a file, its sibling with a suffix, or a range of it."""
        del token
        folder, _, name = file.key.rpartition("/")
        asset = Asset(folder=folder, name=name + suffix, size=0, version="", uploaded="")
        with self._source.seekable(asset) as stream:
            if part:
                stream.seek(part.first, io.SEEK_SET)
            yield stream
