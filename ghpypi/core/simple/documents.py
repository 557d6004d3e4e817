"""The documents of the Simple repository API, one for each page.

They are the JSON form (PEP 691, 700, 714, 792); `pages` renders HTML (PEP 503, 592, 658) from them.
Keys and attributes are those of API version 1.4, the last with an HTML form (PEP 833). Restrictions
because of the behavior of clients:

- no JSON nulls: uv rejects the whole page for some of them;
- `data-yanked` always has a value: pip treats an empty one as "not yanked";
- only `sha256`: pip uses the first digest only, uv rejects unknown fragments;
- `core-metadata` only if the metadata file exists: a 404 for it fails an installation;
- neither JSON nor HTML has the old key `dist-info-metadata` (PEP 714): in JSON it crashes some
  releases of pip, and with it in HTML pip 22.3 to 23.1 finds no version of a project whose metadata
  file has another spelling of the name than the requirement, such as `acme_lib` for `acme-lib`;
- HTML has `data-size` and `data-upload-time`, which uv reads and the standard allows.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import NotRequired, TypedDict

from packaging.utils import NormalizedName

from ghpypi.core.model import (
    File,
    FileDocument,
    Offer,
    Status,
    StatusMarker,
    UpstreamFile,
    Yank,
    Yanks,
)
from ghpypi.core.names import Filename, InvalidFilenameError, distinct_versions, version_key

API_VERSION = "1.4"

PIECE = 200
"""Number of entries of a list that are encoded at once."""

Meta = TypedDict("Meta", {"api-version": str})


class ProjectStatus(TypedDict):
    """The status of a project (PEP 792)."""

    status: str
    reason: NotRequired[str]


ProjectDocument = TypedDict(
    "ProjectDocument",
    {
        "meta": Meta,
        "name": str,
        "project-status": NotRequired[ProjectStatus],
        "versions": list[str],
        "files": list[FileDocument],
    },
)
"""A project page."""


class ProjectName(TypedDict):
    """One entry of the project list."""

    name: str


class RootDocument(TypedDict):
    """The project list."""

    meta: Meta
    projects: list[ProjectName]


def project_document(
    name: NormalizedName,
    offer: Offer,
    *,
    yanked: Yanks,
    status: Status | None,
    root: str = "../../",
) -> ProjectDocument:
    """Return the document of a project page.

    Args:
        name: The normalized name of the project.
        offer: Its sorted files; those of upstream indexes come last.
        yanked: The yanked versions and files.
        status: The project status; `None` means active.
        root: The relative URL from the page to the root of the site, for files with relative URLs.
    """
    versions = distinct_versions(file.version for file in offer.files)
    document: ProjectDocument = {
        "meta": {"api-version": API_VERSION},
        "name": name,
        "versions": versions,
        "files": [_file_document(file, file.yank(yanked), root) for file in offer.files],
    }
    if offer.upstream:
        document["versions"] = _all_versions(versions, offer.upstream)
        document["files"] += offer.upstream
    if status and status.marker is not StatusMarker.ACTIVE:
        document["project-status"] = {"status": status.marker.value}
        if status.reason:
            document["project-status"]["reason"] = status.reason
        if status.marker is StatusMarker.QUARANTINED:
            # "the index MUST NOT offer any distribution files" (PEP 792)
            document["files"] = []
    return document


def root_document(names: Iterable[NormalizedName]) -> RootDocument:
    """Return the document of the project list."""
    return {
        "meta": {"api-version": API_VERSION},
        "projects": [{"name": name} for name in names],
    }


def to_json(document: ProjectDocument | RootDocument) -> bytes:
    """Encode a document.

    A long list is encoded in pieces: the encoder lets no other thread of a server run until it
    returns, for 5,000 files 24 ms.
    """
    if not any(isinstance(value, list) and len(value) > PIECE for value in document.values()):
        return (_encode(document) + "\n").encode()
    members = (f"{_encode(key)}:{_member(value)}" for key, value in document.items())
    return f"{{{','.join(members)}}}\n".encode()


def _member(value: object) -> str:
    if not isinstance(value, list):
        return _encode(value)
    pieces = (_encode(value[at : at + PIECE])[1:-1] for at in range(0, len(value), PIECE))
    return f"[{','.join(pieces)}]"


def _file_document(file: File, yank: Yank | None, root: str) -> FileDocument:
    document: FileDocument = {
        "filename": file.filename,
        "url": file.url if "://" in file.url else root + file.url,
        "hashes": {"sha256": file.sha256} if file.sha256 else {},
        "size": file.size,
        "upload-time": file.uploaded_at,
    }
    if file.requires_python:
        document["requires-python"] = file.requires_python
    if yank:
        document["yanked"] = yank.reason or True
    if file.core_metadata:
        document["core-metadata"] = {"sha256": file.core_metadata}
    # "A fully qualified URL" with "a secure origin" (PEP 740).
    if file.provenance and file.provenance.startswith("https://"):
        document["provenance"] = file.provenance
    return document


def _all_versions(ours: Iterable[str], upstream: Iterable[UpstreamFile]) -> list[str]:
    """Return the versions of own and upstream files, oldest first."""
    theirs = []
    for document in upstream:
        with suppress(InvalidFilenameError):
            theirs.append(str(Filename.parse(document["filename"]).version))
    return sorted(distinct_versions([*ours, *theirs]), key=version_key)


_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode
