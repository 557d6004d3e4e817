"""`ghpypi client`: settings of installers for an index."""

import os
from dataclasses import replace
from pathlib import Path

import click
from packaging.utils import canonicalize_name

from ghpypi.cli.client_catalog import with_catalog
from ghpypi.cli.client_change import PATTERNS, FileChange, editor_of, plan_change
from ghpypi.cli.client_document import client_document
from ghpypi.cli.client_paths import default_path
from ghpypi.cli.client_registry import register_index
from ghpypi.cli.command import Command
from ghpypi.cli.options import shared_options
from ghpypi.cli.output import print_json, print_table, say_text
from ghpypi.cli.settings import Settings
from ghpypi.cli.stored_credentials import StoredCredentials, server_of
from ghpypi.core.clients.options import PUBLIC_NAME, ClientOptions
from ghpypi.core.clients.server_index import server_index_url
from ghpypi.core.clients.snippets import SNIPPETS, Snippet, how_to_sign_in
from ghpypi.core.config.index_paths import IndexPaths, doubled_folder
from ghpypi.core.config.indexes import MAIN, is_index_name
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.core.parsing import split_url
from ghpypi.errors import FailedError, TryLaterError, UsageError

BOTS = {"dependabot": "yaml", "renovate": "json"}
TOOLS = (*SNIPPETS, *BOTS)


@click.command("client", cls=Command)
@click.argument("tool", metavar="TOOL", type=click.Choice(TOOLS))
@click.argument("packages", metavar="[PACKAGES]...", nargs=-1)
@click.option(
    "--index", metavar="NAME", help="A named index or a variant, such as cu128. [default: main]"
)
@click.option(
    "--url", metavar="URL",
    help="URL of an index of a server that requires a token, ending in /simple/; that of the main "
    "index with --index. [default: the URL of the store's site]",
)  # fmt: skip
@click.option(
    "--name", metavar="NAME", help="Name of the index in the settings. [default: the owner]"
)
@click.option(
    "--complete", is_flag=True,
    help="Make it the only index. Requires an index that also serves public packages, as with "
    "'ghpypi serve --upstream'.",
)  # fmt: skip
@click.option("--write", is_flag=True, help="Write the settings to the file of the installer.")
@click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False),
    help="File to change. [default: the file that TOOL reads]",
)  # fmt: skip
@click.option(
    "--dry-run", is_flag=True, help="Print what --write would change, without changing it."
)
@click.option("--force", is_flag=True, help="Also change existing settings with other values.")
@click.option(
    "--org",
    metavar="ORG",
    help="With dependabot: register the index for all repositories of this organization.",
)
@click.option(
    "--registry-token-file", type=click.Path(path_type=Path, dir_okay=False),
    help="With --org and --url: file with the token that Dependabot sends to the index. "
    "[default: GHPYPI_REGISTRY_TOKEN]",
)  # fmt: skip
@shared_options
def client_command(
    settings: Settings,
    tool: str,
    packages: tuple[str, ...],
    index: str | None,
    url: str | None,
    name: str | None,
    complete: bool,
    write: bool,
    file: Path | None,
    dry_run: bool,
    force: bool,
    org: str | None,
    registry_token_file: Path | None,
) -> None:
    """Print the settings of an installer, or write them.

    TOOL is pip, uv, poetry, pdm, pipenv, conda, dependabot or renovate. PACKAGES, and their
    dependencies in the index, are pinned to it: packages of the same name on the public index
    are never installed. Existing settings with other values are kept and reported. With --url,
    the token is read from the keyring, never from a file or URL; this requires ghpypi[keyring]
    in the environment of the installer.

    \b
    Examples:
      ghpypi client uv acme-lib --store acme/pypi
      ghpypi client pdm 'acme-*' --write
      ghpypi client dependabot --org acme
      ghpypi client pip --write --complete --url https://packages.example.com/acme/pypi/simple/
    """  # noqa: D301 - \b makes click keep the lines
    options = _options(settings, tool, packages, index=index, url=url, name=name, write=write)
    options = replace(options, complete=complete, replace=force)
    if org:
        register_index(
            settings, tool, options, org, write=write, file=registry_token_file, dry_run=dry_run
        )
        return
    if not complete:
        options = with_catalog(settings, tool, options)
    if not write and not dry_run:
        _print(settings, options, _shown(tool, options))
        return
    if tool == "pip" and not complete:
        raise _not_complete(options)
    change = plan_change(tool, options, file)
    if change.edited.clashes:
        raise FailedError(
            f"{change.path} has other settings and was not changed",
            faults=change.edited.clashes,
            hint="use --force to change it",
        )
    server = server_of(options.url) if options.private else ""
    if not dry_run:
        if change.changed:
            change.write()
        if server and StoredCredentials.of(os.environ).trust(server, settings.hosts.api):
            settings.reporter.step(
                f"the keyring backend now sends your token of {settings.hosts.hostname} to {server}"
            )
    for warning in change.edited.warnings:
        settings.reporter.warn(f"{change.path}: {warning}")
    _report(settings, options, change, tool=tool, dry_run=dry_run)


def _options(
    settings: Settings,
    tool: str,
    packages: tuple[str, ...],
    *,
    index: str | None,
    url: str | None,
    name: str | None,
    write: bool,
) -> ClientOptions:
    private = url is not None
    if name and name.lower() == PUBLIC_NAME:
        raise UsageError(f"--name: '{name}' is the public index; choose another name")
    if index is not None and not is_index_name(index):
        raise UsageError(f"invalid index name '{index}'")
    wanted = MAIN_FOLDER if index in {None, MAIN} else str(index)
    if url:
        server_of(url)  # checks the URL
        url = server_index_url(url, None if index is None else wanted)
    else:
        url = _on_site(settings, wanted, write=write)
    return ClientOptions(
        url=url,
        name=name or _name(settings, url, index, private=private),
        packages=tuple(_package(tool, each) for each in packages),
        private=private,
        store="" if private else _repository(settings),
        index=wanted,
    )


def _on_site(settings: Settings, index: str, *, write: bool) -> str:
    """Find the address of an index; without a connection, the one that Pages have by default.

    Raises:
        UsageError: It is not known.
        TryLaterError: GitHub cannot be asked, and a file is to be written, or there is no default.
    """
    try:
        base, paths = settings.address(), settings.config.index.paths
    except TryLaterError as error:
        base, paths = settings.hosts.pages(settings.locator.value), IndexPaths()
        if write or not base:
            raise
        settings.reporter.warn(
            f"cannot read ghpypi.toml of {settings.locator} ({error.message}); assuming the "
            f"default URL of the index, {base}"
        )
    if not base:
        raise UsageError(
            "the URL of the index is unknown",
            hint="specify it with --url, or as index.url in the configuration",
        )
    if doubled := doubled_folder(f"{base}{paths.folder(MAIN_FOLDER)}"):
        settings.reporter.warn(doubled)
    return f"{base}{paths.folder(index)}"


def _not_complete(options: ClientOptions) -> UsageError:
    """Return the error for a pip setting that would disable the public index."""
    run = options.run if options.store else "ghpypi run -s OWNER/REPO --"
    return UsageError(
        f"pip would use {options.url} only, and could not install packages from elsewhere",
        hint=f"use '{run} pip install', or give --complete if that index also serves public "
        "packages, as 'ghpypi serve --upstream' does",
    )


def _repository(settings: Settings) -> str:
    return str(settings.locator) if settings.backend.capabilities.has_roles else ""


def _name(settings: Settings, url: str, index: str | None, *, private: bool) -> str:
    """Return the name of the index: by its owner, because a file may have several indexes."""
    owner = "private"
    parts = [each for each in split_url(url).path.split("/") if each]
    if private:
        # https://HOST/OWNER/REPO/simple/, or a short name instead of OWNER/REPO.
        owner = parts[0] if len(parts) > 1 else str(split_url(url).hostname).split(".")[0]
    elif settings.locator.owner:
        owner = settings.locator.owner
    name = owner.lower()
    return name if index in {None, MAIN} else f"{name}-{index}".replace("/", "-")


def _package(tool: str, text: str) -> str:
    if "*" in text and tool in PATTERNS:
        return text.lower().replace("_", "-")
    try:
        return canonicalize_name(text, validate=True)
    except ValueError as error:
        raise UsageError(
            f"invalid package name '{text}'",
            hint=f"only {' and '.join(PATTERNS)} support patterns" if "*" in text else "",
        ) from error


def _shown(tool: str, options: ClientOptions) -> Snippet:
    if tool in SNIPPETS:
        return SNIPPETS[tool](options)
    text = editor_of(tool)("", options).text
    path = default_path(tool, os.environ, Path())
    return Snippet(tool=tool, title=f"{tool}, in {path}", text=text, language=BOTS[tool])


def _print(settings: Settings, options: ClientOptions, snippet: Snippet) -> None:
    if settings.json:
        more = {"text": snippet.text, "language": snippet.language, "note": snippet.note}
        print_json({**client_document(snippet.tool, options), **more})
        return
    say_text(snippet.text)
    for line in (snippet.note, *how_to_sign_in(snippet.tool, options)):
        if line:
            settings.reporter.step(line)


def _report(
    settings: Settings, options: ClientOptions, change: FileChange, *, tool: str, dry_run: bool
) -> None:
    if settings.json:
        more = {
            "file": str(change.path),
            "changed": change.changed,
            "dry-run": dry_run,
            "diff": change.diff(),
            "not-tied": list(change.edited.untied),
        }
        print_json({**client_document(tool, options), **more})
        return
    if dry_run:
        say_text(change.diff())
    verb = "would change" if dry_run else "changed"
    print_table([(verb if change.changed else "unchanged", str(change.path))])
    if change.edited.untied:
        add = {
            "poetry": f"poetry add --source {options.name}",
            "pipenv": f"pipenv install --index {options.name}",
        }
        settings.reporter.step(f"then: {add[tool]} {' '.join(change.edited.untied)}")
    for line in how_to_sign_in(tool, options):
        settings.reporter.step(line)
