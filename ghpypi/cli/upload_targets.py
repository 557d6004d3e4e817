"""The stores that the server takes uploads for, opened with the token of the uploader."""

from collections.abc import Sequence

from ghpypi.core.locator import Hosts, Locator
from ghpypi.core.names import Filename
from ghpypi.core.secret import Secret
from ghpypi.jobs.start_index import start_indexes
from ghpypi.opened_store import OpenedStore
from ghpypi.ports import Backend, StoreAccess, UploadStore, read_config
from ghpypi.server.upload.tracked_store import WarningCollector
from ghpypi.stores import locate, open_backend

MAX_WAIT = 60.0
"""Maximum time that an upload waits for a remote that refuses, in seconds: its client waits too."""


class RemoteUploadTarget:
    """A store whose index is rebuilt by a run somewhere else.

    Args:
        locator: The store.
        hosts: The GitHub of repositories.
    """

    def __init__(self, locator: Locator, hosts: Hosts) -> None:
        self._locator = locator
        self._hosts = hosts

    def open(self, token: Secret | None, filenames: Sequence[Filename] = ()) -> UploadStore:
        """Open it with the token of the uploader."""
        backend = self._backend(self._locator, token)
        return _opened(backend, self._hosts.server, filenames)

    def start_index(self, token: Secret | None) -> None:
        """Start the run, and that of the central index if its configuration has one."""
        backends = [self._backend(self._locator, token)]
        if central := read_config(backends[0].config_file()).index_store:
            # On the same host, so that no file can send the token to another one.
            locator = locate(central)._replace(host=self._locator.host)
            backends.append(self._backend(locator, token))
        builders = [each.index_builder() for each in backends]
        for start in start_indexes(builders, WarningCollector()):
            if start.error is not None:
                raise start.error

    def _backend(self, locator: Locator, token: Secret | None) -> Backend:
        access = StoreAccess(
            hosts=self._hosts, token=lambda: token, max_wait=MAX_WAIT, hide_paths=True
        )
        return open_backend(locator, access)


class LocalUploadTarget:
    """A store whose index is rebuilt by the server itself.

    Args:
        backend: The store.
        server: The URL of the GitHub server that files of repositories must be on.
    """

    def __init__(self, backend: Backend, *, server: str) -> None:
        self._backend = backend
        self._server = server

    def open(self, token: Secret | None, filenames: Sequence[Filename] = ()) -> UploadStore:
        """Open it; the server has checked that the caller may write."""
        del token
        return _opened(self._backend, self._server, filenames)

    def start_index(self, token: Secret | None) -> None:
        """Rebuild the index, as `ghpypi index` does: else the two would rewrite pages in turns."""
        from ghpypi import api  # noqa: PLC0415 - slow to import, and not needed before an upload

        del token
        store = api.OpenedStore(
            backend=self._backend, server=self._server, reporter=WarningCollector()
        )
        api.build_index(store)


def _opened(backend: Backend, server: str, filenames: Sequence[Filename]) -> UploadStore:
    files = backend.store(filenames)  # first: on GitHub it reads the index with the rights
    store = OpenedStore(backend=backend, server=server).reading_once()
    return UploadStore(files, store.published_files)
