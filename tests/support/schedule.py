"""Threads that take turns, in an order that follows from a seed, with a clock of their own.

So races of processes can be tried without a clock, and repeated.
"""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass
class _Turn:
    wakes: float = 0.0
    go: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None


class Schedule:
    """Runs threads one at a time; each gives its turn up by sleeping.

    Args:
        seed: What the order follows from.
    """

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - to be repeated
        self._now = 0.0
        self._turns: dict[int, _Turn] = {}

    def now(self) -> float:
        """Return the time of the schedule, in seconds."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Let others run until that much time has passed; other threads do not wait."""
        turn = self._turns.get(threading.get_ident())
        if turn:
            turn.wakes = self._now + seconds
            turn.go.clear()
            self._next()
            turn.go.wait()

    def run(self, tasks: Sequence[Callable[[], object]]) -> None:
        """Run tasks to their ends, and raise the first error of one."""
        ready = threading.Barrier(len(tasks) + 1)
        turns = [_Turn(wakes=self.chance.random()) for _ in tasks]
        threads = [
            threading.Thread(target=self._task, args=(task, turn, ready), daemon=True)
            for task, turn in zip(tasks, turns, strict=True)
        ]
        for thread in threads:
            thread.start()
        ready.wait()
        self._next()
        for thread in threads:
            thread.join()
        for turn in turns:
            if turn.error:
                raise turn.error

    def _task(self, task: Callable[[], object], turn: _Turn, ready: threading.Barrier) -> None:
        ident = threading.get_ident()
        self._turns[ident] = turn
        ready.wait()
        turn.go.wait()
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - raised by `run`
            turn.error = error
        finally:
            del self._turns[ident]
            self._next()

    def _next(self) -> None:
        if self._turns:
            first = min(self._turns.values(), key=lambda each: each.wakes)
            self._now = max(self._now, first.wakes)
            first.go.set()
