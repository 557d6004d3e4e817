"""A form as it is read: fields taken apart as they come, the file written straight to disk."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ghpypi.core.distribution.contents import quoted
from ghpypi.core.names import Filename, InvalidFilenameError
from ghpypi.core.upload.checks import name_fault
from ghpypi.core.upload.legacy_form import CONTENT, LIMITS, refused

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

OTHER_FIELDS = 32 << 20
"""Bytes that all of a form but the file may have; metadata is 16 MiB at most."""

Accept = Callable[[Filename], None]


class TooLargeError(ValueError):
    """An upload is larger than the server takes."""


@dataclass(frozen=True, kw_only=True)
class ReceivedUpload:
    """What has arrived.

    Attributes:
        path: The file, under its own name.
        fields: The fields of the form that are of interest.
        digests: Of the file, in hexadecimal.
    """

    path: Path
    fields: Mapping[str, tuple[str, ...]]
    digests: Mapping[str, str]


class _Digest(Protocol):
    def update(self, data: memoryview, /) -> None: ...

    def hexdigest(self) -> str: ...


class _Digests:
    """Takes all digests that a form may name."""

    def __init__(self) -> None:
        self._all: dict[str, _Digest] = {
            "md5": hashlib.md5(usedforsecurity=False),
            "sha256": hashlib.sha256(),
            "blake2_256": hashlib.blake2b(digest_size=32),
        }

    def update(self, data: memoryview) -> None:
        for each in self._all.values():
            each.update(data)

    def hexadecimal(self) -> dict[str, str]:
        return {name: each.hexdigest() for name, each in self._all.items()}


@dataclass(slots=True)
class _Part:
    """The part that is being read."""

    header: bytearray = field(default_factory=bytearray)
    value: bytearray = field(default_factory=bytearray)
    disposition: bytes = b""
    name: str = ""
    kept: bytearray | None = None
    file: BinaryIO | None = None


class FormReader:
    """Reads a form. Blocks, so it lives in threads, one call at a time.

    Args:
        content_type: Of the request.
        folder: Where the file is put, in a folder of its own; `None` for the usual place.
        largest: Bytes of the largest file.
        accept: Looks at the name of the file before its first byte; may raise.

    Raises:
        RefusedError: It is no such form; from `write` and `end` too.
    """

    def __init__(
        self, content_type: str, folder: Path | None, largest: int, *, accept: Accept
    ) -> None:
        self._largest = largest
        self._folder = folder
        self._accept = accept
        self._parser = _parser(
            content_type,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_ends,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._data,
                "on_part_end": self._part_ends,
                "on_end": self._form_ends,
            },
        )
        self._part = _Part()
        self._fields: dict[str, list[str]] = {}
        self._digests = _Digests()
        self._path: Path | None = None
        self._size = self._other = 0
        self._ended = False
        self._open = ExitStack()

    def write(self, data: bytes) -> None:
        """Take in what comes next."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise refused([f"its form cannot be read: {error}"]) from error
        self._other += len(data)
        if self._other - self._size > OTHER_FIELDS:
            raise TooLargeError(f"the fields of the form have more than {OTHER_FIELDS:,} bytes")

    def end(self) -> ReceivedUpload:
        """Say what has arrived."""
        self._open.close()
        if not self._ended:
            raise refused(["its form ends too early"])
        if self._path is None:
            raise refused([f"it holds no file: there is no field {CONTENT}"])
        return ReceivedUpload(
            path=self._path,
            fields={name: tuple(values) for name, values in self._fields.items()},
            digests=self._digests.hexadecimal(),
        )

    def discard(self) -> None:
        """Leave nothing behind."""
        self._open.close()
        if self._path is not None:
            shutil.rmtree(self._path.parent, ignore_errors=True)

    def _part_begins(self) -> None:
        self._part = _Part()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._part.header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._part.value += data[start:end]

    def _header_ends(self) -> None:
        part = self._part
        if part.header.lower() == b"content-disposition":
            part.disposition = bytes(part.value)
        part.header, part.value = bytearray(), bytearray()

    def _headers_end(self) -> None:
        part = self._part
        _, options = parse_options_header(part.disposition)
        part.name = options.get(b"name", b"").decode(errors="replace")
        if part.name == CONTENT:
            part.file = self._opened(options.get(b"filename", b"").decode(errors="replace"))
        elif part.name in LIMITS:
            part.kept = bytearray()

    def _opened(self, filename: str) -> BinaryIO:
        if self._path is not None:
            raise refused(["it holds more than one file"])
        try:
            parsed = Filename.parse(filename)
        except InvalidFilenameError as error:
            reason = f"{quoted(filename)} is not the name of a distribution: {error}"
            raise refused([reason]) from error
        if fault := name_fault(parsed):
            raise refused([fault])
        self._accept(parsed)
        self._path = Path(tempfile.mkdtemp(prefix="upload-", dir=self._folder)) / parsed.text
        return self._open.enter_context(self._path.open("xb"))

    def _data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part.file is not None:
            view = memoryview(data)[start:end]
            self._size += len(view)
            if self._size > self._largest:
                raise TooLargeError(f"the store takes files of {self._largest:,} bytes at most")
            self._digests.update(view)
            part.file.write(view)
        elif part.kept is not None:
            part.kept += data[start:end]
            if len(part.kept) > LIMITS[part.name]:
                raise refused([f"its field {part.name} is longer than {LIMITS[part.name]} bytes"])

    def _part_ends(self) -> None:
        part = self._part
        if part.kept is not None:
            values = self._fields.setdefault(part.name, [])
            if len(values) < 2:  # noqa: PLR2004 - one is right, and the second is a fault
                values.append(part.kept.decode(errors="replace"))

    def _form_ends(self) -> None:
        self._ended = True


def _parser(content_type: str, callbacks: "MultipartCallbacks") -> MultipartParser:
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data":
        raise refused([f"it is '{kind.decode('latin-1')}', not multipart/form-data"])
    if not boundary:
        raise refused(["its Content-Type names no boundary"])
    try:
        return MultipartParser(boundary, callbacks)
    except FormParserError as error:
        raise refused([f"its form cannot be read: {error}"]) from error
