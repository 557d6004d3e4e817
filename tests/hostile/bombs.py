"""Small archives that stand for gigabytes, made in memory."""

import gzip
import io
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache

from ghpypi.core.distribution.limits import (
    HEADER_LIMIT,
    LISTING_LIMIT,
    MEMBERS_LIMIT,
    METADATA_LIMIT,
    RATIO_FREE,
    TEXT_LIMIT,
)
from tests.support.archives import (
    INFO,
    SDIST_NAME,
    TOP,
    WHEEL_NAME,
    core_metadata,
    many_entries,
    tar_of,
    wheel_files,
    wheel_of,
    zip_of,
)

MEBIBYTE = 1 << 20
ZEROS = bytes(MEBIBYTE)
LARGE = 96
"""Mebibytes that bombs expand to: more than is free, and quick to make."""


def gzipped(pieces: Iterator[bytes]) -> bytes:
    """Compress a long stream, a piece at a time."""
    compressor = zlib.compressobj(1, wbits=31)
    return b"".join([*map(compressor.compress, pieces), compressor.flush()])


def tar_header(name: str, kind: bytes, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT)


def long_header(kind: bytes, size: int) -> bytes:
    """Make a tar file whose first header is so many zeros."""

    def pieces() -> Iterator[bytes]:
        yield tar_header("././@LongLink", kind, size)
        yield from (ZEROS for _ in range(size // MEBIBYTE))

    return gzipped(pieces())


def many_headers() -> bytes:
    """Chain headers of one member: each is small enough, together they are not."""
    header = tar_header("././@LongLink", tarfile.GNUTYPE_LONGNAME, HEADER_LIMIT // 4)
    return gzip.compress((header + b"x" * (HEADER_LIMIT // 4)) * 100)


def global_headers() -> bytes:
    records = b"".join(b"%d x%05d=1\n" % (len("10 x00000=1\n"), n) for n in range(2000))
    padding = bytes(-len(records) % 512)
    header = tar_header("pax_global_header", tarfile.XGLTYPE, len(records))
    return gzip.compress(header + records + padding + tar_of([(f"{TOP}/x", b"")]))


@cache
def long_names() -> bytes:
    """Make a tar file whose members each have a name that is only just allowed."""
    names = (random.Random(n).randbytes(HEADER_LIMIT // 3).hex() for n in range(50))  # noqa: S311
    return gzip.compress(tar_of([(name, b"") for name in names], form=tarfile.GNU_FORMAT), 1)


def lying_deflate(declared: int) -> bytes:
    """Make a wheel whose METADATA is declared small and expands to LARGE mebibytes."""
    compressor = zlib.compressobj(1, wbits=-15)
    stream = b"".join([*(compressor.compress(ZEROS) for _ in range(LARGE)), compressor.flush()])
    content = zip_of({f"{INFO}/METADATA": b"\0" * declared, f"{INFO}/RECORD": b""})
    archive = zipfile.ZipFile(io.BytesIO(content))
    info = archive.getinfo(f"{INFO}/METADATA")
    head = content[: 30 + len(info.filename)]
    rest = content[30 + len(info.filename) + info.compress_size :]
    grown = len(stream) - info.compress_size
    result = bytearray(head + stream + rest)
    struct.pack_into("<I", result, 18, len(stream))
    start = archive.start_dir + grown
    struct.pack_into("<I", result, start + 20, len(stream))
    second = result.index(b"PK\x01\x02", start + 4)
    offset = archive.getinfo(f"{INFO}/RECORD").header_offset
    struct.pack_into("<I", result, second + 42, offset + grown)
    struct.pack_into("<I", result, len(result) - 6, start)
    return bytes(result)


@cache
def bzip2_metadata() -> bytes:
    """Make a wheel whose METADATA expands to 32 MiB; more would take long to make."""
    files = dict(wheel_files()) | {f"{INFO}/RECORD": b""}
    content = zip_of(
        files | {f"{INFO}/METADATA": bytes(32 * MEBIBYTE)},
        methods={f"{INFO}/METADATA": zipfile.ZIP_BZIP2},
    )
    assert len(content) < 3000
    return content


BOMBS: dict[str, tuple[str, Callable[[], bytes], int]] = {
    "bzip2 metadata": (WHEEL_NAME, bzip2_metadata, 1),
    "deflated metadata": (
        WHEEL_NAME,
        lambda: zip_of({f"{INFO}/METADATA": bytes(METADATA_LIMIT + 1)}),
        1,
    ),
    "size that is declared too small": (WHEEL_NAME, lambda: lying_deflate(100), 1),
    "WHEEL": (WHEEL_NAME, lambda: wheel_of({f"{INFO}/WHEEL": bytes(TEXT_LIMIT + 1)}), 3),
    "RECORD": (WHEEL_NAME, lambda: wheel_of(record=bytes(LISTING_LIMIT + 1)), 3),
    "one large member": (WHEEL_NAME, lambda: wheel_of({"x": bytes(2 * RATIO_FREE)}), 3),
    "central directory of many members": (
        WHEEL_NAME,
        lambda: many_entries(MEMBERS_LIMIT + 1),
        15,
    ),
    "central directory of long names": (
        WHEEL_NAME,
        lambda: many_entries(600, b"a" * 60_000),
        LISTING_LIMIT // MEBIBYTE + 1,
    ),
    "long name": (SDIST_NAME, lambda: long_header(tarfile.GNUTYPE_LONGNAME, LARGE << 20), 1),
    "long link": (SDIST_NAME, lambda: long_header(tarfile.GNUTYPE_LONGLINK, LARGE << 20), 1),
    "extended header": (SDIST_NAME, lambda: long_header(tarfile.XHDTYPE, LARGE << 20), 1),
    "global header": (SDIST_NAME, lambda: long_header(tarfile.XGLTYPE, LARGE << 20), 1),
    "chain of headers": (SDIST_NAME, many_headers, 4),
    "many global headers": (SDIST_NAME, global_headers, 2),
    "long names": (SDIST_NAME, long_names, LISTING_LIMIT // MEBIBYTE + 4),
    "PKG-INFO": (
        SDIST_NAME,
        lambda: gzip.compress(tar_header(f"{TOP}/PKG-INFO", b"0", METADATA_LIMIT + 1)),
        1,
    ),
    "large member before PKG-INFO": (
        SDIST_NAME,
        lambda: gzipped(
            iter([tar_header(f"{TOP}/x", b"0", 8 << 30), *(ZEROS for _ in range(LARGE))])
        ),
        4,
    ),
    "zeros after the end": (
        SDIST_NAME,
        lambda: gzipped(
            iter([tar_of([(f"{TOP}/PKG-INFO", core_metadata())]), *(ZEROS for _ in range(LARGE))])
        ),
        4,
    ),
}
