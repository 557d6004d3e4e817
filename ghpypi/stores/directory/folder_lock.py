"""Coordination of processes that write to the same folder."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

PART = ".part"
"""Suffix of temporary files and folders, whose names also begin with a dot."""

LOCK = ".ghpypi.lock"
"""The lock file."""

POLL_SECONDS = 0.01
"""Time between two attempts to get the lock that another process holds, in seconds."""

_thread_locks: dict[str, threading.Lock] = {}


@contextmanager
def lock(root: Path) -> Iterator[None]:
    """Hold the lock of a folder; the folder is made if it is not there.

    Threads of this process wait for each other without the lock file: waiting for that is polling,
    and threads that upload small files would spend most of their time asleep.
    """
    root.mkdir(parents=True, exist_ok=True)
    path = str((root / LOCK).absolute())
    with (
        _thread_locks.setdefault(path, threading.Lock()),
        FileLock(path, poll_interval=POLL_SECONDS),
    ):
        yield
