"""Work in child processes: the results are those of this process, whatever happens to a child."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest

from ghpypi.process_pool import ProcessPool, UnusableError, processors, stop_all
from ghpypi.processes import MOST, Processes

HERE = os.getpid()


def square(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def ends_in_children(parent: int, number: int) -> int:
    if os.getpid() != parent:
        os._exit(3)
    return number


def dies() -> None:
    os._exit(3)


class EndedPool:
    """A pool whose child processes end after they were given a task."""

    def __init__(self, *_: object) -> None:
        self.ended = False

    def submit(self, *_: object) -> "Future[object]":
        self.ended = True
        return Future()

    def stop(self) -> None:
        pass

    def join(self) -> None:
        pass


def size(text: bytes) -> int:
    return len(text)


def fails(number: int) -> int:
    raise ValueError(f"{number} is wrong")


def environment(name: str) -> str | None:
    return os.environ.get(name)


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GHPYPI_TOKEN", "of a user")
        patch.setenv("GHPYPI_COLOR", "never")
        with Processes(2, enough=1) as started:
            list(started.in_order(square, [("", 1)]))
            yield started


def test_results_are_in_order_and_of_child_processes(processes: Processes) -> None:
    found = list(processes.in_order(square, ((str(n), n) for n in range(50))))

    assert [(key, result and result[0]) for key, result in found] == [
        (str(n), n * n) for n in range(50)
    ]
    assert HERE not in {result[1] for _, result in found if result}


def test_what_cannot_be_sent_to_another_process_is_done_in_this_one(processes: Processes) -> None:
    found = list(processes.in_order(lambda n: (n, os.getpid()), [("a", 1), ("b", 2)]))

    assert found == [("a", (1, HERE)), ("b", (2, HERE))]


def test_what_takes_too_long_is_abandoned(processes: Processes) -> None:
    assert list(processes.in_order(square, [("a", 2)], abandoned=lambda: True)) == [("a", None)]


def test_children_have_no_secrets_in_their_environment(processes: Processes) -> None:
    wanted = [("", "GHPYPI_TOKEN"), ("", "GHPYPI_COLOR")]

    assert list(processes.in_order(environment, wanted)) == [("", None), ("", "never")]


def test_what_a_child_does_not_survive_is_done_in_this_process() -> None:
    with Processes(1) as started:
        found = list(started.in_order(partial(ends_in_children, HERE), [("", n) for n in range(9)]))

        assert found == [("", n) for n in range(9)]
        # One that failed is given nothing more.
        assert list(started.in_order(square, [("", 3)])) == [("", (9, HERE))]


def test_children_that_end_before_their_first_task_are_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ghpypi.processes.forget_secrets", dies)
    large = bytes(1_000_000)  # more than a pipe holds without a reader
    with Processes(2) as processes:
        found = list(processes.in_order(size, [(n, large) for n in range(9)]))

    assert found == [(n, 1_000_000) for n in range(9)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_children_that_end_between_two_tasks_are_not_used_again() -> None:
    with Processes(1) as processes:
        [(_, first)] = processes.in_order(square, [("", 2)])
        assert first
        os.kill(first[1], signal.SIGKILL)
        assert processes._pool
        while not processes._pool.ended:
            time.sleep(0.01)

        assert list(processes.in_order(square, [("", 3)])) == [("", (9, HERE))]


def test_a_system_that_starts_no_processes_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError("no semaphores here")

    monkeypatch.setattr("ghpypi.processes.ProcessPool", refused)
    with Processes(2) as processes:
        assert list(processes.in_order(square, [("", 4)])) == [("", (16, HERE))]


def test_an_error_is_that_of_the_function() -> None:
    with Processes(1) as processes, pytest.raises(ValueError, match="7 is wrong"):
        list(processes.in_order(fails, [("", 7)]))


def test_processes_are_not_started_for_little_work_or_one_processor() -> None:
    assert (Processes(2).worthwhile(3999), Processes(2).worthwhile(4000)) == (False, True)
    assert not Processes(1).worthwhile(1_000_000)
    assert 1 <= processors() <= (os.cpu_count() or 1)
    assert Processes()._number <= MOST


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit processors this way")
def test_only_the_processors_that_this_process_may_use_count() -> None:
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert processors() == 1
    finally:
        os.sched_setaffinity(0, allowed)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP")
def test_a_task_that_was_never_sent_is_not_waited_for() -> None:
    pool = ProcessPool(1, os.getpid)
    try:
        child = pool.call(os.getpid)
        os.kill(child, signal.SIGSTOP)
        larger_than_a_pipe = pool.submit(size, bytes(1 << 20))
        with ThreadPoolExecutor(1) as waiting:
            behind_it = waiting.submit(pool.call, size, b"")
            time.sleep(0.2)
            os.kill(child, signal.SIGKILL)

            assert isinstance(behind_it.exception(20), UnusableError)
        assert larger_than_a_pipe.exception(20)
    finally:
        stop_all([pool])


def test_a_task_that_no_child_process_will_do_is_done_in_this_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ghpypi.processes.ProcessPool", EndedPool)
    with Processes(2) as processes:
        assert list(processes.in_order(square, [("", 5)])) == [("", (25, HERE))]
