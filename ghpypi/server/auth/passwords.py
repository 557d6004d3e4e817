"""Passwords of stores that are not on GitHub, such that none can be guessed."""

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
"""Wrong passwords from all addresses within five minutes, before new callers have to wait."""


class PasswordCheck:
    """Compares passwords, and counts wrong ones.

    Where a password was right once, it is accepted for a day however many wrong ones come from the
    same address: behind one address may be a whole company.

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
        """Return which of a store's passwords was given.

        Args:
            given: The credentials of the caller.
            known: The passwords that are right.
            store: The name of the store.
            address: The network address of the caller.

        Raises:
            HTTPException: None was given, or a wrong one, or too many wrong ones before.
        """
        if given is None:
            raise challenge(f"sign in with the password of {store}")
        proof = self._proof(given.secret, store, address)
        if proof not in self._proven and (wait := self._wrong.wait(address)):
            raise later(wait, "too many failed sign-ins; try again later", status=429)
        for each in known:
            if same(given.secret, each):
                self._proven[proof] = None
                return each
        # Installers send a token to every store of a host; as a guess it would be a poor one.
        if not TOKEN.fullmatch(given.secret.reveal()):
            self._wrong.failed(address)
        raise challenge(f"this is not the password of {store}")

    def _proof(self, given: Secret, store: str, address: str) -> bytes:
        """Return what is kept of a password that was right: a digest, with where it came from."""
        text = f"{network_of(address)}\n{store}\n{given.reveal()}"
        return blake2b(text.encode(errors="replace"), key=self._key, digest_size=16).digest()


def same(given: Secret, wanted: Secret) -> bool:
    """Compare two secrets in a time that tells nothing about them."""
    return hmac.compare_digest(
        given.reveal().encode(errors="replace"), wanted.reveal().encode(errors="replace")
    )
