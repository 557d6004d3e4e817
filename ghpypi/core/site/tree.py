"""The pages of the Simple API of a site, for each index that it has."""

from collections.abc import Iterable, Iterator, Sequence

from packaging.utils import NormalizedName

from ghpypi.core.catalog.entry import Entry
from ghpypi.core.config.indexes import MAIN
from ghpypi.core.indexes.indexes import Indexes
from ghpypi.core.indexes.variant_files import VariantFiles
from ghpypi.core.model import Offer
from ghpypi.core.provenance_pages import with_absolute_provenance
from ghpypi.core.simple.documents import ProjectDocument, project_document, root_document, to_json
from ghpypi.core.simple.pages import flat_html, project_html, root_html
from ghpypi.core.site.about import About
from ghpypi.core.site.json_api import json_api
from ghpypi.core.site.paths import Page, project_paths, root_paths
from ghpypi.core.site.settings import SiteSettings


def project_pages(
    entry: Entry,
    names: Iterable[str],
    indexes: Indexes,
    settings: SiteSettings,
    about: About | None = None,
) -> Iterator[Page]:
    """Render the pages of a project in some indexes that contain it; equal ones once.

    Args:
        entry: The project.
        names: The indexes.
        indexes: All indexes.
        settings: The settings of pages.
        about: The metadata of its shown version, as far as pages for browsers show it.
    """
    rendered: dict[tuple[object, ...], tuple[bytes, ...]] = {}
    name = entry.project.name
    variants = VariantFiles(entry=entry, root=settings.config.site.folder)
    yield from variants.pages()
    for index, offer in variants.added(indexes.offers(entry, names)):
        relative = any("://" not in file.url for file in offer.files)
        for folder in indexes.folders[index]:
            root = settings.relative_root(folder.count("/") + 1)
            key = (*map(id, offer.files), *map(id, offer.upstream), root if relative else "")
            if key not in rendered:
                document = _document(name, offer, settings, root)
                rendered[key] = (
                    project_html(document),
                    to_json(document),
                    json_api(document, about, entry.shown),
                )
            # Not every folder has the last one.
            yield from zip(project_paths(name, folder), rendered[key], strict=False)


def root_pages(
    index: str, names: Iterable[NormalizedName], settings: SiteSettings
) -> Iterator[Page]:
    """Render the project list of an index.

    At the root of a site with pages for browsers, the HTML is part of the landing page.
    """
    document = root_document(names)
    html, json = root_html(document), to_json(document)
    for folder in settings.config.index.paths.folders(index):
        html_path, json_path = root_paths(folder)
        if folder or not settings.config.site.pages:
            yield html_path, html
        yield json_path, json


def flat_pages(
    names: Iterable[str],
    entries: Iterable[tuple[Entry, Sequence[str]]],
    indexes: Indexes,
    settings: SiteSettings,
) -> Iterator[Page]:
    """Render the pages of some indexes for `--find-links`, with the files of all their projects.

    Args:
        names: The indexes.
        entries: The projects in them, each with those of the indexes that contain it.
        indexes: All indexes.
        settings: The settings of pages.
    """
    offers: dict[str, list[tuple[NormalizedName, Offer]]] = {name: [] for name in names}
    for entry, held in entries:
        variants = VariantFiles(entry=entry, root=settings.config.site.folder)
        for index, offer in variants.added(indexes.offers(entry, held)):
            offers[index].append((entry.project.name, offer))
    for index, found in offers.items():
        for path in settings.config.index.paths.flat_pages(index):
            root = settings.relative_root(path.count("/"))
            documents = (_document(name, offer, settings, root) for name, offer in found)
            yield path, flat_html(index or MAIN, documents)


def _document(
    name: NormalizedName, offer: Offer, settings: SiteSettings, root: str
) -> ProjectDocument:
    return project_document(
        name,
        with_absolute_provenance(offer, settings.store_address, settings.address),
        yanked=settings.config.yanked.get(name, {}),
        status=settings.config.statuses.get(name),
        root=root,
    )
