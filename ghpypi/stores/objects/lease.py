"""A lock in a bucket, with a lease: it ends when its holder no longer renews it.

The lock is an object that names its holder. Whether it is still renewed is observed, so that the
clocks of machines do not matter. A run that fails leaves the names of the pages that it has begun
to write, which the next holder may replace.
"""

import json
import logging
import random
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import NamedTuple

from ghpypi.core.addresses import is_plain_path
from ghpypi.core.parsing import parse_json
from ghpypi.errors import GhpypiError, TryLaterError
from ghpypi.stores.objects.client import BucketClient
from ghpypi.stores.objects.keys import LOCK, page_headers
from ghpypi.stores.objects.values import Tag

LEASE_SECONDS = 30.0
"""Time without a renewal after which a lock is taken over, in seconds."""

RENEW_SECONDS = 8.0
"""Time between two renewals, in seconds."""

WAIT_SECONDS = 900.0
"""Maximum time to wait for another run, in seconds."""

SETTLE_SECONDS = 2.0
"""Time after which a holder looks whether another process has written the lock at the same time,
where writes cannot be conditional, in seconds."""

_log = logging.getLogger("ghpypi")


@dataclass(kw_only=True)
class Lease:
    """A lock that is held.

    Attributes:
        holder: Identifies this holder.
        tag: Identifies the lock as it was last written.
        unfinished: Pages that an interrupted run had begun to write.
        lost: Set when another process has taken the lock over.
    """

    holder: str
    tag: Tag
    unfinished: frozenset[str] = frozenset()
    pages: frozenset[str] = frozenset()
    lost: threading.Event = field(default_factory=threading.Event)
    writing: threading.Lock = field(default_factory=threading.Lock)


class _State(NamedTuple):
    holder: str
    pages: frozenset[str]
    free: bool

    @classmethod
    def parse(cls, text: bytes) -> "_State":
        """Parse a lock; one that is damaged is free."""
        try:
            found = parse_json(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            return cls("", frozenset(), free=True)
        pages = found.get("pages")
        names = pages if isinstance(pages, list) else []
        return cls(
            str(found.get("holder")),
            frozenset(name for name in names if isinstance(name, str) and is_plain_path(name)),
            free=bool(found.get("free")),
        )


class LeaseLock:
    """A lock of index runs.

    Args:
        client: The bucket and prefix of the site.
        sleep: Pauses for a number of seconds.
        now: Monotonic clock, in seconds.
    """

    def __init__(
        self,
        client: BucketClient,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._sleep = sleep
        self._now = now

    @contextmanager
    def held(self) -> Iterator[Lease]:
        """Hold the lock within a `with` block.

        Raises:
            TryLaterError: Another run holds it for too long.
        """
        self._client.check_conditions()
        lease = self._acquired()
        ended = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(lease, ended), daemon=True)
        renewing.start()
        done = False
        try:
            yield lease
            done = True
        finally:
            ended.set()
            renewing.join()
            self._release(lease, done=done)

    def record(self, lease: Lease, pages: Collection[str]) -> None:
        """Record pages before they are written, so that a later run can replace them."""
        lease.pages = frozenset(pages)
        self._write(lease)
        self.ensure(lease)

    def ensure(self, lease: Lease) -> None:
        """Check that the lock is still held.

        Raises:
            TryLaterError: Another run has taken it over.
        """
        if lease.lost.is_set():
            raise TryLaterError(
                f"another run has taken over the lock of {self._client.name}; the index was not "
                "published",
                hint="run the same command again",
            )

    def _acquired(self) -> Lease:
        holder, begin = token_hex(8), self._now()
        seen: tuple[Tag, float] | None = None
        while True:
            if tag := self._client.create(LOCK, _text(holder), page_headers(LOCK)):
                lease = Lease(holder=holder, tag=tag)
                return lease if self._client.conditions.create else self._settled(lease)
            found = self._client.read(LOCK)
            if found is None:
                continue
            state = _State.parse(found.content)
            if state.holder == holder:  # the response of a request was lost
                return Lease(holder=holder, tag=found.tag, unfinished=state.pages)
            if seen is None and not state.free:
                _log.warning("%s: waiting for another index run to end", self._client.name)
            if seen is None or seen[0] != found.tag:
                seen = found.tag, self._now()
            if state.free or self._now() - seen[1] > LEASE_SECONDS:
                tag = self._client.replace(
                    LOCK, _text(holder, state.pages), found.tag, page_headers(LOCK)
                )
                if tag:
                    lease = Lease(holder=holder, tag=tag, unfinished=state.pages)
                    return lease if self._client.conditions.update else self._settled(lease)
                continue
            if self._now() - begin > WAIT_SECONDS:
                raise TryLaterError(
                    f"another run is publishing the index in {self._client.name}",
                    hint="run the same command again later",
                )
            self._sleep(random.uniform(0.1, 1.0))  # noqa: S311 - no secret

    def _settled(self, lease: Lease) -> Lease:
        """Wait until no other process can have written the lock at the same time."""
        self._sleep(SETTLE_SECONDS)
        found = self._client.read(LOCK)
        if found and _State.parse(found.content).holder == lease.holder:
            return lease
        return self._acquired()

    def _renew(self, lease: Lease, ended: threading.Event) -> None:
        while not ended.wait(RENEW_SECONDS):
            try:
                self._write(lease)
            except GhpypiError:
                continue  # if another run takes the lock over, writing the catalog fails

    def _write(self, lease: Lease, *, free: bool = False) -> None:
        with lease.writing:
            if lease.lost.is_set():
                return
            pages = lease.pages | lease.unfinished
            text = _text(lease.holder, pages, free=free)
            tag = self._client.replace(LOCK, text, lease.tag, page_headers(LOCK))
            if tag is None:
                found = self._client.read(LOCK)
                if found and _State.parse(found.content).holder == lease.holder:
                    tag = found.tag
            if tag is None:
                lease.lost.set()
            else:
                lease.tag = tag

    def _release(self, lease: Lease, *, done: bool) -> None:
        """Give the lock back.

        A failure is logged: the index is published, or another error is being raised.
        """
        if lease.lost.is_set():
            return
        try:
            if done or not (lease.pages or lease.unfinished):
                self._client.delete([LOCK])
            else:
                self._write(lease, free=True)
        except GhpypiError as error:
            _log.warning(
                "%s: the lock of the index could not be removed (%s); the next run waits for %d "
                "seconds", self._client.name, error, LEASE_SECONDS,
            )  # fmt: skip


def _text(holder: str, pages: Collection[str] = (), *, free: bool = False) -> bytes:
    return json.dumps({"holder": holder, "pages": sorted(pages), "free": free}).encode()
