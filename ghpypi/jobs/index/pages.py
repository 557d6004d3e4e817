"""The pages to write, from the old and the new catalog."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice
from zlib import decompress

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import Catalog
from ghpypi.core.catalog.differences import Differences
from ghpypi.core.catalog.entry import CATALOG_PATH, Entry
from ghpypi.core.download_history import DOWNLOADS_PATH
from ghpypi.core.indexes.indexes import MAIN_FOLDER, Indexes
from ghpypi.core.names import same_version
from ghpypi.core.provenance_pages import digest_in, page_digest, page_of
from ghpypi.core.site.copied_files import linked_to_copies, linked_to_store
from ghpypi.core.site.dependencies import required_projects
from ghpypi.core.site.landing import SiteView, site_pages
from ghpypi.core.site.ownership import Everything, Owned, Shape, owned_by
from ghpypi.core.site.paths import Page, about_path
from ghpypi.core.site.rows import Row, index_link
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.tree import flat_pages, root_pages
from ghpypi.core.site.version_paths import VERSIONS_PATTERN, version_paths
from ghpypi.jobs.index.catalog_comparison import CatalogComparison
from ghpypi.jobs.index.copies import FileCopies, OfferedFiles, check_limits
from ghpypi.jobs.index.download_history import kept_history
from ghpypi.jobs.index.page_content import PageContent
from ghpypi.jobs.index.project_pages import ProjectJob, ProjectRenderer
from ghpypi.jobs.index.removed_pages import RemovedPages
from ghpypi.jobs.index.size_limits import SizeCheck
from ghpypi.ports import Reporter, Site, SiteChange, SiteFile
from ghpypi.processes import Processes

AT_ONCE = 500
"""Number of projects whose `about.json` files are read at a time, when many are rendered."""


@dataclass(frozen=True, kw_only=True)
class Pages:
    """The pages of a run.

    Attributes:
        settings: The configuration and templates of the pages.
        before: The published catalog.
        after: The new catalog.
        text: The new catalog as text.
        changed: The entries of new and changed projects.
        abouts: The compressed `about.json` of projects that were read in this run.
        again: Reads a project again if its published `about.json` is unusable.
        differences: The changes, for the commit message.
        owned: The paths that belong to the published catalog.
        full: Ignore published pages.
        adopt: Overwrite files that ghpypi did not write.
        copies: Finds the files that are copied to the site; `None` for a site with links.
        history: The new `downloads.json`; `None` to leave it as it is.
        processes: Share the work of rendering many pages.
        provenance: The compressed pages with provenance that were made, by their paths.
        dropped: The paths of published pages with provenance that are not needed any more.
    """

    settings: SiteSettings
    before: Catalog
    after: Catalog
    text: bytes
    changed: Mapping[NormalizedName, Entry]
    abouts: Mapping[NormalizedName, bytes]
    again: Callable[[Entry], bytes | None]
    differences: Differences
    owned: Owned
    full: bool
    adopt: bool
    processes: Processes
    copies: FileCopies | None = None
    history: bytes | None = None
    provenance: Mapping[str, bytes] = field(default_factory=dict)
    dropped: Collection[str] = ()
    _parts: list[str] = field(default_factory=list)

    def change(self, site: Site, reporter: Reporter, sizes: SizeCheck) -> SiteChange:
        """Return the change of the site; rendering reports its progress.

        Args:
            site: The site.
            reporter: Shows progress.
            sizes: Checks the pages.

        Raises:
            RefusedError: The site does not accept some of the files that it is to have.
        """
        after = owned_by(self.after, Shape.of(self.settings.config))
        if self.copies:
            check_limits(self._offered.all(), site.limits, site.name, reporter)
        return SiteChange(
            pages=lambda: sizes.passed(self._pages(site, reporter)),
            files=lambda: self._files(reporter),
            removed=tuple(self._removed.paths(site)),
            owned=Everything() if self.adopt else self.owned,
            added=lambda: chain(after.beyond(self.owned), self._added_versions()),
            former=self._former_parts,
            message=self._message(),
        )

    def _message(self) -> str:
        if self.history and not self.differences.lines():
            return "Update download counts\n"
        return self.differences.message()

    @cached_property
    def _comparison(self) -> CatalogComparison:
        return CatalogComparison(
            settings=self.settings,
            before=self.before,
            after=self.after,
            changed=self.changed,
            full=self.full,
        )

    @property
    def indexes(self) -> Indexes:
        """The indexes of the new catalog."""
        return self._comparison.indexes

    def _added_versions(self) -> Iterator[str]:
        """Yield the paths of version pages that do not belong to the published catalog."""
        if not self.settings.config.site.pages:
            return
        owned = self.owned.projects if VERSIONS_PATTERN in self.owned.patterns else ()
        for name in self._comparison.moved:
            if name in self.after.lines and name not in owned:
                project = self._comparison.entry(name).project
                yield from sorted(version_paths(project, self.settings.config))

    def _pages(self, site: Site, reporter: Reporter) -> Iterator[Page]:
        if not self.settings.config.site.path:
            yield ".nojekyll", b""
        lines = [self.after.lines[x] for x in self._comparison.rendered]
        files = sum(line.files for line in lines)
        renderer = ProjectRenderer(settings=self.settings, indexes=self.indexes)
        with reporter.progress("rendering", len(lines), unit="project") as advance:
            # The text of about.json stays in this process: no child process needs it.
            jobs = ((each, self._job(*each)) for each in self._entries(site))
            for (entry, content), pages in renderer.rendered(jobs, files, self.processes):
                if content and entry.project.files:
                    yield about_path(entry.project.name), content.text
                yield from pages
                yield from self._provenance_of(entry, site, reporter)
                advance(1)
        for index in self._comparison.roots():
            yield from root_pages(index, self._comparison.names(index), self.settings)
        if flat := self._comparison.flat_pages():
            held = self._comparison.held_by(flat)
            entries = ((self._linked(name), indexes) for name, indexes in held)
            yield from flat_pages(flat, entries, self.indexes, self.settings)
        if self.settings.config.site.pages:
            yield from site_pages(self._landing(), self.settings)
        if history := self._history(site):
            yield DOWNLOADS_PATH, history
        # The catalog is last: on a site that is written page by page, it marks completion.
        self._parts.clear()
        for path, text in self.after.changed_parts(None if self.full else self.before):
            self._parts.append(path)
            yield path, text
        yield CATALOG_PATH, self.text

    def _history(self, site: Site) -> bytes | None:
        """Return the `downloads.json` to write, which is the published one if all is written."""
        if self.history or not self._comparison.complete:
            return self.history
        return kept_history(site, self.owned)

    def _job(self, entry: Entry, content: PageContent | None) -> ProjectJob:
        name = entry.project.name
        lines = self.after.lines
        # Not those of the entry: lines of older versions have none.
        required = required_projects(content.about.requires_dist) if content else ()
        return ProjectJob(
            entry=entry,
            about=content.about if content else None,
            simple=name in self._comparison.moved,
            held=self.indexes.holding(lines[name].membership),
            versions=self._comparison.versions(name) if self.settings.config.site.pages else None,
            ours=frozenset(x for x in required if x in lines and lines[x].files),
        )

    def _provenance_of(self, entry: Entry, site: Site, reporter: Reporter) -> Iterator[Page]:
        """Yield the pages with provenance that were made; if all are compared, also the others."""
        attested = (file for file in entry.project.files if file.provenance)
        paths = {page_of(file, entry.project.name) for file in attested} - {""}
        made = {path: decompress(self.provenance[path]) for path in paths & self.provenance.keys()}
        yield from sorted(made.items())
        if not self.full or not (kept := sorted(paths - made.keys())):
            return
        published = site.read(kept)
        for path in kept:
            text = published.get(path, b"")
            if page_digest(text) == digest_in(path):
                yield path, text
            else:
                reporter.warn(
                    f"{path} of {site.name} was changed or removed by others; "
                    "'ghpypi index --full --fetch-attestations' makes it again"
                )

    def _entries(self, site: Site) -> Iterator[tuple[Entry, PageContent | None]]:
        """Yield the projects whose pages must be rendered, with their content."""
        names = iter(self._comparison.rendered)
        if not self.settings.config.site.pages:
            yield from ((self._linked(name), None) for name in names)
        while several := list(islice(names, AT_ONCE)):
            entries = [self._linked(x) for x in several]
            missing = [about_path(x) for x in several if x not in self.abouts]
            published = site.read(missing) if missing else {}
            for entry in entries:
                path = about_path(entry.project.name)
                yield entry, self._content(entry, published.get(path, b""))

    def _linked(self, name: NormalizedName) -> Entry:
        """Return a project with the URLs that pages have for its files."""
        entry, url = self._comparison.entry(name), self.settings.files_url
        if self.copies:
            folder = self.settings.config.site.folder
            return linked_to_copies(entry, folder, separate=self._is_separate)
        return linked_to_store(entry, url) if url else entry

    @property
    def _is_separate(self) -> bool:
        """Whether the pages are not where the files of the store are."""
        return self.settings.files_url is not None

    def _content(self, entry: Entry, published: bytes) -> PageContent | None:
        """Return the content of a page: from this run, from the published file, or read again."""
        packed = self.abouts.get(entry.project.name)
        if packed is None:
            with suppress(ValueError):  # missing or invalid
                content = PageContent.published(published)
                if same_version(content.about.version, entry.shown.version):
                    return content
            packed = self.again(entry)
        if packed is None:
            return None
        text = decompress(packed)
        return PageContent.read(text)

    def _landing(self) -> SiteView:
        lines = [line for line in self.after.lines.values() if line.files]
        main_folders = self.settings.config.index.paths.folders(MAIN_FOLDER)
        return SiteView(
            rows=[Row(line.name, *line.shown[:4]) for line in lines],
            indexes=tuple(index_link(name, self.indexes) for name in self.indexes.names),
            files=sum(line.files for line in lines),
            listed=self._comparison.names(MAIN_FOLDER) if "" in main_folders else None,
        )

    def _former_parts(self) -> Iterator[bytes]:
        """Yield the former contents of the parts of the catalog that are written."""
        reader = self.before.reader
        found = (reader.cached(path) for path in self._parts) if reader else ()
        return (text for text in found if text)

    @cached_property
    def _removed(self) -> RemovedPages:
        return RemovedPages(
            comparison=self._comparison,
            owned=self.owned,
            dropped=self.dropped,
            offered=self._offered if self.copies else None,
        )

    @cached_property
    def _offered(self) -> OfferedFiles:
        return OfferedFiles(
            self.after.lines, self.indexes, self.changed, separate=self._is_separate
        )

    def _files(self, reporter: Reporter) -> Iterable[SiteFile]:
        """Return the files of the projects whose pages must be rendered."""
        if not self.copies:
            return ()
        changed = self.after.lines if self.full else self.changed
        return self.copies.of(sorted(self._comparison.moved), self._offered, changed, reporter)
