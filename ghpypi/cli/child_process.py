"""Running a command in place of ghpypi: it receives the signals, and its exit code is returned."""

import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from types import FrameType
from typing import Any, Self

from ghpypi.cli.signals import without_signal_handling
from ghpypi.progress_output import end_progress

FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH")
"""The signals that are sent to the command; not all exist on all systems."""


STDERR = 2
"""The file descriptor of standard error."""


def run_child(
    command: list[str], environment: Mapping[str, str], *, output_to_stderr: bool = False
) -> int:
    """Run a command, forward signals to it, and return its exit code.

    Args:
        command: The program and its arguments.
        environment: All environment variables of the command.
        output_to_stderr: Its standard output is not the result of ghpypi.

    Returns:
        The exit code; 128 plus the number of the signal that ended the command, as shells do.
    """
    end_progress()
    output = STDERR if output_to_stderr else None
    with (
        _SignalForwarder() as signals,
        subprocess.Popen(command, env=environment, stdout=output) as child,
    ):
        signals.forward_to(child)
        code = child.wait()
    return 128 - code if code < 0 else code


class _SignalForwarder:
    """Forwards signals to a process; those that arrive before it has started are sent later."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._pending: list[int] = []
        self._previous: dict[int, Any] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for name in FORWARDED:
            number = getattr(signal, name, None)
            if number is not None:
                self._previous[number] = signal.signal(number, self._handle)
        self._stack.enter_context(without_signal_handling())
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def forward_to(self, child: "subprocess.Popen[bytes]") -> None:
        self._child = child
        for number in self._pending:
            child.send_signal(number)

    def _handle(self, number: int, _: FrameType | None) -> None:
        if number in _FROM_TERMINAL and sys.stdin is not None and sys.stdin.isatty():
            return  # the terminal sends it to the whole process group, so the command has it
        if self._child is None:
            self._pending.append(number)
        else:
            self._child.send_signal(number)


_FROM_TERMINAL = {
    getattr(signal, name) for name in ("SIGINT", "SIGQUIT", "SIGWINCH") if hasattr(signal, name)
}
