"""The core metadata inside a wheel or source distribution, found without reading the rest.

The caller opens; these functions are handed a file. A wheel is read from its end (the central
directory, then METADATA), so a file that fetches ranges on demand costs a few kilobytes. A source
distribution is a stream, read up to its PKG-INFO.
"""

import tarfile
import zipfile
from typing import BinaryIO

from ghpypi.core.metadata import InvalidMetadataError
from ghpypi.core.names import Filename, normalize
from ghpypi.errors import GhpypiError

METADATA_LIMIT = 16 * 1024 * 1024
"""Bytes of metadata that are read at most: a guard against bombs, far above any real file."""


def read_metadata(file: BinaryIO, filename: Filename) -> bytes:
    """Return METADATA of a wheel, or PKG-INFO of a source distribution, byte for byte.

    Args:
        file: The archive, open for reading. Must be seekable for `.whl` and `.zip`.
        filename: Its name, which says what to look for.

    Raises:
        InvalidMetadataError: It is no such archive, or has no such file in the right place.
    """
    try:
        if filename.text.endswith(".tar.gz"):
            return _from_tar(file, filename)
        return _from_zip(file, filename)
    except (GhpypiError, InvalidMetadataError):
        raise
    except Exception as error:
        # What the libraries raise for broken archives has no list: besides errors of their own,
        # ValueError, TypeError, LZMAError and, for bzip2, OSError without a number. One with a
        # number is not about the archive.
        if isinstance(error, OSError) and error.errno:
            raise
        raise InvalidMetadataError(f"it is not a readable archive ({error})") from error


def _from_zip(file: BinaryIO, filename: Filename) -> bytes:
    with zipfile.ZipFile(file) as archive:
        wanted = _in_wheel if filename.kind == "wheel" else _in_sdist
        found = [name for name in archive.namelist() if wanted(name, filename)]
        if len(found) != 1:
            raise InvalidMetadataError(_missing(filename, found))
        info = archive.getinfo(found[0])
        if info.flag_bits & 1:
            raise InvalidMetadataError("it is encrypted")
        if info.file_size > METADATA_LIMIT:
            raise InvalidMetadataError(f"{info.filename} has {info.file_size:,} bytes")
        return archive.read(info)


def _from_tar(file: BinaryIO, filename: Filename) -> bytes:
    with tarfile.open(fileobj=file, mode="r|gz") as archive:
        for member in archive:
            if member.isfile() and _in_sdist(member.name, filename):
                if member.size > METADATA_LIMIT:
                    raise InvalidMetadataError(f"{member.name} has {member.size:,} bytes")
                content = archive.extractfile(member)
                return content.read() if content else b""
    raise InvalidMetadataError(_missing(filename, []))


def _in_wheel(name: str, filename: Filename) -> bool:
    """Is this `{project}-{version}.dist-info/METADATA` of this very wheel?

    A wheel may carry other `.dist-info` folders deeper down, but only one of its own.
    """
    folder, _, rest = name.partition("/")
    if rest != "METADATA" or not folder.endswith(".dist-info"):
        return False
    stem = folder.removesuffix(".dist-info")
    return normalize(stem.partition("-")[0]) == filename.project


def _in_sdist(name: str, _: Filename) -> bool:
    """Is this the `PKG-INFO` directly under the one top folder?"""
    parts = name.removeprefix("./").split("/")
    return len(parts) == 2 and parts[1] == "PKG-INFO"  # noqa: PLR2004


def _missing(filename: Filename, found: list[str]) -> str:
    if len(found) > 1:
        return f"it holds several metadata files: {', '.join(sorted(found))}"
    if filename.kind == "wheel":
        return "it holds no *.dist-info/METADATA of its project"
    return "it holds no PKG-INFO in its top folder, so it is not a source distribution"
