"""Signing, converting and verifying attestations with pypi-attestations and sigstore.

The libraries are large (1.5 seconds to import) and an extra of the package: import this module
only where attestations are really signed, converted or verified. Nothing here asks the network,
except for `sign`.
"""

import json
import logging
from collections.abc import Collection
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from pypi_attestations import Attestation, AttestationError
from sigstore.errors import Error as SigstoreError
from sigstore.models import Bundle as SigstoreBundle
from sigstore.models import TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import UnsafeNoOp

from ghpypi.attestation.certificates import origin_in
from ghpypi.core.names import Filename, Sha256
from ghpypi.core.parsing import parse_json
from ghpypi.core.provenance import ExpectedPublisher, Origin
from ghpypi.core.upload.attestations import InvalidAttestationError, attestations_in
from ghpypi.core.upload.bundles import Bundle

_TRUSTED_ROOT = "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev/trusted_root.json"
_FAULTS = (AttestationError, SigstoreError, ValueError, KeyError, TypeError, RecursionError)
"""What the libraries raise for malformed and wrong input; pydantic's errors are `ValueError`."""

logging.getLogger("sigstore").setLevel(logging.ERROR)  # warns that the policy checks no identity


def convert(bundle: Bundle) -> Any:
    """Return a bundle as an attestation of PEP 740, after verifying its signature.

    Raises:
        InvalidAttestationError: It cannot be converted, or its signature is invalid.
    """
    if bundle.obstacle:
        raise InvalidAttestationError(bundle.obstacle)
    try:
        attestation = Attestation.from_bundle(SigstoreBundle.from_json(json.dumps(bundle.document)))
        _verify(attestation)
    except _FAULTS as error:
        raise InvalidAttestationError(_reason(error)) from error
    return parse_json(attestation.model_dump_json())


def verify_provenance(
    document: bytes,
    filename: Filename,
    sha256: Sha256,
    publishers: Collection[ExpectedPublisher] = (),
) -> list[Origin]:
    """Verify the signatures in the provenance of a file, without the network.

    Sigstore's trusted root, which has the keys of its certificate authority and transparency log,
    is the one that the installed sigstore library ships.

    Args:
        document: The provenance object, as JSON.
        filename: The parsed name of the file.
        sha256: The digest of the file.
        publishers: The publishers of which one must have signed; empty for any publisher.

    Returns:
        The origins of all attestations with valid signatures of these publishers; at least one.

    Raises:
        InvalidAttestationError: There is none; the message has the reasons.
    """
    found, faults = [], []
    for each in attestations_in(document, filename, sha256):
        try:
            attestation = Attestation.model_validate(each)
            _verify(attestation)
            origin = origin_in(attestation.verification_material.certificate)
        except _FAULTS as error:
            faults.append(_reason(error))
            continue
        mismatches = [publisher.mismatch(origin) for publisher in publishers]
        if all(mismatches) and mismatches:
            faults.append(mismatches[0])
        else:
            found.append(origin)
    if not found:
        raise InvalidAttestationError("; ".join(dict.fromkeys(faults)))
    return found


class SignatureVerifier(NamedTuple):
    """A `ProvenanceVerifier` without the network, see `verify_provenance`.

    Attributes:
        publishers: The publishers of which one must have signed; empty for any publisher.
    """

    publishers: tuple[ExpectedPublisher, ...] = ()

    def fault(self, document: bytes, filename: Filename, sha256: Sha256) -> str:
        """Return why the provenance of a file is not accepted; empty if it is."""
        try:
            verify_provenance(document, filename, sha256, self.publishers)
        except InvalidAttestationError as error:
            return str(error) or "it is not valid"
        return ""


def _verify(attestation: Attestation) -> None:
    """Verify the signature, the certificate, and the entry in the transparency log."""
    # The identity is compared afterwards: which of several identities are allowed is not a policy
    # of the library.
    _verifier().verify_dsse(attestation.to_bundle(), UnsafeNoOp())


@cache
def _verifier() -> Verifier:
    # `Verifier.production(offline=True)` would take an unverified file from the home folder.
    path = resources.files("sigstore._store").joinpath(_TRUSTED_ROOT)
    with resources.as_file(path) as file:
        return Verifier(trusted_root=TrustedRoot.from_file(str(file)))


def _reason(error: Exception) -> str:
    """Return one line for an error of the libraries, without what was in the input."""
    text = next(iter(str(error).splitlines()), "")
    return text.removeprefix("Verification failed: ") or type(error).__name__
