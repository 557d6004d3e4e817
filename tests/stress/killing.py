"""Run a command that is killed at its K-th step: `python killing.py K COMMAND...`.

The process sends SIGKILL to itself just before its K-th step that others can see: opening a file
for writing, renaming, creating or removing one, connecting, or starting a program. So a moment can
be repeated, and none depends on a clock. A command that ends before its K-th step writes the number
of its steps to standard error.
"""

import atexit
import os
import signal
import sys
from typing import Any

STEPS = frozenset(
    {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "socket.connect", "subprocess.Popen"}
)
WRITING = frozenset("wax+")


def kill_at(step: int) -> None:
    """Send SIGKILL to this process at a certain step from now on."""
    left = step
    atexit.register(lambda: sys.stderr.write(f"steps: {step - left}\n"))

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        writes = event == "open" and WRITING & set(str(arguments[1] or ""))
        if event in STEPS or writes:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def main() -> None:
    """Run a command that ends early."""
    from ghpypi.cli.main import run  # noqa: PLC0415 - its own steps do not count

    for module in ("index", "upload"):
        __import__(f"ghpypi.cli.{module}")
    kill_at(int(sys.argv[1]))
    sys.exit(run(sys.argv[2:]))


if __name__ == "__main__":
    main()
