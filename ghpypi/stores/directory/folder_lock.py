"""Coordination of processes that write to the same folder."""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ghpypi.stores.directory.links import NO_FOLLOW, Links

PART = ".part"
"""Suffix of temporary files and folders, whose names also begin with a dot."""

LOCK = ".ghpypi.lock"
"""The lock file."""

POLL_SECONDS = 0.01
"""Time between two attempts to get the lock that another process holds, in seconds."""

_threads: dict[str, threading.Lock] = {}
"""The locks of the threads of this process, by the path of the lock file."""


@contextmanager
def lock(root: Path) -> Iterator[None]:
    """Hold the lock of a folder; the folder is made if it is not there.

    Threads of this process wait for each other without the lock file: waiting for that is polling,
    and threads that upload small files would spend most of their time asleep.

    The file is locked by its descriptor, because a small upload takes the lock several times for
    each file, and a `FileLock` takes ten times as long. Both exclude each other.

    Raises:
        OSError: The folder cannot be written, or the lock file is a symbolic link.
        LinkError: On Windows, the lock file is a link to a path outside of the folder.
    """
    if not NO_FOLLOW:
        Links(root, str(root)).check(LOCK)
    path = os.path.abspath(f"{root}/{LOCK}")
    with _threads.setdefault(path, threading.Lock()), ExitStack() as held:
        while not _acquire(path, held):
            pass
        yield


def _acquire(path: str, held: ExitStack) -> bool:
    """Lock a file until a stack is left; return `False` if the file was deleted meanwhile."""
    # Slow to import, and for writers only.
    from filelock import SoftFileLock, lock_descriptor, unlock_descriptor  # noqa: PLC0415

    handle = _open(path)
    held.callback(os.close, handle)
    try:
        lock_descriptor(handle, poll_interval=POLL_SECONDS)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
        # The file system cannot lock files: while the lock is held, another file exists.
        held.enter_context(SoftFileLock(f"{path}{PART}", poll_interval=POLL_SECONDS))
        return True
    held.callback(unlock_descriptor, handle)
    return os.fstat(handle).st_nlink > 0


def _open(path: str) -> int:
    """Open the lock file, which is created only if it is missing.

    Linux refuses to create, though not to open, an existing file of another user in a folder such
    as `/tmp` (`fs.protected_regular`).
    """
    flags = os.O_RDWR | NO_FOLLOW
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return os.open(path, flags | os.O_CREAT, 0o666)
