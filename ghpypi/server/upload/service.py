"""Where uploads are taken in."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ghpypi.core.upload.legacy_form import LARGEST, QUIET_SECONDS
from ghpypi.server.upload.drafts import Drafts
from ghpypi.server.upload.index_trigger import INDEX_SECONDS, PATIENCE
from ghpypi.server.upload.receiving import SILENCE_SECONDS, UploadReceiver

AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadServiceOptions:
    """How uploads are taken.

    Attributes:
        after: Seconds of quiet before a draft is published.
        largest: Bytes of the largest file.
        at_once: How many are taken at the same time; the others wait.
        folder: Where they are put meanwhile; the system's own place, if it is not said.
        silence: Seconds in which a client has to send something.
        index_after: Seconds after the last publication before an index is started.
        patience: Seconds before each new attempt where GitHub refuses for now.
    """

    after: float = QUIET_SECONDS
    largest: int = LARGEST
    at_once: int = AT_ONCE
    folder: Path | None = None
    silence: float = SILENCE_SECONDS
    index_after: float = INDEX_SECONDS
    patience: tuple[float, ...] = PATIENCE


class UploadService:
    """What is under way: uploads, and drafts that wait.

    Args:
        options: How uploads are taken.
    """

    def __init__(self, options: UploadServiceOptions | None = None) -> None:
        options = options or UploadServiceOptions()
        self.drafts = Drafts(
            after=options.after, index_after=options.index_after, patience=options.patience
        )
        # Threads of their own: many uploads must not keep readers waiting.
        self.pool = ThreadPoolExecutor(options.at_once + 2, "publishing")
        self.room = asyncio.Semaphore(options.at_once)
        self.receiver = UploadReceiver(
            folder=options.folder,
            largest=options.largest,
            pool=self.pool,
            silence=options.silence,
        )

    async def close(self) -> None:
        """Publish what waits, and start the indexes that have to be."""
        await self.drafts.close()
        self.pool.shutdown()
