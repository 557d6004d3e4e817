"""Downloads of distribution files, their metadata files (PEP 658) and provenance (PEP 740).

A file is sent as a redirect to a URL that GitHub signs for the caller's own token, or streamed
through the server. A signed URL works for minutes without a token, so it is cached per caller.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO, NamedTuple

from cachetools import LRUCache, TTLCache
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ghpypi.connection_errors import CONNECTION_ERRORS
from ghpypi.core.digest import digest_of
from ghpypi.core.model import File
from ghpypi.core.names import PROVENANCE_SUFFIX, SIDECAR_SUFFIX, normalize, stem_of
from ghpypi.core.provenance_pages import digest_in, page_digest, page_of
from ghpypi.core.quantities import count_of
from ghpypi.core.served_paths import split_sibling
from ghpypi.core.serving import Range, Rights
from ghpypi.errors import (
    BadTokenError,
    FailedError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
    TryLaterError,
)
from ghpypi.server.auth.authorizer import Authorizer
from ghpypi.server.auth.credentials import Caller
from ghpypi.server.cache import SingleFlight, put
from ghpypi.server.download_counter import note_download
from ghpypi.server.file_response import OpenFileResponse
from ghpypi.server.index.provenance_check import ProvenanceCheck
from ghpypi.server.requests import client_address
from ghpypi.server.responses import challenge, later, redirect
from ghpypi.server.served_store import ServedStore

LINK_SECONDS = 240.0
"""How long a signed URL is cached; GitHub's are valid for 300 seconds."""

LINKS = 20_000
SIDECARS = 16 << 20
"""Size of the cache of metadata files, in bytes."""

MAX_SIDECAR_BYTES = 8 << 20

SMALL_FILE = 1 << 20
"""Bytes up to which a file is read at once: opening, reading and closing it in turns of a thread
each costs three times as much as a small file itself."""

_KEEP = {"cache-control": "private, max-age=3600"}
_BYTES = {"content-type": "application/octet-stream", **_KEEP}


_LinkKey = tuple[bytes, str]


class _FileRequest(NamedTuple):
    """A request for a file, or for a sibling of it, by a caller."""

    served_store: ServedStore
    caller: Caller
    file: File
    suffix: str

    @property
    def page(self) -> str:
        """The path of the page of the site that is requested; empty for a file of the store."""
        if self.suffix != PROVENANCE_SUFFIX:
            return ""
        return page_of(self.file, normalize(stem_of(self.file.filename) or ""))

    @property
    def key(self) -> _LinkKey:
        """The cache key of the signed URL; it includes the caller, so URLs are never shared."""
        name = f"{self.file.origin}\n{self.file.tag}\n{self.file.filename}{self.suffix}"
        return self.caller.mark, name


class Downloads:
    """Handles requests for files.

    Args:
        authorizer: Checks read permissions.
        stream: Send files through the server, for clients that cannot reach GitHub's storage.
        now: Monotonic clock, in seconds.
    """

    def __init__(
        self,
        authorizer: Authorizer,
        *,
        stream: bool = False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._authorizer = authorizer
        self._stream = stream
        self._links: TTLCache[_LinkKey, str] = TTLCache(LINKS, LINK_SECONDS, timer=now)
        self._linking: SingleFlight[_LinkKey, str] = SingleFlight()
        self._provenance = ProvenanceCheck()
        self._sidecars: LRUCache[str, bytes] = LRUCache(SIDECARS, getsizeof=len)
        self._reading: SingleFlight[_LinkKey, bytes] = SingleFlight()

    async def download(self, request: Request) -> Response:
        """Handle a request for a file, a metadata file or provenance."""
        served_store: ServedStore = request.state.store
        path = "/".join(request.state.segments)
        caller = await self._authorizer.admit(request, served_store)
        await served_store.ensure_loaded(caller.token)
        filename, suffix = split_sibling(path.rpartition("/")[2])
        file = await self._find(served_store, caller, path.removesuffix(suffix), filename)
        if not suffix:
            note_download(request.scope, file)
        rights = Rights(read=True)
        if served_store.has_rights:
            origin = file.origin
            caller, rights = await self._authorizer.check_file(
                caller, served_store, origin, client_address(request)
            )
        file_request = _FileRequest(served_store, caller, file, suffix)
        try:
            if served_store.verifier and suffix != PROVENANCE_SUFFIX:
                beside = file_request._replace(suffix=PROVENANCE_SUFFIX)
                await self._provenance.require(file, served_store.verifier, lambda: _read(beside))
            return await self._respond(request, file_request, rights)
        except BadTokenError as error:
            self._authorizer.forget(caller)
            raise challenge("GitHub does not know this token") from error
        except (NotFoundError, RefusedError) as error:
            raise HTTPException(404, str(error)) from error
        except NotAllowedError as error:
            raise HTTPException(403, str(error)) from error
        except TryLaterError as error:
            raise later(10, str(error)) from error

    async def _find(
        self, served_store: ServedStore, caller: Caller, path: str, filename: str
    ) -> File:
        stem = stem_of(filename)
        name = normalize(stem) if stem else None
        file = await served_store.catalog_view.find(name, path) if name else None
        if file is None and name:
            await served_store.refresh_after_miss(caller.token)
            file = await served_store.catalog_view.find(name, path)
        if file is None:
            raise HTTPException(404, f"file '{filename}' not found in {served_store.name}")
        return file

    async def _respond(
        self, request: Request, file_request: _FileRequest, rights: Rights
    ) -> Response:
        if file_request.suffix == SIDECAR_SUFFIX:
            if not file_request.file.core_metadata:
                # A file of this name may exist, with the metadata of another wheel.
                raise HTTPException(404, f"no metadata file for '{file_request.file.filename}'")
            return await self._sidecar(request, file_request)
        streamed = self._stream or not file_request.served_store.capabilities.has_urls
        if streamed or file_request.page:
            return await self._pass_through(request, file_request)
        if rights.public and file_request.file.url:  # a file in a draft has no URL
            return redirect(file_request.file.url + file_request.suffix)
        link = self._links.get(file_request.key)
        if link is None:
            link = await self._linking.run(file_request.key, lambda: self._link(file_request))
        return redirect(link) if link else await self._pass_through(request, file_request)

    async def _link(self, file_request: _FileRequest) -> str:
        """Return a URL signed for the caller; empty if GitHub sends the bytes itself."""
        reader, token = file_request.served_store.reader, file_request.caller.token
        link = await asyncio.to_thread(reader.link, file_request.file, file_request.suffix, token)
        if link:
            self._links[file_request.key] = link
        return link

    async def _sidecar(self, request: Request, file_request: _FileRequest) -> Response:
        """Send the metadata file of a wheel, verified against the digest in the catalog."""
        digest = file_request.file.core_metadata or ""
        tag = f'"{digest[:32]}"'
        headers = {"etag": tag, **_KEEP}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        content = self._sidecars.get(digest)
        if content is None:
            content = await self._reading.run(file_request.key, lambda: _read(file_request, digest))
            put(self._sidecars, digest, content)
        return Response(content, headers={**headers, **_BYTES})

    async def _pass_through(self, request: Request, file_request: _FileRequest) -> Response:
        """Stream a file through the server, or the range that the request asks for."""
        if file_request.suffix:
            return Response(await _read(file_request), headers={**_BYTES, "accept-ranges": "bytes"})
        size, tag = file_request.file.size, f'"{_entity(file_request.file)}"'
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers={"etag": tag, **_KEEP})
        headers = {**_BYTES, "accept-ranges": "bytes", "etag": tag}
        # Range applies to GET only (RFC 9110, section 14.2).
        header = request.headers.get("range", "") if request.method == "GET" else ""
        if header and request.headers.get("if-range", "") not in {"", tag}:
            header = ""  # the range is of an earlier version of the file
        try:
            part = Range.parse(header, size) if header else None
        except ValueError:
            return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
        if request.method == "HEAD":
            return Response(headers={**headers, "content-length": str(size)})
        if part is None:
            return await _file_response(file_request, None, size, headers)
        headers["content-range"] = f"bytes {part.first}-{part.last}/{size}"
        return await _file_response(file_request, part, part.last - part.first + 1, headers)


def _entity(file: File) -> str:
    """Give the entity tag of a file: of its digest, or of the asset where that is not known."""
    return (file.sha256 or file.stamp)[:32]


async def _read(file_request: _FileRequest, digest: str = "") -> bytes:
    """Read a sibling of a file, such as its metadata file, and compare it with a digest if given.

    Raises:
        FailedError: The content has another digest.
    """

    def read() -> bytes:
        reader, token = file_request.served_store.reader, file_request.caller.token
        if path := file_request.page:
            return _read_page(file_request, path)
        with reader.open(file_request.file, file_request.suffix, token, None) as stream:
            content = stream.read(MAX_SIDECAR_BYTES)
        if digest and digest_of(content) != digest:
            name = file_request.file.filename
            raise FailedError(f"the metadata file of {name} has another digest than in the index")
        return content

    return await asyncio.to_thread(read)


def _read_page(file_request: _FileRequest, path: str) -> bytes:
    """Read a page of the site with the provenance of a file. Blocks.

    Raises:
        NotFoundError: It is missing, or was changed by others.
    """
    page = file_request.served_store.page(path, file_request.caller.token)
    if page is None or page_digest(page) != digest_in(path):
        raise NotFoundError(f"no provenance of '{file_request.file.filename}'")
    return page


async def _file_response(
    file_request: _FileRequest, part: Range | None, length: int, headers: dict[str, str]
) -> Response:
    """Open a file before the response starts, so that a failure becomes an error response.

    Args:
        file_request: The request.
        part: The requested range; `None` for the whole file.
        length: Number of bytes to send.
        headers: Response headers.
    """
    opened = file_request.served_store.reader.open(
        file_request.file, "", file_request.caller.token, part
    )
    status = 200 if part is None else 206
    if length <= SMALL_FILE:
        content = await asyncio.to_thread(_read_all, opened, length)
        return Response(content, status, headers)
    stream = await run_in_threadpool(opened.__enter__)
    return OpenFileResponse(opened, stream, length, status_code=status, headers=headers)


def _read_all(opened: AbstractContextManager[BinaryIO], length: int) -> bytes:
    """Open, read and close a small file, or a small part of one.

    Raises:
        FailedError: It is shorter than the catalog says, or reading it failed.
    """
    content = bytearray()
    try:
        with opened as stream:
            while piece := stream.read(length - len(content)):
                content += piece
    except CONNECTION_ERRORS as error:
        raise FailedError(f"a file cannot be read: {type(error).__name__}") from error
    if len(content) < length:
        missing = count_of(length - len(content), "byte")
        raise FailedError(f"a file ended {missing} early")
    return bytes(content)
