"""The IDs of the repositories in rules of trusted publishing, for rules that name none.

When an account or a repository is deleted or renamed, somebody else can take its name, and jobs
from there would publish ("account resurrection"). PyPI looks the owner's ID up when a publisher
is added. A rule of ours is added when the server is started: then the IDs are looked up, and
they are compared as long as the server runs. Where GitHub does not tell them, those of the first
job that a rule lets publish are taken. Only IDs in the rule itself outlast a restart.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ghpypi.core.config.trust import RepositoryIds, Trust
from ghpypi.errors import GhpypiError

LOOKUP_SECONDS = 30.0
"""How long a job waits for a lookup that has not ended."""

_log = logging.getLogger("ghpypi")

Lookup = Callable[[str], RepositoryIds]
"""Asks GitHub for the IDs of a repository; raises a `GhpypiError` if it does not tell."""


class RepositoryPins:
    """Knows the IDs of repositories.

    Args:
        look_up: Asks GitHub; `None` to take those of the first job.
    """

    def __init__(self, look_up: Lookup | None = None) -> None:
        self._look_up = look_up
        self._known: dict[str, RepositoryIds] = {}
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._done.set()

    def start(self, rules: Iterable[Trust]) -> None:
        """Look up the IDs that rules do not name, in the background."""
        names = {rule.repository.lower() for rule in rules if not rule.ids.complete}
        if names and self._look_up is not None:
            self._done.clear()
            thread = threading.Thread(
                target=self._look_up_all, args=(sorted(names),), name="repository ids", daemon=True
            )
            thread.start()

    def pinned(self, rule: Trust) -> Trust:
        """Return a rule with the IDs that are known. Blocks."""
        if rule.ids.complete:
            return rule
        self._done.wait(LOOKUP_SECONDS)
        with self._lock:
            return rule.pinned(self._known.get(rule.repository.lower(), RepositoryIds()))

    def keep(self, claims: Mapping[str, Any]) -> None:
        """Take the IDs of a job that may publish, if none are known."""
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
                "cannot look up the IDs of %s; those of its first job will be used: %s",
                name, error,
            )  # fmt: skip
            return
        with self._lock:
            self._known.setdefault(name, found)
