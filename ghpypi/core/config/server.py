"""The settings file of `ghpypi serve`: short names of stores, and the upstream index."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from ghpypi.core.config.indexes import INDEX_NAME, TAKEN, is_address
from ghpypi.core.config.minimum_age import InvalidAgeError, MinimumAge, parse_age
from ghpypi.core.config.rules import InvalidRuleError, name_pattern
from ghpypi.core.config.table import Table, whole_table

EVERYTHING = "*"
OWN_PATHS = TAKEN | {
    "login", "logout", "health", "ready", "metrics", "legacy", "index_mtime", "may-read", "_",
}  # fmt: skip
"""Paths of the server itself, which are not allowed as names of stores."""


class PasswordFiles(NamedTuple):
    """The files with the passwords of a store; empty for none.

    Attributes:
        write: The file with the password for uploads.
        read: The file with the password for reading.
    """

    write: str = ""
    read: str = ""

    def with_defaults(self, other: "PasswordFiles") -> "PasswordFiles":
        """Return a copy with unset values from another."""
        return PasswordFiles(write=self.write or other.write, read=self.read or other.read)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """The content of the settings file.

    Attributes:
        stores: The stores by short name; the first is served at the root if the command line has
            none.
        passwords: The passwords by name of the store; an empty name means all stores.
        upstream: The URL of the upstream index, ending in `/`; empty for none.
        reserved: Patterns of project names that are never looked up in the upstream index.
        merge: Patterns of the store's project names to which the upstream's files are added.
        age: Minimum age of the upstream's files.
    """

    stores: Mapping[str, str] = field(default_factory=dict)
    passwords: Mapping[str, PasswordFiles] = field(default_factory=dict)
    upstream: str = ""
    reserved: tuple[str, ...] = ()
    merge: tuple[str, ...] = ()
    age: MinimumAge = field(default_factory=MinimumAge)

    @classmethod
    def parse(cls, text: str, *, source: str) -> "ServeSettings":
        """Parse the text of the file.

        Raises:
            ConfigError: The text is invalid; the error has all faults, each with its key.
        """
        with whole_table(text, source=source) as root:
            upstream = root.table("upstream")
            stores, passwords = _stores(root.table("stores"))
            settings = cls(
                stores=stores,
                passwords=passwords,
                upstream=_address(upstream, "url"),
                reserved=root.patterns("reserved"),
                merge=upstream.patterns("merge"),
                age=_age(upstream),
            )
            upstream.refuse_the_rest()
            root.refuse_the_rest()
        return settings


def _stores(table: Table) -> tuple[dict[str, str], dict[str, PasswordFiles]]:
    """Parse the stores: strings, or tables with passwords."""
    stores, passwords = {}, {}
    for name in table.keys():  # noqa: SIM118 - this is no mapping
        if table.is_table(name):
            store = table.table(name)
            stores[name] = store.text("store")
            if not stores[name]:
                store.fault("store", "is missing")
            passwords[name] = PasswordFiles(
                write=store.text("upload-password-file"), read=store.text("read-password-file")
            )
            store.refuse_the_rest()
        else:
            stores[name] = table.text(name)
        if not INDEX_NAME.fullmatch(name) or name in OWN_PATHS:
            table.fault(name, "cannot be a short name: small letters, digits, '-', '_' and '.'")
    return stores, passwords


def _address(table: Table, key: str) -> str:
    value = table.text(key)
    if value and not is_address(value):
        table.fault(key, f"'{value}' is not a URL such as https://pypi.org/simple/")
    return value.rstrip("/") + "/" if value else ""


def _age(table: Table) -> MinimumAge:
    usual = _one_age(table, "min-age")
    exceptions = table.table("exceptions")
    found = {}
    for text in exceptions.keys():  # noqa: SIM118 - this is no mapping
        age = _one_age(exceptions, text)
        try:
            found[name_pattern(text)] = age
        except InvalidRuleError as error:
            exceptions.fault(text, str(error))
    return MinimumAge(usual=usual, exceptions=found)


def _one_age(table: Table, key: str) -> timedelta:
    text = table.text(key, "0")
    try:
        return parse_age(text)
    except InvalidAgeError as error:
        table.fault(key, str(error))
        return timedelta()
