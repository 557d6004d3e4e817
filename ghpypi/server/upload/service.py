"""The shared state of all uploads of a server."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from ghpypi.core.upload.legacy_form import LARGEST, QUIET_SECONDS
from ghpypi.server.upload.drafts import Drafts
from ghpypi.server.upload.index_trigger import INDEX_SECONDS, RETRY_DELAYS
from ghpypi.server.upload.receiving import IDLE_SECONDS, UploadReceiver

AT_ONCE = 8


class UploadServiceOptions(NamedTuple):
    """Settings of uploads.

    Attributes:
        after: Seconds without uploads before a draft is published.
        max_file_size: Maximum size of a file, in bytes.
        concurrent_uploads: Maximum number of concurrent uploads; others wait.
        folder: Where temporary folders are created; `None` for the system's default.
        idle_seconds: Timeout for a client that sends no data, in seconds.
        index_after: Seconds after the last publication before an index run is started.
        retry_delays: Seconds before each retry during rate limits and outages.
    """

    after: float = QUIET_SECONDS
    max_file_size: int = LARGEST
    concurrent_uploads: int = AT_ONCE
    folder: Path | None = None
    idle_seconds: float = IDLE_SECONDS
    index_after: float = INDEX_SECONDS
    retry_delays: tuple[float, ...] = RETRY_DELAYS


class UploadService:
    """Running uploads, and drafts that are to be published.

    Args:
        options: The settings.
    """

    def __init__(self, options: UploadServiceOptions | None = None) -> None:
        options = options or UploadServiceOptions()
        self.drafts = Drafts(
            after=options.after, index_after=options.index_after, retry_delays=options.retry_delays
        )
        # A separate pool, so that many uploads do not delay readers.
        self.pool = ThreadPoolExecutor(options.concurrent_uploads + 2, "publishing")
        self.slots = asyncio.Semaphore(options.concurrent_uploads)
        self.receiver = UploadReceiver(
            folder=options.folder,
            max_file_size=options.max_file_size,
            pool=self.pool,
            idle_seconds=options.idle_seconds,
        )

    async def close(self) -> None:
        """Publish all drafts, and start due index runs."""
        await self.drafts.close()
        self.pool.shutdown()
