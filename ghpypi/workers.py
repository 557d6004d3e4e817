"""Threads that work on several things at once, and what an interruption leaves to do."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def workers(number: int, name: str) -> Iterator[ThreadPoolExecutor]:
    """Run tasks in threads until the block ends.

    When the block fails, tasks that have not begun are dropped, and those that have are waited
    for. An interruption waits for none: a thread may sleep for a minute before it asks a busy
    server again, and the process ends without it (`ghpypi.cli.ending`).

    Args:
        number: How many threads.
        name: What they are called in a debugger.
    """
    pool = ThreadPoolExecutor(number, thread_name_prefix=name)
    wait = True
    try:
        yield pool
    except KeyboardInterrupt:
        wait = False
        raise
    finally:
        pool.shutdown(wait=wait, cancel_futures=True)


def in_order(work: Callable[[T], R], items: Iterable[T], number: int, name: str) -> Iterator[R]:
    """Do the same to many things, and yield the results in the order of the things.

    Args:
        work: What to do to each.
        items: The things.
        number: How many threads to use; with 1, this one, and each thing when its result is
            asked for.
        name: What the threads are called in a debugger.
    """
    if number == 1:
        yield from map(work, items)
        return
    with workers(number, name) as pool:
        for task in [pool.submit(work, item) for item in items]:
            yield task.result()


@contextmanager
def unless_interrupted(left: str) -> Iterator[None]:
    """Say what is left to do, should a signal end the block.

    Args:
        left: A note for the message that the program ends with (PEP 678).
    """
    try:
        yield
    except KeyboardInterrupt as interrupted:
        interrupted.add_note(left)
        raise
