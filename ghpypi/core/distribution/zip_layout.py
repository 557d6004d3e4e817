"""Validation of the layout of zip files: no bytes outside of members.

A reader that uses the central directory (pip) and one that reads a stream (uv) see the same members
only if local headers and central directory agree and there are no other bytes. PyPI and uv reject
other files: https://docs.pypi.org/archives/.
"""

import struct
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from ghpypi.core.distribution.contents import quoted
from ghpypi.core.distribution.rules import Issue, Rule
from ghpypi.core.quantities import number

_LOCAL = struct.Struct("<4s5H3I2H")
"""A local file header (APPNOTE 4.3.7)."""
_LOCAL_SIGNATURE = b"PK\x03\x04"
_END_SIGNATURE = b"PK\x05\x06"
_END_SIZE = 22
_DESCRIPTOR = 8
"""The flag of members whose checksum and sizes follow their data."""
_DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
_DESCRIPTOR_MOST = 24
_IN_EXTRA_FIELD = 0xFFFFFFFF
"""A placeholder in a header for a size in the ZIP64 extra field."""


def layout_issues(file: BinaryIO, archive: zipfile.ZipFile, size: int) -> Iterator[Issue]:
    """Yield an issue for the first stray bytes, or the first header that contradicts the directory.

    Args:
        file: The zip file.
        archive: The opened archive.
        size: The size of the file in bytes.
    """
    end = 0
    for info in sorted(archive.infolist(), key=lambda info: info.header_offset):
        if info.header_offset != end:
            yield _stray(end, info.header_offset)
            return
        file.seek(end)
        header = file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(_LOCAL_SIGNATURE):
            yield Issue(Rule.DAMAGED, f"its member {quoted(info.orig_filename)} has no header")
            return
        _, _, flags, method, _, _, *sizes, name, extra = _LOCAL.unpack(header)
        end += _LOCAL.size + name + extra + info.compress_size
        if flags & _DESCRIPTOR:
            end += _descriptor_size(file, end, info)
            sizes = []
        if method != info.compress_type or _contradicts(sizes, info):
            yield Issue(
                Rule.STRAY_BYTES,
                f"the header of {quoted(info.orig_filename)} contradicts the central directory",
            )
            return
    if archive.start_dir != end:
        yield _stray(end, archive.start_dir)
    elif not _ends_as_it_should(file, archive, size):
        yield Issue(Rule.STRAY_BYTES, "there are bytes after its end, which uv and PyPI reject")


def _descriptor_size(file: BinaryIO, start: int, info: zipfile.ZipInfo) -> int:
    """Return the size of a data descriptor, with or without signature and ZIP64 (APPNOTE 4.3.9).

    Returns:
        The size; 0 if there is none that agrees with the central directory.
    """
    file.seek(start)
    content = file.read(_DESCRIPTOR_MOST)
    fits = max(info.compress_size, info.file_size) < _IN_EXTRA_FIELD
    for form in ("<3I", "<IQQ") if fits else ("<IQQ",):
        values = struct.pack(form, info.CRC, info.compress_size, info.file_size)
        for descriptor in (_DESCRIPTOR_SIGNATURE + values, values):
            if content.startswith(descriptor):
                return len(descriptor)
    return 0


def _stray(end: int, start: int) -> Issue:
    if start < end:
        return Issue(Rule.STRAY_BYTES, f"its members overlap at byte {number(start)}")
    return Issue(
        Rule.STRAY_BYTES,
        f"its bytes {number(end)} to {number(start)} belong to no member, which uv and PyPI reject",
    )


def _contradicts(sizes: list[int], info: zipfile.ZipInfo) -> bool:
    """Return whether a local header contradicts the directory, except for data descriptors."""
    if info.compress_type == zipfile.ZIP_STORED and info.compress_size != info.file_size:
        return True
    expected = (info.CRC, info.compress_size, info.file_size)
    return any(
        value not in {wanted, _IN_EXTRA_FIELD}
        for value, wanted in zip(sizes, expected, strict=False)
    )


def _ends_as_it_should(file: BinaryIO, archive: zipfile.ZipFile, size: int) -> bool:
    """Return whether the end record and its comment are the last bytes."""
    file.seek(max(0, size - _END_SIZE - len(archive.comment)))
    return file.read(len(_END_SIGNATURE)) == _END_SIGNATURE
