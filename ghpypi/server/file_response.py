"""Responses with the content of an open file, or with a range of it.

Starlette's `FileResponse` needs a path and reads chunks of 64 KiB, each in a thread. A store
returns an open file, which may also be a download from GitHub.
"""

import os
import stat
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager
from typing import Any, BinaryIO

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from ghpypi.connection_errors import CONNECTION_ERRORS
from ghpypi.server.responses import IncompleteBodyError, SizedStreamingResponse

ZERO_COPY = "http.response.zerocopysend"
"""The ASGI extension with which the operating system copies, see `network.zero_copy`."""

CHUNK = 1 << 20
"""Bytes per read; large, because each read is a switch to a thread and back."""

SLICE = 16 << 20
"""Bytes that one message of the extension sends."""


class OpenFileResponse(SizedStreamingResponse):
    """A response with an open file, copied by the operating system or else read in threads.

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
        self._stream = stream
        self._length = length
        self._copies = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        self._copies = ZERO_COPY in scope.get("extensions", {}) and _is_regular(self._stream)
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):  # also if the client disconnected
                await run_in_threadpool(self._opened.__exit__, None, None, None)

    async def stream_response(self, send: Send) -> None:
        """Send the head and the body.

        Raises:
            IncompleteBodyError: The file is shorter than its length in the head, or unreadable.
        """
        if not self._copies:
            await super().stream_response(send)
            return
        first = self._stream.tell()
        end = first + self._length
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        for offset in range(first, end, SLICE):
            count = min(SLICE, end - offset)
            part = {"file": self._stream, "offset": offset, "count": count, "more_body": True}
            await send({"type": ZERO_COPY, **part})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _chunks(stream: BinaryIO, left: int) -> AsyncGenerator[bytes]:
    try:
        # Wait for a thread that is reading, even if the client disconnected.
        while left and (chunk := await run_in_threadpool(stream.read, min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
    except CONNECTION_ERRORS as error:
        raise IncompleteBodyError(type(error).__name__) from error


def _is_regular(stream: BinaryIO) -> bool:
    """Check whether the system can copy from a file: it may be a connection, or in memory."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, AttributeError):
        return False
