"""Wheels and source distributions with any content, right or wrong."""

import base64
import gzip
import hashlib
import io
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Iterable, Mapping

WHEEL_NAME = "acme_lib-1.0-py3-none-any.whl"
SDIST_NAME = "acme_lib-1.0.tar.gz"
INFO = "acme_lib-1.0.dist-info"
TOP = "acme_lib-1.0"

WHEEL_TEXT = b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"

Files = Mapping[str, bytes]


def core_metadata(*lines: str, name: str = "acme-lib", version: str = "1.0") -> bytes:
    head = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines]
    return "\n".join([*head, "", "A description.", ""]).encode()


def wheel_files(files: Files | None = None, *, info: str = INFO, metadata: bytes = b"") -> Files:
    """Name the members of a wheel, all but RECORD; more files are added or replace others."""
    return {
        "acme_lib.py": b"ok = 1\n",
        f"{info}/METADATA": metadata or core_metadata(),
        f"{info}/WHEEL": WHEEL_TEXT,
        **(files or {}),
    }


def record_of(files: Files, *, info: str = INFO) -> bytes:
    rows = [f"{name},{_hash(content)},{len(content)}" for name, content in files.items()]
    return "\n".join([*rows, f"{info}/RECORD,,", ""]).encode()


def wheel_of(
    files: Files | None = None,
    *,
    info: str = INFO,
    metadata: bytes = b"",
    without: Iterable[str] = (),
    record: bytes | None = None,
) -> bytes:
    """Make a wheel whose RECORD is right, unless another one is given."""
    contents = dict(wheel_files(files, info=info, metadata=metadata))
    contents[f"{info}/RECORD"] = record_of(contents, info=info) if record is None else record
    return zip_of({name: text for name, text in contents.items() if name not in without})


def zip_of(
    files: Files | Iterable[tuple[str, bytes]],
    *,
    methods: Mapping[str, int] | None = None,
    modes: Mapping[str, int] | None = None,
    seekable: bool = True,
) -> bytes:
    """Make a zip file; one that is not seekable has data descriptors."""
    buffer = io.BytesIO()
    target = buffer if seekable else _Pipe(buffer)
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w") as archive:
        warnings.simplefilter("ignore")  # of names that are there already
        for name, content in files.items() if isinstance(files, Mapping) else files:
            info = zipfile.ZipInfo(name)
            info.compress_type = (methods or {}).get(name, zipfile.ZIP_DEFLATED)
            info.external_attr = (modes or {}).get(name, 0o100644) << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def sdist_of(
    files: Files | None = None,
    *,
    members: Iterable[tarfile.TarInfo] = (),
    without: Iterable[str] = (),
    metadata: bytes = b"",
) -> bytes:
    """Make a source distribution; single members have no content."""
    contents = {
        f"{TOP}/pyproject.toml": b"",
        f"{TOP}/PKG-INFO": metadata or core_metadata(),
        **(files or {}),
    }
    kept = [(name, text) for name, text in contents.items() if name not in without]
    return gzip.compress(tar_of(kept, members), mtime=0)


def tar_of(
    files: Iterable[tuple[str, bytes]],
    members: Iterable[tarfile.TarInfo] = (),
    *,
    form: int = tarfile.PAX_FORMAT,
) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in members:
            archive.addfile(member)
    return buffer.getvalue()


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def special(name: str, kind: bytes = tarfile.FIFOTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    return member


def sparse_tar(name: str) -> bytes:
    """Make a tar file with one member of the old sparse format of GNU tar."""
    member = tarfile.TarInfo(name)
    member.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"00000010000\0"  # the real size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def damaged_member(content: bytes, name: str) -> bytes:
    """Change a byte of a stored member in a zip file, so that its CRC is wrong."""
    position = content.index(name.encode()) + len(name)
    return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]


def without_entry(files: Files, hidden: str) -> bytes:
    """Make a zip file with a member that its central directory does not list."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.filelist = [info for info in archive.filelist if info.filename != hidden]
    return buffer.getvalue()


def encrypted(content: bytes) -> bytes:
    """Mark the first entry of the central directory of a zip file as encrypted."""
    archive = bytearray(content)
    archive[archive.index(b"PK\x01\x02") + 8] |= 1
    return bytes(archive)


def patched(content: bytes, place: bytes, at: int, value: bytes) -> bytes:
    """Replace bytes of a zip file, counted from the first place where something stands."""
    start = content.index(place) + at
    return content[:start] + value + content[start + len(value) :]


def many_entries(count: int, name: bytes = b"a") -> bytes:
    """Make a zip file that is a central directory only; all its entries are the same."""
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *[0] * 9, len(name), *[0] * 6)
    directory = (entry + name) * count
    few = min(count, 0xFFFE)
    return directory + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, few, few, len(directory), 0, 0)


def _hash(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return "sha256=" + digest.rstrip(b"=").decode()


class _Pipe(io.RawIOBase):
    """Something that is written and not seekable."""

    def __init__(self, target: io.BytesIO) -> None:
        self._target = target

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return self._target.write(data)  # type: ignore[arg-type] # whatever zipfile writes
