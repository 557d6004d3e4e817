"""Buckets in memory that fail, or ignore what they are asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import obstore.store

from ghpypi.errors import TryLaterError
from ghpypi.stores.objects.client import Body, BucketClient, Conditions
from ghpypi.stores.objects.values import Tag


def memory(**more: Any) -> BucketClient:
    return BucketClient(name="s3://bucket", store=obstore.store.MemoryStore(), **more)


@dataclass(kw_only=True)
class Faults:
    """Which request fails, and whether it has an effect nevertheless.

    Attributes:
        at: The number of the request, from 1; 0 for none.
        late: It is carried out, and only the response is lost.
        count: The number of requests so far.
        writes: How many of them were writes.
    """

    at: int = 0
    late: bool = False
    count: int = 0
    writes: int = 0


@dataclass(frozen=True, kw_only=True)
class FailingClient(BucketClient):
    """A bucket that fails at one request."""

    faults: Faults = field(default_factory=Faults)

    def below(self, folder: str) -> "FailingClient":
        return replace(self, root=self.root + folder)

    def objects(self, folder: str = "") -> Any:
        return self._do(lambda: list(BucketClient.objects(self, folder)))

    def names(self) -> Any:
        return self._do(lambda: BucketClient.names(self))

    def delete(self, keys: Any) -> None:
        wanted = list(keys)
        if wanted:
            self._do(lambda: BucketClient.delete(self, wanted), write=True)

    def _get(self, key: str, options: Mapping[str, Any]) -> Any:
        return self._do(lambda: BucketClient._get(self, key, options))

    def _put(self, key: str, body: Body, attributes: Mapping[str, str], *, mode: Any) -> Tag:
        put = BucketClient._put
        done: Tag = self._do(lambda: put(self, key, body, attributes, mode=mode), write=True)
        return done

    def _do(self, request: Callable[[], Any], *, write: bool = False) -> Any:
        self.faults.count += 1
        self.faults.writes += write
        failing = self.faults.count == self.faults.at
        if failing and not self.faults.late:
            raise TryLaterError("the request failed")
        done = request()
        if failing:
            raise TryLaterError("the response was lost")
        return done


class CarelessClient(BucketClient):
    """An endpoint that ignores the conditions of writes."""

    def _put(self, key: str, body: Body, attributes: Mapping[str, str], *, mode: Any) -> Tag:
        return super()._put(key, body, attributes, mode="overwrite")


def careless() -> CarelessClient:
    return CarelessClient(
        name="s3://careless",
        store=obstore.store.MemoryStore(),
        conditions=Conditions(checked=False),
    )
