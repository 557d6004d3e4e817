"""Reading `.tar.gz` files with `tarfile` as a stream, within limits.

`tarfile` reads the headers of a member at once, whatever size they claim, and keeps all members in
memory. Here, the stream rejects large headers, and members are dropped.
"""

import tarfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from ghpypi.core.distribution.contents import (
    Contents,
    InvalidArchiveError,
    Keep,
    Kind,
    Members,
    listed,
    quoted,
)
from ghpypi.core.distribution.gzip_stream import GzipStream
from ghpypi.core.distribution.limits import (
    GLOBAL_HEADERS_LIMIT,
    LISTING_LIMIT,
    MEMBERS_LIMIT,
)
from ghpypi.core.distribution.rules import Issue, Rule
from ghpypi.core.quantities import count_of, number

_KINDS = {
    tarfile.SYMTYPE: Kind.SYMLINK,
    tarfile.LNKTYPE: Kind.HARDLINK,
    tarfile.DIRTYPE: Kind.FOLDER,
}


def skim_tar(file: BinaryIO, keep: Keep) -> Contents:
    """Read up to the first requested file.

    Raises:
        InvalidArchiveError: It is not a tar file, is damaged before the file, or exceeds a limit.
    """
    stream = GzipStream(file)
    members = Members()
    for member in _members(stream):
        members.add(member.name, _kind(member), member.linkname)
        limit = keep(member.name)
        if limit and member.isreg():
            return Contents(members, texts={member.name: _text(member, stream, limit)})
    return Contents(members, texts={})


def read_tar(file: BinaryIO, keep: Keep) -> Contents:
    """Read the whole file, including the trailer.

    Raises:
        InvalidArchiveError: It is not a tar file, is damaged, or exceeds a limit.
    """
    stream = GzipStream(file)
    members = Members()
    texts: dict[str, bytes] = {}
    sparse, repeated = [], []
    seen: set[str] = set()
    for member in _members(stream):
        members.add(member.name, _kind(member), member.linkname)
        if member.issparse():
            sparse.append(member.name)
        if member.name in seen and not member.isdir():
            repeated.append(member.name)
        seen.add(member.name)
        limit = keep(member.name)
        if limit and member.isreg() and member.name not in texts:
            texts[member.name] = _text(member, stream, limit)
    issues = []
    if sparse:
        issues.append(Issue(Rule.SPARSE, f"it has sparse members: {listed(sparse)}"))
    if repeated:
        text = f"it has several members of one name: {listed(repeated)}"
        rule = Rule.DUPLICATE if any(keep(name) for name in repeated) else Rule.REPEATED
        issues.append(Issue(rule, text))
    if stream.has_rest():
        issues.append(
            Issue(Rule.STRAY_BYTES, "there are bytes after its end, which some installers read")
        )
    return Contents(members, texts=texts, issues=tuple(issues))


def _members(stream: GzipStream) -> Iterator[tarfile.TarInfo]:
    """Yield members; the content of each can be read before the next one is requested."""
    # The stream has all methods that a `TarFile` calls to list members.
    archive = tarfile.TarFile(fileobj=cast("BinaryIO", stream))
    names = count = 0
    while member := archive.next():
        _forget(archive)
        stream.begin_member()
        count += 1
        names += len(member.name) + len(member.linkname)
        if count > MEMBERS_LIMIT or names > LISTING_LIMIT:
            raise InvalidArchiveError(
                Rule.TOO_LARGE,
                f"it has more than {count_of(MEMBERS_LIMIT, 'member')} or "
                f"{count_of(LISTING_LIMIT, 'byte')} of names",
            )
        if len(archive.pax_headers) > GLOBAL_HEADERS_LIMIT:
            raise InvalidArchiveError(
                Rule.TOO_LARGE,
                f"it has more than {count_of(GLOBAL_HEADERS_LIMIT, 'global header')}",
            )
        yield member


def _forget(archive: tarfile.TarFile) -> None:
    """Drop the members that `tarfile` keeps for random access, which a stream does not have."""
    archive.members.clear()  # type: ignore[attr-defined] # typeshed lacks it


def _text(member: tarfile.TarInfo, stream: GzipStream, limit: int) -> bytes:
    """Read the content of the current member; the stream is at its start."""
    if member.size > limit:
        raise InvalidArchiveError(
            Rule.TOO_LARGE,
            f"{quoted(member.name)} has {count_of(member.size, 'byte')}, "
            f"the limit is {number(limit)}",
        )
    stream.seek(member.offset_data)
    text = stream.content(member.size)
    if len(text) < member.size:
        raise InvalidArchiveError(Rule.DAMAGED, f"{quoted(member.name)} is truncated")
    return text


def _kind(member: tarfile.TarInfo) -> Kind:
    return Kind.FILE if member.isreg() else _KINDS.get(member.type, Kind.SPECIAL)
