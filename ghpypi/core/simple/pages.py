"""The Simple repository API: one document for each page, and its two renderings.

The document is the JSON form (PEP 691, 700, 714, 792); HTML (PEP 503, 592, 658) is rendered from
it by an autoescaping template. Keys and attributes are those of API version 1.4, the last with an
HTML form (PEP 833). What clients really do with them has the last word:

- no JSON nulls: uv rejects the whole page for some of them;
- `data-yanked` always has a value: pip takes a bare one for "not yanked";
- `sha256` alone: pip looks at the first digest only, uv rejects fragments it does not know;
- `core-metadata` only where the sidecar is really there: a 404 on it ends an installation;
- JSON has no `dist-info-metadata` (PEP 714), which crashed some releases of pip;
- HTML has `data-size` and `data-upload-time`, which uv reads and the standard allows.
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NotRequired, TypedDict

from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.core.model import File, FileDocument, Offer, Status, StatusMarker, UpstreamFile, Yank
from ghpypi.core.names import Filename, InvalidFilenameError, distinct_versions, version_key
from ghpypi.core.templates import template

API_VERSION = "1.4"

Meta = TypedDict("Meta", {"api-version": str})


class ProjectStatus(TypedDict):
    """State of a project (PEP 792)."""

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
    yanked: Mapping[Version, Yank],
    status: Status | None,
    root: str = "../../",
) -> ProjectDocument:
    """Say all that is known of a project in the words of the standard.

    Args:
        name: The project.
        offer: Its files, in order; those of indexes elsewhere follow ours.
        yanked: The versions withdrawn.
        status: Its state; `None` is active.
        root: From the page to the root of the site, for files that have relative URLs.
    """
    versions = distinct_versions(file.version for file in offer.files)
    document: ProjectDocument = {
        "meta": {"api-version": API_VERSION},
        "name": name,
        "versions": versions,
        "files": [
            _file_document(file, yanked.get(version_key(file.version)) if yanked else None, root)
            for file in offer.files
        ],
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
    """List all projects."""
    return {
        "meta": {"api-version": API_VERSION},
        "projects": [{"name": name} for name in names],
    }


def to_json(document: ProjectDocument | RootDocument) -> bytes:
    return (_encode(document) + "\n").encode()


def project_html(document: ProjectDocument) -> bytes:
    return template("simple/project.html").render(page=document).encode()


def flat_html(index: str, documents: Iterable[ProjectDocument]) -> bytes:
    """Render a page for `--find-links`: the files of all projects of an index.

    Args:
        index: What the index is called, for the title.
        documents: Its projects.
    """
    page = {
        "meta": {"api-version": API_VERSION},
        "name": f"all projects of {index}",
        "files": [file for document in documents for file in document["files"]],
    }
    return template("simple/project.html").render(page=page).encode()


def root_html(document: RootDocument) -> bytes:
    """Render the project list as HTML, with relative links as Poetry's search needs them."""
    return template("simple/root.html").render(page=document).encode()


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
    """List the versions of our files and of theirs, oldest first."""
    theirs = []
    for document in upstream:
        with suppress(InvalidFilenameError):
            theirs.append(str(Filename.parse(document["filename"]).version))
    return sorted(distinct_versions([*ours, *theirs]), key=version_key)


_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
