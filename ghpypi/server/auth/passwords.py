"""Passwords of stores that are not on GitHub, with a limit on wrong guesses."""

import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from hashlib import blake2b

from cachetools import TTLCache
from starlette.exceptions import HTTPException

from ghpypi.core.secret import Secret
from ghpypi.server.auth.credentials import TOKEN, Caller, Credentials
from ghpypi.server.auth.rate_limit import ADDRESSES, GOOD_SECONDS, RateLimit, network_of
from ghpypi.server.responses import challenge, later
from ghpypi.server.served_store import ServedStore

GUESSES = 100
"""Maximum number of wrong passwords from all addresses within five minutes."""


class PasswordCheck:
    """Compares passwords and counts wrong ones.

    A password that was once correct from an address is accepted from there for a day, whatever the
    number of wrong ones, because many users can share one address.

    Args:
        now: Monotonic clock, in seconds.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._key = secrets.token_bytes(32)
        self._wrong = RateLimit(all=GUESSES, now=now)
        self._proven: TTLCache[bytes, None] = TTLCache(ADDRESSES, GOOD_SECONDS, timer=now)

    def admit(
        self,
        given: Credentials | None,
        served_store: ServedStore,
        address: str,
        *,
        write: bool,
    ) -> Caller:
        """Authorize a caller by the store's passwords; a store without one can be read by all.

        Args:
            given: The credentials of the caller.
            served_store: The store.
            address: The network address of the caller.
            write: Uploads are asked for, not reading only.

        Raises:
            HTTPException: 403 without permission; 401 and 429 as for `check`.
        """
        read, write_ = served_store.passwords.read, served_store.passwords.write
        if write and write_ is None:
            message = f"{served_store.name} accepts no uploads: the server has no password for them"
            raise HTTPException(403, message)
        if write or read is not None:
            known = tuple(each for each in (write_, read) if each is not None)
            used = self.check(given, known, served_store.name, address)
            if write and used is not write_:
                raise HTTPException(
                    403, f"this password does not allow uploads to {served_store.name}"
                )
        return Caller((given and given.user) or "-", None)

    def check(
        self, given: Credentials | None, known: Sequence[Secret], store: str, address: str
    ) -> Secret:
        """Return the password of a store that the credentials match.

        Args:
            given: The credentials of the caller.
            known: The passwords of the store.
            store: The name of the store.
            address: The network address of the caller.

        Raises:
            HTTPException: 401 without a password or with a wrong one; 429 after too many wrong
                ones.
        """
        if given is None:
            raise challenge(f"sign in with any user name and the password of {store}")
        proof = self._proof(given.secret, store, address)
        if proof not in self._proven and (wait := self._wrong.wait(address)):
            raise later(wait, "too many failed sign-ins; try again later", status=429)
        for each in known:
            if same(given.secret, each):
                self._proven[proof] = None
                return each
        # Installers send the same token to every store of a host, so it is no guess.
        if not TOKEN.fullmatch(given.secret.reveal()):
            self._wrong.failed(address)
        raise challenge(f"wrong password for {store}")

    def _proof(self, given: Secret, store: str, address: str) -> bytes:
        """Return a keyed digest of a correct password, its store and its address, to remember."""
        text = f"{network_of(address)}\n{store}\n{given.reveal()}"
        return blake2b(text.encode(errors="replace"), key=self._key, digest_size=16).digest()


def same(given: Secret, wanted: Secret) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(
        given.reveal().encode(errors="replace"), wanted.reveal().encode(errors="replace")
    )
