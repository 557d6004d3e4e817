"""The index that `wait_until_installable` checks, and the time limit."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from ghpypi.core.config.config import Config
from ghpypi.ports import IndexBuilder, PageReader, Site

FIRST_SECONDS = 2.0
LONGEST_SECONDS = 10.0
"""Maximum time between two checks; it grows because GitHub limits requests per hour."""

_GROWTH = 1.1


class IndexView(NamedTuple):
    """An index, with access to its stored and public pages.

    Attributes:
        name: The name of its store.
        site: Its stored pages.
        config: Its configuration.
        store: The store that is indexed if the configuration lists no repositories.
        address: The public URL of its pages, ending in `/`; empty if they are not public.
        pages: Reads public pages.
        builder: Returns the state of the run that rebuilds it.
        wanted: The named index that must have the files; `None` for any.
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
class WaitLimit:
    """The time limit of a wait, and the pauses between checks.

    Attributes:
        timeout: The time limit, in seconds.
        now: Monotonic clock, in seconds.
        sleep: Pauses for a number of seconds.
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
        """Seconds since the start of the wait."""
        return self.now() - self._begun

    def pause(self) -> bool:
        """Pause until the next check; return whether there is time for one."""
        left = self.timeout - self.elapsed
        if left <= 0:
            return False
        self.sleep(min(self._pause, left))
        self._pause = min(self._pause * _GROWTH, LONGEST_SECONDS)
        return True
