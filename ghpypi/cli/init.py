"""`ghpypi init`."""

import re
from collections.abc import Iterator
from dataclasses import replace
from shlex import quote
from typing import Any

import click

from ghpypi.cli.command import Command
from ghpypi.cli.init_questions import ask_for_repository, ask_store, can_ask
from ghpypi.cli.options import shared_options
from ghpypi.cli.output import print_json, print_table, say, say_text
from ghpypi.cli.settings import Settings
from ghpypi.cli.store_setup import InitOptions, setup_of
from ghpypi.core.roles import Role
from ghpypi.errors import FailedError, GhpypiError, UnknownVisibilityError
from ghpypi.jobs.init import State, StepOutcome, set_up
from ghpypi.ports import Setup


class _Team(click.ParamType):  # type: ignore[type-arg]  # generic in newer click only
    name = "team"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        team, _, role = value.rpartition(":")
        if not team or role not in {each.value for each in Role}:
            self.fail(f"'{value}' is not NAME:read, NAME:publish or NAME:admin", param, ctx)
        return team, role


class _Action(click.ParamType):  # type: ignore[type-arg]  # generic in newer click only
    name = "action"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+@[A-Za-z0-9._/-]+", value):
            self.fail(f"'{value}' is not OWNER/REPO@REVISION", param, ctx)
        return value


@click.command("init", cls=Command)
@click.argument("target", metavar="STORE", required=False)
@click.option(
    "--public/--private", "public", default=None,
    help="Visibility of a new repository; required to create one.",
)  # fmt: skip
@click.option(
    "--pages/--no-pages", default=None,
    help="Publish the index on GitHub Pages. [default: if the repository is public]",
)  # fmt: skip
@click.option(
    "--immutable/--no-immutable", default=None,
    help="Enable immutable releases. [default: only in a repository without releases]",
)  # fmt: skip
@click.option(
    "--team", multiple=True, metavar="NAME:ROLE", type=_Team(),
    help="Grant a team the role read, publish or admin. Can be repeated.",
)  # fmt: skip
@click.option(
    "--action", metavar="OWNER/REPO@REVISION", default="", type=_Action(),
    help="Action that workflows use; a tag is pinned to its commit. "
    "[default: the release of this version, unless the workflow has a newer one]",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Print what is missing, without changing anything.")
@shared_options
def init_command(
    settings: Settings,
    target: str | None,
    public: bool | None,
    pages: bool | None,
    immutable: bool | None,
    team: tuple[tuple[str, str], ...],
    action: str,
    dry_run: bool,
) -> None:
    """Set up a package index, or repair one.

    STORE is OWNER/REPO on GitHub, or a folder such as ./index. Creates the repository if it does
    not exist, its configuration, README, index workflow, branch and GitHub Pages. Existing
    files and settings that you changed are kept. Steps that failed are reported: run the command
    again to complete them.

    On a terminal, it asks for what is missing: the store, and for a new repository who may read and
    publish.

    \b
    Examples:
      ghpypi init acme/pypi --public --team developers:publish
      ghpypi init ./index
    """  # noqa: D301 - \b makes click keep the lines
    asking = can_ask(settings)
    if not target and asking and settings.choice.locator is None:
        target = ask_store()
    if target:
        settings = replace(settings, given_store=target)
    choices = InitOptions(
        private=None if public is None else not public,
        pages=pages,
        immutable=immutable,
        teams=team,
        action=action,
    )
    setup = setup_of(settings, choices)
    try:
        outcomes = set_up(setup.steps(), settings.reporter, dry_run=dry_run)
    except UnknownVisibilityError:
        if not asking:
            raise
        setup = setup_of(settings, ask_for_repository(setup.name, choices))
        outcomes = set_up(setup.steps(), settings.reporter, dry_run=dry_run)
    if settings.json:
        print_json(_document(setup, outcomes, dry_run=dry_run))
    else:
        _print(setup, outcomes)
    if blocked := [each for each in outcomes if each.state is State.BLOCKED]:
        raise _summary(setup.name, blocked)


def _print(setup: Setup, outcomes: tuple[StepOutcome, ...]) -> None:
    print_table([(each.state.value, each.title, each.text) for each in outcomes])
    for title, text in _what_next(setup):
        say_text(f"\n{title}\n\n")
        for line in text.splitlines():
            say(f"    {line}".rstrip())
    # Last, because a terminal shows only the end.
    for outcome in outcomes:
        if outcome.error:
            say_text(f"\n{outcome.title}: {outcome.error.hint or 'complete this step manually'}\n")
            if outcome.page:
                say(f"  {outcome.page}")


def _what_next(setup: Setup) -> Iterator[tuple[str, str]]:
    """Yield titles and commands or settings to install, serve and publish."""
    clients = setup.clients
    if setup.private:
        yield "Install with your own token:", f"{clients.pip}{clients.uv}{clients.poetry}"
        yield "Serve it to a team and its CI:", setup.serve
    else:
        yield "Install with pip:", clients.pip
        yield "With uv, in pyproject.toml:", clients.uv
        yield "With Poetry, in pyproject.toml:", clients.poetry
        if setup.serve:
            yield "Serve it, with any web server:", setup.serve
    yield "Publish from this machine:", f"ghpypi upload dist/* --store {quote(setup.name)}"
    yield from setup.manual
    if setup.upload:
        yield "Publish from the workflow of a package, after the build:", setup.upload


def _document(setup: Setup, outcomes: tuple[StepOutcome, ...], *, dry_run: bool) -> dict[str, Any]:
    return {
        "store": setup.name,
        "dry-run": dry_run,
        "changed": any(
            each.state in {State.DONE, *([State.MISSING] if dry_run else [])} for each in outcomes
        ),
        "steps": [
            {
                "title": each.title,
                "outcome": each.state.value,
                "text": each.text,
                "page": each.page or None,
                "hint": each.error.hint if each.error else "",
            }
            for each in outcomes
        ],
        "index-url": f"{setup.url}{setup.folder}" if setup.url else None,
        "settings": {**setup.clients._asdict(), "upload": setup.upload},
    }


def _summary(name: str, blocked: list[StepOutcome]) -> GhpypiError:
    """Return the error of the command, with the class of the first failed step."""
    first = next((each.error for each in blocked if each.error), None)
    error = FailedError(
        f"{name} is not completely set up",
        faults=[f"{each.title}: {each.text}" for each in blocked],
        hint="follow the instructions above, then run the same command again",
    )
    error.exit_code = first.exit_code if first else error.exit_code
    return error
