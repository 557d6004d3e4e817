"""What a server reads from a bucket, with its own credentials."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import BinaryIO

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.config.config import CONFIG_FILE, Config
from ghpypi.core.model import File
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Range, Rights, Snapshot
from ghpypi.ports import read_config
from ghpypi.stores.objects.client import BucketClient
from ghpypi.stores.objects.config_file import BucketConfigFile
from ghpypi.stores.objects.store import BucketStore

LINK_SECONDS = 600.0
"""Time for which a signed address is valid, in seconds. A server gives it to clients for a part of
this time; a download that has begun goes on."""


class BucketReader:
    """Reads a bucket. Access is decided by passwords of the server, not here.

    Args:
        client: The bucket and prefix.
        signs: Whether it can sign addresses; if not, files are sent through the server.
    """

    def __init__(self, client: BucketClient, *, signs: bool = True) -> None:
        self._client = client
        self._signs = signs

    def snapshot(self, token: Secret | None, known: Snapshot | None) -> Snapshot | None:
        """Return the published catalog; `None` if it is the known one."""
        del token
        if known and known.mark == self._mark(known.config):
            return None
        config = read_config(BucketConfigFile(self._client))
        # Get the mark before reading the catalog, so that a concurrent change is seen next time.
        mark = self._mark(config)
        found = self._client.read(config.site.folder + CATALOG_PATH)
        catalog = found and found.content
        if catalog is None and not any(BucketStore(self._client).releases()):
            catalog = Catalog().dump()  # an empty store needs no published index
        return Snapshot(mark=mark, catalog=catalog, config=config)

    def rights(self, repository: str, token: Secret | None) -> Rights:
        """Grant reading: the server has already checked the password."""
        del repository, token
        return Rights(read=True, write=None, public=False)

    def page(self, path: str, token: Secret | None, known: Snapshot | None) -> bytes | None:
        """Return a published page; `None` if it does not exist."""
        del token
        config = known.config if known else read_config(BucketConfigFile(self._client))
        found = self._client.read(config.site.folder + path)
        return found and found.content

    def link(self, file: File, suffix: str, token: Secret | None) -> str:
        """Return a signed address, which is a secret; it is not checked whether the file exists."""
        del token
        return self._client.sign(file.key + suffix, LINK_SECONDS) if self._signs else ""

    @contextmanager
    def open(
        self, file: File, suffix: str, token: Secret | None, part: Range | None
    ) -> Iterator[BinaryIO]:
        """Open a file, its sibling with a suffix, or a range of it."""
        del token
        with closing(self._client.open(file.key + suffix, part.first if part else 0)) as stream:
            yield stream

    def _mark(self, config: Config) -> str:
        keys = config.site.folder + CATALOG_PATH, CONFIG_FILE
        found = (self._client.find(key) for key in keys)
        return " ".join(each.tag.e_tag if each else "-" for each in found)
