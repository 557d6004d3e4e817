"""Rendering pages of the Simple API from a catalog in memory. All functions block."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from packaging.utils import NormalizedName

from ghpypi.core.config.config import Config
from ghpypi.core.config.indexes import MAIN
from ghpypi.core.indexes.same_file import upstream_only
from ghpypi.core.indexes.variant_files import VariantFiles
from ghpypi.core.model import Offer, UpstreamFile
from ghpypi.core.names import PROVENANCE_SUFFIX, VARIANTS_SUFFIX
from ghpypi.core.served_paths import file_path
from ghpypi.core.simple.documents import ProjectDocument, project_document, root_document, to_json
from ghpypi.core.simple.negotiation import PageFormat
from ghpypi.core.simple.pages import flat_html, project_html, root_html
from ghpypi.core.site.about import About
from ghpypi.core.site.json_api import json_api
from ghpypi.server.page_locations import PageLocation
from ghpypi.server.revision import Page, Record, Revision

NO_PROJECT = NormalizedName("")


@dataclass(frozen=True, slots=True)
class PageKey:
    """Identifies a page: of a project in an index, or of all its projects if there is no name.

    Attributes:
        index: The name of the index; `MAIN_FOLDER` for the main one.
        form: JSON or HTML.
        name: The normalized name of the project.
        visible: Repositories that the caller may read, if the page depends on that.
        root_url: The absolute URL of the store on this server, ending in `/`, for URLs that must
            be absolute; empty if it is unknown or not HTTPS.
        depth: The number of folders that the page is below the store, for relative links.
        flat: The page has the files of all projects, for `--find-links`; otherwise it is the
            project list.
        attested: The page has only files with provenance.
        about: The published `about.json` of the project, for PyPI's JSON API; empty if there is
            none.
    """

    index: str
    form: PageFormat
    name: NormalizedName = NO_PROJECT
    visible: frozenset[str] = frozenset()
    root_url: str = ""
    depth: int = 0
    flat: bool = False
    attested: bool = False
    about: bytes = b""

    @classmethod
    def of(
        cls, location: PageLocation, form: PageFormat, name: NormalizedName = NO_PROJECT
    ) -> "PageKey":
        """Create a key; both media types of HTML share one page."""
        if location.flat or form is PageFormat.TEXT_HTML:
            form = PageFormat.HTML
        depth = (
            location.depth if name or location.flat else 0
        )  # project lists have no links to files
        return cls(location.index, form, name, depth=depth, flat=location.flat)


def visible_record(revision: Revision, key: PageKey) -> Record | None:
    """Return the visible part of a page's project; `None` if the index does not contain it."""
    record = revision.records.get(key.name)
    if record is None or key.index not in revision.indexes.names:
        return None
    seen = revision.visible_part(record, key.visible)
    holds = seen is not None and key.index in revision.indexes.holding(seen.membership)
    return seen if holds else None


def store_offer(revision: Revision, record: Record, key: PageKey, store: str) -> Offer:
    """Return the files of a project in an index, with URLs on this server."""
    entry = record.entry()
    variants = VariantFiles(entry=entry)
    _, offer = next(iter(variants.added(revision.indexes.offers(entry, [key.index]))))
    files = []
    for file in offer.files:
        if key.attested and not (file.provenance or file.filename.endswith(VARIANTS_SUFFIX)):
            continue
        if not file.stamp:  # it is made here
            files.append(file)
            continue
        path, provenance = file_path(file, store), None
        if file.provenance:
            # "It must be a fully qualified URL" with a secure origin (PEP 740).
            provenance = key.root_url and f"{key.root_url}{path}{PROVENANCE_SUFFIX}"
        files.append(file._replace(url=path, provenance=provenance))
    return offer._replace(files=tuple(files))


def project_page(offer: Offer, key: PageKey, config: Config) -> Page:
    """Render the page of a project."""
    document = _document(offer, key, config)
    match key.form:
        case PageFormat.JSON:
            content = to_json(document)
        case PageFormat.JSON_API:
            content = json_api(document, _about(key.about))
        case _:
            content = project_html(document)
    return Page.of(content, has_provenance=_has_provenance(offer))


def _about(text: bytes) -> About | None:
    try:
        return About.parse(text)
    except ValueError:
        return None  # it is missing, or of another version of ghpypi


def flat_page(revision: Revision, key: PageKey, store: str) -> Page:
    """Render the page with the files of all projects of an index."""
    documents, has_provenance = [], False
    for name in _names(revision, key):
        project_key = replace(key, name=name)
        if record := visible_record(revision, project_key):
            offer = store_offer(revision, record, project_key, store)
            documents.append(_document(offer, project_key, revision.config))
            has_provenance = has_provenance or _has_provenance(offer)
    return Page.of(flat_html(key.index or MAIN, documents), has_provenance=has_provenance)


def _document(offer: Offer, key: PageKey, config: Config) -> ProjectDocument:
    return project_document(
        key.name,
        offer,
        yanked=config.yanked.get(key.name, {}),
        status=config.statuses.get(key.name),
        root="../" * key.depth,
    )


def _has_provenance(offer: Offer) -> bool:
    return any(file.provenance is not None for file in offer.files)


def merged_page(
    revision: Revision, key: PageKey, store: str, upstream_files: Sequence[UpstreamFile]
) -> Page | None:
    """Render the page of a project with the upstream's files after those of the store.

    Returns:
        The page; `None` if there are no files.
    """
    record = visible_record(revision, key)
    own = store_offer(revision, record, key, store) if record else Offer(())
    more = upstream_only(own.files, upstream_files)
    if not own.files and not more:
        return None
    offer = own._replace(upstream=(*own.upstream, *more))
    return project_page(offer, key, revision.config)


def root_page(revision: Revision, key: PageKey) -> Page:
    """Render the list of an index's projects."""
    document = root_document(_names(revision, key))
    return Page.of(to_json(document) if key.form is PageFormat.JSON else root_html(document))


def _names(revision: Revision, key: PageKey) -> Iterator[NormalizedName]:
    """List the projects of an index that the caller may see."""
    for record in revision.records.values():
        seen = revision.visible_part(record, key.visible)
        if seen and key.index in revision.indexes.holding(seen.membership):
            yield seen.name
