"""Coordination of processes that write to the same folder."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PART = ".part"
"""Suffix of temporary files and folders, whose names also begin with a dot."""

LOCK = ".ghpypi.lock"
"""The lock file."""

POLL_SECONDS = 0.01
"""Time between two attempts to get the lock that another process holds, in seconds; on Windows."""

_locks: dict[str, threading.Lock] = {}
"""The locks of threads, by the path of the lock file."""


@contextmanager
def lock(root: Path) -> Iterator[None]:
    """Hold the lock of a folder; the folder is made if it is not there.

    Threads of this process wait for each other without the lock file, which they would open and
    close for each small file.
    """
    path = os.path.abspath(f"{root}/{LOCK}")  # noqa: PTH100 - one of `Path` takes longer
    with _locks.setdefault(path, threading.Lock()), _locked_file(path):
        yield


if sys.platform == "win32":

    @contextmanager
    def _locked_file(path: str) -> Iterator[None]:
        from filelock import FileLock  # noqa: PLC0415 - slow to import, and for writers only

        with FileLock(path, poll_interval=POLL_SECONDS):  # it makes the folder
            yield

else:
    import fcntl

    @contextmanager
    def _locked_file(path: str) -> Iterator[None]:
        # Importing filelock takes as long as uploading twenty small files, and its lock, which is
        # taken several times for each file, ten times as long as these system calls. Both exclude
        # each other.
        file = _open(path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    def _open(path: str) -> int:
        try:
            # In a folder such as /tmp, O_CREAT would refuse the file of another user.
            return os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
            return os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CREAT, 0o666)
