"""Stores of distribution files, and the registry of their kinds.

To add a kind, add a package here with a module `backend`, whose class implements
`ghpypi.ports.Backend`, and a line in `KINDS`.
"""

from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import cast

from ghpypi.core.locator import Locator
from ghpypi.errors import ConfigError
from ghpypi.ports import Backend, Capabilities, StoreAccess

KINDS = {
    "github": "ghpypi.stores.github.backend:GitHubBackend",
    "directory": "ghpypi.stores.directory.backend:DirectoryBackend",
    "memory": "ghpypi.stores.memory.backend:MemoryBackend",
    **dict.fromkeys(("s3", "gs", "az"), "ghpypi.stores.objects.backend:BucketBackend"),
}
"""The implementation of each kind of store, imported when a store of this kind is opened.

If a locator is a URL, its scheme is the kind.
"""

_NOT_URLS = {"github", "directory", "memory"}
"""Kinds whose locators are not URLs."""


def locate(text: str) -> Locator:
    """Parse the locator of a store: a repository, a folder, or a URL with the scheme of a kind.

    Raises:
        UsageError: The locator is invalid, or contains a password or token.
    """
    return Locator.parse(text, schemes=KINDS.keys() - _NOT_URLS)


def open_backend(locator: Locator, access: StoreAccess) -> Backend:
    """Open a store.

    Args:
        locator: The locator of the store.
        access: Credentials and settings for opening stores.

    Raises:
        UsageError: The store cannot exist, such as a path that is not a folder.
    """

    @cache
    def open_site(text: str) -> Backend:
        found = locate(text)
        if not capabilities_of(found).takes_sites:
            raise ConfigError(
                f"'{text}', the 'store' in [site], cannot have the pages of another store",
                hint="name a folder or a bucket",
            )
        return open_backend(found, access)

    return _implementation(locator.kind)(locator, replace(access, open_site=open_site))


def capabilities_of(locator: Locator) -> Capabilities:
    """Return what a kind of store can do, without opening the store."""
    return _implementation(locator.kind).capabilities


def is_same_store(one: Locator, other: Locator, *, host: str) -> bool:
    """Return whether two locators refer to the same store.

    Args:
        one: A store.
        other: Another.
        host: The host of repositories that are named without one.
    """
    if one.kind != other.kind:
        return False
    identity = _implementation(one.kind).identity
    return identity(one, host) == identity(other, host)


def _implementation(kind: str) -> type[Backend]:
    module, _, name = KINDS[kind].partition(":")
    # Imported here because the libraries of a kind are slow to import.
    return cast("type[Backend]", getattr(import_module(module), name))
