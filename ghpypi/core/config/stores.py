"""The table `[stores]`: names of stores, such as `prod` and `staging`."""

import re
from collections.abc import Mapping

from ghpypi.core.config.table import Table
from ghpypi.core.text_comparison import suggestion
from ghpypi.errors import UsageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def is_store_name(text: str) -> bool:
    """Return whether a store on the command line is a name: one word, without `/`, `.` and `:`.

    A repository has a `/`, a path begins with `.`, `/` or `~`, and a URL has a `:`, so none of them
    can be a name.
    """
    return bool(_NAME.fullmatch(text))


def read_stores(table: Table) -> Mapping[str, str]:
    """Read the stores by name."""
    stores = {}
    for name in table.keys():  # noqa: SIM118 - it is no dictionary
        if not is_store_name(name):
            table.fault(name, "is not a name of letters, digits, '-' and '_'")
        is_table = table.is_table(name)
        entry = table.table(name)
        if not is_table:
            continue
        store = entry.text("store")
        if not store or is_store_name(store):
            entry.fault("store", f"'{store}' is not OWNER/REPO, a path such as ./index, or a URL")
        entry.refuse_the_rest()
        stores[name] = store
    return stores


def named_store(table: Table, stores: Mapping[str, str]) -> str:
    """Read the key `store`: a store, or a name, which is replaced by its URL.

    Args:
        table: The table with the key.
        stores: The URLs of stores, by name.
    """
    text = table.text("store")
    if stores and is_store_name(text) and text not in stores:
        table.fault("store", f"there is no [stores.{text}]{suggestion(text, stores)}")
    return stores.get(text, text)


def store_of_name(name: str, stores: Mapping[str, str], *, source: str) -> str:
    """Return the store that has a name.

    Args:
        name: The name.
        stores: All stores with names.
        source: The configuration file, for the message.

    Raises:
        UsageError: There is no such name.
    """
    if name in stores:
        return stores[name]
    raise UsageError(
        f"store '{name}' is neither OWNER/REPO, nor a path, nor in [stores] of {source}"
        f"{suggestion(name, stores)}",
        hint=f"write ./{name} for a folder, or add [stores.{name}] with its 'store' to {source}",
    )
