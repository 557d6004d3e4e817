"""`ghpypi.toml` as a local file."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from ghpypi.core.digest import digest_of
from ghpypi.errors import ConfigError, OutdatedError, UsageError
from ghpypi.ports import ConfigText
from ghpypi.stores.directory.folder_lock import lock
from ghpypi.text_files import find_text, write_text


class DirectoryConfigFile:
    """A `ConfigFile` on the local disk.

    Args:
        path: The path, which may not exist yet.
        name: The name in messages; by default the path.
        lock_folder: The folder of the store, which is locked for writing; `None` for a file
            outside of a store, such as in a checkout, where no lock file may be created.
    """

    def __init__(self, path: Path, *, name: str = "", lock_folder: Path | None = None) -> None:
        self._path = path
        self._name = name or str(path)
        self._lock_folder = lock_folder

    @property
    def name(self) -> str:
        """The name in messages."""
        return self._name

    def read(self) -> ConfigText:
        """Read the file; its revision is its digest."""
        text = find_text(self._path, name=self._name)
        if text is None:
            return ConfigText()
        return ConfigText(text=text, revision=digest_of(text.encode()))

    def write(self, text: str, *, base: ConfigText, message: str) -> None:
        """Replace the file atomically, unless it was changed since it was read."""
        del message
        with self._locked():
            if self.read().revision != base.revision:
                raise OutdatedError(f"{self._name} was changed by another process")
            try:
                write_text(self._path, text)
            except OSError as error:
                raise ConfigError(f"cannot write {self._name}: {error.strerror}") from error

    def propose(self, text: str, *, base: ConfigText, message: str) -> str:
        """There are no pull requests.

        Raises:
            UsageError: Always.
        """
        del text, base, message
        raise UsageError(f"{self._name} is a file on this machine, which has no pull requests")

    def _locked(self) -> AbstractContextManager[object]:
        return nullcontext() if self._lock_folder is None else lock(self._lock_folder)
