"""Refusing downloads of files whose provenance is not accepted (`--require-provenance`).

Provenance is verified when a file, or its metadata, is first requested: verifying all files of a
page would take a request for each. A file without any is not on the page.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from cachetools import LRUCache
from starlette.exceptions import HTTPException

from ghpypi.core.model import File
from ghpypi.core.names import Filename, InvalidFilenameError
from ghpypi.errors import NotFoundError
from ghpypi.ports import ProvenanceVerifier
from ghpypi.server.cache import SingleFlight, put

VERDICTS = 10_000
"""Number of files whose verdicts are kept."""

_log = logging.getLogger("ghpypi")

_Key = tuple[str, str, str, str]


class ProvenanceCheck:
    """Remembers why files are refused; an empty reason for those that are not."""

    def __init__(self) -> None:
        self._reasons: LRUCache[_Key, str] = LRUCache(VERDICTS)
        self._checking: SingleFlight[_Key, str] = SingleFlight()

    async def require(
        self, file: File, verifier: ProvenanceVerifier, read: Callable[[], Awaitable[bytes]]
    ) -> None:
        """Refuse a file unless its provenance is accepted.

        Args:
            file: The file.
            verifier: Verifies signatures.
            read: Reads the provenance.

        Raises:
            HTTPException: 403 with the reason.
            GhpypiError: The provenance cannot be read now.
        """
        key = (file.origin, file.tag, file.filename, f"{file.sha256} {file.stamp}")
        reason = self._reasons.get(key)
        if reason is None:
            reason = await self._checking.run(key, lambda: _reason(file, verifier, read))
            put(self._reasons, key, reason)
            if reason:
                _log.warning("%s is refused (--require-provenance): %s", file.filename, reason)
        if reason:
            raise HTTPException(403, f"{file.filename} is refused (--require-provenance): {reason}")


async def _reason(
    file: File, verifier: ProvenanceVerifier, read: Callable[[], Awaitable[bytes]]
) -> str:
    try:
        filename = Filename.parse(file.filename)
    except InvalidFilenameError as error:
        return str(error)
    if filename.kind == "variants":
        return ""  # it is data that PEP 740 does not know
    if not file.provenance:
        return "it has no provenance"
    if not file.sha256:
        return "the index has no SHA-256 of it"
    try:
        document = await read()
    except NotFoundError:
        return "its provenance is listed, but not found"
    return await asyncio.to_thread(verifier.fault, document, filename, file.sha256)
