"""The page of a project for browsers, its `about.json`, and the feed of its releases."""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from markupsafe import Markup
from packaging.utils import NormalizedName

from ghpypi.core.download_history import DOWNLOADS_PATH
from ghpypi.core.model import File, Project, StatusMarker, Yank, Yanks
from ghpypi.core.provenance import Signer
from ghpypi.core.provenance_pages import absolute_provenance
from ghpypi.core.quantities import count_of, human_size, number
from ghpypi.core.site.about import About
from ghpypi.core.site.coverage import coverage
from ghpypi.core.site.dependencies import dependencies
from ghpypi.core.site.feed import MOST_ENTRIES, FeedEntry, feed
from ghpypi.core.site.frame import frame
from ghpypi.core.site.install import MOST_TABS, install_block, preferred
from ghpypi.core.site.plot import plot
from ghpypi.core.site.releases import Release, by_variant, releases, shown
from ghpypi.core.site.rows import IndexLink
from ghpypi.core.site.tags import tags_of
from ghpypi.core.site.templates import Templates, renderer, user_templates
from ghpypi.core.site.text import line
from ghpypi.core.site.tree import Page, SiteSettings

MOST_FILES = 1000
"""Maximum number of files on a page; pages of the Simple API have all files."""

MOST_TOGETHER = 30
"""Files of a release that are in one table even if they are of several variants."""

MOST_BUILDS = 6
"""Maximum number of builds of a release that are shown next to its version."""

ROOT = "../../"


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


def project_pages(view: ProjectView, settings: SiteSettings) -> Iterator[Page]:
    """Render all pages of a project except those of the Simple API."""
    name = view.project.name
    found = releases(view.project, _yanked(settings, name))
    templates = user_templates(settings.templates, settings.run_template)
    yield f"project/{name}/index.html", _page(view, found, settings, templates)
    yield f"project/{name}/feed.xml", _feed(view, found, settings)


def _page(
    view: ProjectView, found: Sequence[Release], settings: SiteSettings, templates: Templates
) -> bytes:
    name = view.project.name
    about = view.about or About(name=name, version="")
    yanked = _yanked(settings, name)
    current = shown(view.project, found, yanked)
    status = settings.config.statuses.get(name)
    offered = not (status and status.marker is StatusMarker.QUARANTINED)
    root = ROOT + settings.config.site.up
    row = partial(_row, root=root, view=view, yanked=yanked)
    listed = list(_listed(found, current, row, _grouping(view, settings))) if offered else []
    facts = {
        **frame(settings, ROOT, templates),
        "project": name,
        "name": about.name,
        "about": about,
        "description": Markup(about.description),  # noqa: S704 - cleaned when it was rendered
        "groups": dependencies(about.requires_dist, view.ours),
        "version": current.version,
        "current": current,
        "released": current.first,
        "status": status if status and status.marker is not StatusMarker.ACTIVE else None,
        "reason": line(status.reason) if status else "",
        "later": view.later,
        "offered": offered,
        "install": Markup(install_block(view.indexes, name, settings, templates))  # noqa: S704 - rendered
        if view.indexes and offered
        else "",
        "indexes": view.indexes,
        "variants_only": any(x.kind == "variant" for x in view.indexes)
        and all(x.kind in {"variant", "alias"} for x in view.indexes),
        "releases": listed,
        "signers": {x.filename: Signer.parse(x.signer) for x in view.project.files if x.signer},
        "unlisted": sum(len(release.files) for release in found) - sum(each[-1] for each in listed),
        "most_indexes": MOST_TABS,
        "coverage": coverage(current.files, view.variant_of) if offered else None,
        "plot": plot(found),
        # The script of the page draws them from the file, so that no page changes each week.
        "downloaded": any(release.downloads for release in found),
        "history": DOWNLOADS_PATH,
        "files": count_of(len(view.project.files), "file"),
    }
    return renderer("project.html", templates)(facts)


def _yanked(settings: SiteSettings, name: NormalizedName) -> Yanks:
    """Return the yanked versions and files with sanitized reasons."""
    yanked = settings.config.yanked.get(name, {})
    return {key: Yank(reason=line(yank.reason)) for key, yank in yanked.items()}


class _Group(NamedTuple):
    """Files of a release that are in one table.

    Attributes:
        variant: What all of them were built for; empty if they are not grouped, or have none.
        files: The files.
        path: The index that has all of them, below the root of the site; `None` if there is none.
    """

    variant: str
    files: Sequence[File]
    path: str | None


def _grouping(
    view: ProjectView, settings: SiteSettings
) -> Callable[[Sequence[File]], list[_Group]]:
    """Give what groups the files of a release by variant, if there are many."""
    first = preferred(view.indexes, settings.config.variants)
    paths = {link.name: link.path for link in view.indexes}
    usual = view.indexes[0].path if view.indexes else None

    def grouped(files: Sequence[File]) -> list[_Group]:
        if len(files) <= MOST_TOGETHER:
            return [_Group("", files, usual)]
        groups = by_variant(files, view.variant_of, first=first)
        return [
            _Group(name, each, paths.get(name) if name else usual) for name, each in groups.items()
        ]

    return grouped


def _listed(
    found: Sequence[Release],
    current: Release,
    row: Callable[[File], tuple[Any, ...]],
    grouped: Callable[[Sequence[File]], list[_Group]],
) -> Iterator[tuple[Any, ...]]:
    """Give the rows of the list of releases, each with its files as far as there is room.

    Of releases that are grouped by variant only the current one has the files of all groups, and
    the others those of the first: simple pages of each variant have the rest.
    """
    room = MOST_FILES
    for release in found:
        groups: list[tuple[Any, ...]] = []
        listed = 0
        for variant, files, path in grouped(release.files):
            wanted = release is current or not groups
            fits = wanted and (room == MOST_FILES or len(files) <= room)
            if wanted:
                room = max(room - len(files), 1) if fits else 0
            listed += len(files) if fits else 0
            rows = [row(file) for file in files] if fits else []
            groups.append((variant, count_of(len(files), "file"), rows, path))
        yield (
            release.version,
            release.first[:10],
            release is current,
            release.prerelease,
            release.yanked,
            release.builds if len(release.builds) <= MOST_BUILDS else (),
            _count(release),
            number(release.downloads) if release.downloads else "",
            groups,
            listed,
        )


def _count(release: Release) -> str:
    count = count_of(len(release.files), "file")
    many = len(release.builds) > MOST_BUILDS
    return f"{count} in {count_of(len(release.builds), 'build')}" if many else count


def _row(file: File, *, root: str, view: ProjectView, yanked: Yanks) -> tuple[Any, ...]:
    """Return a row of the table of files; relative URLs start at the root of the store."""
    url = file.url if "://" in file.url else root + file.url
    provenance = absolute_provenance(file, root, ROOT)
    needs = view.needs_of(file)
    words = tags_of(file.filename).words
    return (
        f"{url}#sha256={file.sha256}" if file.sha256 else url,
        file.filename,
        f"{words} · {needs}" if needs else words,
        view.variant_of(file),
        human_size(file.size),
        file.uploaded_at[:10],
        number(file.downloads) if file.downloads else "",
        file.sha256,
        provenance,
        file.yank(yanked),
    )


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
