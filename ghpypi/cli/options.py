"""Options that all commands share."""

import logging
import os
import sys
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click

from ghpypi.cli.command import SharedOption
from ghpypi.cli.hosts import GITHUB_API
from ghpypi.cli.settings import Settings
from ghpypi.core.config.config import CONFIG_FILE
from ghpypi.core.config.rules import InvalidRuleError, name_patterns
from ghpypi.core.quantities import parse_duration
from ghpypi.report import (
    GitHubReporter,
    TerminalReporter,
    choose_reporter,
)

P = ParamSpec("P")


class DurationType(click.ParamType):  # type: ignore[type-arg]  # generic in newer click only
    """A duration such as `50m`, in seconds; without a unit, the number is in seconds.

    Args:
        shortest: The minimum, in seconds.
    """

    name = "duration"

    def __init__(self, *, shortest: float = 0) -> None:
        self._shortest = shortest

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read it."""
        if isinstance(value, float):
            return value
        try:
            seconds = parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if seconds < self._shortest:
            self.fail(f"'{value}' is less than {self._shortest:.0f}s", param, ctx)
        return seconds


def shared_options(
    function: Callable[Concatenate[Settings, P], None],
) -> Callable[..., None]:
    """Add the shared options to a command, passed as its first argument."""
    json_option = click.option(
        "--json", "as_json", is_flag=True, cls=SharedOption,
        help="Print the result as one JSON document.",
    )  # fmt: skip
    return shared_options_without_json(json_option(function))


def shared_options_without_json(
    function: Callable[Concatenate[Settings, P], None],
) -> Callable[..., None]:
    """Add the shared options to a command that has no result, such as a server."""
    shared = partial(click.option, cls=SharedOption)

    @shared(
        "-s", "--store", metavar="STORE",
        help="OWNER/REPO, HOST/OWNER/REPO, the URL of a repository, a folder such as ./index, or "
        f"a name in [stores] of {CONFIG_FILE}. "
        f"[default: GHPYPI_STORE, {CONFIG_FILE}, GITHUB_REPOSITORY, the git remote 'origin']",
    )  # fmt: skip
    @shared(
        "--config", type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help=f"Configuration file. [default: {CONFIG_FILE} in the current folder, or in the store]",
    )  # fmt: skip
    @shared(
        "--token", metavar="TOKEN",
        help="GitHub token. Prefer GHPYPI_TOKEN: arguments are visible to other users. "
        "[default: GHPYPI_TOKEN; GH_TOKEN, GITHUB_TOKEN, or for an Enterprise Server "
        "GH_ENTERPRISE_TOKEN, GITHUB_ENTERPRISE_TOKEN; 'gh auth token'; 'ghpypi login']",
    )  # fmt: skip
    @shared(
        "--token-file", type=click.Path(path_type=Path, dir_okay=False),
        help="File with the token.",
    )  # fmt: skip
    @shared(
        "--api-url", metavar="URL",
        help="URL of the GitHub REST API. [default: that of the store's host or of GH_HOST, "
        f"GITHUB_API_URL, {GITHUB_API}]",
    )  # fmt: skip
    @shared(
        "--max-wait", metavar="DURATION", type=DurationType(), default="5m", show_default=True,
        help="Maximum time to wait for rate limits and outages, such as 30s or 2h.",
    )  # fmt: skip
    @shared("-q", "--quiet", is_flag=True, help="Print only results and warnings.")
    @shared("-v", "--verbose", is_flag=True, help="Show every request.")
    @wraps(function)
    def command(
        store: str | None,
        config: Path | None,
        token: str | None,
        token_file: Path | None,
        api_url: str | None,
        max_wait: float,
        quiet: bool,
        verbose: bool,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        if verbose:
            logging.getLogger("ghpypi").setLevel(logging.DEBUG)
        settings = Settings(
            given_store=store,
            given_config=config,
            token=token,
            token_file=token_file,
            api_url=api_url,
            max_wait=max_wait,
            json=bool(kwargs.pop("as_json", False)),  # absent without --json
            reporter=_reporter(quiet=quiet),
        )
        try:
            function(settings, *args, **kwargs)
        finally:
            settings.reporter.close()

    return command


def _reporter(*, quiet: bool) -> TerminalReporter | GitHubReporter:
    """Return a reporter that shows progress from the start of the command."""
    context = click.get_current_context()
    return choose_reporter(
        sys.stderr,
        os.environ,
        quiet=quiet,
        activity=context.command_path,
        in_log=bool(context.find_root().obj),
    )


class PatternsType(click.ParamType):  # type: ignore[type-arg]  # generic in newer click only
    """Patterns of project names, such as `acme-*`, separated by commas."""

    name = "patterns"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Read them."""
        if isinstance(value, tuple):
            return value
        try:
            return name_patterns(value)
        except InvalidRuleError as error:
            self.fail(str(error), param, ctx)


reserved_option = click.option(
    "--reserved", metavar="PATTERNS", multiple=True, type=PatternsType(),
    help="Names that are never looked up in the upstream index, such as 'acme-*'; separated by "
    "commas. Can be repeated.",
)  # fmt: skip
