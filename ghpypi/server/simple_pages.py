"""Pages of the Simple API, made of a catalog in memory. Everything here blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packaging.utils import NormalizedName

from ghpypi.core.config.config import Config
from ghpypi.core.indexes.indexes import MAIN_FOLDER
from ghpypi.core.indexes.same_file import not_ours
from ghpypi.core.model import Offer
from ghpypi.core.names import PROVENANCE_SUFFIX
from ghpypi.core.served_paths import file_path
from ghpypi.core.simple.negotiation import Form
from ghpypi.core.simple.pages import (
    project_document,
    project_html,
    root_document,
    root_html,
    to_json,
)
from ghpypi.server.revision import Page, Record, Revision

NO_PROJECT = NormalizedName("")


@dataclass(frozen=True, slots=True)
class PageKey:
    """Which page: of a project in an index, or the list of its projects if there is no name.

    Attributes:
        index: The name of the index; `MAIN_FOLDER` for the main one.
        form: JSON or HTML.
        name: The project.
        visible: The repositories whose files may be on it, in lists of projects as well.
        root_url: The absolute address of the store on this server, ending in `/`, for what must
            not be relative; empty if it is not known, or not a secure one.
    """

    index: str
    form: Form
    name: NormalizedName = NO_PROJECT
    visible: frozenset[str] = frozenset()
    root_url: str = ""

    @classmethod
    def of(cls, index: str, form: Form, name: NormalizedName = NO_PROJECT) -> "PageKey":
        """Make one; HTML is the same under either of its names."""
        return cls(index, form if form is Form.JSON else Form.HTML, name)


def seen_record(revision: Revision, key: PageKey) -> Record | None:
    """Return the project of a page as far as it is visible, if the index holds that."""
    record = revision.records.get(key.name)
    if record is None or key.index not in revision.indexes.names:
        return None
    seen = revision.seen(record, key.visible)
    holds = seen is not None and key.index in revision.indexes.holding(seen.standing)
    return seen if holds else None


def own_offer(revision: Revision, record: Record, key: PageKey, store: str) -> Offer:
    """Return the files of a project in an index that holds it, with addresses of this server."""
    _, offer = next(iter(revision.indexes.offers(record.entry(), [key.index])))
    files = []
    for file in offer.files:
        path, provenance = file_path(file, store), file.provenance
        if provenance is not None:
            # "It must be a fully qualified URL" with a secure origin (PEP 740).
            provenance = key.root_url and f"{key.root_url}{path}{PROVENANCE_SUFFIX}"
        files.append(file._replace(url=path, provenance=provenance))
    return offer._replace(files=tuple(files))


def project_page(offer: Offer, key: PageKey, config: Config) -> Page:
    """Write the page of a project."""
    document = project_document(
        key.name,
        offer,
        yanked=config.yanked.get(key.name, {}),
        status=config.statuses.get(key.name),
        root="../../" if key.index == MAIN_FOLDER else "../../../",
    )
    content = to_json(document) if key.form is Form.JSON else project_html(document)
    attested = any(file.provenance is not None for file in offer.files)
    return Page.of(content, attested=attested)


def merged_page(
    revision: Revision, key: PageKey, store: str, theirs: Sequence[Mapping[str, Any]]
) -> Page | None:
    """Write the page of a project with the files of the upstream index behind ours.

    Returns:
        The page; `None` if neither has a file.
    """
    record = seen_record(revision, key)
    ours = own_offer(revision, record, key, store) if record else Offer(())
    more = not_ours(ours.files, theirs)
    if not ours.files and not more:
        return None
    offer = ours._replace(upstream=(*ours.upstream, *more))
    return project_page(offer, key, revision.config)


def root_page(revision: Revision, key: PageKey) -> Page:
    """Write the list of an index's projects."""
    holding = revision.indexes.holding
    seen = (revision.seen(record, key.visible) for record in revision.records.values())
    names = (x.name for x in seen if x and key.index in holding(x.standing))
    document = root_document(names)
    return Page.of(to_json(document) if key.form is Form.JSON else root_html(document))
