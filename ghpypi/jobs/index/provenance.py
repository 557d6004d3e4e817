"""Reading the provenance beside a file: that it is of this file, and who signed it (PEP 740)."""

from typing import BinaryIO

from ghpypi.core.catalog.stock import Found
from ghpypi.core.metadata import InvalidMetadataError
from ghpypi.core.names import Filename, Sha256
from ghpypi.core.provenance import Signer
from ghpypi.core.quantities import mebibytes
from ghpypi.core.upload.attestations import attestations_in, decoded
from ghpypi.ports import FileSource, ProvenanceVerifier
from ghpypi.stored_files import read_stored

LIMIT = 4 << 20
"""Maximum size of provenance in bytes; with two attestations, it has about 20 KB."""


def read_signer(
    source: FileSource,
    found: Found,
    filename: Filename,
    sha256: Sha256,
    verifier: ProvenanceVerifier | None,
) -> str:
    """Return who signed a file, see `Signer.dump`; empty if it has no provenance.

    Args:
        source: The store.
        found: The file and its provenance.
        filename: The parsed name of the file.
        sha256: The digest of the file; empty if it is not known, then nothing is checked.
        verifier: Verifies the signatures; `None` to leave that to others.

    Raises:
        InvalidMetadataError: The provenance is malformed or of another file, or no signature is
            valid. The file must not be offered then.
        NotFoundError: The provenance is gone.
        TryLaterError: It cannot be read now.
    """
    asset = found.provenance
    if asset is None or not sha256:
        return ""
    if asset.size > LIMIT:
        raise InvalidMetadataError(f"its provenance has more than {mebibytes(LIMIT)}")

    def read(file: BinaryIO) -> str:
        document = file.read(LIMIT)
        try:
            signer = signer_of(document, filename, sha256, verified=verifier is not None)
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidMetadataError(f"its provenance is invalid: {error}") from error
        if verifier and (fault := verifier.fault(document, filename, sha256)):
            raise InvalidMetadataError(f"its provenance is invalid: {fault}")
        return signer

    return read_stored(source, asset, asset.sha256, read)


def signer_of(document: bytes, filename: Filename, sha256: Sha256, *, verified: bool) -> str:
    """Return who signed a file, see `Signer.dump`.

    Args:
        document: The provenance of the file.
        filename: The parsed name of the file.
        sha256: The digest of the file.
        verified: Whether the signatures were verified.

    Raises:
        ValueError, KeyError, TypeError: The provenance is malformed or of another file.
    """
    # The library is large, and few files have provenance.
    from ghpypi.attestation.certificates import origin_in  # noqa: PLC0415

    attestations = attestations_in(document, filename, sha256)
    origin = origin_in(decoded(attestations[0]["verification_material"]["certificate"]))
    return Signer.of(origin, verified=verified).dump()
