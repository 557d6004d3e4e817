"""Passwords of stores that are not on GitHub, with a limit on wrong guesses."""

import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from hashlib import blake2b

from cachetools import TTLCache

from ghpypi.core.secret import Secret
from ghpypi.server.auth.credentials import TOKEN, Credentials
from ghpypi.server.auth.rate_limit import ADDRESSES, GOOD_SECONDS, RateLimit, network_of
from ghpypi.server.responses import challenge, later

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
