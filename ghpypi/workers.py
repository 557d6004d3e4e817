"""Thread pools, and messages about unfinished work after an interruption."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def workers(number: int, name: str) -> Iterator[ThreadPoolExecutor]:
    """Provide a thread pool within the `with` block.

    If the block fails, tasks that have not started are canceled, and running ones are awaited. An
    interruption waits for none: a thread may sleep for a minute before a retry, and the process
    ends without it (`ghpypi.cli.signals`).

    Args:
        number: The number of threads.
        name: The prefix of their names, for debuggers.
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
    """Add a note about unfinished work if a signal interrupts the `with` block.

    Args:
        left: The note for the final message (PEP 678).
    """
    try:
        yield
    except KeyboardInterrupt as interrupted:
        interrupted.add_note(left)
        raise
