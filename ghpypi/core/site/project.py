"""The page of a project for browsers, its badge, and the feed of its releases."""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from packaging.utils import NormalizedName

from ghpypi.core.download_history import DOWNLOADS_PATH
from ghpypi.core.model import File, Project, StatusMarker, Yank, Yanks
from ghpypi.core.provenance import Signer
from ghpypi.core.site.about import About
from ghpypi.core.site.badge import badge
from ghpypi.core.site.classifiers import grouped_classifiers
from ghpypi.core.site.coverage import coverage
from ghpypi.core.site.dependencies import dependencies
from ghpypi.core.site.feed import MOST_ENTRIES, FeedEntry, feed
from ghpypi.core.site.file_tables import FileTables
from ghpypi.core.site.frame import frame
from ghpypi.core.site.install import MOST_TABS, download_command, install_block, preferred
from ghpypi.core.site.links import checked_links
from ghpypi.core.site.plot import plot
from ghpypi.core.site.releases import Release, releases, shown
from ghpypi.core.site.rows import IndexLink
from ghpypi.core.site.templates import Templates, renderer, user_templates
from ghpypi.core.site.text import line
from ghpypi.core.site.tree import Page, SiteSettings, badge_path
from ghpypi.core.site.version_paths import releases_with_pages, version_path

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectView:
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
    name = view.project.name
    found = releases(view.project, _yanked(settings, name))
    templates = user_templates(settings.templates, settings.run_template)
    yield f"project/{name}/index.html", _page(view, found, settings, templates)
    yield f"project/{name}/feed.xml", _feed(view, found, settings)
    yield badge_path(name), _badge(view, found, settings)
    paged = _paged(view, settings)
    for release in found:
        if release.version in paged and (versions is None or release.version in versions):
            page = _version_page(view, release, settings, templates)
            yield version_path(name, release.version), page


def _page(
    view: ProjectView, found: Sequence[Release], settings: SiteSettings, templates: Templates
) -> bytes:
    name = view.project.name
    about = view.about or About(name=name, version="")
    current = shown(view.project, found, _yanked(settings, name))
    status = settings.config.statuses.get(name)
    listed = [x for n, x in enumerate(found) if n < MOST_RELEASES or x is current]
    facts = {
        **frame(
            settings,
            ROOT,
            templates,
            path=f"project/{name}/",
            summary=about.summary or f"Python package {name}",
        ),
        **_common(view, current, settings),
        "name": about.name,
        "about": about,
        "links": checked_links(about.urls, current.files, settings.server),
        "classifiers": grouped_classifiers(about.classifiers),
        "description": Markup(about.description),  # noqa: S704 - cleaned when it was rendered
        "groups": dependencies(about.requires_dist, view.ours),
        "status": status if status and status.marker is not StatusMarker.ACTIVE else None,
        "reason": line(status.reason) if status else "",
        "later": view.later,
        "install": Markup(install_block(view.indexes, name, settings, templates))  # noqa: S704 - rendered
        if view.indexes and _offered(view, settings)
        else "",
        "indexes": view.indexes,
        "variants_only": any(x.kind == "variant" for x in view.indexes)
        and all(x.kind in {"variant", "alias"} for x in view.indexes),
        "releases": list(
            _tables(view, settings, ROOT, MOST_FILES).listed(
                listed, current, _paged(view, settings)
            )
        )
        if _offered(view, settings)
        else [],
        "most_unfolded": MOST_UNFOLDED,
        "unlisted_releases": len(found) - len(listed),
        "most_indexes": MOST_TABS,
        "plot": plot(found),
        # The script of the page draws them from the file, so that no page changes each week.
        "downloaded": any(release.downloads for release in found),
        "history": DOWNLOADS_PATH,
    }
    return renderer("project.html", templates)(facts)


def _version_page(
    view: ProjectView, release: Release, settings: SiteSettings, templates: Templates
) -> bytes:
    """Render the page of a version, which shows nothing that changes with other versions."""
    name = view.project.name
    tables = _tables(view, settings, VERSION_ROOT, MOST_VERSION_FILES)
    (listed,) = tables.listed([release], release, frozenset())
    facts = {
        **frame(
            settings,
            VERSION_ROOT,
            templates,
            path=f"project/{name}/",
            summary=f"Files of {name} {release.version}",
        ),
        **_common(view, release, settings),
        "name": name,
        "release": listed,
    }
    return renderer("version.html", templates)(facts)


def _common(view: ProjectView, release: Release, settings: SiteSettings) -> dict[str, object]:
    """Return the variables that the pages of a project and of its versions have."""
    offered = _offered(view, settings)
    name = view.project.name
    return {
        "project": name,
        "version": release.version,
        "current": release,
        "released": release.first,
        "requires_python": next((x.requires_python for x in release.files), None),
        "offered": offered,
        "download": download_command(view.indexes, name, release.version, settings)
        if view.indexes and offered
        else "",
        "coverage": coverage(release.files, view.variant_of) if offered else None,
        "signers": {x.filename: Signer.parse(x.signer) for x in release.files if x.signer},
    }


def _offered(view: ProjectView, settings: SiteSettings) -> bool:
    status = settings.config.statuses.get(view.project.name)
    return not (status and status.marker is StatusMarker.QUARANTINED)


def _paged(view: ProjectView, settings: SiteSettings) -> frozenset[str]:
    """Return the versions that have pages of their own."""
    return frozenset(x.version for x in releases_with_pages(view.project, settings.config))


def _tables(view: ProjectView, settings: SiteSettings, root: str, most: int) -> FileTables:
    paths = {link.name: link.path for link in view.indexes}
    usual = {"": view.indexes[0].path} if view.indexes else {}
    return FileTables(
        root=root + settings.config.site.up,
        site_root=root,
        variant_of=view.variant_of,
        needs_of=view.needs_of,
        yanked=_yanked(settings, view.project.name),
        paths={**paths, **usual},
        first=preferred(view.indexes, settings.config.variants),
        most=most,
        with_counts=root == ROOT,
    )


def _badge(view: ProjectView, found: Sequence[Release], settings: SiteSettings) -> bytes:
    name = view.project.name
    current = shown(view.project, found, _yanked(settings, name))
    title = view.about.name if view.about else name
    status = settings.config.statuses.get(name)
    return badge(title, current.version, status, yanked=current.yanked is not None)


def _yanked(settings: SiteSettings, name: NormalizedName) -> Yanks:
    """Return the yanked versions and files with sanitized reasons."""
    yanked = settings.config.yanked.get(name, {})
    return {key: Yank(reason=line(yank.reason)) for key, yank in yanked.items()}


def _feed(view: ProjectView, found: Sequence[Release], settings: SiteSettings) -> bytes:
    name = view.project.name
    summary = view.about.summary if view.about else ""
    newest = sorted(found, key=lambda release: release.last, reverse=True)[:MOST_ENTRIES]
    entries = [
        FeedEntry(
            f"{name} {release.version}",
            f"project/{name}/",
            release.version,
            release.last,
            summary,
        )
        for release in newest
    ]
    title = line(settings.config.index.title)
    return feed(f"project/{name}/feed.xml", f"{name} – {title}", title, settings.address, entries)  # noqa: RUF001 - a dash
