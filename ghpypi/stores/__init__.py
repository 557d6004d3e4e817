"""Stores: where files live. This is the one registry of the kinds of stores.

A new kind is a package beside these, whose module `backend` has a class that implements
`ghpypi.ports.Backend`, and one line in `KINDS`.
"""

from importlib import import_module
from typing import cast

from ghpypi.core.locator import Locator
from ghpypi.ports import Backend, StoreAccess

KINDS = {
    "github": "ghpypi.stores.github.backend:GitHubBackend",
    "directory": "ghpypi.stores.directory.backend:DirectoryBackend",
    "memory": "ghpypi.stores.memory.backend:MemoryBackend",
}
"""The implementation of each kind of store; imported when a store of this kind is opened.

A store whose locator is a URL is of the kind that its scheme names.
"""

_NOT_URLS = {"github", "directory", "memory"}
"""The kinds whose locators have a form of their own."""


def locate(text: str) -> Locator:
    """Read where a store is: a repository, a folder, or a URL with the scheme of a kind.

    Raises:
        UsageError: It is none of them, or it holds a password or token.
    """
    return Locator.parse(text, schemes=KINDS.keys() - _NOT_URLS)


def open_backend(locator: Locator, access: StoreAccess) -> Backend:
    """Open a store.

    Args:
        locator: Where it is.
        access: How stores are opened.

    Raises:
        UsageError: There can be no such store, because of what is there already.
    """
    return _implementation(locator.kind)(locator, access)


def is_same_store(one: Locator, other: Locator, *, host: str) -> bool:
    """Tell whether two locators are of one store.

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
    # The libraries of a kind are slow to import, and a command needs those of one kind.
    return cast("type[Backend]", getattr(import_module(module), name))
