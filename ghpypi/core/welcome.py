"""What a new store is given to read: its configuration, its README, and settings for installers."""

from dataclasses import asdict, dataclass

from ghpypi.core.clients.snippets import ANY, public_index, snippets
from ghpypi.core.config.index_paths import SIMPLE
from ghpypi.core.templates import template
from ghpypi.core.workflows import WorkflowOptions, render_upload

UNKNOWN_SITE = "https://THIS-SITE/"
"""Stands where the address of the site is not known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """What makes installers use an index, ready to be pasted.

    Attributes:
        pip: A command.
        uv: Lines of `pyproject.toml`, or a command where the index is private.
        poetry: The same.
    """

    pip: str
    uv: str
    poetry: str


def client_settings(
    url: str, *, name: str, store: str = "", folder: str = SIMPLE
) -> ClientSettings:
    """Write the settings for the index of a site.

    Args:
        url: The address of the site, ending in `/`; may be empty.
        name: What the index is to be called.
        store: The repository it is made from, `OWNER/REPO`; empty for a folder.
        folder: The folder of the main index on the site.
    """
    options = public_index(f"{url or UNKNOWN_SITE}{folder}", name, store=store)
    found = {each.tool: each.text for each in snippets(options)}
    return ClientSettings(pip=found["pip"], uv=found["uv"], poetry=found["poetry"])


def private_settings(store: str) -> ClientSettings:
    """Write the commands that install from a private repository, which pip cannot sign in to."""
    run = f"ghpypi run -s {store} --"
    return ClientSettings(
        pip=f"{run} pip install {ANY}\n",
        uv=f"{run} uv sync\n",
        poetry=f"{run} poetry install\n",
    )


def config_text(store: str) -> str:
    """Write the first `ghpypi.toml` of a store, `OWNER/REPO`; empty for a folder."""
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
    """Write the README of an index repository.

    Args:
        store: The repository.
        web: Its address on the web side of GitHub.
        url: The address of the site, ending in `/`; may be empty.
        options: For the lines that publish.
        private: Installers reach the files only through `ghpypi run` or `ghpypi serve`.
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
        settings=asdict(settings),
        upload=render_upload(options),
    )
