"""The garbage collector of Python while a run creates hundreds of thousands of objects that stay.

It searches all objects for cycles again each time their number has grown by a quarter. For the
listing of 300,000 files, that was half of the time, and there are no cycles among them.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Create objects without searching them for cycles; reference counts still free memory."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
