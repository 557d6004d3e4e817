"""Files: sent on to where their bytes are, or passed through; and what lies beside them.

Who asks for a file gets an address signed by GitHub for them. It is good for minutes and for
anybody who has it, so it goes to others too, but only to those who may read that repository.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO

from urllib3.exceptions import HTTPError

from ghpypi.core.digest import digest_of
from ghpypi.core.model import File
from ghpypi.core.names import SIDECAR_SUFFIX, normalize, stem_of
from ghpypi.core.serving import Range
from ghpypi.core.shelved import split_beside
from ghpypi.errors import BadTokenError, NotAllowedError, NotFoundError, TryLaterError
from ghpypi.server.credentials import Caller
from ghpypi.server.gate import Gate
from ghpypi.server.http import (
    BrokenOffError,
    DeniedError,
    Request,
    Response,
    challenge,
    later,
    redirect,
    text,
)
from ghpypi.server.stall import Stall

LINK_SECONDS = 240.0
"""GitHub's signed addresses are good for 300 seconds."""

LINKS = 20_000
SIDECARS = 16 << 20
"""Bytes of sidecars that are kept."""

LARGEST_SIDECAR = 8 << 20
PIECE = 256 << 10

_KEEP = (b"cache-control", b"private, max-age=3600")
_BYTES = (b"content-type", b"application/octet-stream")
_PARTS = (b"accept-ranges", b"bytes")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A file that somebody asks for, or what lies beside it."""

    stall: Stall
    caller: Caller
    file: File
    suffix: str

    @property
    def place(self) -> str:
        return f"{self.file.origin}\n{self.file.tag}\n{self.file.filename}{self.suffix}"


class Files:
    """Answers requests for files.

    Args:
        gate: Decides who may read.
        stream: Pass bytes through, for clients that cannot reach where they are.
        now: Tells seconds that only grow.
    """

    def __init__(
        self, gate: Gate, *, stream: bool = False, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._gate = gate
        self._stream = stream
        self._now = now
        self._links: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._asking: dict[str, asyncio.Lock] = {}
        self._sidecars: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0

    async def answer(self, request: Request, stall: Stall, path: str) -> Response:
        """Answer a request for a file, by its address below the store."""
        caller = await self._gate.admit(request, stall)
        await stall.ready(caller.token)
        filename, suffix = split_beside(path.rpartition("/")[2])
        file = await self._find(stall, caller, path.removesuffix(suffix), filename)
        asked = _Asked(stall, caller, file, suffix)
        try:
            return await self._answer(request, asked)
        except BadTokenError as error:
            self._gate.forget(caller)
            raise DeniedError(challenge("GitHub does not know this token")) from error
        except NotFoundError as error:
            raise DeniedError(text(404, str(error))) from error
        except NotAllowedError as error:
            raise DeniedError(text(403, str(error))) from error
        except TryLaterError as error:
            raise DeniedError(later(10, str(error))) from error

    async def _find(self, stall: Stall, caller: Caller, path: str, filename: str) -> File:
        stem = stem_of(filename)
        name = normalize(stem) if stem else None
        file = stall.shelf.find(name, path) if name else None
        if file is None and name:
            await stall.missed(caller.token)
            file = stall.shelf.find(name, path)
        if file is None:
            raise DeniedError(text(404, f"{stall.name} has no {filename}"))
        return file

    async def _answer(self, request: Request, asked: _Asked) -> Response:
        stall, caller, file = asked.stall, asked.caller, asked.file
        if stall.kind != "github":
            if asked.suffix == SIDECAR_SUFFIX and file.core_metadata:
                return await self._sidecar(request, asked)
            return await self._passed(request, asked)
        rights = await self._gate.rights(caller, stall, file.origin, request.address)
        if not rights.read:
            message = rights.message or f"this token may not read {file.origin}"
            raise DeniedError(text(403, message) if caller.token else challenge())
        if asked.suffix == SIDECAR_SUFFIX and file.core_metadata:
            return await self._sidecar(request, asked)
        if self._stream:
            return await self._passed(request, asked)
        if rights.public and file.url:  # without one it waits to be published
            return redirect(file.url + asked.suffix)
        link = await self._link(asked)
        return redirect(link) if link else await self._passed(request, asked)

    async def _link(self, asked: _Asked) -> str:
        """Get a signed address, or the one that is still good."""
        place = asked.place
        lock = self._asking.setdefault(place, asyncio.Lock())
        async with lock:
            url, until = self._links.get(place, ("", 0.0))
            if url and self._now() < until:
                return url
            begun = self._now()
            hub, token = asked.stall.hub, asked.caller.token
            url = await asyncio.to_thread(hub.link, asked.file, asked.suffix, token)
            if url:
                self._links[place] = url, begun + LINK_SECONDS
        while len(self._links) > LINKS:
            gone, _ = self._links.popitem(last=False)
            self._asking.pop(gone, None)
        return url

    async def _sidecar(self, request: Request, asked: _Asked) -> Response:
        """Send the metadata of a wheel, which the catalog vouches for."""
        digest = asked.file.core_metadata or ""
        tag = f'"{digest[:32]}"'
        if tag in request.header(b"if-none-match"):
            return Response(status=304, headers=[(b"etag", tag.encode()), _KEEP])
        content = self._sidecars.get(digest)
        if content is None:
            content = await asyncio.to_thread(_read, asked)
            if digest_of(content) != digest:
                message = f"the metadata of {asked.file.filename} is not what the index says"
                raise DeniedError(text(502, message))
            self._keep(digest, content)
        return Response(headers=[_BYTES, _KEEP, (b"etag", tag.encode())], body=content)

    def _keep(self, digest: str, content: bytes) -> None:
        if digest not in self._sidecars:
            self._sidecars[digest] = content
            self._size += len(content)
        while self._size > SIDECARS:
            _, gone = self._sidecars.popitem(last=False)
            self._size -= len(gone)

    async def _passed(self, request: Request, asked: _Asked) -> Response:
        """Pass the bytes through, or a part of them."""
        headers = [_BYTES, _KEEP, _PARTS]
        if asked.suffix:
            content = await asyncio.to_thread(_read, asked)
            return Response(headers=headers, body=content)
        size, tag = asked.file.size, f'"{asked.file.sha256[:32]}"'
        headers.append((b"etag", tag.encode()))
        if tag in request.header(b"if-none-match"):
            return Response(status=304, headers=[(b"etag", tag.encode()), _KEEP])
        # Only what is fetched has parts (RFC 9110, section 14.2).
        wanted = request.header(b"range") if request.method == "GET" else ""
        if wanted and request.header(b"if-range") not in {"", tag}:
            wanted = ""  # of another file than is here
        try:
            part = Range.parse(wanted, size) if wanted else None
        except ValueError:
            return Response(status=416, headers=[(b"content-range", f"bytes */{size}".encode())])
        length = size if part is None else part.last - part.first + 1
        if part:
            headers.append((b"content-range", f"bytes {part.first}-{part.last}/{size}".encode()))
        status = 206 if part else 200
        if request.method == "HEAD":
            return Response(status=status, headers=headers, length=length)
        opened = asked.stall.hub.open(asked.file, "", asked.caller.token, part)
        stream = await _begun(opened, length)
        return Response(status=status, headers=headers, stream=stream, length=length)


def _read(asked: _Asked) -> bytes:
    with asked.stall.hub.open(asked.file, asked.suffix, asked.caller.token, None) as stream:
        return stream.read(LARGEST_SIDECAR)


async def _begun(opened: AbstractContextManager[BinaryIO], length: int) -> AsyncGenerator[bytes]:
    """Open a file before the answer begins, so that a failure can still be told."""
    stream = await asyncio.to_thread(opened.__enter__)

    async def pieces() -> AsyncGenerator[bytes]:
        left = length
        try:
            while left and (piece := await asyncio.to_thread(stream.read, min(PIECE, left))):
                left -= len(piece)
                yield piece
        except (HTTPError, OSError) as error:
            raise BrokenOffError(type(error).__name__) from error
        finally:
            await asyncio.to_thread(opened.__exit__, None, None, None)

    return pieces()
