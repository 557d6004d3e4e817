"""What a command works on: options, environment, `ghpypi.toml` and the checkout, in this order."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from ghpypi.cli.choice import Choice, choose
from ghpypi.cli.hosts import default_hosts
from ghpypi.cli.token import FoundToken, locate_token, unused_token
from ghpypi.core.config.config import CONFIG_FILE, Config
from ghpypi.core.config.stores import is_store_name, store_of_name
from ghpypi.core.locator import Hosts, Locator
from ghpypi.core.secret import Secret
from ghpypi.errors import UsageError
from ghpypi.jobs.edit_config import ConfigEdit, edit_config
from ghpypi.ports import Backend, ConfigFile, Reporter, StoreAccess, read_config
from ghpypi.report import hide
from ghpypi.site_templates import read_templates, templates_of
from ghpypi.stores import is_same_store, locate, open_backend
from ghpypi.stores.directory.config_file import DirectoryConfigFile

if TYPE_CHECKING:
    from ghpypi.opened_store import OpenedStore


@dataclass(kw_only=True)
class Settings:
    """What the shared options say, and what follows from them.

    Attributes:
        given_store: `--store`.
        given_config: `--config`.
        api_url: `--api-url`.
        token: `--token`.
        token_file: `--token-file`.
        max_wait: Seconds to wait for a remote that refuses, in total.
        deadline: When the time for waiting is over, in seconds since 1970.
        json: Print one JSON document.
        reporter: Receives messages and progress.
        chosen: The store, where options do not say it: that of a central index. A configuration
            in the current folder that does not specify it is not used.
    """

    given_store: str | None
    given_config: Path | None
    api_url: str | None
    token: str | None = field(repr=False)
    token_file: Path | None
    max_wait: float
    json: bool
    reporter: Reporter
    chosen: Choice | None = None
    deadline: float = inf

    @cached_property
    def choice(self) -> Choice:
        """Which store it is, and on which GitHub."""
        source = str(self.given_config or CONFIG_FILE)
        return self.chosen or choose(
            self.given_store, self.checkout_config, self.api_url, source=source
        )

    def named_store(self, text: str) -> str:
        """Return the store that a text of the command line means: of a name, the one it is for.

        Raises:
            UsageError: There is no store of this name.
        """
        source = str(self.given_config or CONFIG_FILE)
        if not is_store_name(text):
            return text
        return store_of_name(text, self.checkout_config.stores, source=source)

    @cached_property
    def hosts(self) -> Hosts:
        """The GitHub to talk to: that of the store, or the usual one."""
        return self.choice.hosts

    @cached_property
    def named_hosts(self) -> Hosts:
        """The GitHub that the user named, whatever files in this folder say."""
        given = self.given_store or os.environ.get("GHPYPI_STORE")
        if given and not self.choice.from_table:
            return self.hosts
        return default_hosts(self.api_url, os.environ)

    @cached_property
    def locator(self) -> Locator:
        """The store: option, environment, `ghpypi.toml` in this folder, then the checkout."""
        locator = self.choice.locator
        if locator is None:
            raise UsageError(
                "which store?",
                hint="name it with --store OWNER/REPO or --store ./FOLDER, set GHPYPI_STORE, "
                f"or put 'store = \"OWNER/REPO\"' into {CONFIG_FILE}",
            )
        return locator

    @cached_property
    def checkout_config(self) -> Config:
        """The configuration that was named, or that is in this folder."""
        found = read_config(DirectoryConfigFile(self.given_config or Path(CONFIG_FILE)))
        return replace(found, local=True)

    @cached_property
    def backend(self) -> Backend:
        """The store, opened."""
        return open_backend(self.locator, self.access)

    @property
    def access(self) -> StoreAccess:
        """How stores on this GitHub are opened."""
        return StoreAccess(
            hosts=self.hosts,
            token=lambda: self.secret,
            reporter=self.reporter,
            max_wait=self.max_wait,
            deadline=self.deadline,
        )

    @cached_property
    def local_config(self) -> Path | None:
        """The file with the configuration, if that is on this machine and not kept by the store.

        A file in the current folder that belongs to another store is ignored. One with names of
        stores belongs to that in `store` only: it may be that of a package, which is published to
        any of them, and each has a configuration of its own.
        """
        if self.given_config:
            return self.given_config
        store = self.checkout_config.store
        usual = default_hosts(self.api_url, os.environ).hostname
        if store:
            ours = is_same_store(self.locator, locate(store), host=usual)
        else:
            ours = self.chosen is None and not self.checkout_config.stores
        return Path(CONFIG_FILE) if ours and Path(CONFIG_FILE).exists() else None

    @cached_property
    def config_file(self) -> ConfigFile:
        """The configuration file: given by the user, in the current folder, or in the store."""
        if self.local_config:
            return DirectoryConfigFile(self.local_config)
        return self.backend.config_file()

    @cached_property
    def config(self) -> Config:
        """The configuration of the store, wherever it is kept."""
        return self.checkout_config if self.local_config else read_config(self.config_file)

    def edit_config(
        self, change: Callable[[str], str], message: str, *, propose: bool = False
    ) -> ConfigEdit:
        """Change the text of the configuration, wherever it is kept.

        Args:
            change: Makes the new text of the old one; called again if someone else was faster.
            message: Of the commit, where the configuration is in a repository.
            propose: Open a pull request instead.
        """
        edited = edit_config(self.config_file, change, message, propose=propose)
        for read in ("config", "checkout_config"):
            self.__dict__.pop(read, None)  # What is read from now on is the new configuration.
        return edited

    @cached_property
    def secret(self) -> Secret | None:
        """The token, wherever it is found first."""
        return self.found.secret if self.found else None

    @cached_property
    def found(self) -> FoundToken | None:
        """The token, and where it was; a warning says why one in the environment is not used."""
        hosts, named = self.hosts, self.choice.named
        found = locate_token(self.token, self.token_file, os.environ, hosts, named=named)
        if found is None and (reason := unused_token(hosts, os.environ, named=named)):
            self.reporter.warn(reason)
        if found:
            hide(found.secret)
        return found

    @property
    def opened(self) -> "OpenedStore":
        """The store with the configuration that was chosen, for `ghpypi.api`."""
        # Slow to import, and commands such as `whoami` look at neither files nor pages.
        from ghpypi.opened_store import OpenedStore  # noqa: PLC0415

        return OpenedStore(
            backend=self.backend,
            server=self.hosts.server,
            reporter=self.reporter,
            read_config=lambda: self.config,
            read_templates=self._templates,
        )

    def address(self) -> str:
        """Find the address of the index, ending in `/`; empty if it is not known."""
        return self.opened.address(self.config)

    def public_address(self) -> str:
        """Return the URL of the public pages; empty if there are none."""
        if self.config.index.url:
            return self.address()
        return self.config.address(self.opened.site_store().address(public=True))

    @property
    def store_name(self) -> str:
        """The origin of the store's own files, as far as any index asks for it."""
        return self.backend.origin(self.config)

    def _templates(self, config: Config) -> dict[str, str]:
        """Read the custom templates of the site, which are in the folder of its configuration."""
        if self.local_config:
            return read_templates(self.local_config.parent, config)
        return templates_of(self.backend, config)
