"""The file with the configuration of a store, `ghpypi.toml`."""

from typing import NamedTuple, Protocol

from ghpypi.core.config.config import Config


class ConfigText(NamedTuple):
    """The configuration at one time.

    Attributes:
        text: Its text, with its line ends; empty if there is no file.
        revision: Names this content, such as a git blob; empty if there is no file.
    """

    text: str = ""
    revision: str = ""


class ConfigFile(Protocol):
    """The configuration of a store: read and replaced as a whole."""

    @property
    def name(self) -> str:
        """The name in messages."""
        ...

    def read(self) -> ConfigText:
        """Read it.

        Raises:
            ConfigError: It is not UTF-8, or cannot be read.
        """
        ...

    def write(self, text: str, *, base: ConfigText, message: str) -> None:
        """Replace it, unless it was changed since it was read.

        Args:
            text: The new text.
            base: What was read, and the text was made of.
            message: What happened, for a store that keeps such things.

        Raises:
            OutdatedError: It was changed in the meantime; nothing was written.
            NotAllowedError: The token, or a rule of the store, does not allow it.
        """
        ...

    def propose(self, text: str, *, base: ConfigText, message: str) -> str:
        """Propose a new text for review, without replacing the file.

        Args:
            text: The new text.
            base: What was read, and the text was made of.
            message: What happened, such as a commit message.

        Returns:
            The URL of the pull request. A second call with the same text returns the same one.

        Raises:
            OutdatedError: It was changed in the meantime; nothing was proposed.
            NotAllowedError: The token does not allow it.
            UsageError: The store has no pull requests.
        """
        ...


def read_config(file: ConfigFile) -> Config:
    """Read and parse the configuration of a store.

    Raises:
        ConfigError: It is wrong, or cannot be read; the message says where.
    """
    return Config.parse(file.read().text, source=file.name)
