"""How many bad tokens may be tried: by one address, and by all together.

GitHub answers nobody from an address that sent it many bad credentials, for a while ("failed login
limit"), and that address would be the server's.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

ADDRESSES = 10_000
"""How many addresses are remembered."""


@dataclass(slots=True)
class _Bucket:
    """Fills with failures, and empties with time."""

    level: float = 0.0
    seen: float = 0.0

    def at(self, now: float, drain: float) -> float:
        self.level = max(0.0, self.level - (now - self.seen) * drain)
        self.seen = now
        return self.level


@dataclass(kw_only=True)
class Throttle:
    """Counts failures.

    Attributes:
        each: Failures of one address before it has to wait.
        all: Failures of all addresses before those with unknown tokens have to wait.
        minutes: In which that many are forgotten.
        now: Tells seconds that only grow.
    """

    each: int = 5
    all: int = 30
    minutes: float = 5.0
    now: Callable[[], float] = time.monotonic
    _addresses: OrderedDict[str, _Bucket] = field(default_factory=OrderedDict)
    _together: _Bucket = field(default_factory=_Bucket)

    def wait(self, address: str) -> float:
        """Say how many seconds have to pass before another token may be tried; 0 for none."""
        now = self.now()
        single = self._addresses.get(address, _Bucket()).at(now, self._drain(self.each))
        waits = [
            (single - self.each + 1) / self._drain(self.each),
            (self._together.at(now, self._drain(self.all)) - self.all + 1) / self._drain(self.all),
        ]
        return max(0.0, *waits)

    def failed(self, address: str) -> None:
        """Count a failure."""
        now = self.now()
        bucket = self._addresses.setdefault(address, _Bucket(seen=now))
        self._addresses.move_to_end(address)
        for each, drain in ((bucket, self.each), (self._together, self.all)):
            each.at(now, self._drain(drain))
            each.level += 1
        while len(self._addresses) > ADDRESSES:
            self._addresses.popitem(last=False)

    def _drain(self, size: int) -> float:
        return size / (self.minutes * 60)
