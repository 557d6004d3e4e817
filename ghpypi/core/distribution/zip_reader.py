"""Reading zip files with `zipfile`, within limits: wheels, and older source distributions.

`zipfile` reads the central directory at once, and expands bzip2, LZMA and Zstandard without a
limit. Here, the size of the directory is checked first, and only stored and deflated members are
read, which expand to at most a chunk at a time, and at most to the size in the directory.
"""

import hashlib
import stat
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO, cast

from ghpypi.core.digest import CHUNK
from ghpypi.core.distribution.contents import (
    Contents,
    InvalidArchiveError,
    Keep,
    Kind,
    Members,
    check_expansion,
    listed,
    quoted,
    reason,
)
from ghpypi.core.distribution.limits import LISTING_LIMIT, MEMBERS_LIMIT, TEXT_LIMIT
from ghpypi.core.distribution.rules import Issue, Rule
from ghpypi.core.distribution.zip_layout import layout_issues
from ghpypi.core.quantities import count_of, number

METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Allowed compression methods. PyPI has the same rule; uv supports no others."""

_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 1
_UTF8 = 0x800
"""Flags of members (APPNOTE 4.4.4)."""
_TOO_MUCH = LISTING_LIMIT + 1
_TAIL = 1 << 17
"""More than an end record with its comment, the only parts that `zipfile` reads without a size."""


def list_zip(file: BinaryIO, keep: Keep) -> Contents:
    """Read the central directory and requested small files.

    Args:
        file: A seekable file; with range requests, this transfers a few kilobytes.
        keep: Selects the files.

    Raises:
        InvalidArchiveError: It is not a zip file, or exceeds a limit.
    """
    with _open(file) as archive:
        infos = archive.infolist()
        texts = {}
        for info in infos:
            limit = keep(info.filename)
            if limit and info.filename not in texts:
                texts[info.filename] = _read_text(archive, info, limit)
        members, issues = _listed(infos, {})
        return Contents(members, texts, issues=tuple(issues))


def read_zip(file: BinaryIO, size: int, keep: Keep) -> Contents:
    """Read all members completely.

    Args:
        file: A seekable file.
        size: The size of the file in bytes.
        keep: Selects the files to return.

    Raises:
        InvalidArchiveError: It is not a zip file, or exceeds a limit.
    """
    with _open(file) as archive:
        infos = archive.infolist()
        check_expansion(sum(info.file_size for info in infos), size)
        reading = _Reading(archive, keep)
        for info in infos:
            reading.read(info)
        members, issues = _listed(infos, reading.targets)
        issues += [*reading.issues, *layout_issues(file, archive, size)]
        return Contents(members, reading.texts, reading.digests, tuple(issues))


def _open(file: BinaryIO) -> zipfile.ZipFile:
    guarded = _Guarded(file)
    archive = zipfile.ZipFile(cast("BinaryIO", guarded))
    guarded.opened = True
    if "" in archive.namelist():  # with Python 3.11, installers fail at such a member
        raise InvalidArchiveError(Rule.DAMAGED, "it has a member without a name")
    return archive


class _Guarded:
    """A file that rejects a central directory that is too large for memory.

    The directory is the only large part that `zipfile` reads at once.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self.opened = False

    def read(self, size: int = -1) -> bytes:
        """Read at most as many bytes as the directory may have."""
        content = self._file.read(min(size, _TOO_MUCH) if size >= 0 else _TAIL)
        # Each entry starts with the signature, so the number of signatures limits the entries.
        if not self.opened and (len(content) == _TOO_MUCH or content.count(_ENTRY) > MEMBERS_LIMIT):
            raise InvalidArchiveError(
                Rule.TOO_LARGE,
                f"its central directory has more than {count_of(LISTING_LIMIT, 'byte')} or "
                f"{count_of(MEMBERS_LIMIT, 'member')}",
            )
        return content

    def close(self) -> None:
        """Do nothing: the caller closes the file."""


class _Reading:
    """Reads members, and collects their issues."""

    def __init__(self, archive: zipfile.ZipFile, keep: Keep) -> None:
        self._archive, self._keep = archive, keep
        self.texts: dict[str, bytes] = {}
        self.digests: dict[str, bytes] = {}
        self.targets: dict[str, str] = {}
        self.issues: list[Issue] = []

    def read(self, info: zipfile.ZipInfo) -> None:
        """Read a member completely, so that `zipfile` verifies its CRC."""
        name = info.orig_filename
        if info.is_dir() or _unreadable(info):
            return
        try:
            if _is_link(info):
                self.targets[name] = _read_text(self._archive, info, TEXT_LIMIT).decode()
            elif name not in self.texts and (limit := self._keep(name)):
                self.texts[name] = _read_text(self._archive, info, limit)
                self.digests[name] = hashlib.sha256(self.texts[name]).digest()
            else:
                self.digests[name] = self._digest(info)
        except InvalidArchiveError as error:
            self.issues.append(error.issue)
        except Exception as error:  # noqa: BLE001 - see `reason`
            text = f"its member {quoted(name)} is damaged ({reason(error)})"
            self.issues.append(Issue(Rule.DAMAGED, text))

    def _digest(self, info: zipfile.ZipInfo) -> bytes:
        digest, count = hashlib.sha256(), 0
        with self._archive.open(info) as member:
            while chunk := member.read(CHUNK):
                digest.update(chunk)
                count += len(chunk)
        _check_size(info, count)
        return digest.digest()


def _read_text(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    if info.flag_bits & _ENCRYPTED:
        raise InvalidArchiveError(Rule.ENCRYPTED, f"{quoted(info.filename)} is encrypted")
    if info.compress_type not in METHODS:
        raise InvalidArchiveError(
            Rule.COMPRESSION, f"{quoted(info.filename)} is neither stored nor deflated"
        )
    if info.file_size > limit:
        raise InvalidArchiveError(
            Rule.TOO_LARGE,
            f"{quoted(info.filename)} has {count_of(info.file_size, 'byte')}, "
            f"the limit is {number(limit)}",
        )
    # Without a size, `read` expands everything before it checks the declared size.
    text = archive.open(info).read(info.file_size + 1)
    _check_size(info, len(text))
    return text


def _check_size(info: zipfile.ZipInfo, count: int) -> None:
    if count != info.file_size:
        raise ValueError(f"{count_of(count, 'byte')} instead of {number(info.file_size)}")


def _listed(
    infos: Iterable[zipfile.ZipInfo], targets: Mapping[str, str]
) -> tuple[Members, list[Issue]]:
    """Return the members with their issues, from one pass: a wheel may have tens of thousands.

    Args:
        infos: The members.
        targets: The targets of links, by name, as far as they were read.
    """
    members = Members()
    encrypted, compressed, guessed = [], [], []
    for info in infos:
        # `filename` is cut at a null byte and adapted to the system; `orig_filename` is not.
        name, flags = info.orig_filename, info.flag_bits
        members.add(name, _kind(info), targets.get(name, ""))
        if flags & _ENCRYPTED:
            encrypted.append(name)
        if info.compress_type not in METHODS:
            compressed.append(name)
        if not (flags & _UTF8 or name.isascii()):
            guessed.append(name)
    return members, [*_issues(encrypted, compressed, guessed), *_repeated(members.names)]


def _issues(encrypted: list[str], compressed: list[str], guessed: list[str]) -> Iterator[Issue]:
    if encrypted:
        yield Issue(Rule.ENCRYPTED, f"it is encrypted: {listed(encrypted)}")
    if compressed:
        yield Issue(
            Rule.COMPRESSION,
            f"only stored and deflated members can be installed by uv: {listed(compressed)}",
        )
    if guessed:
        yield Issue(
            Rule.ODD_PATH,
            f"it has names in an encoding that installers guess: {listed(guessed)}",
        )


def _repeated(names: list[str]) -> Iterator[Issue]:
    if len({*names}) < len(names):
        repeated = [name for name, count in Counter(names).items() if count > 1]
        yield Issue(Rule.DUPLICATE, f"it has several members of one name: {listed(repeated)}")


def _kind(info: zipfile.ZipInfo) -> Kind:
    if info.is_dir():
        return Kind.FOLDER
    return Kind.SYMLINK if _is_link(info) else Kind.FILE


def _is_link(info: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(info.external_attr >> 16)


def _unreadable(info: zipfile.ZipInfo) -> bool:
    return info.compress_type not in METHODS or bool(info.flag_bits & _ENCRYPTED)
