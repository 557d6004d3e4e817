"""A store of this machine as a server asks it: a folder, or memory."""

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


class LocalReader:
    """A source of files and a site beside it.

    Args:
        source: Holds the files.
        site: Opens the site that a configuration describes; it holds the catalog.
        config: Reads the configuration.
        mark: Changes when the catalog of that site or the configuration does; cheap.
    """

    def __init__(
        self,
        source: FileSource,
        site: Callable[[Config], Site],
        *,
        config: Callable[[], Config],
        mark: Callable[[Config], str],
    ) -> None:
        self._source = source
        self._site = site
        self._config = config
        self._mark = mark

    def snapshot(self, token: Secret | None, known: Snapshot | None) -> Snapshot | None:
        """Look what is published."""
        del token
        if known and known.mark == self._mark(known.config):
            return None
        config = self._config()
        # Before the catalog is read, so that a change in the meantime is seen the next time.
        mark = self._mark(config)
        if config != self._config():
            mark = ""
        catalog = self._site(config).catalog()
        if catalog is None and not any(self._source.releases()):
            catalog = Catalog().dump()  # nothing was uploaded yet, so nothing is missing
        return Snapshot(mark=mark, catalog=catalog, config=config)

    def rights(self, repository: str, token: Secret | None) -> Rights:
        """Everybody who comes this far may read."""
        del repository, token
        return Rights(read=True, write=None, public=True)

    def page(self, path: str, token: Secret | None, known: Snapshot | None) -> bytes | None:
        """Read a published page for people."""
        del token
        config = known.config if known else self._config()
        return self._site(config).read([path]).get(path)

    def link(self, file: File, suffix: str, token: Secret | None) -> str:
        """There is no other address."""
        del file, suffix, token
        return ""

    @contextmanager
    def open(
        self, file: File, suffix: str, token: Secret | None, part: Range | None
    ) -> Iterator[BinaryIO]:
        """Open a file, or a part of it."""
        del token
        asset = Asset(
            key=file.key + suffix,
            name=file.filename + suffix,
            size=0,
            sha256=None,
            url="",
            uploaded_at="",
            complete=True,
            stamp="",
        )
        with self._source.seekable(asset) as stream:
            if part:
                stream.seek(part.first, io.SEEK_SET)
            yield stream
