"""The options of `upload` for attestations (PEP 740), and the implementations they choose."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, NamedTuple

import click

from ghpypi.attestation.extra import require_library
from ghpypi.cli.settings import Settings
from ghpypi.core.model import OWN
from ghpypi.errors import UsageError
from ghpypi.jobs.index.attestations import AttestationSettings
from ghpypi.ports import AttestationSource, Attester


class AttestRequest(NamedTuple):
    """What was chosen.

    Attributes:
        sign: Sign files as the workflow of this job.
        fetch: Take what `actions/attest` has stored at GitHub.
    """

    sign: bool
    fetch: bool

    @contextmanager
    def attester(self, settings: Settings, *, dry_run: bool) -> Iterator[Attester | None]:
        """Open what gives provenance to files; nothing is signed with `dry_run`.

        Raises:
            UsageError: The options contradict each other, packages are missing, or the store has
                no attestations.
            NotAllowedError: There is no identity to sign with.
        """
        if self.sign and self.fetch:
            raise UsageError("--attest and --fetch-attestations exclude each other")
        if not (self.sign or self.fetch):
            yield None
            return
        require_library()
        # Imported here because the libraries are large.
        if self.fetch:
            from ghpypi.attestation.fetched import StoredAttestations  # noqa: PLC0415

            source = settings.backend.attestations()
            yield StoredAttestations(source=source, reporter=settings.reporter)
        elif dry_run:
            yield None
        else:
            from ghpypi.attestation.signing import workflow_signer  # noqa: PLC0415

            with workflow_signer() as signer:
                yield signer


fetch_option = click.option(
    "--fetch-attestations", is_flag=True,
    help="Publish the attestations that actions/attest has stored at GitHub. Needs ghpypi[attest].",
)  # fmt: skip


def attestation_settings(settings: Settings) -> AttestationSettings:
    """Return how an index run finds attestations.

    Raises:
        UsageError: Packages are missing.
    """
    require_library()
    # Imported here because the libraries are large.
    from ghpypi.attestation.fetched import converted  # noqa: PLC0415

    def stored(origin: str) -> AttestationSource | None:
        # Files of a folder have their bundles beside them, and nothing else stores some.
        return settings.backend.attestations(origin) if origin != OWN else None

    return AttestationSettings(convert=converted, stored=stored)


def attest_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command, which gets an `AttestRequest` as `attesting`."""

    @click.option(
        "--attest", is_flag=True,
        help="Sign the files in a job of GitHub Actions, as its workflow (PEP 740). Needs "
        "'permissions: id-token: write', and a public repository.",
    )  # fmt: skip
    @fetch_option
    @wraps(function)
    def command(*args: Any, attest: bool, fetch_attestations: bool, **options: Any) -> None:
        function(*args, attesting=AttestRequest(attest, fetch_attestations), **options)

    return command
