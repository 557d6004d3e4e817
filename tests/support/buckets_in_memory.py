"""Buckets of one store in memory, as the commands open them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from ghpypi.core.config.config import Config
from ghpypi.core.names import Filename
from ghpypi.stores.objects.backend import BucketBackend
from ghpypi.stores.objects.client import BucketClient, Conditions
from ghpypi.stores.objects.lease import LeaseLock
from ghpypi.stores.objects.site import BucketSite
from ghpypi.stores.objects.store import BucketStore
from tests.support.failing_store import FailingStore

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Clock:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class BucketInMemory(BucketBackend):
    """A bucket in memory; waiting takes no time."""

    world: ClassVar[FailingStore]
    clock: ClassVar[Clock]

    @classmethod
    def begin(cls) -> FailingStore:
        """Make a new world without objects."""
        cls.world, cls.clock = FailingStore(), Clock()
        return cls.world

    @property
    def client(self) -> BucketClient:
        parts = (self.location.bucket, self.location.prefix)
        root = "".join(f"{part}/" for part in parts if part)
        return BucketClient(
            name=str(self.location), store=self.world, root=root, conditions=Conditions()
        )

    def store(self, filenames: Sequence[Filename] = ()) -> BucketStore:
        del filenames
        return BucketStore(self.client, sleep=self.clock.sleep, now=lambda: NOW)

    def site(self, config: Config, *, writing: bool = False) -> BucketSite:
        del writing
        client = self.client.below(config.site.folder)
        lock = LeaseLock(client, sleep=self.clock.sleep, now=self.clock.now)
        return BucketSite(client, lock=lock)
