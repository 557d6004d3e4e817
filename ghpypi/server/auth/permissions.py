"""The permission cache: what a token may do, according to GitHub.

Permissions are cached under a keyed digest of the token; the token itself is not stored. GitHub
blocks an address that sends many bad credentials, so bad tokens are cached too, and addresses that
send many of them must wait (`RateLimit`).
"""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from cachetools import LRUCache, TTLCache
from starlette.exceptions import HTTPException

from ghpypi.core.serving import Refusal, Rights
from ghpypi.errors import GhpypiError, TryLaterError
from ghpypi.server.auth.credentials import Caller
from ghpypi.server.auth.rate_limit import RateLimit
from ghpypi.server.cache import SingleFlight
from ghpypi.server.responses import challenge, later
from ghpypi.server.served_store import ServedStore

CACHED_TOKENS = 20_000
"""Maximum number of cached tokens."""

BAD_SECONDS = 300.0
REFUSED_SECONDS = 60.0
"""How long a denied permission is cached."""

PUBLIC_SECONDS = 600.0
"""How long it is cached that a repository is public; GitHub allows 60 requests per hour without a
token."""

UNKNOWN_AT_ONCE = 4
"""Maximum number of concurrent checks of new tokens, so that their failures count in time."""

_Key = tuple[bytes, str]


class Need(NamedTuple):
    """Required freshness of a permission.

    Attributes:
        seconds: Maximum age of a granted permission, in seconds.
        grace: How many seconds longer it may be used during an outage of GitHub.
    """

    seconds: float
    grace: float = 0.0


class _Known(NamedTuple):
    rights: Rights
    asked: float


class PermissionCache:
    """Caches the permissions of tokens, and limits requests to GitHub for unknown and bad tokens.

    Args:
        public_seconds: How long it is cached whether a repository is public.
        rate_limit: Limits failed sign-ins.
        now: Monotonic clock, in seconds.
    """

    def __init__(
        self,
        *,
        public_seconds: float = PUBLIC_SECONDS,
        rate_limit: RateLimit | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._public_seconds = public_seconds
        self._now = now
        self._rate_limit = rate_limit or RateLimit(now=now)
        self._known: LRUCache[_Key, _Known] = LRUCache(CACHED_TOKENS)
        self._good: LRUCache[bytes, None] = LRUCache(CACHED_TOKENS)
        self._bad: TTLCache[bytes, None] = TTLCache(CACHED_TOKENS, BAD_SECONDS, timer=now)
        self._unknown = asyncio.Semaphore(UNKNOWN_AT_ONCE)
        self._asking: SingleFlight[_Key, Rights] = SingleFlight()

    def forget(self, caller: Caller) -> None:
        """Remove all cached permissions of a token that GitHub rejected."""
        self._good.pop(caller.mark, None)
        for key in [key for key in self._known if key[0] == caller.mark]:
            del self._known[key]

    async def rights(
        self, caller: Caller, served_store: ServedStore, repository: str, address: str, need: Need
    ) -> Rights:
        """Return what a caller may do with a repository, from the cache or from GitHub.

        Args:
            caller: The caller with the token to check.
            served_store: The store whose reader sends the request to GitHub.
            repository: `OWNER/REPO`.
            address: The network address of the caller, for the rate limit.
            need: The required freshness.

        Raises:
            HTTPException: 401 if the token is known to be bad, 429 if the address must wait, 503
                or 502 if GitHub cannot be reached.
        """
        key = caller.mark, repository.lower()
        known = self._known.get(key)
        if known and self._now() - known.asked < self._max_age(caller, known.rights, need):
            return known.rights
        try:
            return await self._asking.run(
                key, lambda: self._ask(caller, served_store, repository, address)
            )
        except TryLaterError as error:
            if known and self._in_grace_period(known, need):
                return known.rights
            raise later(30, f"cannot check the permission with GitHub: {error}") from error
        except GhpypiError as error:
            raise HTTPException(502, str(error)) from error

    async def _ask(
        self, caller: Caller, served_store: ServedStore, repository: str, address: str
    ) -> Rights:
        if caller.token is None or caller.mark in self._good:
            rights = await asyncio.to_thread(served_store.reader.rights, repository, caller.token)
        else:
            async with self._unknown:
                self._check_before_asking(caller, address)
                rights = await asyncio.to_thread(
                    served_store.reader.rights, repository, caller.token
                )
        self._keep(caller, repository, rights, address)
        return rights

    def _keep(self, caller: Caller, repository: str, rights: Rights, address: str) -> None:
        if rights.refusal is Refusal.BAD_TOKEN:
            self._rate_limit.failed(address)
            self._bad[caller.mark] = None
            self.forget(caller)
            return
        if caller.token is not None:
            self._rate_limit.succeeded(address)
            self._good[caller.mark] = None
        self._known[caller.mark, repository.lower()] = _Known(rights, self._now())

    def _max_age(self, caller: Caller, rights: Rights, need: Need) -> float:
        """Return how long a permission may be used, in seconds."""
        if caller.token is None:
            return self._public_seconds
        return need.seconds if rights.read else min(REFUSED_SECONDS, need.seconds)

    def _in_grace_period(self, known: _Known, need: Need) -> bool:
        """Return whether an expired permission may be used during an outage of GitHub."""
        return known.rights.read and self._now() - known.asked < need.seconds + need.grace

    def _check_before_asking(self, caller: Caller, address: str) -> None:
        """Reject known bad tokens, and unknown ones from an address with too many failures."""
        if caller.mark in self._bad:
            raise challenge("GitHub does not know this token")
        if caller.mark not in self._good and (wait := self._rate_limit.wait(address)):
            message = "too many failed sign-ins; try again later"
            raise later(wait, message, status=429)


def check_rights(rights: Rights, name: str, *, write: bool = False) -> None:
    """Check that a permission is enough.

    Args:
        rights: The permission of a caller's token.
        name: The repository.
        write: Uploads are asked for, not reading only.

    Raises:
        HTTPException: 401 for a bad token, 403 without permission.
    """
    if rights.refusal is Refusal.BAD_TOKEN:
        raise challenge("GitHub does not know this token")
    if not rights.read:
        raise HTTPException(403, rights.message or f"this token may not read {name}")
    if write and rights.write is False:
        raise HTTPException(403, f"this token may read {name}, but not publish to it")
