"""Responses with the bytes of an open file, or of a part of it.

Starlette's `FileResponse` opens a file by its path and reads it in pieces of 64 KiB, each in a
thread. A store gives an open file, which may as well be a download.
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
"""Bytes that are read at once; each read is a hop to a thread and back."""


class OpenFileResponse(SizedStreamingResponse):
    """An open file, or a part of it, read in threads.

    Args:
        opened: The file, open for reading; closed when the response was sent.
        stream: The same file, at the first byte to send.
        length: How many bytes to send.
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
            with anyio.CancelScope(shield=True):  # also when the client has gone away
                await run_in_threadpool(self._opened.__exit__, None, None, None)


async def _chunks(stream: BinaryIO, left: int) -> AsyncGenerator[bytes]:
    try:
        # A thread that reads is waited for, even if the client has gone away meanwhile.
        while left and (chunk := await run_in_threadpool(stream.read, min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
    except (HTTPError, OSError) as error:
        raise IncompleteBodyError(type(error).__name__) from error
