"""From the metadata that was read to the file that is offered: the last judgement on a file."""

from dataclasses import dataclass

from ghpypi.core.metadata import InvalidMetadataError, Metadata
from ghpypi.core.model import Asset, File
from ghpypi.core.names import Filename, Sha256
from ghpypi.core.stock import Found, rounded

FACTS_FORMAT = "3"
"""Raised when more is read of each file than before, so that everything is read again."""


def facts_salt(*, hash_missing: bool) -> str:
    """Say what the facts of files depend on besides the files, for their stamps."""
    return f"{FACTS_FORMAT} {hash_missing}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was read of a file.

    Attributes:
        sha256: Its digest.
        metadata: Its core metadata; `None` if it is of a kind that has none.
        core_metadata: The digest of its metadata file, if that is known to hold this metadata.
    """

    sha256: Sha256
    metadata: Metadata | None
    core_metadata: Sha256 | None


def offer(filename: Filename, found: Found, facts: Facts) -> tuple[File, str]:
    """Make the file that the index offers.

    Returns:
        The file, and a warning, mostly empty: an unreadable Requires-Python is left out, because
        uv skips a file that carries one.

    Raises:
        InvalidMetadataError: The metadata contradicts the filename.
    """
    requires_python, warning = None, ""
    if facts.metadata:
        facts.metadata.check_against(filename)
        try:
            facts.metadata.check_requires_python()
            requires_python = facts.metadata.requires_python
        except InvalidMetadataError as error:
            warning = f"{filename.text}: {error}; offered without it"
    file = File(
        filename=filename.text,
        version=str(filename.version),
        url=found.asset.url,
        size=found.asset.size,
        sha256=facts.sha256,
        uploaded_at=found.asset.uploaded_at,
        requires_python=requires_python,
        core_metadata=facts.core_metadata,
        origin=found.release.origin,
        tag=found.release.tag,
        prerelease=found.release.prerelease,
        stamp=found.stamp,
        label=found.asset.label,
        provenance=_public(found.provenance),
        downloads=rounded(found.asset.downloads),
        key=found.asset.key,
    )
    return file, warning


def _public(provenance: Asset | None) -> str | None:
    """Give the address of attestations, if it is one that the standard allows (PEP 740)."""
    return provenance.url if provenance and provenance.url.startswith("https://") else None
