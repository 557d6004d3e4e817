"""The index that is waited for, and how long."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ghpypi.core.config.config import Config
from ghpypi.ports import IndexBuilder, PageReader, Site

FIRST_SECONDS = 2.0
LONGEST_SECONDS = 10.0
"""Seconds between two looks; they become rarer, because GitHub counts the requests of an hour."""

_GROWTH = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexView:
    """An index, and the ways to look at it.

    Attributes:
        name: The store it belongs to, for people.
        site: Its pages as they are stored.
        config: Its configuration.
        store: The store that is indexed where the configuration names no repositories.
        address: Where its pages are on the web, ending in `/`; empty if they are not public.
        pages: Reads them there.
        builder: Follows the run that rebuilds it.
        wanted: The named index of it that has to have the files; `None` for any.
    """

    name: str
    site: Site
    config: Config
    store: str
    address: str
    pages: PageReader
    builder: IndexBuilder | None = None
    wanted: str | None = None


@dataclass(kw_only=True)
class Patience:
    """How long to wait.

    Attributes:
        timeout: Seconds in all.
        now: Monotonic clock, in seconds.
        sleep: Waits, in seconds.
    """

    timeout: float
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _begun: float = field(init=False)
    _pause: float = field(init=False, default=FIRST_SECONDS)

    def __post_init__(self) -> None:
        self._begun = self.now()

    @property
    def elapsed(self) -> float:
        """Seconds since the wait began."""
        return self.now() - self._begun

    def pause(self) -> bool:
        """Wait until it is time for the next look; tell whether there is time for one."""
        left = self.timeout - self.elapsed
        if left <= 0:
            return False
        self.sleep(min(self._pause, left))
        self._pause = min(self._pause * _GROWTH, LONGEST_SECONDS)
        return True
