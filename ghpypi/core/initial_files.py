"""The initial files of a new store: configuration and README, with settings for installers."""

from shlex import quote
from typing import NamedTuple

from ghpypi.core.clients.options import ANY, UNKNOWN_SITE, public_index
from ghpypi.core.clients.snippets import snippets
from ghpypi.core.config.index_paths import SIMPLE
from ghpypi.core.templates import template
from ghpypi.core.workflows import WorkflowOptions, render_upload


class ClientSettings(NamedTuple):
    """Settings of installers for an index, as text to copy.

    Attributes:
        pip: A command.
        uv: Lines of `pyproject.toml`, or a command for a private index.
        poetry: The same.
    """

    pip: str
    uv: str
    poetry: str


def client_settings(
    url: str, *, name: str, store: str = "", folder: str = SIMPLE
) -> ClientSettings:
    """Return the settings for the index of a site.

    Args:
        url: The URL of the site, ending in `/`; may be empty.
        name: The name of the index.
        store: The repository of the index, `OWNER/REPO`; empty for a folder.
        folder: The folder of the main index on the site.
    """
    options = public_index(f"{url or UNKNOWN_SITE}{folder}", name, store=store)
    found = {each.tool: each.text for each in snippets(options)}
    return ClientSettings(pip=found["pip"], uv=found["uv"], poetry=found["poetry"])


def private_settings(store: str) -> ClientSettings:
    """Return commands to install from a private repository, which pip cannot authenticate to."""
    run = f"ghpypi run -s {quote(store)} --"
    return ClientSettings(
        pip=f"{run} pip install {ANY}\n",
        uv=f"{run} uv sync\n",
        poetry=f"{run} poetry install\n",
    )


def config_text(store: str) -> str:
    """Return the initial `ghpypi.toml` of a store, `OWNER/REPO`; empty for a folder."""
    owner = store.partition("/")[0] or "OWNER"
    return template("setup/ghpypi.toml").render(store=store, owner=owner)


def readme_text(  # noqa: PLR0913 - all that a README says
    store: str,
    *,
    web: str,
    url: str,
    options: WorkflowOptions,
    private: bool = False,
    folder: str = SIMPLE,
) -> str:
    """Return the README of an index repository.

    Args:
        store: The repository.
        web: Its URL on GitHub.
        url: The URL of the site, ending in `/`; may be empty.
        options: The options for the publishing step.
        private: Whether installers need `ghpypi run` or `ghpypi serve`.
        folder: The folder of the main index on the site.
    """
    owner, _, name = store.partition("/")
    settings = (
        private_settings(store)
        if private
        else client_settings(url, name=owner.lower(), store=store, folder=folder)
    )
    return template("setup/README.md").render(
        title=name,
        store=store,
        web=web,
        url=url,
        private=private,
        settings=settings._asdict(),
        upload=render_upload(options),
    )
