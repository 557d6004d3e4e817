"""Receiving an upload, in threads because writing to disk blocks.

At most one chunk of an upload is in memory.
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple

from ghpypi.server.upload.multipart import Accept, FormReader, ReceivedUpload

PIECE = 1 << 20
"""Maximum number of bytes collected before a write, because each write costs a switch of threads.
The first chunks are smaller, so that the name of the file is known early."""

IDLE_SECONDS = 120.0
"""Timeout for a client that sends no data."""


class UploadReceiver(NamedTuple):
    """Receives uploads into temporary folders.

    Attributes:
        folder: Where temporary folders are created; `None` for the system's default.
        max_file_size: Maximum size of a file, in bytes.
        pool: The threads for writing.
        idle_seconds: Timeout for a client that sends no data, in seconds.
    """

    folder: Path | None
    max_file_size: int
    pool: Executor
    idle_seconds: float = IDLE_SECONDS

    async def receive(
        self, content_type: str, body: AsyncIterator[bytes], accept: Accept
    ) -> ReceivedUpload:
        """Receive a form. The caller must delete the folder of the file.

        Args:
            content_type: The header Content-Type of the request.
            body: The body of the request.
            accept: Called with the file's name before its content is read; may raise to reject it.

        Raises:
            RefusedError: The form is malformed.
            TooLargeError: The upload exceeds the size limit.
            TimeoutError: The client sent no data for `idle_seconds` seconds.
        """
        loop = asyncio.get_running_loop()
        form = FormReader(content_type, self.folder, self.max_file_size, accept=accept)
        try:
            gathered, enough = bytearray(), 1
            async for piece in _with_timeout(body, self.idle_seconds):
                gathered += piece
                if len(gathered) >= enough:
                    enough = min(2 * len(gathered), PIECE)
                    taken, gathered = bytes(gathered), bytearray()
                    await loop.run_in_executor(self.pool, form.write, taken)
            await loop.run_in_executor(self.pool, form.write, bytes(gathered))
            return await loop.run_in_executor(self.pool, form.end)
        except BaseException:
            # Also when the request is canceled: no other code can remove the folder.
            form.discard()
            raise


async def _with_timeout(body: AsyncIterator[bytes], idle_seconds: float) -> AsyncIterator[bytes]:
    while True:
        async with asyncio.timeout(idle_seconds):
            try:
                piece = await anext(body)
            except StopAsyncIteration:
                return
        yield piece
