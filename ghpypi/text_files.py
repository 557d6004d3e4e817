"""Local text files: read with their original line endings, replaced atomically."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ghpypi.errors import UsageError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Errors of writing only: a copy that fails to read its source must not name its target."""

_OPENED = ("/dev/fd/", "/dev/stdin", "/proc/")
"""The paths of pipes that are open already, such as those of `--config <(command)` in a shell."""


def read_text(path: Path) -> str:
    """Read a file; return an empty string if it does not exist."""
    return find_text(path) or ""


def find_text(path: Path, *, name: str = "") -> str | None:
    """Read a file with its line ends as they are; `None` if there is none.

    Args:
        path: The file.
        name: What messages call it; by default its path.

    Raises:
        UsageError: It cannot be read, is a symbolic link to nothing or a named pipe, or is not
            UTF-8.
    """
    try:
        if stat.S_ISFIFO(path.stat().st_mode) and not path.as_posix().startswith(_OPENED):
            # Opening it would wait for a writer.
            raise UsageError(
                f"{name or path} is a named pipe, not a file", hint="replace it with a file"
            )
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError) as error:
        if not path.is_symlink():
            return None
        raise _broken_link(name or str(path)) from error
    except OSError as error:
        raise UsageError(f"{name or path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name or path} is not UTF-8: {error.reason} at byte {error.start}",
            hint="save it as UTF-8, without a byte order mark",
        ) from error


def read_folder(folder: Path, suffixes: tuple[str, ...]) -> dict[str, bytes] | None:
    """Read the files of a folder, by name; `None` if it does not exist.

    Raises:
        UsageError: One is a symbolic link to nothing.
    """
    if not folder.is_dir():
        return None
    found = {}
    for path in sorted(folder.iterdir()):
        if not path.name.endswith(suffixes):
            continue
        if path.is_symlink() and not path.exists():
            raise _broken_link(str(path))
        if path.is_file():
            found[path.name] = path.read_bytes()
    return found


def _broken_link(name: str) -> UsageError:
    return UsageError(
        f"{name} is a symbolic link to a file that does not exist",
        hint="remove the link, or restore the file",
    )


def write_text(path: Path, text: str) -> None:
    """Write a file atomically: into a temporary file in the same folder, then rename it.

    Raises:
        OSError: The file cannot be written.
    """
    path = path.resolve()
    mode = path.stat().st_mode if path.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with naming(name), os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def naming(path: Path | str) -> Iterator[None]:
    """Add the path of the file to the error of a full disk, which has none.

    Args:
        path: The file that is written in the `with` block.
    """
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno in _FULL:
            error.filename = str(path)
        raise


def file_state(*paths: Path) -> str:
    """Describe the state of files by their time, size and inode, without reading them."""
    states = []
    for path in paths:
        try:
            status = path.stat()
            states.append(f"{status.st_mtime_ns} {status.st_size} {status.st_ino}")
        except OSError:
            states.append("")
    return "|".join(states)
