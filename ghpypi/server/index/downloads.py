"""Downloads: redirects to where the bytes of a file are, or the bytes; and what lies beside it.

A caller is redirected to an address that GitHub signed for the caller's own token. It is good for
minutes for anybody who has it, so it is cached for that caller alone.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache, TTLCache
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ghpypi.core.digest import digest_of
from ghpypi.core.model import File
from ghpypi.core.names import SIDECAR_SUFFIX, normalize, stem_of
from ghpypi.core.served_paths import split_beside
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
from ghpypi.server.file_response import OpenFileResponse
from ghpypi.server.requests import client_address
from ghpypi.server.responses import challenge, later, redirect
from ghpypi.server.served_store import ServedStore

LINK_SECONDS = 240.0
"""How long a signed address is used again; GitHub's are good for 300 seconds."""

LINKS = 20_000
SIDECARS = 16 << 20
"""Bytes of sidecars that are kept."""

LARGEST_SIDECAR = 8 << 20

_KEEP = {"cache-control": "private, max-age=3600"}
_BYTES = {"content-type": "application/octet-stream", **_KEEP}


_LinkKey = tuple[bytes, str]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A file that is asked for, or what lies beside it, and who asks."""

    served_store: ServedStore
    caller: Caller
    file: File
    suffix: str

    @property
    def key(self) -> _LinkKey:
        """What its signed address is kept under: addresses are never shared between callers."""
        name = f"{self.file.origin}\n{self.file.tag}\n{self.file.filename}{self.suffix}"
        return self.caller.mark, name


class Downloads:
    """Answers requests for files.

    Args:
        authorizer: Decides who may read.
        stream: Pass bytes through, for clients that cannot reach where they are.
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
        self._sidecars: LRUCache[str, bytes] = LRUCache(SIDECARS, getsizeof=len)
        self._reading: SingleFlight[_LinkKey, bytes] = SingleFlight()

    async def download(self, request: Request) -> Response:
        """Answer a request for a file, or for what lies beside it."""
        served_store: ServedStore = request.state.store
        path = "/".join(request.state.segments)
        caller = await self._authorizer.admit(request, served_store)
        await served_store.ready(caller.token)
        filename, suffix = split_beside(path.rpartition("/")[2])
        file = await self._find(served_store, caller, path.removesuffix(suffix), filename)
        rights = Rights(read=True)
        if served_store.has_rights:
            origin = file.origin
            caller, rights = await self._authorizer.check_file(
                caller, served_store, origin, client_address(request)
            )
        try:
            return await self._answer(request, _Asked(served_store, caller, file, suffix), rights)
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
            await served_store.missed(caller.token)
            file = await served_store.catalog_view.find(name, path)
        if file is None:
            raise HTTPException(404, f"{served_store.name} has no {filename}")
        return file

    async def _answer(self, request: Request, asked: _Asked, rights: Rights) -> Response:
        if asked.suffix == SIDECAR_SUFFIX:
            if not asked.file.core_metadata:
                # There may be one, of another wheel.
                raise HTTPException(404, f"no metadata of {asked.file.filename} is offered")
            return await self._sidecar(request, asked)
        if self._stream or not asked.served_store.capabilities.has_urls:
            return await self._passed(request, asked)
        if rights.public and asked.file.url:  # without one it waits to be published
            return redirect(asked.file.url + asked.suffix)
        link = self._links.get(asked.key)
        if link is None:
            link = await self._linking.run(asked.key, lambda: self._link(asked))
        return redirect(link) if link else await self._passed(request, asked)

    async def _link(self, asked: _Asked) -> str:
        """Get an address signed for the caller; empty if GitHub sends the bytes itself."""
        reader, token = asked.served_store.reader, asked.caller.token
        link = await asyncio.to_thread(reader.link, asked.file, asked.suffix, token)
        if link:
            self._links[asked.key] = link
        return link

    async def _sidecar(self, request: Request, asked: _Asked) -> Response:
        """Send the metadata of a wheel, whose digest is in the catalog."""
        digest = asked.file.core_metadata or ""
        tag = f'"{digest[:32]}"'
        headers = {"etag": tag, **_KEEP}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        content = self._sidecars.get(digest)
        if content is None:
            content = await self._reading.run(asked.key, lambda: _read(asked, digest))
            put(self._sidecars, digest, content)
        return Response(content, headers={**headers, **_BYTES})

    async def _passed(self, request: Request, asked: _Asked) -> Response:
        """Pass the bytes through, or a part of them."""
        if asked.suffix:
            return Response(await _read(asked), headers={**_BYTES, "accept-ranges": "bytes"})
        size, tag = asked.file.size, f'"{asked.file.sha256[:32]}"'
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers={"etag": tag, **_KEEP})
        headers = {**_BYTES, "accept-ranges": "bytes", "etag": tag}
        # Only what is fetched has parts (RFC 9110, section 14.2).
        wanted = request.headers.get("range", "") if request.method == "GET" else ""
        if wanted and request.headers.get("if-range", "") not in {"", tag}:
            wanted = ""  # of another file than is here
        try:
            part = Range.parse(wanted, size) if wanted else None
        except ValueError:
            return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
        if request.method == "HEAD":
            return Response(headers={**headers, "content-length": str(size)})
        if part is None:
            return await _streamed(asked, None, size, headers)
        headers["content-range"] = f"bytes {part.first}-{part.last}/{size}"
        return await _streamed(asked, part, part.last - part.first + 1, headers)


async def _read(asked: _Asked, digest: str = "") -> bytes:
    """Read what lies beside a file; a digest says what it has to be.

    Raises:
        FailedError: It is something else.
    """

    def read() -> bytes:
        reader, token = asked.served_store.reader, asked.caller.token
        with reader.open(asked.file, asked.suffix, token, None) as stream:
            content = stream.read(LARGEST_SIDECAR)
        if digest and digest_of(content) != digest:
            name = asked.file.filename
            raise FailedError(f"the metadata file of {name} is not the one in the index")
        return content

    return await asyncio.to_thread(read)


async def _streamed(
    asked: _Asked, part: Range | None, length: int, headers: dict[str, str]
) -> Response:
    """Open a file before the response begins, so that a failure is still an error for the client.

    Args:
        asked: The file.
        part: The part that is wanted; `None` for all of it.
        length: How many bytes that are.
        headers: The headers of the response.
    """
    opened = asked.served_store.reader.open(asked.file, "", asked.caller.token, part)
    stream = await run_in_threadpool(opened.__enter__)
    status = 200 if part is None else 206
    return OpenFileResponse(opened, stream, length, status_code=status, headers=headers)
