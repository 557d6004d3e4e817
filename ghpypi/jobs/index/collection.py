"""The garbage collector of Python while a run creates hundreds of thousands of objects that stay.

It searches all objects for cycles again each time their number has grown by a quarter. For the
listing of 300,000 files, that was half of the time, and there are no cycles among them. So they are
not searched while they are made, nor by later searches of the same run.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Create objects without searching them for cycles; reference counts still free memory.

    What exists at the end is not searched within `collected_again`.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


@contextmanager
def collected_again() -> Iterator[None]:
    """Search all objects for cycles again after a run, because its process may go on."""
    try:
        yield
    finally:
        gc.unfreeze()
