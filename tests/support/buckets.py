"""Buckets in memory behind the commands, as if they were in Google Cloud Storage."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import obstore.store
import pytest

from ghpypi.stores.objects import backend
from ghpypi.stores.objects.client import BucketClient
from ghpypi.stores.objects.location import Location


class Buckets:
    """All buckets of a test; each exists once it is named."""

    def __init__(self) -> None:
        self._stores = defaultdict[str, obstore.store.MemoryStore](obstore.store.MemoryStore)

    def open(self, location: Location, max_wait: float) -> obstore.store.MemoryStore:
        """Open a bucket as `connection.open_bucket` does."""
        del max_wait
        return self._stores[location.bucket]

    def client(self, bucket: str, prefix: str = "") -> BucketClient:
        """Return the requests to a prefix of a bucket."""
        root = f"{prefix}/" if prefix else ""
        return BucketClient(name=bucket, store=self._stores[bucket], root=root)

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Return everything in a bucket."""
        client = self.client(bucket)
        found = ((each.key, client.read(each.key)) for each in client.objects())
        return {key: each.content for key, each in found if each}


@contextmanager
def buckets_in_memory() -> Iterator[Buckets]:
    """Let `gs://` be buckets in memory, without objects whose keys end in a slash."""
    buckets = Buckets()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, "open_bucket", buckets.open)
        patch.setattr(backend, "open_folder", lambda *_: obstore.store.MemoryStore())
        yield buckets
