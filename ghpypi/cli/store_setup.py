"""The setup of a store by `ghpypi init`."""

import os
import sys
from dataclasses import replace
from typing import NamedTuple

from ghpypi import api
from ghpypi.cli.renderer import renderer_without_secrets
from ghpypi.cli.settings import Settings
from ghpypi.core.config.config import Config
from ghpypi.core.locator import Locator
from ghpypi.errors import NotAllowedError
from ghpypi.jobs.index.job import build_index
from ghpypi.jobs.index.outcome import IndexOptions
from ghpypi.ports import Setup, SetupRequest
from ghpypi.report import TerminalReporter
from ghpypi.stores.memory import MemoryStore


class InitOptions(NamedTuple):
    """What can be chosen; see `SetupRequest`."""

    private: bool | None
    pages: bool | None
    immutable: bool | None
    teams: tuple[tuple[str, str], ...]
    action: str


def setup_of(settings: Settings, choices: InitOptions) -> Setup:
    """List what the store needs, with the jobs that write its site."""
    config = _config(settings)
    site = settings.backend.site_store(config)
    return settings.backend.setup(
        SetupRequest(
            private=choices.private,
            pages=choices.pages,
            immutable=choices.immutable,
            teams=choices.teams,
            action=choices.action,
            config=config,
            check=lambda locator: _check_free(_current(settings, locator)),
            fill=lambda locator: _fill(_current(settings, locator)),
            published=lambda: bool(settings.opened.site().mark()),
            site=None if site is settings.backend else site.site_setup(),
        )
    )


def _config(settings: Settings) -> Config:
    try:
        return settings.config
    except NotAllowedError:
        return Config()  # The step that looks at the token says it better.


def _current(settings: Settings, locator: Locator | None) -> Settings:
    """Reload everything, from the current name of the store."""
    choice = settings.choice
    if locator is None:
        return settings
    if choice.named:
        return replace(settings, given_store=str(locator))
    # A store that only a file names stays one: tokens are not sent to any host it may name.
    return replace(settings, chosen=choice._replace(locator=locator))


def _check_free(settings: Settings) -> None:
    """Refuse a site that has files of others where an index, even an empty one, has its pages.

    Raises:
        OccupiedError: It has.
    """
    opened = settings.opened
    site, site_settings, upstream = opened.site(), opened.site_settings(), opened.upstream()
    reporter = TerminalReporter(sys.stderr, os.environ, quiet=True)
    options = IndexOptions(dry_run=True)
    with renderer_without_secrets() as renderer:
        build_index(MemoryStore(), site, site_settings, reporter, options, upstream, renderer)


def _fill(settings: Settings) -> None:
    """Publish the first index: of what is there, or an honest empty one."""
    options = IndexOptions(allow_shrink=True)
    api.build_index(settings.opened, options=options, renderer=renderer_without_secrets())
