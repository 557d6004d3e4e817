"""A configuration in memory."""

from threading import Lock

from ghpypi.core.digest import digest_of
from ghpypi.errors import (
    OutdatedError,
    UsageError,
)
from ghpypi.ports import (
    ConfigText,
)


class MemoryConfigFile:
    """A configuration in memory.

    Args:
        text: What it says at first.
    """

    def __init__(self, text: str = "", *, name: str = "ghpypi.toml in memory") -> None:
        self.name = name
        self._text = text
        self._lock = Lock()

    def read(self) -> ConfigText:
        """Read the file; its revision is its digest."""
        revision = digest_of(self._text.encode()) if self._text else ""
        return ConfigText(text=self._text, revision=revision)

    def write(self, text: str, *, base: ConfigText, message: str) -> None:
        """Replace it, unless it was changed since it was read."""
        del message
        with self._lock:
            if self.read().revision != base.revision:
                raise OutdatedError(f"{self.name} was changed by another process")
            self._text = text

    def propose(self, text: str, *, base: ConfigText, message: str) -> str:
        """There are no pull requests.

        Raises:
            UsageError: Always.
        """
        del text, base, message
        raise UsageError(f"{self.name} is not in a repository, so it has no pull requests")
