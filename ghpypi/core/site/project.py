"""The page of a project for browsers, its badge, and the feed of its releases."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, NamedTuple

from markupsafe import Markup
from packaging.utils import NormalizedName

from ghpypi.core.download_history import DOWNLOADS_PATH
from ghpypi.core.model import File, Project, Status, StatusMarker, Yank, Yanks
from ghpypi.core.provenance import Signer
from ghpypi.core.site.about import About
from ghpypi.core.site.badge import badge
from ghpypi.core.site.classifiers import grouped_classifiers
from ghpypi.core.site.coverage import coverage
from ghpypi.core.site.dependencies import dependencies
from ghpypi.core.site.feed import MOST_ENTRIES, FeedEntry, feed
from ghpypi.core.site.file_tables import FileCells, FileTables, file_cells
from ghpypi.core.site.frame import frame
from ghpypi.core.site.install import (
    MOST_TABS,
    download_command,
    install_block,
    preferred_index,
    preferred_variant,
)
from ghpypi.core.site.links import checked_links
from ghpypi.core.site.paths import Page, badge_path
from ghpypi.core.site.plot import plot
from ghpypi.core.site.releases import Release, releases, shown
from ghpypi.core.site.rows import IndexLink
from ghpypi.core.site.settings import SiteSettings
from ghpypi.core.site.templates import Templates, renderer, user_templates
from ghpypi.core.site.text import line
from ghpypi.core.site.version_paths import page_count, version_path

MOST_FILES = 200
"""Maximum number of files on the page of a project. Version pages have the others, or the pages of
the Simple API."""

MOST_VERSION_FILES = 1000
"""Maximum number of files on the page of a version."""

MOST_RELEASES = 500
"""Maximum number of releases on the page of a project."""

MOST_UNFOLDED = 20
"""Releases in the list of a page before the older ones are folded."""

ROOT, VERSION_ROOT = "../../", "../../../"
"""The relative URLs from the page of a project, and from that of a version, to the root."""


class ProjectView(NamedTuple):
    """The content of the page of a project.

    Attributes:
        project: The project with its files; at least one.
        about: The content from its metadata, if available.
        indexes: The indexes that contain it.
        ours: The normalized names of all projects of the site, for links to dependencies.
        variant_of: Returns the variant of a file; empty for none.
        later: A higher version of this project on the public index; empty if there is none.
        needs_of: Returns what a wheel variant needs (PEP 825); empty for other files.
    """

    project: Project
    about: About | None
    indexes: tuple[IndexLink, ...]
    ours: Container[str]
    variant_of: Callable[[File], str]
    later: str
    needs_of: Callable[[File], str] = lambda _: ""


def project_pages(
    view: ProjectView, settings: SiteSettings, versions: Container[str] | None = None
) -> Iterator[Page]:
    """Render all pages of a project except those of the Simple API.

    Args:
        view: The content.
        settings: The settings of pages.
        versions: The versions whose pages are rendered; `None` for all that have one.
    """
    yield from _ProjectPages.of(view, settings).render(versions)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ProjectPages:
    """The pages of a project, with what several of them show.

    Attributes:
        view: The content.
        settings: The settings of pages.
        templates: The custom templates.
        releases: The releases of the project, newest first.
        current: The release that its page shows.
        paged: The versions that have pages of their own.
        status: Its status, if it has one.
        offered: Whether its files are offered.
        link: The index that most people want; `None` if it is in none.
        variant_of: Returns the variant of a file; empty for none.
        cells_of: Returns the part of the row of a file that is the same on all pages.
    """

    view: ProjectView
    settings: SiteSettings
    templates: Templates
    releases: Sequence[Release]
    current: Release
    paged: Container[str]
    status: Status | None
    offered: bool
    link: IndexLink | None
    variant_of: Callable[[File], str]
    cells_of: Callable[[File], FileCells]

    @classmethod
    def of(cls, view: ProjectView, settings: SiteSettings) -> "_ProjectPages":
        name, config = view.project.name, settings.config
        yanked = _yanked(settings, name)
        found = releases(view.project, yanked)
        status = config.statuses.get(name)
        variant_of = cache(view.variant_of)
        return cls(
            view=view,
            settings=settings,
            templates=user_templates(settings.templates, settings.run_template),
            releases=found,
            current=shown(view.project, found, yanked),
            paged={release.version for release in found[: page_count(name, config)]},
            status=status,
            offered=not (status and status.marker is StatusMarker.QUARANTINED),
            link=preferred_index(view.indexes, config.variants),
            variant_of=variant_of,
            # Most files are on two pages: that of the project and that of their version.
            cells_of=cache(
                partial(file_cells, variant_of=variant_of, needs_of=view.needs_of, yanked=yanked)
            ),
        )

    def render(self, versions: Container[str] | None) -> Iterator[Page]:
        name = self.view.project.name
        yield f"project/{name}/index.html", self._page()
        yield f"project/{name}/feed.xml", self._feed()
        yield badge_path(name), self._badge()
        frame_of_versions = self._frame(VERSION_ROOT)
        tables = self._tables(VERSION_ROOT, MOST_VERSION_FILES)
        for release in self.releases:
            if release.version in self.paged and (versions is None or release.version in versions):
                page = self._version_page(release, frame_of_versions, tables)
                yield version_path(name, release.version), page

    def _page(self) -> bytes:
        view, settings = self.view, self.settings
        name, status = view.project.name, self.status
        if status and status.marker is StatusMarker.ACTIVE:
            status = None
        about = view.about or About(name=name, version="")
        found, current = self.releases, self.current
        listed = [x for n, x in enumerate(found) if n < MOST_RELEASES or x is current]
        tables = self._tables(ROOT, MOST_FILES)
        facts = {
            **self._frame(ROOT),
            **self._common(current),
            "page_summary": about.summary or f"Python package {name}",
            "name": about.name,
            "about": about,
            "links": checked_links(about.urls, current.files, settings.server),
            "classifiers": grouped_classifiers(about.classifiers),
            "description": Markup(about.description),  # noqa: S704 - cleaned when it was rendered
            "groups": dependencies(about.requires_dist, view.ours),
            "status": status,
            "reason": line(status.reason) if status else "",
            "later": view.later,
            "install": Markup(  # noqa: S704 - rendered
                install_block(view.indexes, name, settings, self.templates)
            )
            if view.indexes and self.offered
            else "",
            "indexes": view.indexes,
            "variants_only": any(x.kind == "variant" for x in view.indexes)
            and all(x.kind in {"variant", "alias"} for x in view.indexes),
            "releases": list(tables.listed(listed, current, self.paged)) if self.offered else [],
            "most_unfolded": MOST_UNFOLDED,
            "unlisted_releases": len(found) - len(listed),
            "most_indexes": MOST_TABS,
            "plot": plot(found),
            # The script of the page draws them from the file, so that no page changes each week.
            "downloaded": any(release.downloads for release in found),
            "history": DOWNLOADS_PATH,
        }
        return renderer("project.html", self.templates)(facts)

    def _version_page(
        self, release: Release, frame_of_versions: Mapping[str, Any], tables: FileTables
    ) -> bytes:
        """Render the page of a version, which shows nothing that changes with other versions."""
        name = self.view.project.name
        (listed,) = tables.listed([release], release, ())
        facts = {
            **frame_of_versions,
            **self._common(release),
            "page_summary": f"Files of {name} {release.version}",
            "name": name,
            "release": listed,
        }
        return renderer("version.html", self.templates)(facts)

    def _frame(self, root: str) -> dict[str, Any]:
        path = f"project/{self.view.project.name}/"
        return frame(self.settings, root, self.templates, path=path)

    def _common(self, release: Release) -> dict[str, object]:
        """Return the variables that the pages of a project and of its versions have."""
        name = self.view.project.name
        return {
            "project": name,
            "version": release.version,
            "current": release,
            "released": release.first,
            "requires_python": next((x.requires_python for x in release.files), None),
            "offered": self.offered,
            "download": download_command(self.link, name, release.version, self.settings)
            if self.link and self.offered
            else "",
            "coverage": coverage(release.files, self.variant_of) if self.offered else None,
            "signers": {x.filename: Signer.parse(x.signer) for x in release.files if x.signer},
        }

    def _tables(self, root: str, most: int) -> FileTables:
        config, indexes = self.settings.config, self.view.indexes
        paths = {link.name: link.path for link in indexes}
        usual = {"": indexes[0].path} if indexes else {}
        return FileTables(
            root=root + config.site.up,
            site_root=root,
            variant_of=self.variant_of,
            cells_of=self.cells_of,
            paths={**paths, **usual},
            first=preferred_variant(self.link, config.variants),
            most=most,
            with_counts=root == ROOT,
        )

    def _badge(self) -> bytes:
        name, current = self.view.project.name, self.current
        title = self.view.about.name if self.view.about else name
        return badge(title, current.version, self.status, yanked=current.yanked is not None)

    def _feed(self) -> bytes:
        name, settings = self.view.project.name, self.settings
        summary = self.view.about.summary if self.view.about else ""
        newest = sorted(self.releases, key=lambda release: release.last, reverse=True)
        entries = [
            FeedEntry(
                f"{name} {release.version}",
                f"project/{name}/",
                release.version,
                release.last,
                summary,
            )
            for release in newest[:MOST_ENTRIES]
        ]
        title = line(settings.config.index.title)
        heading = f"{name} – {title}"  # noqa: RUF001 - a dash
        return feed(f"project/{name}/feed.xml", heading, title, settings.address, entries)


def _yanked(settings: SiteSettings, name: NormalizedName) -> Yanks:
    """Return the yanked versions and files with sanitized reasons."""
    yanked = settings.config.yanked.get(name, {})
    return {key: Yank(reason=line(yank.reason)) for key, yank in yanked.items()}
