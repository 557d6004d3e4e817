"""`ghpypi.toml` as a file on this machine."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from ghpypi.core.digest import digest_of
from ghpypi.errors import ConfigError, OutdatedError
from ghpypi.ports import ConfigText
from ghpypi.stores.directory.turns import lock
from ghpypi.text_files import find_text, write_text


class DirectoryConfigFile:
    """A file with the configuration.

    Args:
        path: Where it is; it need not exist.
        name: What messages call it; by default its path.
        lock_folder: The folder of the store, whose lock writers hold; `None` for a file outside
            of a store, such as one in a checkout, where no lock file may be left.
    """

    def __init__(self, path: Path, *, name: str = "", lock_folder: Path | None = None) -> None:
        self._path = path
        self._name = name or str(path)
        self._lock_folder = lock_folder

    @property
    def name(self) -> str:
        """What messages call it."""
        return self._name

    def read(self) -> ConfigText:
        """Read it; its revision is its digest."""
        text = find_text(self._path, name=self._name)
        if text is None:
            return ConfigText()
        return ConfigText(text=text, revision=digest_of(text.encode()))

    def write(self, text: str, *, base: ConfigText, message: str) -> None:
        """Replace it with one rename, unless it was changed since it was read."""
        del message
        with self._locked():
            if self.read().revision != base.revision:
                raise OutdatedError(f"{self._name} was changed meanwhile")
            try:
                write_text(self._path, text)
            except OSError as error:
                raise ConfigError(f"{self._name} cannot be changed: {error.strerror}") from error

    def _locked(self) -> AbstractContextManager[object]:
        return nullcontext() if self._lock_folder is None else lock(self._lock_folder)
