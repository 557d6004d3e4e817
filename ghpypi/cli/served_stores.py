"""Stores as a server opens them."""

from ghpypi.cli.choice import MEMORY
from ghpypi.cli.upload_targets import LocalUploadTarget, RemoteUploadTarget
from ghpypi.core.config.config import Config
from ghpypi.core.locator import Hosts, Locator
from ghpypi.core.secret import Secret
from ghpypi.errors import UsageError
from ghpypi.ports import AccessPolicy, Backend, StoreAccess, UploadTarget
from ghpypi.server.catalog_view import CatalogView
from ghpypi.server.served_store import ServedStore
from ghpypi.stores import locate, open_backend


def open_served(text: str, hosts: Hosts) -> Backend:
    """Open a store for a server; no message about it names a folder of this machine.

    Args:
        text: The store, as on the command line; `memory:NAME` for one in memory.
        hosts: The GitHub of repositories.

    Raises:
        UsageError: It is not a store, or it is on another GitHub.
    """
    if text.startswith(MEMORY):
        locator = Locator(kind="memory", value=text.removeprefix(MEMORY) or "memory")
    else:
        locator = locate(text)
    if locator.host and not hosts.matches(locator.host):
        raise UsageError(
            f"the store '{locator}' is not on '{hosts.hostname}', as the others are",
            hint="start a server for each host: a token of one is never sent to another",
        )
    return open_backend(locator, StoreAccess(hosts=hosts, hide_paths=True))


def make_served_store(
    backend: Backend, hosts: Hosts, *, token: Secret | None = None, poll: float = 30.0
) -> ServedStore:
    """Serve a store.

    Args:
        backend: The store.
        hosts: The GitHub server that files of repositories must be on.
        token: The server's own, for stores where tokens have rights.
        poll: Seconds between looks for a new catalog, where the store leaves that to the operator.
    """
    capabilities = backend.capabilities
    target: UploadTarget = LocalUploadTarget(backend, server=hosts.server)
    if capabilities.builds_elsewhere:
        target = RemoteUploadTarget(backend.locator, hosts)
    return ServedStore(
        name=backend.short_name,
        key=backend.key,
        capabilities=capabilities,
        reader=backend.reader(),
        catalog_view=CatalogView(backend.origin(Config()), server=hosts.server),
        upload_target=target,
        token=token if capabilities.access is AccessPolicy.RIGHTS else None,
        refresh_seconds=poll if capabilities.poll_seconds is None else capabilities.poll_seconds,
        files_url=backend.files_url() or "",
        notice=backend.notice,
    )
