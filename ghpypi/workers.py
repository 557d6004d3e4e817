"""Thread pools, and messages about unfinished work after an interruption."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

POLL_SECONDS = 0.1
"""How often a waiting thread checks whether waiting is still worthwhile, in seconds."""


def never() -> bool:
    """Return `False`: waiting is always worthwhile."""
    return False


@contextmanager
def workers(
    number: int, name: str, *, abandoned: Callable[[], bool] = never
) -> Iterator[ThreadPoolExecutor]:
    """Provide a thread pool within the `with` block.

    If the block fails, tasks that have not started are canceled, and running ones are awaited. An
    interruption waits for none: a thread may sleep for a minute before a retry, and the process
    ends without it (`ghpypi.cli.signals`).

    Args:
        number: The number of threads.
        name: The prefix of their names, for debuggers.
        abandoned: Returns at the end of the block whether running tasks are left alone.
    """
    pool = ThreadPoolExecutor(number, thread_name_prefix=name)
    wait_for_all = True
    try:
        yield pool
    except KeyboardInterrupt:
        wait_for_all = False
        raise
    finally:
        pool.shutdown(wait=wait_for_all and not abandoned(), cancel_futures=True)


class AbandonedError(Exception):
    """A task has no result yet, and nothing waits for it any more."""


def result_unless(abandoned: Callable[[], bool], task: Future[T]) -> T:
    """Wait for the result of a task.

    Args:
        abandoned: Returns whether waiting is no longer worthwhile.
        task: The task, which goes on in any case.

    Raises:
        AbandonedError: The task was abandoned before it had a result.
    """
    while not task.done():
        if abandoned():
            raise AbandonedError
        wait([task], timeout=POLL_SECONDS)
    return task.result()


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
