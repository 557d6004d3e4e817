"""Signal handling, and cleanup at the end of the process.

A signal raises `Interrupted` in the main thread, so that context managers clean up. If that takes
too long, because the main thread runs code that Python cannot interrupt, such as a DNS lookup, a
watcher thread cleans up and ends the process.

Within `stoppable`, the first signal asks the command to finish early, and the second one interrupts
it.
"""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

from ghpypi.cli import standard_streams

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
CLEANUP_SECONDS = 2.5
"""Maximum time for the main thread to clean up after a signal, in seconds: a busy machine takes its
time."""

MESSAGE = "interrupted; run the same command again to continue"
STOPPING = "interrupted; publishing what was read; a second signal ends the command at once"


class Interrupted(KeyboardInterrupt):
    """A signal interrupted the command.

    Args:
        number: The signal number.
    """

    def __init__(self, number: int = signal.SIGINT) -> None:
        super().__init__()
        self.exit_code = 128 + number


def interrupted(number: int, note: str) -> Interrupted:
    """Make the exception for a signal that has ended a command early.

    Args:
        number: The signal number.
        note: What was done and what is left, for the final message (PEP 678).
    """
    error = Interrupted(number)
    error.add_note(note)
    return error


def run_process(work: Callable[[], int]) -> NoReturn:
    """Call the main function of the process, and exit with the code that it returns."""
    standard_streams.open_missing()
    watcher = _Watcher()
    watcher.start()
    try:
        code = work()
    except Interrupted as interrupted:  # not handled by the main function
        _say(MESSAGE)
        code = interrupted.exit_code
    except OSError:  # the main function cannot write to standard error that something failed
        code = 1
    watcher.exit(code)


@contextmanager
def without_signal_handling() -> Iterator[None]:
    """Let other code handle signals within the `with` block, without a time limit."""
    descriptor = signal.set_wakeup_fd(-1)
    try:
        yield
    finally:
        signal.set_wakeup_fd(descriptor, warn_on_full_buffer=False)


class Stoppable:
    """A block of code that can finish early.

    Args:
        stop: Asks it to; called in a signal handler. It returns whether that is of use.
    """

    def __init__(self, stop: Callable[[], bool]) -> None:
        self._stop = stop
        self.number: int | None = None
        """The signal that it was stopped by."""

    def accepts(self, number: int) -> bool:
        """Stop the block because of a signal; return whether it will finish early."""
        if self.number is not None or not self._stop():
            return False
        self.number = number
        return True


_stoppable: list[Stoppable] = []


@contextmanager
def stoppable(stop: Callable[[], bool]) -> Iterator[Stoppable]:
    """Let the first signal ask the `with` block to finish early, instead of interrupting it.

    Args:
        stop: Asks the block to; it returns whether that is of use.
    """
    block = Stoppable(stop)
    _stoppable.append(block)
    try:
        yield block
    finally:
        _stoppable.remove(block)


def clean_up() -> None:
    """Remove temporary folders and stop child processes."""
    # If the module was not imported, there is nothing to clean up.
    if found := sys.modules.get("ghpypi.cleanup"):
        found.clean_up()


class _Watcher:
    """Handles signals, and ends the process if the main thread does not."""

    def __init__(self) -> None:
        self._received = 0
        self._interrupted = False
        self._handled = threading.Event()
        """Set when the main thread has accepted a signal, or is done."""
        self._done = False
        self._wakeup_reader, self._wakeup_writer = socket.socketpair()

    def start(self) -> None:
        """Handle signals that terminate a process, except those ignored by the parent process."""
        for name in SIGNALS:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._handle)
        # Python writes to the file descriptor at once; handlers may run later in the main thread.
        self._wakeup_writer.setblocking(False)
        signal.set_wakeup_fd(self._wakeup_writer.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._watch, name="signals", daemon=True).start()

    def exit(self, code: int) -> NoReturn:
        """Exit; after a signal, without waiting for threads."""
        for name in SIGNALS:
            if number := getattr(signal, name, None):
                signal.signal(number, signal.SIG_IGN)
        self._done = True
        self._handled.set()
        clean_up()
        if not standard_streams.flush():
            code = code or 1
        if self._received:
            os._exit(code)
        sys.exit(code)

    def _handle(self, number: int, _: FrameType | None) -> None:
        if self._interrupted:  # further signals do not interrupt the cleanup
            return
        self._received = number
        if any(block.accepts(number) for block in _stoppable):
            self._handled.set()
            return
        self._interrupted = True
        sys.unraisablehook = _ignore
        raise Interrupted(number)

    def _watch(self) -> None:
        numbers = {getattr(signal, name, None) for name in SIGNALS}
        while number := self._wakeup_reader.recv(1)[0]:
            if number not in numbers:
                continue
            if not self._handled.wait(CLEANUP_SECONDS):
                _say(MESSAGE)
                clean_up()
                os._exit(128 + number)
            if self._done:
                return
            self._handled.clear()
            _say(STOPPING)


def _ignore(_: "sys.UnraisableHookArgs") -> None:
    """Print no error of a destructor.

    An object that the interruption left without all of its attributes, such as a `ZipFile`, fails
    in it; Python would print a traceback.
    """


def _say(text: str) -> None:
    with suppress(OSError, ValueError):
        print(f"\n{text}", file=sys.stderr, flush=True)  # noqa: T201 - nothing else is ready
