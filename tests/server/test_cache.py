"""Computations that callers share, and caches with a limit."""

import asyncio

import pytest
from cachetools import LRUCache

from ghpypi.server.cache import SingleFlight, expiry_times, put


def test_callers_of_one_key_share_one_computation() -> None:
    flights: SingleFlight[str, int] = SingleFlight()
    computed: list[str] = []

    async def compute() -> int:
        computed.append("begun")
        await asyncio.sleep(0)
        return len(computed)

    async def main() -> list[int]:
        return await asyncio.gather(*(flights.run("a", compute) for _ in range(5)))

    assert asyncio.run(main()) == [1, 1, 1, 1, 1]
    assert len(flights) == 0


def test_a_failed_computation_fails_for_all_callers_and_is_not_cached() -> None:
    flights: SingleFlight[int, int] = SingleFlight()

    async def fail() -> int:
        await asyncio.sleep(0)
        raise OSError("no answer")

    async def main() -> list[BaseException | int]:
        calls = [flights.run(number % 10, fail) for number in range(100)]
        return await asyncio.gather(*calls, return_exceptions=True)

    assert {str(each) for each in asyncio.run(main())} == {"no answer"}
    assert len(flights) == 0


def test_a_canceled_caller_does_not_cancel_the_computation_of_others() -> None:
    flights: SingleFlight[str, int] = SingleFlight()

    async def compute() -> int:
        await asyncio.sleep(0.01)
        return 7

    async def main() -> int:
        first = asyncio.create_task(flights.run("a", compute))
        second = asyncio.create_task(flights.run("a", compute))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert asyncio.run(main()) == 7


def test_a_value_larger_than_the_cache_is_not_cached_and_evicts_nothing() -> None:
    cache: LRUCache[str, bytes] = LRUCache(10, getsizeof=len)
    put(cache, "a", b"12345")
    put(cache, "b", b"12345678901")

    assert dict(cache) == {"a": b"12345"}

    put(cache, "a", b"12345678901")

    assert not cache


def test_entries_expire_at_their_value_and_are_never_evicted() -> None:
    time = [100.0]
    tokens = expiry_times(lambda: time[0])
    tokens.update({f"token {number}": 110.0 for number in range(1000)}, late=120.0, over=100.0)

    assert len(tokens) == 1001

    time[0] = 110.0

    assert dict(tokens) == {"late": 120.0}
