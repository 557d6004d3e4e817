"""What GitHub said of tokens not long ago, and whether it is worth asking again.

It is kept under a keyed digest of the token, for a while; the token itself is kept nowhere. GitHub
stops listening to a server that asks about bad tokens all the time, so bad ones are remembered,
addresses that send many have to wait, and so does everybody with a token never seen before when
the whole server has asked about too many.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ghpypi.core.serving import Refusal, Rights
from ghpypi.errors import GhpypiError, TryLaterError
from ghpypi.server.credentials import TOKEN, Caller
from ghpypi.server.http import DeniedError, challenge, later, text
from ghpypi.server.stall import Stall
from ghpypi.server.throttle import Throttle

REMEMBERED = 20_000
"""How many tokens are remembered."""

BAD_SECONDS = 300.0
REFUSED_SECONDS = 60.0
NOBODY_SECONDS = 600.0
"""How long it is believed that everybody may read, or that not everybody may."""

STRANGERS = 4
"""So many tokens never seen before are asked about at once, so that their failures are counted."""

GRACE_SECONDS = 900.0
"""How long a right outlives its time while GitHub does not answer."""


@dataclass(slots=True)
class _Known:
    rights: Rights
    asked: float


class Believed:
    """Remembers what GitHub said.

    Args:
        read_expires: Seconds that a right to read is believed.
        write_expires: Seconds that a right to write is believed.
        throttle: Counts bad tokens.
        now: Tells seconds that only grow.
    """

    def __init__(
        self,
        read_expires: float,
        write_expires: float,
        *,
        throttle: Throttle | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read_expires = read_expires
        self._write_expires = write_expires
        self._now = now
        self._throttle = throttle or Throttle(now=now)
        self._known: OrderedDict[tuple[bytes, str], _Known] = OrderedDict()
        self._good: OrderedDict[bytes, None] = OrderedDict()
        self._bad: OrderedDict[bytes, float] = OrderedDict()
        self._strangers = asyncio.Semaphore(STRANGERS)
        self._asking: dict[tuple[bytes, str], asyncio.Lock] = {}

    def forget(self, caller: Caller) -> None:
        """Believe nothing of a token any more: GitHub refused it."""
        self._good.pop(caller.mark, None)
        for key in [key for key in self._known if key[0] == caller.mark]:
            del self._known[key]

    async def rights(
        self,
        caller: Caller,
        stall: Stall,
        repository: str,
        address: str,
        *,
        write: bool = False,
    ) -> Rights:
        """Say what a caller may do with a repository, as GitHub said not long ago, or says now.

        Raises:
            DeniedError: It is not worth asking, or cannot be asked now.
        """
        key = caller.mark, repository.lower()
        known = self._known.get(key)
        if known and self._now() - known.asked < self._life(caller, known.rights, write=write):
            return known.rights
        lock = self._asking.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                known = self._known.get(key)
                if known and self._now() - known.asked < self._life(
                    caller, known.rights, write=write
                ):
                    return known.rights
                return await self._ask(caller, stall, repository, address)
        finally:
            if not lock.locked():
                self._asking.pop(key, None)

    async def _ask(self, caller: Caller, stall: Stall, repository: str, address: str) -> Rights:
        known = self._known.get((caller.mark, repository.lower()))
        try:
            if caller.token is None or caller.mark in self._good:
                rights = await asyncio.to_thread(stall.hub.rights, repository, caller.token)
            else:
                async with self._strangers:
                    self._refuse_vain(caller, address)
                    rights = await asyncio.to_thread(stall.hub.rights, repository, caller.token)
        except TryLaterError as error:
            late = self._now() - known.asked - self._read_expires if known else 0.0
            if known and known.rights.read and late < GRACE_SECONDS:
                return known.rights
            raise DeniedError(later(30, f"GitHub cannot be asked now: {error}")) from error
        except GhpypiError as error:
            raise DeniedError(text(502, str(error))) from error
        self._remember(caller, repository, rights, address)
        return rights

    def _remember(self, caller: Caller, repository: str, rights: Rights, address: str) -> None:
        if rights.refusal is Refusal.BAD_TOKEN:
            self._throttle.failed(address)
            self._bad[caller.mark] = self._now()
            self.forget(caller)
        else:
            self._good[caller.mark] = None
            self._known[caller.mark, repository.lower()] = _Known(rights, self._now())
        _shorten(self._bad)
        _shorten(self._good)
        _shorten(self._known)

    def _life(self, caller: Caller, rights: Rights, *, write: bool) -> float:
        if write:
            return self._write_expires
        longest = self._read_expires
        if caller.token is None:
            return min(NOBODY_SECONDS, longest)
        return longest if rights.read else min(REFUSED_SECONDS, longest)

    def _refuse_vain(self, caller: Caller, address: str) -> None:
        """Ask GitHub nothing whose answer is known or whose asking would harm."""
        if caller.token is None or not TOKEN.fullmatch(caller.token.reveal()):
            raise DeniedError(challenge("the password has to be a GitHub token"))
        if self._now() - self._bad.get(caller.mark, float("-inf")) < BAD_SECONDS:
            raise DeniedError(challenge("GitHub does not know this token"))
        wait = 0.0 if caller.mark in self._good else self._throttle.wait(address)
        if wait:
            message = "too many bad tokens were tried; tokens not seen before have to wait"
            raise DeniedError(later(wait, message, status=429))


def _shorten(known: OrderedDict[Any, Any]) -> None:
    while len(known) > REMEMBERED:
        known.popitem(last=False)
