"""Run a command in which the K-th step that writes fails: `python failing.py ERRNO K COMMAND...`.

A step is opening a file for writing, making a folder, or renaming. From the K-th on all of them
fail, as they do on a full disk.
"""

import os
import sys
from typing import Any

STEPS = frozenset({"os.rename", "os.mkdir"})
WRITING = frozenset("wax+")


def fail_from(number: int, step: int) -> None:
    """Let all steps fail from a certain one on."""
    left = step

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if event in STEPS or (event == "open" and WRITING & set(str(arguments[1] or ""))):
            left -= 1
            if left <= 0:
                raise OSError(number, os.strerror(number), str(arguments[0]))

    sys.addaudithook(watch)


def main() -> None:
    """Run a command whose writing fails."""
    from ghpypi.cli.main import run  # noqa: PLC0415 - its own steps do not count

    for module in ("index", "upload"):
        __import__(f"ghpypi.cli.{module}")
    fail_from(int(sys.argv[1]), int(sys.argv[2]))
    sys.exit(run(sys.argv[3:]))


if __name__ == "__main__":
    main()
