"""What a command works on: options, environment, `ghpypi.toml` and the checkout, in this order.

This is the one place that chooses implementations.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ghpypi.cli.choice import Choice, choose
from ghpypi.cli.folder import folder_of, folder_site, is_same_store
from ghpypi.cli.hosts import usual_hosts
from ghpypi.cli.site_templates import SUFFIXES, decoded_templates, read_templates
from ghpypi.cli.source_notes import report_left_out, warn_private
from ghpypi.cli.text_files import edit_file, read_text
from ghpypi.cli.token import Found, locate_token, unused_token
from ghpypi.core.catalog.catalog import CATALOG_PATH
from ghpypi.core.config.config import Config
from ghpypi.core.locator import Hosts, Locator
from ghpypi.core.model import OWN
from ghpypi.core.secret import Secret
from ghpypi.core.site.tree import Look
from ghpypi.core.upload.checks import Rules
from ghpypi.errors import UsageError
from ghpypi.ports import FileStore, IndexBuilder, Reporter, Site, Upstream
from ghpypi.report import hide
from ghpypi.stores.directory import DirectorySite, DirectoryStore
from ghpypi.stores.directory.store import RULES as DIRECTORY_RULES

if TYPE_CHECKING:
    from ghpypi.stores.github.connection import Connection
    from ghpypi.stores.github.retry import Backoff

CONFIG_FILE = "ghpypi.toml"


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
        json: Print one JSON document.
        reporter: Tells people what is going on.
        chosen: The store, where options do not say it: that of a central index. A configuration
            beside us that does not name it is not its own.
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

    @cached_property
    def choice(self) -> Choice:
        """Which store it is, and on which GitHub."""
        return self.chosen or choose(self.given_store, self.beside.store, self.api_url)

    @cached_property
    def hosts(self) -> Hosts:
        """The GitHub to talk to: that of the store, or the usual one."""
        return self.choice.hosts

    @cached_property
    def named_hosts(self) -> Hosts:
        """The GitHub that the user named, whatever files in this folder say."""
        if self.given_store or os.environ.get("GHPYPI_STORE"):
            return self.hosts
        return usual_hosts(self.api_url, os.environ)

    @cached_property
    def locator(self) -> Locator:
        """The store: option, environment, `ghpypi.toml` beside us, then the checkout."""
        locator = self.choice.locator
        if locator is None:
            raise UsageError(
                "which store?",
                hint="name it with --store OWNER/REPO or --store ./FOLDER, set GHPYPI_STORE, "
                f"or put 'store = \"OWNER/REPO\"' into {CONFIG_FILE}",
            )
        return locator

    @cached_property
    def beside(self) -> Config:
        """The configuration that was named, or that stands in this folder."""
        path = self.given_config or Path(CONFIG_FILE)
        return Config.parse(read_text(path), source=str(path))

    @cached_property
    def config_path(self) -> Path | None:
        """The file with the configuration; `None` if that is kept in the store's repository.

        A file beside us that belongs to another store says nothing about this one; then it is the
        store's own, in its folder or at the head of its repository.
        """
        if self.given_config:
            return self.given_config
        store = self.beside.store
        ours = self._is_this(Locator.parse(store)) if store else self.chosen is None
        if ours and Path(CONFIG_FILE).exists():
            return Path(CONFIG_FILE)
        return self.directory / CONFIG_FILE if self.locator.kind == "directory" else None

    def _is_this(self, other: Locator) -> bool:
        usual = usual_hosts(self.api_url, os.environ).hostname
        return is_same_store(self.locator, other, usual=usual)

    @cached_property
    def config(self) -> Config:
        """The configuration of the store, wherever it is kept."""
        if self.config_path == Path(CONFIG_FILE):
            return self.beside
        source = str(self.config_path or f"{CONFIG_FILE} of {self.locator.value}")
        return Config.parse(self.config_text(), source=source)

    def config_text(self) -> str:
        """Read the text of the configuration, wherever it is kept; empty if there is none."""
        if self.config_path:
            return read_text(self.config_path)
        return (self._github.read_file(CONFIG_FILE) or b"").decode(errors="replace")

    def edit_config(self, change: Callable[[str], str], message: str) -> bool:
        """Change the text of the configuration, wherever it is kept.

        Args:
            change: Makes the new text of the old one; asked again if somebody else was faster.
            message: Of the commit, where the configuration is in a repository.

        Returns:
            Whether there was anything to change.
        """
        path = self.config_path
        if path is None:
            changed = self._github.edit_file(CONFIG_FILE, change, message)
        else:
            changed = edit_file(path, change)
        for read in ("config", "beside"):
            self.__dict__.pop(read, None)  # Whoever asks now is told what is there now.
        return changed

    @cached_property
    def secret(self) -> Secret | None:
        """The token, wherever it is found first."""
        return self.found.secret if self.found else None

    @cached_property
    def found(self) -> Found | None:
        """The token, and where it was; a warning says why one in the environment is not used."""
        hosts, named = self.hosts, self.choice.named
        found = locate_token(self.token, self.token_file, os.environ, hosts, named=named)
        if found is None and (reason := unused_token(hosts, os.environ, named=named)):
            self.reporter.warn(reason)
        if found:
            hide(found.secret)
        return found

    @property
    def backoff(self) -> "Backoff":
        """How long requests are retried; what is waited for is shown."""
        from ghpypi.stores.github.retry import Backoff  # noqa: PLC0415 - slow to import

        reporter = self.reporter
        return Backoff(self.max_wait, notify=reporter.note, show=reporter.progress)

    @cached_property
    def _github(self) -> "Connection":
        # Slow to import, and a folder needs none of it.
        from ghpypi.stores.github.connection import Connection  # noqa: PLC0415

        return Connection(self.locator.value, self.hosts, self.secret, self.backoff)

    @property
    def directory(self) -> Path:
        """The folder of a directory store."""
        return folder_of(self.locator)

    @property
    def rules(self) -> Rules:
        """What the store takes; known without asking it."""
        if self.locator.kind == "directory":
            return DIRECTORY_RULES
        from ghpypi.stores.github.releases import RULES  # noqa: PLC0415 - slow to import

        return RULES

    def store(self) -> FileStore:
        """Open the store that files are uploaded to."""
        if self.locator.kind == "directory":
            return DirectoryStore(self.directory)
        self._github.require_write()
        return self._github.store()

    def source(self, *, static: bool = False) -> FileStore:
        """Open everything that is indexed: the store, or the repositories configured.

        Args:
            static: Warn of files that installers cannot fetch from a static site.
        """
        if self.locator.kind == "directory":
            return DirectoryStore(self.directory)
        index = self.config.index
        wanted = {each for named in self.config.indexes.values() for each in named.repositories}
        main = index.repositories or (self._github.repository.name,)
        source = self._github.source(
            (*main, *sorted(wanted)),
            index.exclude_repositories,
            include_private=index.include_private,
        )
        report_left_out(
            self.reporter, hidden=source.hidden, unused_exclusions=source.unused_exclusions
        )
        if static:
            warn_private(self.reporter, self._github.private_among(source), self.locator)
        return source

    def upstream(self) -> Upstream | None:
        """Open the way to indexes elsewhere, if the configuration speaks of any."""
        config = self.config
        if config.index.public_check or any(x.public_bases for x in config.indexes.values()):
            # Slow to import, and most sites need none of it.
            from ghpypi.stores.upstream import HttpUpstream  # noqa: PLC0415

            return HttpUpstream()
        return None

    def site(self, output: Path | None = None, *, writing: bool = False) -> Site:
        """Open the site the index is published to.

        Raises:
            UsageError: A directory store's site stands beside its files and nowhere else.
            NotAllowedError: It is to be written, and there is no token.
        """
        if self.locator.kind == "directory":
            if output and output.resolve() != self.directory.resolve():
                raise UsageError(
                    f"the index of the folder {self.directory} stands in that folder",
                    hint="its links are relative; copy the whole folder instead of --output",
                )
            return folder_site(self.directory, self.config)
        if output:
            # To read what is there, the configuration need not be asked for.
            there = not writing and (output / CATALOG_PATH).exists()
            return DirectorySite(output if there else output / self.config.site.path)
        if writing:
            self._github.require_token("publish the index")
        return self._github.site(self.config.index.branch, self.config.site.folder)

    def index_workflow(self) -> IndexBuilder:
        """Open the workflow that rebuilds the index of a GitHub store."""
        return self._github.index_workflow()

    def ensure_pages(self, commit: str) -> str:
        """See to it that Pages of a GitHub store build a commit; say what had to be done."""
        return self._github.ensure_pages(commit)

    def address(self) -> str:
        """Find the address of the index, ending in `/`; empty if it is not known."""
        published = ""
        if not self.config.index.url and self.locator.kind == "github":
            # Only github.com tells by its name where Pages are; others have to be asked.
            published = self.hosts.pages(self.locator.value) or self._github.find_address()
        return self.config.address(published)

    def public_address(self) -> str:
        """Find the address of the pages that everyone may read; empty if there is none."""
        on_pages = not self.config.index.url and self.locator.kind == "github"
        if on_pages and not self._github.has_pages:
            return ""
        return self.address()

    def look(self) -> Look:
        """Say what the pages show."""
        return Look(
            config=self.config,
            address=self.address(),
            store=self.store_name,
            templates=self._templates(),
            server=self.hosts.server,
        )

    @property
    def store_name(self) -> str:
        """The origin of the store's own files, as far as any index asks for it."""
        if self.locator.kind == "directory":
            return OWN
        asked = any(each.repositories for each in self.config.indexes.values())
        # A repository may be called otherwise by now.
        return self._github.repository.name if asked else self.locator.value

    def _templates(self) -> dict[str, str]:
        """Read the templates of the site, which are kept beside its configuration."""
        folder = self.config.site.templates
        if not folder:
            return {}
        if self.config_path:
            return read_templates(self.config_path.parent, folder)
        found = self._github.read_folder(folder, SUFFIXES)
        return decoded_templates(found, f"{folder} in {self.locator.value}")
