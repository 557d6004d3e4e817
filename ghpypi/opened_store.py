"""A store that was opened, with its configuration: what uploads, index runs and readers need."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.entry import CATALOG_PATH
from ghpypi.core.config.config import Config
from ghpypi.core.locator import Locator
from ghpypi.core.model import File
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.upload.tags import PublishedFiles
from ghpypi.errors import ConfigError, GhpypiError, NotFoundError
from ghpypi.ports import (
    Backend,
    FileSource,
    Reporter,
    SilentReporter,
    Site,
    Upstream,
    read_config,
)
from ghpypi.site_templates import templates_of
from ghpypi.stores.directory.site import DirectorySite


@dataclass(frozen=True, kw_only=True)
class OpenedStore:
    """A store and what is known of it here.

    Attributes:
        backend: The store.
        server: The URL of the GitHub server that files of repositories must be on, without a
            slash at the end.
        reporter: Receives steps, progress and warnings.
        read_config: Reads the configuration; by default the `ghpypi.toml` that the store keeps.
        read_templates: Reads the templates that the configuration names; by default those next to
            the `ghpypi.toml` that the store keeps.
    """

    backend: Backend
    server: str
    reporter: Reporter = field(default_factory=SilentReporter)
    read_config: Callable[[], Config] | None = None
    read_templates: Callable[[Config], Mapping[str, str]] | None = None

    def config(self) -> Config:
        """Read the configuration.

        Raises:
            ConfigError: It is wrong; the message says where.
        """
        if self.read_config:
            return self.read_config()
        return read_config(self.backend.config_file())

    def reading_once(self) -> "OpenedStore":
        """Return the same store, which reads its configuration once, where it is needed first."""
        return replace(self, read_config=cache(self.config))

    def address(self, config: Config) -> str:
        """Find the address of the site, ending in `/`; empty if it is not known."""
        return config.address("" if config.index.url else self.site_store().address())

    def site_store(self) -> Backend:
        """Return the store with the site of the index: `store` in `[site]`, or the store itself."""
        return self.backend.site_store(self.config())

    def site_settings(self, folder: Path | None = None) -> SiteSettings:
        """Say what the pages of the index show besides files.

        Args:
            folder: The folder of a site that is not the store's own.

        Raises:
            ConfigError: The site is elsewhere, and the files have no URL.
        """
        config = self.config()
        read = self.read_templates or (lambda found: templates_of(self.backend, found))
        return SiteSettings(
            config=config,
            address=self.address(config),
            store=self.backend.origin(config),
            templates=read(config),
            server=self.server,
            files_url=self._files_url(config, folder),
        )

    def _files_url(self, config: Config, folder: Path | None) -> str | None:
        """Return the URL that pages have for the store; `None` if their links are relative.

        Raises:
            ConfigError: The site is elsewhere, and the files have no URL.
        """
        url = self.backend.files_url()
        if url is None:
            return None
        if not config.site.files_url and not self._has_separate_site(folder):
            return None
        url = config.site.files_url or url
        if not url and not config.site.copies_files:
            wanted = "set 'files-url' in [site] to the URL of the store"
            raise ConfigError(
                f"the files of {self.backend.locator} have no URL that pages in another place can "
                "link to",
                hint=f"{'omit --output, or ' if folder else ''}{wanted}, or 'files = \"copy\"' "
                "to have the files beside the pages",
            )
        return url

    def _has_separate_site(self, folder: Path | None) -> bool:
        """Return whether the site is not where the files of the store are."""
        if folder is None:
            return self.site_store() is not self.backend
        return not self.backend.keeps_site_at(folder)

    def source(self, *, static: bool = False) -> FileSource:
        """Open everything that is indexed: the store, or the repositories configured.

        Args:
            static: Warn of files that installers cannot fetch from a static site.
        """
        found = self.backend.indexed_files(self.config())
        _report_left_out(
            self.reporter, hidden=found.hidden, unused_exclusions=found.unused_exclusions
        )
        copies = self.config().site.copies_files
        if static:
            _warn_private(self.reporter, found.private(), self.backend.locator, copies=copies)
        elif copies and (exposed := found.exposed()):
            raise ConfigError(
                'files = "copy" in [site] would publish the files of repositories that fewer '
                "people may read than the site",
                faults=exposed,
                hint="write the site to a folder with 'ghpypi index --output', remove these "
                "repositories from 'repositories', or make the site private",
            )
        return found.source

    def site(self, folder: Path | None = None, *, writing: bool = False) -> Site:
        """Open the site that the index is published to.

        Args:
            folder: The folder of a site that is not the store's own.
            writing: It is to be written.

        Raises:
            ConfigError: It cannot have copies of the files.
            NotAllowedError: It is to be written, and there is no token.
        """
        if folder is None or self.backend.keeps_site_at(folder):
            place = self.site_store() if folder is None else self.backend
            can_copy = place.capabilities.copies_files
            if writing and not can_copy and self.config().site.copies_files:
                raise ConfigError(
                    f"the site of {place.locator} cannot have the files beside the pages",
                    hint="remove 'files' from [site], or write the site to a folder with 'ghpypi "
                    "index --output'",
                )
            return place.site(self.config(), writing=writing)
        # To read what is there, the configuration need not be read.
        there = not writing and (folder / CATALOG_PATH).exists()
        return DirectorySite(folder if there else folder / self.config().site.path)

    def catalog(self, folder: Path | None = None) -> Catalog:
        """Read the catalog of the published index.

        Args:
            folder: The folder of a site that is not the store's own.

        Raises:
            NotFoundError: No index was published yet.
        """
        site = self.site(folder)
        with self.reporter.progress("reading the index"):
            text = site.catalog()
        if text is None:
            raise NotFoundError(
                f"{site.name} has no index yet", hint="publish one with 'ghpypi index'"
            )
        return Catalog.parse(text, source=site.name, read=site.read, server=self.server)

    def published_files(self) -> PublishedFiles | None:
        """Read the index that the store itself publishes, to find files by their names.

        Returns:
            Its files by project, which raise a `GhpypiError` if they cannot be read; `None` if
            there is no index, or it cannot be read: it only spares an upload requests.
        """
        try:
            site = self.site()
            text = site.catalog()
            if text is None:
                return None
            catalog = Catalog.parse(text, source=self.backend.short_name, read=partial(_each, site))
        except GhpypiError:
            return None

        def files(project: NormalizedName) -> tuple[File, ...]:
            line = catalog.lines.get(project)
            return line.entry().project.files if line else ()

        return files

    def upstream(self) -> Upstream | None:
        """Return the reader of upstream indexes, if the configuration has any."""
        config = self.config()
        if config.index.public_check or any(x.public_bases for x in config.indexes.values()):
            # Slow to import, and most sites need none of it.
            from ghpypi.stores.upstream import HttpUpstream  # noqa: PLC0415

            return HttpUpstream()
        return None


def _each(site: Site, paths: Sequence[str]) -> dict[str, bytes]:
    """Read pages one by one: several at once would be fetched by git, of which few are needed."""
    return {path: page for each in paths for path, page in site.read([each]).items()}


def _report_left_out(reporter: Reporter, *, hidden: int, unused_exclusions: Sequence[str]) -> None:
    """Report matching repositories that are not indexed, and exclusions without effect.

    Args:
        reporter: Receives the messages.
        hidden: Number of repositories that are less visible than the site. They are not named,
            because the log of a workflow is as public as its repository.
        unused_exclusions: Patterns of `exclude-repositories` that match nothing.
    """
    if hidden:
        reporter.step(
            f"skipping {hidden} of the matching repositories, because they are less visible than "
            "the site"
        )
    for pattern in unused_exclusions:
        reporter.warn(
            f"index.exclude-repositories: '{pattern}' matches none of the repositories that "
            "'repositories' includes and this token can read"
        )


def _warn_private(
    reporter: Reporter, private: Sequence[str], store: Locator, *, copies: bool
) -> None:
    """Warn that a static site does not ask who may read the files of private repositories."""
    if private and copies:
        reporter.warn(
            f"the folder has the files of {', '.join(private)}, which are private: serve it to "
            "people who may read these repositories only"
        )
    elif private:
        reporter.warn(
            f"installers cannot fetch the files of {', '.join(private)} from a static site, "
            "because GitHub wants a token for each: serve the index with 'ghpypi serve "
            f"{store}', or install with 'ghpypi run --store {store} -- pip install NAME'"
        )
