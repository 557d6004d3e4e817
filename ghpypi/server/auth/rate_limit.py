"""How many failed sign-ins an address may have, and all addresses together.

GitHub answers nothing to an address that sent it many bad credentials ("failed login limit"), and
that address would be the server's. The password of a folder must not be guessed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

from cachetools import LRUCache, TTLCache

ADDRESSES = 10_000
"""How many addresses are remembered."""

GOOD_SECONDS = 86_400.0
"""How long an address keeps its larger share after a sign-in succeeded from there."""

SHARE = 3
"""How many times as many failures such an address may have, before it and all others wait."""


@dataclass(slots=True)
class _Bucket:
    """Fills with failures, and empties with time."""

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
    """Counts failed sign-ins.

    An address from which somebody signed in within a day has a larger share, of its own and of
    all: behind one address may be a whole company, whom few bad tokens must not lock out.

    Attributes:
        each: Failures of one address before it has to wait.
        all: Failures of all addresses before new credentials have to wait.
        minutes: How long it takes until that many failures are forgotten.
        now: Monotonic clock, in seconds.
    """

    each: int = 5
    all: int = 30
    minutes: float = 5.0
    now: Callable[[], float] = time.monotonic
    _addresses: LRUCache[str, _Bucket] = field(default_factory=_buckets)
    _together: _Bucket = field(default_factory=_Bucket)

    def __post_init__(self) -> None:
        """Make what needs the clock."""
        self._good: TTLCache[str, None] = TTLCache(ADDRESSES, GOOD_SECONDS, timer=self.now)

    def wait(self, address: str) -> float:
        """Return how many seconds have to pass before another sign-in; 0 for none."""
        now, network = self.now(), network_of(address)
        share = SHARE if network in self._good else 1
        single = self._addresses.get(network) or _Bucket()
        levels = (
            (single.at(now, self._drain(self.each)), self.each),
            (self._together.at(now, self._drain(self.all)), self.all),
        )
        return max(0.0, *((at - size * share + 1) / self._drain(size) for at, size in levels))

    def failed(self, address: str) -> None:
        """Count a failure."""
        now, network = self.now(), network_of(address)
        bucket = self._addresses.get(network) or _Bucket(seen=now)
        self._addresses[network] = bucket
        for each, size in ((bucket, self.each), (self._together, self.all)):
            each.at(now, self._drain(size))
            each.level += 1

    def succeeded(self, address: str) -> None:
        """Note that somebody signed in from an address."""
        self._good[network_of(address)] = None

    def _drain(self, size: int) -> float:
        return size / (self.minutes * 60)


def network_of(address: str) -> str:
    """Return what is counted as one address: of IPv6 the network of 64 bits, as one host has it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
