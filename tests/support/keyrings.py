"""A keyring in memory, in the place of the system's."""

from collections.abc import Iterator
from contextlib import contextmanager

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, NoKeyringError, PasswordDeleteError


class MemoryKeyring(KeyringBackend):
    """Keeps passwords as long as it lives; with `trouble` it raises that instead."""

    priority = -1.0  # so that it is used only if it is configured

    def __init__(self, trouble: Exception | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring's
        self.passwords: dict[tuple[str, str], str] = {}
        self.trouble = trouble

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        if self.passwords.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")

    def _check(self) -> None:
        if self.trouble:
            raise self.trouble


class ForgetfulKeyring(MemoryKeyring):
    """Takes everything and keeps nothing, as `keyring.backends.null` does."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


LOCKED = KeyringError("locked")
NONE = NoKeyringError("there is none")


@contextmanager
def system_keyring(ring: KeyringBackend) -> Iterator[KeyringBackend]:
    """Let the system's keyring be this one."""
    before = keyring.get_keyring()
    keyring.set_keyring(ring)
    try:
        yield ring
    finally:
        keyring.set_keyring(before)
