"""The permission cache: what GitHub said a token may do, and whether it is worth asking again.

Answers are kept for a while under a keyed digest of the token; the token itself is kept nowhere.
GitHub stops answering an address that sends it many bad credentials, so bad tokens are remembered,
and addresses that send many of them have to wait (`RateLimit`).
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache, TTLCache
from starlette.exceptions import HTTPException

from ghpypi.core.serving import Refusal, Rights
from ghpypi.errors import GhpypiError, TryLaterError
from ghpypi.server.auth.credentials import Caller
from ghpypi.server.auth.rate_limit import RateLimit
from ghpypi.server.cache import SingleFlight
from ghpypi.server.responses import challenge, later
from ghpypi.server.served_store import ServedStore

REMEMBERED = 20_000
"""How many tokens are remembered."""

BAD_SECONDS = 300.0
REFUSED_SECONDS = 60.0
"""How long a refusal is kept."""

PUBLIC_SECONDS = 600.0
"""How long a repository's being public is kept; without a token GitHub answers 60 times an hour."""

UNKNOWN_AT_ONCE = 4
"""How many tokens never seen before are checked at a time, so that their failures are counted."""

_Key = tuple[bytes, str]


@dataclass(frozen=True, slots=True)
class Need:
    """How fresh a permission has to be.

    Attributes:
        seconds: The largest age of a granted permission.
        grace: How many seconds more it may be used while GitHub does not answer.
    """

    seconds: float
    grace: float = 0.0


@dataclass(frozen=True, slots=True)
class _Known:
    rights: Rights
    asked: float


class PermissionCache:
    """Caches permissions.

    Args:
        public_seconds: How long it is kept whether everyone may read, if a caller has no token.
        rate_limit: Counts bad tokens.
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
        self._known: LRUCache[_Key, _Known] = LRUCache(REMEMBERED)
        self._good: LRUCache[bytes, None] = LRUCache(REMEMBERED)
        self._bad: TTLCache[bytes, None] = TTLCache(REMEMBERED, BAD_SECONDS, timer=now)
        self._unknown = asyncio.Semaphore(UNKNOWN_AT_ONCE)
        self._asking: SingleFlight[_Key, Rights] = SingleFlight()

    def forget(self, caller: Caller) -> None:
        """Drop all permissions of a token that GitHub refused."""
        self._good.pop(caller.mark, None)
        for key in [key for key in self._known if key[0] == caller.mark]:
            del self._known[key]

    async def rights(
        self, caller: Caller, served_store: ServedStore, repository: str, address: str, need: Need
    ) -> Rights:
        """Return what a caller may do with a repository, from the cache or from GitHub.

        Args:
            caller: Whose token is asked about.
            served_store: The store, which knows how to ask GitHub.
            repository: `OWNER/REPO`.
            address: The network address of the caller, for the throttle.
            need: How fresh the answer has to be.

        Raises:
            HTTPException: The token is known to be bad, the address has to wait, or GitHub does not
                answer.
        """
        key = caller.mark, repository.lower()
        known = self._known.get(key)
        if known and self._now() - known.asked < self._life(caller, known.rights, need):
            return known.rights
        try:
            return await self._asking.run(
                key, lambda: self._ask(caller, served_store, repository, address)
            )
        except TryLaterError as error:
            if known and self._outlives(known, need):
                return known.rights
            raise later(30, f"GitHub cannot be asked now: {error}") from error
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

    def _life(self, caller: Caller, rights: Rights, need: Need) -> float:
        """Return how many seconds an answer may be used."""
        if caller.token is None:
            return self._public_seconds
        return need.seconds if rights.read else min(REFUSED_SECONDS, need.seconds)

    def _outlives(self, known: _Known, need: Need) -> bool:
        """Tell whether a permission may still be used because GitHub does not answer."""
        return known.rights.read and self._now() - known.asked < need.seconds + need.grace

    def _check_before_asking(self, caller: Caller, address: str) -> None:
        """Ask GitHub neither about certainly bad tokens nor about too many unknown ones."""
        if caller.mark in self._bad:
            raise challenge("GitHub does not know this token")
        if caller.mark not in self._good and (wait := self._rate_limit.wait(address)):
            message = "too many failed sign-ins; try again later"
            raise later(wait, message, status=429)
