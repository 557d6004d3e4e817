"""Signing of files in a job of GitHub Actions, with the identity of its workflow.

The job's identity token is requested from GitHub for this purpose only, and exchanged for a
certificate of ten minutes: there is no key to keep. The signature, the certificate and the name of
the repository are published in Sigstore's public transparency log permanently. So a job of a
private repository does not sign.
"""

import base64
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, NamedTuple

from pypi_attestations import Attestation, AttestationError
from pypi_attestations import Distribution as AttestedDistribution
from sigstore.errors import Error as SigstoreError
from sigstore.models import ClientTrustConfig
from sigstore.oidc import IdentityError, IdentityToken, detect_credential
from sigstore.sign import Signer, SigningContext

from ghpypi.attestation.certificates import identity
from ghpypi.core.parsing import parse_json
from ghpypi.core.upload.attestations import provenance_of
from ghpypi.core.upload.plan import Distribution
from ghpypi.errors import FailedError, NotAllowedError, RefusedError, TryLaterError


class WorkflowSigner(NamedTuple):
    """An `Attester` that signs as the workflow of this job.

    Attributes:
        signer: Signs with a certificate for the job.
    """

    signer: Signer

    def provenance(self, distribution: Distribution) -> bytes:
        """Sign the name and digest of a file.

        Raises:
            TryLaterError: Sigstore cannot be reached.
        """
        name = distribution.filename.text
        try:
            signed = Attestation.sign(
                self.signer, AttestedDistribution(name=name, digest=distribution.sha256)
            )
        except (AttestationError, SigstoreError, OSError) as error:
            raise TryLaterError(
                f"{name} could not be signed: {type(error).__name__}",
                hint="run the same command again later; see https://status.sigstore.dev",
            ) from error
        attestation = parse_json(signed.model_dump_json())
        return provenance_of(
            [attestation], distribution.filename, distribution.sha256, whose=identity
        )


OpenSigner = Callable[[IdentityToken], AbstractContextManager[Signer]]
"""Requests a certificate for an identity token."""


def sigstore_signer(token: IdentityToken) -> AbstractContextManager[Signer]:
    """Request a certificate of the public Sigstore."""
    return SigningContext.from_trust_config(ClientTrustConfig.production()).signer(token)


@contextmanager
def workflow_signer(open_signer: OpenSigner = sigstore_signer) -> Iterator[WorkflowSigner]:
    """Open a signer with the identity of the job that runs this.

    Args:
        open_signer: Requests a certificate.

    Raises:
        NotAllowedError: There is no identity: not in a job, or without its permission.
        RefusedError: The repository is not public.
        TryLaterError: Sigstore cannot be reached.
    """
    token = _identity_token()
    with ExitStack() as stack:
        try:
            signer = stack.enter_context(open_signer(token))
        except (SigstoreError, OSError) as error:
            raise TryLaterError(
                f"Sigstore did not give a certificate: {type(error).__name__}",
                hint="run the same command again later; see https://status.sigstore.dev",
            ) from error
        yield WorkflowSigner(signer)


def _claims(token: str) -> dict[str, Any]:
    """Return the claims of a token, which was issued to this job and is not verified here."""
    part = token.split(".")[1]
    claims = parse_json(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(claims, dict):
        raise TypeError("the claims are not an object")
    return claims


def _identity_token() -> IdentityToken:
    """Request the identity token of the job; its text is in no message.

    Raises:
        NotAllowedError: There is none.
        RefusedError: The repository is not public.
    """
    try:
        text = detect_credential()
    except IdentityError as error:
        raise NotAllowedError(
            "GitHub gives this job no identity to sign with",
            hint="add 'permissions: id-token: write' to the job; pull requests of forks cannot "
            "have it",
        ) from error
    if text is None:
        raise NotAllowedError(
            "there is no identity to sign with: this is not a job of GitHub Actions",
            hint="use --attest in a job with 'permissions: id-token: write'",
        )
    try:
        token = IdentityToken(text)
        visibility = _claims(text).get("repository_visibility")
    except (IdentityError, ValueError, IndexError, TypeError) as error:
        raise FailedError("the identity token of this job cannot be read") from error
    if visibility not in {None, "public"}:
        raise RefusedError(
            f"this repository is {visibility}: signing would publish its name, workflow and "
            "commits in Sigstore's public transparency log permanently",
            hint="leave --attest out; with GitHub Enterprise Cloud, actions/attest signs with "
            "GitHub's own Sigstore, and 'gh attestation verify' verifies it",
        )
    return token
