import logging
import threading

import pytest

from ghpypi.errors import OutdatedError, TryLaterError
from ghpypi.ports import SiteChange
from ghpypi.stores.objects.client import BucketClient
from ghpypi.stores.objects.keys import LOCK
from ghpypi.stores.objects.lease import LEASE_SECONDS, WAIT_SECONDS, LeaseLock
from ghpypi.stores.objects.site import BucketSite
from tests.stores.objects.clients import careless, memory
from tests.support.buckets_in_memory import Clock


def lock_of(client: BucketClient, clock: Clock) -> LeaseLock:
    return LeaseLock(client, sleep=clock.sleep, now=clock.now)


def test_a_lock_is_gone_after_its_block() -> None:
    client = memory()
    with lock_of(client, Clock()).held():
        assert client.find(LOCK)

    assert client.find(LOCK) is None


def test_a_lock_that_is_not_renewed_is_taken_over_with_the_pages_of_its_holder() -> None:
    client, clock = memory(), Clock()
    client.write(LOCK, b'{"holder": "dead", "pages": ["simple/a/index.html", "../x"]}', {})
    with lock_of(client, clock).held() as lease:
        assert lease.unfinished == {"simple/a/index.html"}

    assert LEASE_SECONDS < clock.seconds < LEASE_SECONDS + 5


def test_a_lock_that_is_renewed_is_waited_for() -> None:
    client, clock = memory(), Clock()
    renewals = iter(range(10_000))

    def renew(seconds: float) -> None:
        clock.sleep(seconds)
        client.write(LOCK, b'{"holder": "other %d"}' % next(renewals), {})

    client.write(LOCK, b'{"holder": "other"}', {})
    lock = LeaseLock(client, sleep=renew, now=clock.now)
    with pytest.raises(TryLaterError, match="another run is publishing"), lock.held():
        pass

    assert clock.seconds > WAIT_SECONDS


@pytest.mark.parametrize("content", [b"", b"[]", b"not JSON", b'{"pages": 1, "free": true}'])
def test_a_damaged_lock_is_free(content: bytes) -> None:
    client, clock = memory(), Clock()
    client.write(LOCK, content, {})
    with lock_of(client, clock).held() as lease:
        assert lease.unfinished == frozenset()

    assert clock.seconds == 0


def test_a_run_whose_lock_was_taken_over_publishes_nothing() -> None:
    client, clock = memory(), Clock()
    lock = lock_of(client, clock)

    def pages() -> list[tuple[str, bytes]]:
        client.write(LOCK, b'{"holder": "other"}', {})
        return [("a.html", b"a"), ("catalog.jsonl", b"{}")]

    change = SiteChange(pages=pages, added=lambda: ["a.html"])
    lease_lost = threading.Event()
    original = lock.ensure

    def ensure(lease: object) -> None:
        if client.find(LOCK) and b"other" in (client.read(LOCK) or (b"",))[0]:
            lock._write(lease)  # type: ignore[arg-type]
            lease_lost.set()
        original(lease)  # type: ignore[arg-type]

    lock.ensure = ensure  # type: ignore[method-assign]
    with pytest.raises(TryLaterError, match="has taken over the lock"):
        BucketSite(client, lock=lock).publish(change, base=None)

    assert lease_lost.is_set()
    assert client.find("catalog.jsonl") is None
    assert client.find(LOCK)  # of the other run


def test_a_failed_run_leaves_its_pages_to_the_next_one() -> None:
    client, clock = memory(), Clock()

    def pages() -> list[tuple[str, bytes]]:
        raise ZeroDivisionError

    change = SiteChange(pages=pages, added=lambda: ["simple/a/index.html"])
    with pytest.raises(ZeroDivisionError):
        BucketSite(client, lock=lock_of(client, clock)).publish(change, base=None)
    with lock_of(client, clock).held() as lease:
        assert lease.unfinished == {"simple/a/index.html"}

    assert clock.seconds == 0


def test_an_endpoint_that_ignores_conditions_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    client, clock = careless(), Clock()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            with lock_of(client, clock).held():
                pass

    (record,) = caplog.records
    assert record.getMessage().startswith("s3://careless: the endpoint has no conditional writes")
    assert [each.key for each in client.objects()] == []


def test_without_conditions_the_catalog_is_compared_before_it_is_written() -> None:
    client, clock = careless(), Clock()
    site = BucketSite(client, lock=lock_of(client, clock))

    def change(text: bytes) -> SiteChange:
        return SiteChange(pages=lambda: [("catalog.jsonl", text)])

    site.publish(change(b"one"), base=None)
    with pytest.raises(OutdatedError):
        site.publish(change(b"two"), base=b"zero")
    site.publish(change(b"two"), base=b"one")

    assert site.catalog() == b"two"
