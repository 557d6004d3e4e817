"""A server that takes uploads, over the scene's store in memory, and clients of it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from urllib3 import encode_multipart_formdata

from ghpypi.core.secret import Secret
from ghpypi.errors import GhpypiError
from ghpypi.ports import FileStore
from ghpypi.server.ports import UploadTokenReader
from ghpypi.server.upload.handler import UploadHandler
from ghpypi.server.upload.service import UploadService, UploadServiceOptions
from tests.server.scene import WRITER, Answer, Server, basic, serving
from tests.support.packages import Built, sdist, sidecar_of, wheel

BOUNDARY = "theboundary"
QUIET = 0.12
WAITING = UploadServiceOptions(after=3600)
"""Drafts wait until a test publishes them, however slow the machine is."""

LONG = UploadServiceOptions(after=1.5, index_after=0.5)
"""Quiet that a busy machine does not break."""

WHEEL = wheel(metadata="Requires-Python: >=3.9")
SDIST = sdist(metadata="Requires-Python: >=3.9")
OTHER = wheel(text="x = 1\n")
TAG = "acme-lib-1.0"
SIDECAR = sidecar_of(WHEEL)
ALL = sorted([WHEEL[0], SIDECAR[0], SDIST[0]])
PAGE = "/simple/acme-lib/"
FILE = f"/files/{TAG}/{WHEEL[0]}"


@dataclass
class FakeUploadTarget:
    """Opens a store, and remembers for whom."""

    store: FileStore
    index: Callable[[], None]
    opened: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    failing: list[GhpypiError] = field(default_factory=list)
    index_failing: list[Exception] = field(default_factory=list)

    def open(self, token: Secret | None) -> FileStore:
        self.opened.append(token.reveal() if token else "")
        if self.failing:
            raise self.failing.pop(0)
        return self.store

    def start_index(self, token: Secret | None) -> None:
        self.started.append(token.reveal() if token else "")
        if self.index_failing:
            raise self.index_failing.pop(0)
        self.index()


@dataclass
class Press:
    """The server, the way into its store, and where uploads are kept."""

    server: Server
    upload_target: FakeUploadTarget
    upload_service: UploadService
    folder: Path

    def upload(self, file: Built, token: str | None = WRITER, **changes: str) -> Answer:
        """Upload a file as twine does."""
        answer: Answer = self.run(self.uploading(file, token, **changes))
        return answer

    async def uploading(
        self, file: Built, token: str | None = WRITER, path: str = "/legacy/", **changes: str
    ) -> Answer:
        content_type, body = form(file, **changes)
        headers = {"content-type": content_type, "content-length": str(len(body))}
        if token is not None:
            headers["authorization"] = basic(token)
        return await send(self.server, path, headers, [body])

    def run(self, work: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await work

        return self.server.runner.run(awaited())

    def publish(self) -> None:
        """Publish what waits, as a server does when it ends."""
        self.run(self.upload_service.drafts.close())

    def wait(self) -> None:
        """Wait until nothing waits to be published or started any more."""
        drafts = self.upload_service.drafts
        for _ in range(1000):
            self.run(asyncio.sleep(0.02))
            if not (
                drafts._drafts
                or drafts.index_trigger._scheduled
                or drafts.index_trigger._tasks._running
            ):
                return
        raise AssertionError("it is never done")

    def held(self) -> dict[str, list[str]]:
        """Tell what the store holds: releases, and the names of their files."""
        return {
            release.tag + (" (draft)" if release.draft else ""): sorted(
                asset.name for asset in release.assets
            )
            for release in self.server.reader.store.releases()
        }

    def left(self) -> list[str]:
        """Tell what is left where uploads are kept."""
        return sorted(path.name for path in self.folder.iterdir())


@contextmanager
def publishing(
    folder: Path,
    *files: Built,
    options: UploadServiceOptions | None = None,
    immutable: bool = False,
    upload_tokens: UploadTokenReader | None = None,
    **more: Any,
) -> Iterator[Press]:
    """Serve a store that takes uploads."""
    folder.mkdir(exist_ok=True)
    usual = options or UploadServiceOptions(
        after=QUIET, index_after=QUIET, retry_delays=(QUIET, QUIET)
    )
    with serving(*files, **more) as server:
        upload_service = UploadService(replace(usual, folder=usual.folder or folder))
        server.reader.store._immutable = immutable
        upload_target = FakeUploadTarget(server.reader.store, server.index)
        server.served_store.upload_target = upload_target
        authorizer = server.app.all_stores.authorizer
        part = UploadHandler(authorizer, upload_service, upload_tokens)
        server.app.all_stores = replace(
            server.app.all_stores, parts=(*server.app.all_stores.parts, part)
        )
        yield Press(server, upload_target, upload_service, folder)
        server.runner.run(upload_service.close())


def form(file: Built, **changes: str) -> tuple[str, bytes]:
    """Encode the form of an upload; a change to nothing leaves a field out."""
    name, content = file
    fields = {
        ":action": "file_upload",
        "protocol_version": "1",
        "filetype": "sdist" if name.endswith(".tar.gz") else "bdist_wheel",
        "sha256_digest": hashlib.sha256(content).hexdigest(),
        "summary": "Passed over",
        **changes,
    }
    parts: list[tuple[str, Any]] = [(key, value) for key, value in fields.items() if value]
    parts.append(("content", (name, content, "application/octet-stream")))
    body, content_type = encode_multipart_formdata(parts, BOUNDARY)
    return content_type, body


async def send(
    server: Server,
    path: str,
    headers: Mapping[str, str],
    pieces: list[bytes] | AsyncIterator[bytes],
    *,
    gone: bool = False,
) -> Answer:
    """POST a body in pieces; `gone` hangs up after them."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": "http",
        "client": ("192.0.2.1", 1234),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[Any] = []
    source = pieces if isinstance(pieces, AsyncIterator) else _each(pieces)

    async def receive() -> dict[str, Any]:
        try:
            return {"type": "http.request", "body": await anext(source), "more_body": True}
        except StopAsyncIteration:
            if gone:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": b"", "more_body": False}

    async def take(message: Any) -> None:
        sent.append(message)

    await server.app(scope, receive, take)
    if not sent:
        return Answer(status=0, headers={}, body=b"")
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(each.get("body", b"") for each in sent[1:])
    return Answer(status=sent[0]["status"], headers=told, body=body)


async def _each(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
