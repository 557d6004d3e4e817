"""`ghpypi.toml` as an object."""

from ghpypi.core.config.config import CONFIG_FILE
from ghpypi.errors import ConfigError, OutdatedError, UsageError
from ghpypi.ports import ConfigText
from ghpypi.stores.objects.client import BucketClient
from ghpypi.stores.objects.keys import page_headers
from ghpypi.stores.objects.values import Tag


class BucketConfigFile:
    """A `ConfigFile` in a bucket.

    Args:
        client: The bucket and prefix.
    """

    def __init__(self, client: BucketClient) -> None:
        self._client = client

    @property
    def name(self) -> str:
        """The name in messages."""
        return f"{self._client.name}/{CONFIG_FILE}"

    def read(self) -> ConfigText:
        """Read it; its revision is its entity tag, and its generation where there is one."""
        found = self._client.read(CONFIG_FILE)
        if found is None:
            return ConfigText()
        try:
            text = found.content.decode()
        except UnicodeDecodeError as error:
            raise ConfigError(f"{self.name} is not UTF-8") from error
        return ConfigText(text=text, revision=" ".join(found.tag))

    def write(self, text: str, *, base: ConfigText, message: str) -> None:
        """Replace it, unless it was changed since it was read."""
        del message
        content, headers = text.encode(), page_headers(CONFIG_FILE)
        if base.revision:
            e_tag, _, version = base.revision.partition(" ")
            tag = self._client.replace(CONFIG_FILE, content, Tag(e_tag, version), headers)
        else:
            tag = self._client.create(CONFIG_FILE, content, headers)
        if tag is None and not self._has(content):
            raise OutdatedError(f"{self.name} was changed by another process")

    def propose(self, text: str, *, base: ConfigText, message: str) -> str:
        """There are no pull requests.

        Raises:
            UsageError: Always.
        """
        del text, base, message
        raise UsageError(f"{self.name} is not in a repository, so it has no pull requests")

    def _has(self, content: bytes) -> bool:
        """Return whether the text was written after all, and only the response was lost."""
        found = self._client.read(CONFIG_FILE)
        return found is not None and found.content == content
