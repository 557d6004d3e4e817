"""`ghpypi.toml` at the head of the default branch, read and written with the contents API."""

from ghpypi.errors import ConfigError, NotAllowedError, OutdatedError
from ghpypi.ports import ConfigText
from ghpypi.stores.github.connection import Connection
from ghpypi.stores.github.error_tables import PROTECTED
from ghpypi.stores.github.repository_files import FileCommit


class GitHubConfigFile:
    """A file in a repository.

    Args:
        connection: The repository.
        path: The path of the file in the repository.
    """

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = path

    @property
    def name(self) -> str:
        """The path and the repository as given by the user."""
        return f"{self._path} of {self._connection.name}"

    def read(self) -> ConfigText:
        """Read the file; its revision is the git blob.

        Raises:
            ConfigError: It is not UTF-8.
            FailedError: The path is not that of a file.
        """
        found = self._connection.find_file(self._path)
        if found is None:
            return ConfigText()
        try:
            return ConfigText(text=found[0].decode(), revision=found[1])
        except UnicodeDecodeError as error:
            raise ConfigError(f"{self.name} is not UTF-8: {error}") from error

    def write(self, text: str, *, base: ConfigText, message: str) -> None:
        """Replace the file with one commit, unless it was changed since it was read."""
        try:
            reason = self._connection.write_file(self._commit(text, base, message))
        except NotAllowedError as error:
            if PROTECTED in error.message:
                error.hint = f"open a pull request with --pr; or {error.hint}"
            raise
        if reason:
            raise OutdatedError(f"{self.name} was changed in the meantime: {reason}")

    def propose(self, text: str, *, base: ConfigText, message: str) -> str:
        """Open a pull request with one commit; return its URL."""
        url, reason = self._connection.propose_file(self._commit(text, base, message))
        if reason:
            raise OutdatedError(f"{self.name} was changed in the meantime: {reason}")
        return url

    def _commit(self, text: str, base: ConfigText, message: str) -> FileCommit:
        return FileCommit(path=self._path, text=text, message=message, replaces=base.revision)
