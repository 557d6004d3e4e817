"""Responses with the content of an open file, or with a range of it.

Starlette's `FileResponse` needs a path and reads chunks of 64 KiB, each in a thread. A store
returns an open file, which may also be a download from GitHub.
"""

from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager
from typing import Any, BinaryIO

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send
from urllib3.exceptions import HTTPError

from ghpypi.server.responses import IncompleteBodyError, SizedStreamingResponse

CHUNK = 1 << 20
"""Bytes per read; large, because each read is a switch to a thread and back."""


class OpenFileResponse(SizedStreamingResponse):
    """A response that reads an open file in threads.

    Args:
        opened: Context manager of the open file; exited after the response.
        stream: The file, positioned at the first byte to send.
        length: Number of bytes to send.
    """

    def __init__(
        self,
        opened: AbstractContextManager[BinaryIO],
        stream: BinaryIO,
        length: int,
        **options: Any,
    ) -> None:
        super().__init__(_chunks(stream, length), length, **options)
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):  # also if the client disconnected
                await run_in_threadpool(self._opened.__exit__, None, None, None)


async def _chunks(stream: BinaryIO, left: int) -> AsyncGenerator[bytes]:
    try:
        # Wait for a thread that is reading, even if the client disconnected.
        while left and (chunk := await run_in_threadpool(stream.read, min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
    except (HTTPError, OSError) as error:
        raise IncompleteBodyError(type(error).__name__) from error
