"""A store, and the published indexes that list its files, for commands that delete."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.cli.index_start import IndexRequest
from ghpypi.cli.listing import published
from ghpypi.cli.settings import Settings
from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.config.config import Config
from ghpypi.core.config.lifecycle_edit import record_removed
from ghpypi.core.deletion import Dependent, VersionRequirement, dependents, requirements_of
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.indexes.pin import Pin
from ghpypi.core.model import Offer, Project, StoredRelease
from ghpypi.core.names import Filename, version_key
from ghpypi.core.quantities import count_of
from ghpypi.errors import NotAllowedError, NotFoundError
from ghpypi.jobs.dependencies import read_dependencies
from ghpypi.ports import FileSource
from ghpypi.stored_files import counted

Versions = Mapping[NormalizedName, Sequence[str]]
"""Versions by project."""


class PublishedStore:
    """A store, and the published indexes that list its files: the central one, and its own.

    Attributes:
        store: The store.
        catalogs: The settings and the catalog of each index, that of users first.

    Args:
        settings: The settings of the command.
        request: The options about the index.

    Raises:
        NotAllowedError: The token may not write to the store.
    """

    def __init__(self, settings: Settings, request: IndexRequest) -> None:
        self._settings = settings
        self.store = settings.backend.store()
        users = request.users(settings)
        self.catalogs: list[tuple[Settings, Catalog]] = []
        self._read: dict[str, tuple[VersionRequirement, ...]] = {}
        for each in [users, settings] if users is not settings else [settings]:
            try:
                self.catalogs.append((each, published(each, None)))
            except NotFoundError:
                continue

    @cached_property
    def releases(self) -> list[StoredRelease]:
        """The releases of the store."""
        return listed_releases(self._settings, self.store)

    def project(self, name: NormalizedName) -> Project:
        """Return the files of a project in the index that users install from."""
        for _, catalog in self.catalogs:
            if line := catalog.lines.get(name):
                return line.entry().project
        return Project(name=name, files=())

    def is_recorded(self, pin: Pin) -> bool:
        """Return whether a configuration records the deletion of a version."""
        return any(
            pin.means(str(version))
            for settings, _ in self.catalogs
            for version in settings.config.removed.get(pin.name, ())
        )

    def dependents(self, versions: Versions) -> list[tuple[NormalizedName, Dependent]]:
        """Find projects with versions that need what is to be deleted, in any index.

        All versions count that installers may choose: those of variants, of named indexes and
        prereleases too.
        """
        found: dict[tuple[NormalizedName, NormalizedName, str], Dependent] = {}
        for settings, catalog in self.catalogs:
            view = _Offers(settings, catalog)
            gone = {(name, version_key(x)) for name, texts in versions.items() for x in texts}
            left = [
                each
                for each in self._dependencies(settings, catalog)
                if (each.project, version_key(each.version)) not in gone
            ]
            for name, texts in versions.items():
                for each in view.dependents(left, name, {*map(version_key, texts)}):
                    found.setdefault((name, each.project, each.requirement), each)
        return [(name, each) for (name, _, _), each in found.items()]

    def _dependencies(self, settings: Settings, catalog: Catalog) -> tuple[VersionRequirement, ...]:
        key = settings.locator.value
        if key not in self._read:
            source = settings.opened.source()
            same = source.name == self.store.name
            found = read_dependencies(
                source,
                self.releases if same else listed_releases(settings, source),
                catalog,
                settings.config,
                settings.reporter,
            )
            if found.unread:
                settings.reporter.warn(
                    f"the dependencies of {count_of(found.unread, 'version')} could not be read; "
                    "they do not count"
                )
            self._read[key] = found.requirements
        return self._read[key]

    def record(self, versions: Versions, reason: str) -> None:
        """Record versions as deleted in the configuration of each index.

        Raises:
            NotAllowedError: A configuration may not be changed; nothing was deleted.
        """

        def edit(text: str) -> str:
            for name, texts in versions.items():
                text = record_removed(text, name, texts, reason)
            Config.parse(text)
            return text

        what = ", ".join(f"{name} {', '.join(each)}" for name, each in versions.items())
        message = f"Record the deletion of {what}" + (f"\n\n{reason}" if reason else "")
        for settings, _ in self.catalogs:
            try:
                settings.edit_config(edit, message)
            except NotAllowedError as error:
                error.message = f"nothing was deleted: {error.message}"
                error.hint = (
                    "leave out the record with --no-record, and accept the deletion afterwards "
                    "with 'ghpypi index --accept-removed TAG'"
                )
                raise
            if settings.local_config and settings.backend.capabilities.builds_elsewhere:
                settings.reporter.warn(
                    f"commit and push {settings.local_config}: without the record in it, the next "
                    "index run stops"
                )


def listed_releases(settings: Settings, store: FileSource) -> list[StoredRelease]:
    """List the releases of a store."""
    settings.reporter.step(f"listing the releases of {store.name}")
    with settings.reporter.progress("listing", unit="file") as advance:
        return list(counted(store.releases(), advance))


class _Offers:
    """The versions of projects in each index of a catalog.

    Args:
        settings: The settings of the store whose catalog it is.
        catalog: The catalog.
    """

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._config = settings.config
        self._catalog = catalog
        lines = catalog.lines.values()
        self._indexes = Indexes.of(settings.config, settings.store_name, lines)
        self._offers: dict[NormalizedName, dict[str, Offer]] = {}

    def dependents(
        self,
        requirements: Iterable[VersionRequirement],
        name: NormalizedName,
        gone: Collection[Version],
    ) -> Iterator[Dependent]:
        """Find projects that need versions of a project, in each index that contains it."""
        found = list(requirements_of(requirements, name))
        if not found or name not in self._catalog.lines:
            return
        yanks = self._config.yanked.get(name, {})
        for index, offer in self._of(name).items():
            shown = {version_key(x.version) for x in offer.files if not x.yank(yanks)}
            known = _versions(offer)
            here = [
                (each, specifier)
                for each, specifier in found
                if version_key(each.version) in _versions(self._of(each.project).get(index))
            ]
            upstream = _versions(Offer((), offer.upstream))
            yield from dependents(here, known, gone, known - shown - upstream, index=index)

    def _of(self, name: NormalizedName) -> dict[str, Offer]:
        """Return the files of a project by the indexes that contain it."""
        if name not in self._offers:
            line = self._catalog.lines[name]
            names = self._indexes.holding(line.membership)
            self._offers[name] = dict(self._indexes.offers(line.entry(), names))
        return self._offers[name]


def _versions(offer: Offer | None) -> set[Version]:
    if offer is None:
        return set()
    upstream = {Filename.parse(each["filename"]).version for each in offer.upstream}
    return {version_key(file.version) for file in offer.files} | upstream
