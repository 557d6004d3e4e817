"""Stores as a server opens them."""

from pathlib import Path

from ghpypi.cli.served_stores import make_served_store, open_served
from ghpypi.core.locator import Hosts
from ghpypi.server.served_store import ServedStore

HOSTS = Hosts.of("github.com")


def served_store(store: str) -> ServedStore:
    """Serve a store, named as on the command line."""
    return make_served_store(open_served(store, HOSTS), HOSTS)


def served_folder(root: Path) -> ServedStore:
    """Serve a folder."""
    return served_store(str(root))


def served_memory(name: str) -> ServedStore:
    """Serve an empty store in memory."""
    return make_served_store(open_served(f"memory:{name}", HOSTS), HOSTS)
