"""The publishers whose provenance is accepted, as options of `verify` and `run`."""

import click

from ghpypi.attestation.extra import require_library
from ghpypi.core.provenance import ExpectedPublisher, InvalidPublisherError
from ghpypi.errors import UsageError
from ghpypi.ports import ProvenanceVerifier


class _Publisher(click.ParamType):  # type: ignore[type-arg]  # generic in newer click only
    name = "publisher"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> ExpectedPublisher:
        if isinstance(value, ExpectedPublisher):
            return value
        try:
            return ExpectedPublisher.parse(str(value))
        except InvalidPublisherError as error:
            self.fail(str(error), param, ctx)


publisher_option = click.option(
    "--publisher", "publishers", metavar="OWNER/REPO", multiple=True, type=_Publisher(),
    help="Repository at github.com whose workflows may have signed, or OWNER/REPO/WORKFLOW.yml. "
    "Can be repeated. [default: any]",
)  # fmt: skip


UNVERIFIED = "the provenance of files of the upstream index is not verified"

require_option = click.option(
    "--require-provenance", is_flag=True,
    help="Offer only files with provenance (PEP 740), and refuse downloads without a valid "
    "signature of a --publisher.",
)  # fmt: skip


def required_verifier(
    publishers: tuple[ExpectedPublisher, ...], *, required: bool
) -> ProvenanceVerifier | None:
    """Return what verifies signatures, if that is required.

    Raises:
        UsageError: Publishers are given, but nothing requires them; or packages are missing.
    """
    if publishers and not required:
        raise UsageError("--publisher has no effect without --require-provenance")
    return signature_verifier(publishers) if required else None


def signature_verifier(publishers: tuple[ExpectedPublisher, ...]) -> ProvenanceVerifier:
    """Return what verifies signatures, without the network.

    Raises:
        UsageError: Its packages are missing.
    """
    require_library()
    # Imported here because the libraries are large.
    from ghpypi.attestation.sigstore_library import SignatureVerifier  # noqa: PLC0415

    return SignatureVerifier(publishers)
