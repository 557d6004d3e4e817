"""A command in our place: it gets our signals, and we its exit code."""

import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from types import FrameType
from typing import Any, Self

from ghpypi.cli.signals import unwatched

PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH")


def run_in_our_place(command: list[str], environment: Mapping[str, str]) -> int:
    """Run a command, pass on the signals we get, and give its exit code."""
    with _Signals() as signals, subprocess.Popen(command, env=environment) as child:
        signals.pass_on_to(child)
        code = child.wait()
    return 128 - code if code < 0 else code


class _Signals:
    """Passes signals on; those that come before there is a command wait for it."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._waiting: list[int] = []
        self._before: dict[int, Any] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for name in PASSED_ON:
            number = getattr(signal, name, None)
            if number is not None:
                self._before[number] = signal.signal(number, self._arrived)
        self._stack.enter_context(unwatched())
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def pass_on_to(self, child: "subprocess.Popen[bytes]") -> None:
        self._child = child
        for number in self._waiting:
            child.send_signal(number)

    def _arrived(self, number: int, _: FrameType | None) -> None:
        if number in _OF_TERMINALS and sys.stdin is not None and sys.stdin.isatty():
            return  # the terminal sends it to the command as well
        if self._child is None:
            self._waiting.append(number)
        else:
            self._child.send_signal(number)


_OF_TERMINALS = {
    getattr(signal, name) for name in ("SIGINT", "SIGQUIT", "SIGWINCH") if hasattr(signal, name)
}
