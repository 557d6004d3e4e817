"""Registering an index with the private registries of an organization, for Dependabot."""

import os
from pathlib import Path

from ghpypi.cli.client_document import client_document
from ghpypi.cli.output import print_json, print_table
from ghpypi.cli.settings import Settings
from ghpypi.core.clients.bots import SECRET, USER
from ghpypi.core.clients.options import ClientOptions
from ghpypi.core.secret import Secret
from ghpypi.errors import UsageError
from ghpypi.ports.registries import Registry
from ghpypi.report import hide

VARIABLE = "GHPYPI_REGISTRY_TOKEN"


def register_index(
    settings: Settings,
    tool: str,
    options: ClientOptions,
    organization: str,
    *,
    write: bool,
    file: Path | None,
    dry_run: bool,
) -> None:
    """Register an index.

    Args:
        settings: The settings.
        tool: The tool; only Dependabot has such registries.
        options: The index.
        organization: The organization.
        write: A file of settings was to be written.
        file: The file with the token of the index; `None` for the environment variable.
        dry_run: Change nothing.

    Raises:
        UsageError: Options contradict each other, the token of the index is missing, or the store
            is not on GitHub.
        NotAllowedError: The GitHub token may not manage the registries.
        NotFoundError: There is no such organization, or the token may not see it.
    """
    if tool != "dependabot":
        raise UsageError(f"--org registers an index for dependabot, not for {tool}")
    if write:
        raise UsageError("--write has no effect with --org, which changes no file")
    if file and not options.private:
        raise UsageError("--registry-token-file has no effect without --url")
    secret = _secret(file) if options.private else None
    wanted = Registry(
        url=options.url, username=USER if secret else "", secret=secret, visibility="all"
    )
    registries = settings.backend.registries(organization)
    done = registries.register(wanted, dry_run=dry_run)
    if settings.json:
        more = {"organization": organization, "dry-run": dry_run, "changed": done != "unchanged"}
        print_json({**client_document(tool, options), **more})
        return
    verb = f"would be {done}" if dry_run and done != "unchanged" else done
    print_table([(verb, options.url, f"private registries of {organization}")])


def _secret(file: Path | None) -> Secret:
    text = os.environ.get(VARIABLE, "")
    if file:
        try:
            # Editors on Windows may write a byte order mark.
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"--registry-token-file: cannot read {file}: {error}") from error
    secret = Secret(text.strip())
    if not secret.sendable:
        raise UsageError(
            "the token that Dependabot sends to the index is missing or invalid",
            hint=f"set {VARIABLE}, or use --registry-token-file; use a token that may only read "
            f"the repository, as for the secret {SECRET}",
        )
    hide(secret)
    return secret
