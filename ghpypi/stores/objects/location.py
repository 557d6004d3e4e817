"""Where a store in a bucket is."""

import re
from typing import NamedTuple

from ghpypi.core.addresses import is_plain_path
from ghpypi.core.locator import Locator
from ghpypi.errors import UsageError

_BUCKET = re.compile(r"[A-Za-z0-9$][A-Za-z0-9._-]{1,221}")
"""Names of buckets and containers; `$web` and `$root` are containers of Azure."""


class Location(NamedTuple):
    """The bucket and the prefix of a store.

    Attributes:
        scheme: The kind of object store: `s3`, `gs` or `az`.
        bucket: The bucket, or the container of Azure Blob Storage.
        prefix: The prefix of all keys, without slashes at its ends; may be empty.
    """

    scheme: str
    bucket: str
    prefix: str

    @classmethod
    def of(cls, locator: Locator) -> "Location":
        """Parse the locator of a store.

        Raises:
            UsageError: It is not a bucket with a prefix, or contains a user name or password.
        """
        scheme = locator.kind
        bucket, _, prefix = locator.value.partition("/")
        prefix = prefix.strip("/")
        if "@" in locator.value:
            # The text is not part of the message, because it may contain a secret.
            raise UsageError(
                f"the {scheme}:// store contains a user name, password or key",
                hint="omit it: credentials are read from where the tools of the cloud read them",
            )
        if not _BUCKET.fullmatch(bucket) or (prefix and not is_plain_path(prefix)):
            raise UsageError(
                f"store '{locator}' is not a bucket with a prefix",
                hint=f"write {scheme}://BUCKET or {scheme}://BUCKET/PREFIX",
            )
        return cls(scheme=scheme, bucket=bucket, prefix=prefix)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")
