"""What `ghpypi init` asks on a terminal, where options leave something open."""

import os
import sys
from collections.abc import Mapping

import click

from ghpypi.cli.output import ask
from ghpypi.cli.settings import Settings
from ghpypi.cli.store_setup import InitOptions
from ghpypi.core.roles import Role
from ghpypi.errors import UsageError
from ghpypi.stores import locate

VISIBILITIES = ("public", "private")


def can_ask(settings: Settings, environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether a person can answer: not in CI, in a pipe, or for a JSON document."""
    if settings.json or environment.get("CI"):
        return False
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def ask_store() -> str:
    """Ask for the store."""
    text: str = ask(
        "Where is the index to be: OWNER/REPO on GitHub, or a folder such as ./index?",
        prompt_suffix=" ", value_proc=_store,
    )  # fmt: skip
    return text


def ask_for_repository(name: str, choices: InitOptions) -> InitOptions:
    """Ask who may read and publish, for a repository that is to be created.

    Args:
        name: The repository, `OWNER/REPO`.
        choices: What options say.
    """
    visibility = ask(
        f"{name} does not exist. Anyone can read a public repository, and pip installs from its "
        "Pages; a private one is for people and teams with access.\nPublic or private?",
        type=click.Choice(VISIBILITIES, case_sensitive=False),
    )  # fmt: skip
    teams = choices.teams
    if not teams:
        text = ask(
            "Team of the organization that publishes packages (empty for none):",
            default="", show_default=False, prompt_suffix=" ",
        )  # fmt: skip
        teams = ((text.strip(), Role.PUBLISH.value),) if text.strip() else ()
    return choices._replace(private=visibility == "private", teams=teams)


def _store(text: str) -> str:
    try:
        locate(text.strip())
    except UsageError as error:
        raise click.BadParameter(f"{error}") from error
    return text.strip()
