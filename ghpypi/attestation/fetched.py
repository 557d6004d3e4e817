"""Provenance from the bundles that `actions/attest` has stored at GitHub."""

from collections.abc import Sequence
from typing import NamedTuple

from ghpypi.attestation.certificates import identity
from ghpypi.attestation.sigstore_library import convert
from ghpypi.core.names import Filename, Sha256
from ghpypi.core.upload.attestations import provenance_of
from ghpypi.core.upload.bundles import Bundle, convertible, usable
from ghpypi.core.upload.plan import Distribution
from ghpypi.errors import RefusedError
from ghpypi.ports import AttestationSource, Reporter


class StoredAttestations(NamedTuple):
    """An `Attester` that takes what a source has, and signs nothing.

    Attributes:
        source: Where bundles are stored.
        reporter: Receives why a bundle cannot become an attestation.
    """

    source: AttestationSource
    reporter: Reporter

    def provenance(self, distribution: Distribution) -> bytes | None:
        """Return the provenance of a file; `None` if no bundle can become an attestation.

        Raises:
            RefusedError: A bundle is malformed, or its signature is invalid.
        """
        name = distribution.filename.text
        try:
            bundles = usable(self.source.bundles(distribution.sha256))
            content, obstacles = converted(bundles, distribution.filename, distribution.sha256)
        except ValueError as error:
            raise RefusedError(f"the attestation of {name} is invalid: {error}") from error
        for obstacle in obstacles:
            self.reporter.warn(f"an attestation of {name} is not published: {obstacle}")
        if not bundles:
            self.reporter.warn(f"there is no attestation of {name}")
        return content


def converted(
    bundles: Sequence[Bundle], filename: Filename, sha256: Sha256
) -> tuple[bytes | None, list[str]]:
    """Convert those of some bundles that are about a file.

    Returns:
        The provenance of the file, or `None`; and why bundles cannot become attestations.

    Raises:
        InvalidAttestationError: One has an invalid signature, or names another file.
    """
    usable_ones, obstacles = convertible(bundles, sha256)
    members = [convert(bundle) for bundle in usable_ones]
    if not members:
        return None, obstacles
    return provenance_of(members, filename, sha256, whose=identity), obstacles
