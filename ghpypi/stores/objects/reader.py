"""What a server reads from a bucket, with its own credentials."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import BinaryIO

from ghpypi.core.config.config import CONFIG_FILE, Config
from ghpypi.core.model import File
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Range
from ghpypi.ports import Site, read_config
from ghpypi.site_reader import SiteReader
from ghpypi.stores.objects.client import BucketClient
from ghpypi.stores.objects.config_file import BucketConfigFile
from ghpypi.stores.objects.store import BucketStore

LINK_SECONDS = 600.0
"""Time for which a signed address is valid, in seconds. A server gives it to clients for a part of
this time; a download that has begun goes on."""


class BucketReader(SiteReader):
    """Reads a bucket, and signs addresses of its files.

    Args:
        client: The bucket and prefix.
        site: Opens the site of a configuration.
        signs: Whether it can sign addresses; if not, files are sent through the server.
    """

    def __init__(
        self, client: BucketClient, site: Callable[[Config], Site], *, signs: bool = True
    ) -> None:
        super().__init__(
            BucketStore(client),
            site,
            config=partial(read_config, BucketConfigFile(client)),
            mark=lambda: client.mark(CONFIG_FILE),
        )
        self._client = client
        self._signs = signs

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
