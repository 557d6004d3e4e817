"""The final decision on a file: whether and how it is listed, from its metadata."""

from typing import NamedTuple

from ghpypi.core.catalog.changes import rounded
from ghpypi.core.catalog.rows import check_file
from ghpypi.core.catalog.stock import Found
from ghpypi.core.distribution.rules import Verdict
from ghpypi.core.metadata import InvalidMetadataError, Metadata
from ghpypi.core.model import File
from ghpypi.core.names import Filename, Sha256

FACTS_FORMAT = "6"
"""Incremented when the facts or rules of files change, so that all files are read again."""


def facts_salt(*, hash_missing: bool) -> str:
    """Return what the facts of files depend on besides the files, for stamps."""
    return f"{FACTS_FORMAT} {hash_missing}"


class Facts(NamedTuple):
    """The facts about a file.

    Attributes:
        sha256: Its digest.
        metadata: Its core metadata; `None` if it has none.
        core_metadata: The digest of its metadata file, if that has the same metadata.
        signer: Who signed it, see `core.provenance.Signer`.
        verdict: The violated rules.
    """

    sha256: Sha256
    metadata: Metadata | None = None
    core_metadata: Sha256 | None = None
    signer: str = ""
    verdict: Verdict = Verdict()


def offer(
    filename: Filename, found: Found, facts: Facts, *, server: str | None = None
) -> tuple[File, str]:
    """Return a file as the index lists it.

    Args:
        filename: Its parsed name.
        found: Its listing.
        facts: The facts about it.
        server: The URL of the GitHub server that it must be on; `None` for no check.

    Returns:
        The file, and what is wrong with it, mostly empty. An unreadable Requires-Python is left
        out, because uv ignores a file that carries one. A metadata file that is not UTF-8 is not
        advertised, because pip cannot read it.

    Raises:
        InvalidMetadataError: The URL of the file does not belong to its store.
    """
    metadata = facts.metadata
    file = File(
        filename=filename.text,
        version=str(filename.version),
        url=found.asset.url,
        size=found.asset.size,
        sha256=facts.sha256,
        uploaded_at=found.asset.uploaded_at,
        requires_python=metadata.valid_requires_python if metadata else None,
        core_metadata=facts.core_metadata if metadata and metadata.utf8 else None,
        origin=found.release.origin,
        tag=found.release.tag,
        prerelease=found.release.prerelease,
        stamp=found.stamp,
        label=found.asset.label,
        provenance=found.provenance.url if found.provenance else None,
        downloads=rounded(found.asset.downloads),
        key=found.asset.key,
        signer=facts.signer,
    )
    try:
        check_file(file, filename.project, server)
    except ValueError as error:
        raise InvalidMetadataError(str(error)) from error
    return file, "; ".join(facts.verdict.remarks)
