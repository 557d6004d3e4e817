"""An upload on its way in, by way of threads, because disks are slow.

Whatever is sent, no more than a piece of it is ever in memory.
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from ghpypi.server.upload.multipart import Accept, FormReader, ReceivedUpload

PIECE = 1 << 20
"""Bytes that are gathered before they are written, because each time costs a change of threads. It
begins with less: what it is that comes in has to be known soon."""

SILENCE_SECONDS = 120.0
"""How long a client may send nothing."""


@dataclass(frozen=True, kw_only=True)
class UploadReceiver:
    """Where uploads come in.

    Attributes:
        folder: Where they are put; `None` for the usual place.
        largest: Bytes of the largest file.
        pool: The threads that write.
        silence: Seconds in which a client has to send something.
    """

    folder: Path | None
    largest: int
    pool: Executor
    silence: float = SILENCE_SECONDS

    async def receive(
        self, content_type: str, body: AsyncIterator[bytes], accept: Accept
    ) -> ReceivedUpload:
        """Take a form in; the folder around the file is the caller's to remove.

        Args:
            content_type: Of the request.
            body: Of the request.
            accept: Looks at the name of the file before its first byte; may raise.

        Raises:
            RefusedError: It is not the form of an upload.
            TooLargeError: It is larger than is allowed.
            TimeoutError: The client fell silent.
        """
        loop = asyncio.get_running_loop()
        form = FormReader(content_type, self.folder, self.largest, accept=accept)
        try:
            gathered, enough = bytearray(), 1
            async for piece in _patiently(body, self.silence):
                gathered += piece
                if len(gathered) >= enough:
                    enough = min(2 * len(gathered), PIECE)
                    taken, gathered = bytes(gathered), bytearray()
                    await loop.run_in_executor(self.pool, form.write, taken)
            await loop.run_in_executor(self.pool, form.write, bytes(gathered))
            return await loop.run_in_executor(self.pool, form.end)
        except BaseException:
            # Also when the request is cancelled: nobody else knows of the folder yet.
            form.discard()
            raise


async def _patiently(body: AsyncIterator[bytes], silence: float) -> AsyncIterator[bytes]:
    while True:
        async with asyncio.timeout(silence):
            try:
                piece = await anext(body)
            except StopAsyncIteration:
                return
        yield piece
