"""Pages with the provenance of files that have none beside them (PEP 740).

An immutable release takes no more files, so what `actions/attest` has stored about its files cannot
be added to it. The provenance is a page of the site then:

    provenance/acme-lib/acme_lib-1.0-py3-none-any.whl/6f1ed002ab5595859014ebf0951522d9.json

The last segment is the digest of the page. So two files of one name have different pages, and a
page that someone changed on the site is noticed without asking for the attestations again.
"""

import re
from hashlib import sha256

from packaging.utils import NormalizedName

from ghpypi.core.model import File, Offer
from ghpypi.core.names import VARIANTS_SUFFIX, quote_path

PROVENANCE_PATTERN = "provenance/*/*/*.json"
"""Stands for all pages with provenance among the patterns of owned paths."""

NONE_FOUND = ""
"""`File.provenance` of a file of which an index run has found no attestation."""

_PAGE = re.compile(r"provenance/([a-z0-9-]+)/[^/]+/([0-9a-f]{32})\.json")
_DIGEST = re.compile(r"[0-9a-f]{32}")


def page_path(project: NormalizedName, filename: str, digest: str) -> str:
    """Return the path of a page below the root of the site.

    Args:
        project: The project.
        filename: The name of the file.
        digest: The digest of the page, see `page_digest`.
    """
    return f"provenance/{project}/{filename}/{digest}.json"


def page_url(project: NormalizedName, filename: str, digest: str) -> str:
    """Return the URL of a page, relative to the root of the site, as `File.provenance` has it."""
    return page_path(project, quote_path(filename), digest)


def page_digest(document: bytes) -> str:
    """Return the digest that is part of the path of a page."""
    return sha256(document).hexdigest()[:32]


def digest_in(url: str | None) -> str:
    """Return the digest in the path or URL of a page; empty if it is not one."""
    found = _PAGE.fullmatch(url) if url else None
    return found[2] if found else ""


def project_of(path: str) -> str:
    """Return the project of the path of a page; empty if it is not one."""
    found = _PAGE.fullmatch(path)
    return found[1] if found else ""


def is_digest(text: str) -> bool:
    """Return whether a text is the digest of a page."""
    return bool(_DIGEST.fullmatch(text))


def page_of(file: File, project: NormalizedName) -> str:
    """Return the path of the page with the provenance of a file; empty if there is none."""
    digest = digest_in(file.provenance)
    return page_path(project, file.filename, digest) if digest else ""


def is_open(file: File) -> bool:
    """Return whether no index run has looked for attestations of a file that has no provenance."""
    attestable = file.sha256 and not file.filename.endswith(VARIANTS_SUFFIX)
    return bool(file.provenance is None and attestable)


def kept_provenance(file: File, before: File | None) -> File:
    """Keep what earlier runs have found of the attestations of a file that was read again.

    Args:
        file: The file, as it was read.
        before: A published file of this name and digest, if there is one.
    """
    if before is None or file.provenance is not None:
        return file
    if before.provenance == NONE_FOUND or digest_in(before.provenance):
        return file._replace(provenance=before.provenance, signer=before.signer)
    return file


def with_absolute_provenance(offer: Offer, store: str, site: str) -> Offer:
    """Return the files of a project with absolute URLs of their provenance, as PEP 740 requires.

    Args:
        offer: The files.
        store: The URL that those of provenance beside files start at, ending in `/`; empty if it is
            not known.
        site: The same for pages with provenance.
    """
    if not site or all(not x.provenance or "://" in x.provenance for x in offer.files):
        return offer
    files = [
        file._replace(provenance=absolute_provenance(file, store, site)) for file in offer.files
    ]
    return offer._replace(files=tuple(files))


def absolute_provenance(file: File, store: str, site: str) -> str | None:
    """Return the URL of the provenance of a file, from the URLs that relative ones start at."""
    if not file.provenance or "://" in file.provenance:
        return file.provenance
    return (site if digest_in(file.provenance) else store) + file.provenance
