"""A server that takes uploads, over the scene's store in memory, and clients of it."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from httpx2 import Response
from urllib3 import encode_multipart_formdata

from ghpypi.core.names import Filename
from ghpypi.core.secret import Secret
from ghpypi.errors import GhpypiError
from ghpypi.ports import FileStore, UploadStore
from ghpypi.server.ports import UploadTokenReader
from ghpypi.server.upload.handler import UploadHandler
from ghpypi.server.upload.service import UploadService, UploadServiceOptions
from tests.server import raw_asgi
from tests.server.scene import WRITER, Server, basic, serving, signed_in
from tests.support.packages import Built, sdist, sidecar_of, wheel
from tests.support.waiting import eventually

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
    """Opens a store, and records the tokens of its callers."""

    store: FileStore
    index: Callable[[], None]
    opened: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    failing: list[GhpypiError] = field(default_factory=list)
    index_failing: list[Exception] = field(default_factory=list)

    def open(self, token: Secret | None, filenames: Sequence[Filename] = ()) -> UploadStore:
        del filenames
        self.opened.append(token.reveal() if token else "")
        if self.failing:
            raise self.failing.pop(0)
        return UploadStore(self.store, lambda: None)

    def start_index(self, token: Secret | None) -> None:
        self.started.append(token.reveal() if token else "")
        if self.index_failing:
            raise self.index_failing.pop(0)
        self.index()


@dataclass
class UploadServer:
    """A server that accepts uploads.

    Attributes:
        server: The server and its client.
        upload_target: Opens the store for uploads, and starts index runs.
        upload_service: The drafts of the server.
        folder: The folder with uploaded files that are not published yet.
    """

    server: Server
    upload_target: FakeUploadTarget
    upload_service: UploadService
    folder: Path

    def upload(self, file: Built, token: str | None = WRITER, **changes: str) -> Response:
        """Upload a file as twine does."""
        return self.upload_to("/legacy/", file, token, **changes)

    def upload_to(
        self, path: str, file: Built, token: str | None = WRITER, **changes: str
    ) -> Response:
        """Upload a file to some path."""
        content_type, body = form(file, **changes)
        return self.server.client.post(
            path, auth=signed_in(token), headers={"content-type": content_type}, content=body
        )

    async def upload_at_once(self, file: Built) -> Response:
        """Upload a file in the event loop of the server, where several can begin at once."""
        content_type, body = form(file)
        headers = {"authorization": basic(WRITER), "content-type": content_type}
        pieces = raw_asgi.pieces_of(body)
        return await raw_asgi.post(self.server.app, "/legacy/", headers, pieces)

    def publish(self) -> None:
        """Publish all drafts now, as a server does at shutdown."""
        self.server.portal.call(self.upload_service.drafts.close)

    def wait(self) -> None:
        """Wait until all drafts are published and all index runs are started."""
        drafts = self.upload_service.drafts
        trigger = drafts.index_trigger

        def done() -> bool:
            return not (drafts._drafts or trigger._scheduled or trigger._tasks._running)

        eventually(lambda: self.server.portal.call(done), every=0.02)

    def stored(self) -> dict[str, list[str]]:
        """Return the names of the stored files by release."""
        return {
            release.tag + (" (draft)" if release.draft else ""): sorted(
                asset.name for asset in release.assets
            )
            for release in self.server.reader.store.releases()
        }

    def left_files(self) -> list[str]:
        """Return the names of uploaded files that are not published or were left behind."""
        return sorted(path.name for path in self.folder.iterdir())


@contextmanager
def publishing(
    folder: Path,
    *files: Built,
    options: UploadServiceOptions | None = None,
    immutable: bool = False,
    upload_tokens: UploadTokenReader | None = None,
    **more: Any,
) -> Iterator[UploadServer]:
    """Serve a store that takes uploads."""
    folder.mkdir(exist_ok=True)
    usual = options or UploadServiceOptions(
        after=QUIET, index_after=QUIET, retry_delays=(QUIET, QUIET)
    )
    with serving(*files, **more) as server:
        upload_service = UploadService(usual._replace(folder=usual.folder or folder))
        server.reader.store._immutable = immutable
        upload_target = FakeUploadTarget(server.reader.store, server.index)
        server.served_store.upload_target = upload_target
        authorizer = server.app.all_stores.authorizer
        part = UploadHandler(authorizer, upload_service, upload_tokens)
        server.app.all_stores = replace(
            server.app.all_stores, parts=(*server.app.all_stores.parts, part)
        )
        yield UploadServer(server, upload_target, upload_service, folder)
        server.portal.call(upload_service.close)


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
