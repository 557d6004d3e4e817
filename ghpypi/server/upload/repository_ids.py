"""The IDs of repositories in rules of trusted publishing that specify no IDs.

After an account or a repository is deleted or renamed, another user can register its name, and jobs
from there could publish ("account resurrection"). PyPI looks up the owner's ID when a publisher is
added. Here, IDs are looked up when the server starts, and compared as long as it runs. If GitHub
does not return them, those of the first job that a rule allows are used. Only IDs in the rule
itself survive a restart.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ghpypi.core.config.trust import RepositoryIds, Trust
from ghpypi.errors import GhpypiError

LOOKUP_SECONDS = 30.0
"""How long a job waits for a running lookup."""

_log = logging.getLogger("ghpypi")

Lookup = Callable[[str], RepositoryIds]
"""Returns the IDs of a repository; raises `GhpypiError` if GitHub does not return them."""


class RepositoryPins:
    """Adds repository IDs to rules that specify none.

    Args:
        look_up: Looks up IDs at GitHub; `None` to use those of the first job.
    """

    def __init__(self, look_up: Lookup | None = None) -> None:
        self._look_up = look_up
        self._known: dict[str, RepositoryIds] = {}
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._done.set()

    def start(self, rules: Iterable[Trust]) -> None:
        """Look up the IDs of rules that specify none, in the background."""
        names = {rule.repository.lower() for rule in rules if not rule.ids.complete}
        if names and self._look_up is not None:
            self._done.clear()
            thread = threading.Thread(
                target=self._look_up_all, args=(sorted(names),), name="repository ids", daemon=True
            )
            thread.start()

    def pinned(self, rule: Trust) -> Trust:
        """Return a rule with the known IDs added. Blocks."""
        if rule.ids.complete:
            return rule
        self._done.wait(LOOKUP_SECONDS)
        with self._lock:
            return rule.pinned(self._known.get(rule.repository.lower(), RepositoryIds()))

    def keep(self, claims: Mapping[str, Any]) -> None:
        """Use the IDs of a job that may publish, if none are known."""
        ids = RepositoryIds.of(claims)
        with self._lock:
            self._known.setdefault(str(claims["repository"]).lower(), ids)

    def _look_up_all(self, names: Iterable[str]) -> None:
        try:
            for name in names:
                self._look_up_one(name)
        finally:
            self._done.set()

    def _look_up_one(self, name: str) -> None:
        try:
            found = self._look_up(name) if self._look_up else RepositoryIds()
        except GhpypiError as error:
            _log.warning(
                "cannot look up the IDs of %s; using those of its first job: %s",
                name, error,
            )  # fmt: skip
            return
        with self._lock:
            self._known.setdefault(name, found)
