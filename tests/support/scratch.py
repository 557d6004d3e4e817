"""Where the tests write, and nowhere else.

RUNS/PID/       of one run: the temporary folder, a home folder; removed when all tests passed
.cache/         downloads that are kept from one run to the next
.pytest_cache/  clients and files that are kept, see `tests/e2e/conftest.py`
"""

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHES = ROOT / ".cache"
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder for each checkout, which only its user may read
MEMORY_BYTES = 4 << 30
"""How much of it must be free; the tests have about a tenth at a time."""

_WORKER = "PYTEST_XDIST_WORKER"
_HOME = ("HOME", "USERPROFILE")
_TEMPORARY = ("TMPDIR", "TEMP", "TMP", "PYTEST_DEBUG_TEMPROOT")
_OF_USERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


def _runs() -> Path:
    """Return the folder of all runs: in memory where there is room, or else in the checkout.

    The tests create and delete a million files, and many are synchronized with the disk.
    """
    name = hashlib.sha256(bytes(ROOT)).hexdigest()[:16]
    with suppress(OSError, AttributeError):  # there is none, or no such system
        state = os.statvfs(MEMORY)
        usable = os.access(MEMORY, os.W_OK) and not state.f_flag & os.ST_NOEXEC
        if usable and state.f_bavail * state.f_frsize >= MEMORY_BYTES:
            return MEMORY / f"ghpypi-{os.getuid()}-{name}"
    return ROOT / ".tmp"


RUNS = _runs()


def move_in() -> Path:
    """Point everything that follows to a folder of this run, and return that.

    Workers of pytest-xdist inherit the environment of the run that starts them.
    """
    if _WORKER in os.environ:
        folder = Path(os.environ["TMPDIR"])
    else:
        _remove_abandoned()
        folder = RUNS / str(os.getpid())
        _set(folder)
    tempfile.tempdir = None  # Python may have looked before
    return folder


def move_out(folder: Path) -> None:
    """Remove the folder of a run; a worker leaves that to the run."""
    if _WORKER not in os.environ:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # another run is at work, or one has failed
            folder.parent.rmdir()


def _set(folder: Path) -> None:
    home = folder / "home"
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    home.mkdir(parents=True, exist_ok=True)
    # Downloads of test tools go through the mirror that a user may have configured.
    configured = Path.home() / ".config" / "pip" / "pip.conf"
    if configured.exists():
        os.environ.setdefault("PIP_CONFIG_FILE", str(configured))
    for name in _OF_USERS:
        os.environ.pop(name, None)
    os.environ.update(dict.fromkeys(_HOME, str(home)))
    os.environ.update(dict.fromkeys(_TEMPORARY, str(folder)))
    os.environ["PIP_CACHE_DIR"] = str(CACHES / "pip")
    os.environ["UV_CACHE_DIR"] = str(CACHES / "uv")
    # The checkout is a git repository; the folders of tests are outside of it.
    os.environ["GIT_CEILING_DIRECTORIES"] = str(RUNS)


def _remove_abandoned() -> None:
    """Remove what failed and killed runs have left, but not the folders of running ones."""
    for folder in RUNS.glob("*"):
        if not _running(int(folder.name)):
            shutil.rmtree(folder, ignore_errors=True)


def _running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
