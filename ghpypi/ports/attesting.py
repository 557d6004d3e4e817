"""Attestations of files: where they are found, and what makes them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ghpypi.core.names import Filename, Sha256

if TYPE_CHECKING:  # for speed: all commands import this module
    from ghpypi.core.upload.bundles import Bundle
    from ghpypi.core.upload.plan import Distribution

Convert = Callable[[Sequence["Bundle"], Filename, Sha256], tuple[bytes | None, list[str]]]
"""Returns the provenance of a file from bundles, and why some cannot be converted; raises
`ValueError` for invalid ones."""


class AttestationSource(Protocol):
    """Stores Sigstore bundles of files by their digests, as GitHub does for `actions/attest`."""

    def bundles(self, sha256: Sha256) -> Sequence[Any]:
        """Return the bundles about a file, as parsed JSON.

        Raises:
            NotAllowedError: The token may not read them.
            FailedError: They cannot be read.
        """
        ...


class ProvenanceVerifier(Protocol):
    """Verifies the signatures in the provenance of files."""

    def fault(self, document: bytes, filename: Filename, sha256: Sha256) -> str:
        """Return why the provenance of a file is not accepted; empty if it is.

        Args:
            document: The provenance object, as JSON.
            filename: The parsed name of the file.
            sha256: The digest of the file.
        """
        ...


class Attester(Protocol):
    """Gives provenance to files that are about to be uploaded."""

    def provenance(self, distribution: "Distribution") -> bytes | None:
        """Return the provenance of a file, as JSON; `None` if there is none.

        Raises:
            RefusedError: The file must not be uploaded: its attestation is invalid.
            FailedError: It cannot be signed.
        """
        ...
