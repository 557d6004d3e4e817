"""Makes a correct wheel of one that was renamed to carry a local version.

Builds for several kinds of machines are often made by renaming a wheel: `acme-1.0-...` becomes
`acme-1.0+cu128-...`, and METADATA still says 1.0. pip refuses such a wheel as "inconsistent
version". Here METADATA, the names of the folders `.dist-info` and `.data`, and RECORD are made to
agree with the filename (binary distribution format: "{distribution}-{version}.dist-info").

All other members are copied as they are, without being decompressed, in chunks. METADATA and RECORD
are stored uncompressed, and nothing is taken from the clock, so that the same wheel always becomes
the same bytes, with any version of zlib.
"""

import csv
import io
import re
import struct
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from copy import copy
from hashlib import sha256
from itertools import pairwise
from typing import IO, BinaryIO, NamedTuple

from ghpypi.core.digest import CHUNK
from ghpypi.core.distribution.limits import LISTING_LIMIT, METADATA_LIMIT
from ghpypi.core.names import Filename
from ghpypi.core.quantities import count_of, number

_LOCAL = struct.Struct("<4s5H3I2H")
"""A local file header (APPNOTE 4.3.7); the last two numbers are the lengths of name and extra."""

_ZIP64 = 1
"""The extra field for large sizes and offsets (APPNOTE 4.5.3); `zipfile` writes it where needed."""

_SIGNATURES = ("/RECORD.jws", "/RECORD.p7s")
"""Signatures of RECORD, which are wrong as soon as RECORD changes."""

_VERSION = re.compile(rb"^(Version:[ \t]*)[^\r\n]*", re.IGNORECASE | re.MULTILINE)
_BLANK = re.compile(rb"\r?\n\r?\n")


class _Names(NamedTuple):
    """How members are renamed: the beginnings of their old and new names."""

    old: str
    new: str

    def new_name(self, name: str) -> str:
        for suffix in (".dist-info/", ".data/"):
            if name.startswith(self.old + suffix):
                return self.new + name.removeprefix(self.old)
        return name


def fix_local_version(source: BinaryIO, target: BinaryIO, filename: Filename) -> None:
    """Write a wheel whose metadata has the version of its filename.

    Args:
        source: The wheel, open for reading, and seekable.
        target: An empty file, open for writing, and seekable.
        filename: The name of both.

    Raises:
        ValueError: The wheel has no METADATA or RECORD in its `.dist-info` folder.
    """
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(target, "w") as after:
        names = _names(before, filename)
        paths = {name: f"{names.old}.dist-info/{name}" for name in ("METADATA", "RECORD")}
        metadata = _with_version(_read(before, paths["METADATA"], METADATA_LIMIT), filename)
        record = _read(before, paths["RECORD"], LISTING_LIMIT)
        for info, end in _spans(before):
            if info.filename not in paths.values() and not info.filename.endswith(_SIGNATURES):
                _copy(source, info, end, after, names.new_name(info.filename))
        for path, text in (
            (paths["METADATA"], metadata),
            (paths["RECORD"], _new_record(record, names, paths["METADATA"], metadata)),
        ):
            info = _stored(before.getinfo(path), names.new_name(path))
            after.writestr(info, text, zipfile.ZIP_STORED)


def _names(archive: zipfile.ZipFile, filename: Filename) -> _Names:
    tops = {name.partition("/")[0] for name in archive.namelist()}
    folders = [top.removesuffix(".dist-info") for top in tops if top.endswith(".dist-info")]
    if len(folders) != 1:
        raise ValueError("it does not have exactly one .dist-info folder at the top")
    return _Names(folders[0], f"{filename.text.partition('-')[0]}-{filename.version}")


def _read(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise ValueError(f"it has no {name}") from None
    if info.file_size > limit:
        raise ValueError(
            f"its {name} has {count_of(info.file_size, 'byte')}, the limit is {number(limit)}"
        )
    return archive.open(info).read(info.file_size + 1)


def _with_version(text: bytes, filename: Filename) -> bytes:
    """Replace the version in METADATA, without changing any other byte."""
    blank = _BLANK.search(text)
    end = blank.start() if blank else len(text)
    version = str(filename.version).encode()
    fields, count = _VERSION.subn(lambda match: match[1] + version, text[:end], count=1)
    if not count:
        raise ValueError("its METADATA has no version")
    return fields + text[end:]


def _new_record(record: bytes, names: _Names, path: str, metadata: bytes) -> bytes:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    for row in csv.reader(io.StringIO(record.decode(), newline="")):
        if row and not row[0].endswith(_SIGNATURES):
            digest = urlsafe_b64encode(sha256(metadata).digest()).rstrip(b"=").decode()
            more = [f"sha256={digest}", str(len(metadata))] if row[0] == path else row[1:]
            writer.writerow([names.new_name(row[0]), *more])
    return written.getvalue().encode()


def _spans(archive: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, int]]:
    """List the members in the order of their bytes, each with where the next one begins."""
    infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
    starts = [*(info.header_offset for info in infos), archive.start_dir]
    return zip(infos, (end for _, end in pairwise(starts)), strict=True)


def _copy(
    source: BinaryIO, info: zipfile.ZipInfo, end: int, archive: zipfile.ZipFile, name: str
) -> None:
    """Copy a member under another name: its header, data and data descriptor as they are."""
    target = archive.fp
    if target is None:
        raise ValueError("the archive is closed")
    source.seek(info.header_offset)
    *values, length, extra = _LOCAL.unpack(source.read(_LOCAL.size))
    source.seek(length, io.SEEK_CUR)
    encoded = name.encode()
    copied = copy(info)
    copied.filename = copied.orig_filename = name
    copied.header_offset = target.tell()
    copied.extra = _without_zip64(info.extra)
    target.write(_LOCAL.pack(*values, len(encoded), extra) + encoded)
    _copy_bytes(source, target, end - source.tell())
    archive.filelist.append(copied)
    archive.NameToInfo[name] = copied
    archive.start_dir = target.tell()


def _copy_bytes(source: BinaryIO, target: IO[bytes], size: int) -> None:
    while size > 0:
        chunk = source.read(min(size, CHUNK))
        if not chunk:
            raise ValueError("it is cut short")
        target.write(chunk)
        size -= len(chunk)


def _stored(info: zipfile.ZipInfo, name: str) -> zipfile.ZipInfo:
    """Describe a rewritten member: with the time and permissions that it had."""
    new = zipfile.ZipInfo(name, info.date_time)
    new.external_attr, new.create_system = info.external_attr, info.create_system
    return new


def _without_zip64(extra: bytes) -> bytes:
    kept, rest = b"", extra
    while len(rest) >= 4:  # noqa: PLR2004 - the size of an extra field's header
        kind, size = struct.unpack_from("<2H", rest)
        if kind != _ZIP64:
            kept += rest[: 4 + size]
        rest = rest[4 + size :]
    return kept
