"""The page of a project for people, what it says of itself, and the feed of its releases."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from markupsafe import Markup
from packaging.utils import NormalizedName
from packaging.version import Version

from ghpypi.core.model import File, Project, StatusMarker, Yank
from ghpypi.core.names import version_key
from ghpypi.core.quantities import count_of, human_size, number
from ghpypi.core.site.about import About
from ghpypi.core.site.coverage import coverage
from ghpypi.core.site.dependencies import dependencies
from ghpypi.core.site.feed import MOST_ENTRIES, FeedEntry, feed
from ghpypi.core.site.frame import frame
from ghpypi.core.site.install import install_block
from ghpypi.core.site.plot import plot
from ghpypi.core.site.releases import Release, releases, shown
from ghpypi.core.site.rows import IndexLink
from ghpypi.core.site.tags import tags_of
from ghpypi.core.site.templates import Templates, renderer, user_templates
from ghpypi.core.site.text import line
from ghpypi.core.site.tree import Look, Page

MOST_FILES = 1000
"""A page lists the files of its newest releases until there are so many; simple pages have all."""

ROOT = "../../"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectView:
    """What the page of a project shows.

    Attributes:
        project: Its files; at least one.
        about: What it says of itself, if that could be read.
        indexes: Those that offer it.
        ours: The names that exist here, in normal form, for links to dependencies.
        variant_of: Names the variant of a file; empty for none.
        later: A higher version of that name on the public index; empty if there is none.
    """

    project: Project
    about: About | None
    indexes: tuple[IndexLink, ...]
    ours: Container[str]
    variant_of: Callable[[File], str]
    later: str


def project_pages(view: ProjectView, look: Look) -> Iterator[Page]:
    """Render what a project has besides its simple pages."""
    name = view.project.name
    found = releases(view.project, _yanked(look, name))
    templates = user_templates(look.templates, look.run_template)
    yield f"project/{name}/index.html", _page(view, found, look, templates)
    yield f"project/{name}/feed.xml", _feed(view, found, look)


def _page(view: ProjectView, found: Sequence[Release], look: Look, templates: Templates) -> bytes:
    name = view.project.name
    about = view.about or About(name=name, version="")
    yanked = _yanked(look, name)
    current = shown(view.project, found, yanked)
    status = look.config.statuses.get(name)
    offered = not (status and status.marker is StatusMarker.QUARANTINED)
    root = ROOT + look.config.site.up
    row = partial(_row, root=root, variant_of=view.variant_of, yanked=yanked)
    listed = list(_listed(found, current, row)) if offered else []
    facts = {
        **frame(look, ROOT, templates),
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
        "install": Markup(install_block(view.indexes, name, look, templates))  # noqa: S704 - rendered
        if view.indexes and offered
        else "",
        "indexes": view.indexes,
        "variants_only": any(x.kind == "variant" for x in view.indexes)
        and all(x.kind in {"variant", "alias"} for x in view.indexes),
        "releases": listed,
        "unlisted": sum(len(release.files) for release in found) - sum(each[-1] for each in listed),
        "coverage": coverage(current.files, view.variant_of) if offered else None,
        "plot": plot(found),
        "files": count_of(len(view.project.files), "file"),
    }
    return renderer("project.html", templates)(facts)


def _yanked(look: Look, name: NormalizedName) -> Mapping[Version, Yank]:
    """Tell what is withdrawn, with reasons that do no harm."""
    yanked = look.config.yanked.get(name, {})
    return {version: Yank(reason=line(yank.reason)) for version, yank in yanked.items()}


def _listed(
    found: Sequence[Release],
    current: Release,
    row: Callable[[File], tuple[Any, ...]],
) -> Iterator[tuple[Any, ...]]:
    """Give the rows of the list of releases, each with its files as far as there is room."""
    room = MOST_FILES
    for release in found:
        fits = room == MOST_FILES or len(release.files) <= room
        room = max(room - len(release.files), 1) if fits else 0
        yield (
            release.version,
            release.first[:10],
            release is current,
            release.prerelease,
            release.yanked,
            release.builds,
            count_of(len(release.files), "file"),
            number(release.downloads) if release.downloads else "",
            [row(file) for file in release.files] if fits else [],
            len(release.files) if fits else 0,
        )


def _row(
    file: File, *, root: str, variant_of: Callable[[File], str], yanked: Mapping[Version, Yank]
) -> tuple[Any, ...]:
    """Give one row of the table of files; relative addresses begin at the root of the store."""
    url, provenance = (
        path if path is None or "://" in path else root + path
        for path in (file.url, file.provenance)
    )
    return (
        f"{url}#sha256={file.sha256}" if file.sha256 else url,
        file.filename,
        tags_of(file.filename).words,
        variant_of(file),
        human_size(file.size),
        file.uploaded_at[:10],
        number(file.downloads) if file.downloads else "",
        file.sha256,
        provenance,
        yanked.get(version_key(file.version)) if yanked else None,
    )


def _feed(view: ProjectView, found: Sequence[Release], look: Look) -> bytes:
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
    title = line(look.config.index.title)
    return feed(f"project/{name}/feed.xml", f"{name} – {title}", title, look.address, entries)  # noqa: RUF001 - a dash
