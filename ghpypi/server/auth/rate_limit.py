"""A limit on failed sign-ins, per address and for all addresses together.

GitHub blocks an address that sends many bad credentials ("failed login limit"), and that address
would be the server's. The limit also protects the passwords of directory stores from guessing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

from cachetools import LRUCache, TTLCache

ADDRESSES = 10_000
"""Maximum number of addresses that are tracked."""

GOOD_SECONDS = 86_400.0
"""How long an address has a higher limit after a successful sign-in."""

SHARE = 3
"""The factor by which the limits of such an address are higher."""


@dataclass(slots=True)
class _Bucket:
    """A leaky bucket of failures."""

    level: float = 0.0
    seen: float = 0.0

    def at(self, now: float, drain: float) -> float:
        self.level = max(0.0, self.level - (now - self.seen) * drain)
        self.seen = now
        return self.level


def _buckets() -> LRUCache[str, _Bucket]:
    return LRUCache(ADDRESSES)


@dataclass(kw_only=True)
class RateLimit:
    """Limits failed sign-ins with leaky buckets.

    An address with a successful sign-in within a day has higher limits, because many users can
    share one address, and a few bad tokens must not lock them out.

    Attributes:
        each: Maximum number of failures of one address.
        all: Maximum number of failures of all addresses together.
        minutes: How long it takes a full bucket to drain.
        now: Monotonic clock, in seconds.
    """

    each: int = 5
    all: int = 30
    minutes: float = 5.0
    now: Callable[[], float] = time.monotonic
    _addresses: LRUCache[str, _Bucket] = field(default_factory=_buckets)
    _together: _Bucket = field(default_factory=_Bucket)

    def __post_init__(self) -> None:
        """Create the cache that needs the clock."""
        self._good: TTLCache[str, None] = TTLCache(ADDRESSES, GOOD_SECONDS, timer=self.now)

    def wait(self, address: str) -> float:
        """Return how many seconds an address must wait before another sign-in."""
        now, network = self.now(), network_of(address)
        share = SHARE if network in self._good else 1
        single = self._addresses.get(network) or _Bucket()
        levels = (
            (single.at(now, self._drain(self.each)), self.each),
            (self._together.at(now, self._drain(self.all)), self.all),
        )
        return max(0.0, *((at - size * share + 1) / self._drain(size) for at, size in levels))

    def failed(self, address: str) -> None:
        """Count a failed sign-in from an address."""
        now, network = self.now(), network_of(address)
        bucket = self._addresses.get(network) or _Bucket(seen=now)
        self._addresses[network] = bucket
        for each, size in ((bucket, self.each), (self._together, self.all)):
            each.at(now, self._drain(size))
            each.level += 1

    def succeeded(self, address: str) -> None:
        """Record a successful sign-in from an address."""
        self._good[network_of(address)] = None

    def _drain(self, size: int) -> float:
        return size / (self.minutes * 60)


def network_of(address: str) -> str:
    """Return the network that counts as one address: for IPv6 the /64, which one host can have."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
