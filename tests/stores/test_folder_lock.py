"""The lock of a folder, between threads, processes and versions of ghpypi."""

import errno
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock, SoftFileLock, Timeout

from ghpypi.stores.directory.folder_lock import LOCK, PART, lock


def is_free(file_lock: FileLock | SoftFileLock) -> bool:
    try:
        with file_lock:
            return True
    except Timeout:
        return False


def test_it_excludes_a_lock_of_the_whole_file(tmp_path: Path) -> None:
    """Earlier versions take one."""
    others = FileLock(tmp_path / LOCK, timeout=0)
    with lock(tmp_path):
        assert not is_free(others)
    assert is_free(others)


def test_it_makes_the_folder(tmp_path: Path) -> None:
    with lock(tmp_path / "new" / "store"):
        assert [x.name for x in (tmp_path / "new" / "store").iterdir()] == [LOCK]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows deletes no open file")
def test_a_lock_file_that_is_deleted_meanwhile_is_made_again(tmp_path: Path) -> None:
    def take() -> bool:
        with lock(tmp_path):
            return is_free(FileLock(tmp_path / LOCK, timeout=0))

    with ThreadPoolExecutor(1) as pool, FileLock(tmp_path / LOCK):
        taking = pool.submit(take)
        time.sleep(0.05)  # until the other thread waits for this file
        (tmp_path / LOCK).unlink()

    assert not taking.result()


@pytest.mark.skipif(sys.platform == "win32", reason="every file system of Windows locks files")
def test_a_file_system_without_locks_has_a_file_while_it_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(handle: int, operation: int) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", flock)
    others = SoftFileLock(tmp_path / f"{LOCK}{PART}", timeout=0)
    for _ in range(2):
        with lock(tmp_path):
            assert not is_free(others)
        assert is_free(others)
