"""Standard streams that are closed, or that cannot be written any more."""

import os
import sys
from contextlib import suppress

STREAMS = 3
"""Standard input, output and error have the numbers 0 to 2."""


def open_missing() -> None:
    """Open the null device in place of standard streams that were closed by the caller.

    Otherwise the next file or connection gets the number of a closed stream, and child processes
    write into it. Python sets such a stream to `None`.
    """
    number = os.open(os.devnull, os.O_RDWR)
    while number < STREAMS:
        os.set_inheritable(number, True)
        number = os.open(os.devnull, os.O_RDWR)
    os.close(number)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123


def flush() -> bool:
    """Flush both outputs; return whether that was possible.

    What cannot be written, for example because a disk is full, is discarded: Python would try it
    again at the end of the process, and print a traceback.
    """
    out, err = _flush("stdout"), _flush("stderr")
    return out and err


def _flush(name: str) -> bool:
    stream = getattr(sys, name)
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)
        return False
    return True
