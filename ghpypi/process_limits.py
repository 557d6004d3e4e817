"""The limits of a child process that works on untrusted input.

A child process imports this module and what it calls, and nothing else of the package: that is why
the limits have a module of their own. Importing `ghpypi.rendering` takes twice as long as all else
that a process does before its first text.
"""

import math
import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

if sys.platform != "win32":
    import resource

Result = TypeVar("Result")

MEMORY = 1 << 30
"""Maximum address space of a child process, in bytes; it needs a fifth of that itself."""


def confine() -> None:
    """Set the limits of a child process before its first task."""
    os.environ.clear()  # it may contain tokens
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limited(cpu_seconds: int, function: Callable[..., Result], *arguments: Any) -> Result:
    """Call a function in a child process; the kernel stops the process at the time limit.

    Args:
        cpu_seconds: Maximum processor time of the call, in seconds.
        function: The function.
        arguments: Its arguments.
    """
    if sys.platform != "win32":
        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = math.ceil(usage.ru_utime + usage.ru_stime)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (used + cpu_seconds, hard))
    return function(*arguments)
