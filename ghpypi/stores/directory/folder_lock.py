"""Coordination of processes that write to the same folder."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import FileLock

PART = ".part"
"""Suffix of temporary files and folders, whose names also begin with a dot."""

LOCK = ".ghpypi.lock"
"""The lock file."""

POLL_SECONDS = 0.01
"""Time between two attempts to get the lock that another process holds, in seconds."""

_locks: "dict[str, tuple[threading.Lock, FileLock]]" = {}
"""The locks of threads and of processes, by the path of the lock file; kept because a lock is taken
several times for each file, and making one costs more than taking it."""


@contextmanager
def lock(root: Path) -> Iterator[None]:
    """Hold the lock of a folder; the folder is made if it is not there.

    Threads of this process wait for each other without the lock file: waiting for that is polling,
    and threads that upload small files would spend most of their time asleep.
    """
    path = os.path.abspath(f"{root}/{LOCK}")  # noqa: PTH100 - one of `Path` takes longer
    if (found := _locks.get(path)) is None:
        found = _locks.setdefault(path, (threading.Lock(), _file_lock(path)))
    of_threads, of_processes = found
    with of_threads, of_processes:
        yield


def _file_lock(path: str) -> "FileLock":
    # filelock makes the folder, each time that it takes the lock.
    from filelock import FileLock  # noqa: PLC0415 - slow to import, and for writers only

    return FileLock(path, poll_interval=POLL_SECONDS)
