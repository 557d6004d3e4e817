"""Parsing the multipart form of an upload as a stream, with the file written directly to disk."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ghpypi.core.distribution.contents import quoted
from ghpypi.core.names import Filename, InvalidFilenameError
from ghpypi.core.quantities import count_of
from ghpypi.core.upload.checks import name_fault
from ghpypi.core.upload.legacy_form import CONTENT, LIMITS, refused

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

OTHER_FIELDS = 32 << 20
"""Maximum size of a form without the file, in bytes; metadata is limited to 16 MiB."""

Accept = Callable[[Filename], None]


class TooLargeError(ValueError):
    """An upload exceeds the size limit of the server."""


class ReceivedUpload(NamedTuple):
    """A received form.

    Attributes:
        path: The path of the file, which has its original name.
        fields: The known fields of the form.
        digests: The digests of the file by algorithm, in hexadecimal.
    """

    path: Path
    fields: Mapping[str, tuple[str, ...]]
    digests: Mapping[str, str]


class _Digest(Protocol):
    def update(self, data: memoryview, /) -> None: ...

    def hexdigest(self) -> str: ...


class _Digests:
    """Computes all digests that a form can contain."""

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
    """The part of the form that is being parsed."""

    header: bytearray = field(default_factory=bytearray)
    value: bytearray = field(default_factory=bytearray)
    disposition: bytes = b""
    name: str = ""
    kept: bytearray | None = None
    file: BinaryIO | None = None


class FormReader:
    """Parses a form. Blocks, so it is used in threads, with one call at a time.

    Args:
        content_type: The header Content-Type of the request.
        folder: Where the temporary folder of the file is created; `None` for the system's default.
        max_file_size: Maximum size of the file, in bytes.
        accept: Called with the file's name before its content is read; may raise to reject it.

    Raises:
        RefusedError: The form is malformed; also raised by `write` and `end`.
    """

    def __init__(
        self, content_type: str, folder: Path | None, max_file_size: int, *, accept: Accept
    ) -> None:
        self._max_file_size = max_file_size
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
        """Parse the next part of the body."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise refused([f"malformed form: {error}"]) from error
        self._other += len(data)
        if self._other - self._size > OTHER_FIELDS:
            raise TooLargeError(f"the fields of the form exceed {count_of(OTHER_FIELDS, 'byte')}")

    def end(self) -> ReceivedUpload:
        """Finish parsing and return the form."""
        self._open.close()
        if not self._ended:
            raise refused(["the form is incomplete"])
        if self._path is None:
            raise refused([f"no file: the form has no field '{CONTENT}'"])
        return ReceivedUpload(
            path=self._path,
            fields={name: tuple(values) for name, values in self._fields.items()},
            digests=self._digests.hexadecimal(),
        )

    def discard(self) -> None:
        """Delete the temporary folder."""
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
            raise refused(["the form has more than one file"])
        try:
            parsed = Filename.parse(filename)
        except InvalidFilenameError as error:
            reason = f"{quoted(filename)} is not a distribution filename: {error}"
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
            if self._size > self._max_file_size:
                raise TooLargeError(
                    f"the file is too large; the limit is {count_of(self._max_file_size, 'byte')}"
                )
            self._digests.update(view)
            part.file.write(view)
        elif part.kept is not None:
            part.kept += data[start:end]
            if len(part.kept) > LIMITS[part.name]:
                raise refused(
                    [f"field '{part.name}' exceeds {count_of(LIMITS[part.name], 'byte')}"]
                )

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
        raise refused([f"the Content-Type is '{kind.decode('latin-1')}', not multipart/form-data"])
    if not boundary:
        raise refused(["the Content-Type has no boundary"])
    try:
        return MultipartParser(boundary, callbacks)
    except FormParserError as error:
        raise refused([f"malformed form: {error}"]) from error
