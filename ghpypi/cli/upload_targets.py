"""The ways into stores that the server takes uploads for."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ghpypi.cli.settings import CONFIG_FILE
from ghpypi.core.config.config import Config
from ghpypi.core.locator import Hosts
from ghpypi.core.secret import Secret
from ghpypi.core.site.tree import Look
from ghpypi.jobs.index import IndexOptions, build_index
from ghpypi.jobs.start_index import start_indexes
from ghpypi.ports import FileStore, Site
from ghpypi.rendering import ProcessRenderer
from ghpypi.server.upload.tracked_store import WarningCollector
from ghpypi.stores.github.retry import Backoff
from ghpypi.stores.upstream import HttpUpstream

if TYPE_CHECKING:
    from ghpypi.stores.github.connection import Connection

MAX_WAIT = 60.0
"""Seconds that an upload bears with a GitHub that refuses: its client waits, and not for long."""


class GitHubUploadTarget:
    """A repository, opened with the token of whoever uploads.

    Args:
        hosts: Which GitHub.
        repository: `OWNER/REPO`.
    """

    def __init__(self, hosts: Hosts, repository: str) -> None:
        self._hosts = hosts
        self._repository = repository

    def open(self, token: Secret | None) -> FileStore:
        """Open its releases."""
        connection = self._connection(token)
        connection.require_write()
        return connection.store()

    def start_index(self, token: Secret | None) -> None:
        """Start its index workflow, and that of the central index if its configuration has one."""
        connection = self._connection(token)
        text = (connection.read_file(CONFIG_FILE) or b"").decode(errors="replace")
        central = Config.parse(text, source=f"{CONFIG_FILE} of {self._repository}").index_store
        connections = [connection, *([self._connection(token, central)] if central else [])]
        index_trigger = start_indexes(
            [each.index_workflow() for each in connections], WarningCollector()
        )
        for start in index_trigger:
            if start.error is not None:
                raise start.error

    def _connection(self, token: Secret | None, repository: str = "") -> "Connection":
        # Slow to import and large, and a server may never take an upload.
        from ghpypi.stores.github.connection import Connection  # noqa: PLC0415

        return Connection(repository or self._repository, self._hosts, token, Backoff(MAX_WAIT))


class LocalUploadTarget:
    """A store of this machine; its index is rebuilt here.

    Args:
        store: Holds the files.
        site: Opens the site that a configuration describes; it holds the index.
        look: Reads what the pages show: the configuration and the templates.
    """

    def __init__(
        self, store: FileStore, site: Callable[[Config], Site], look: Callable[[], Look]
    ) -> None:
        self._store = store
        self._site = site
        self._look = look

    def open(self, token: Secret | None) -> FileStore:
        """Open it; whoever comes this far may write."""
        del token
        return self._store

    def start_index(self, token: Secret | None) -> None:
        """Rebuild the index."""
        del token
        look = self._look()
        site, options = self._site(look.config), IndexOptions()
        with ProcessRenderer() as renderer:
            build_index(
                self._store, site, look, WarningCollector(), options, HttpUpstream(), renderer
            )
