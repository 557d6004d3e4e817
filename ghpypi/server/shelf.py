"""One store in memory: its catalog, and the pages made of it when somebody asks for them.

A revision is a catalog and a configuration that belong together. Whoever reads holds one revision
from beginning to end, so that no page is half old and half new. Pages are kept as bytes, plain and
compressed, as long as the line of the catalog they were made of is the one that stands.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from urllib.parse import unquote

from packaging.utils import NormalizedName

from ghpypi.core.catalog import Entry
from ghpypi.core.config import Config
from ghpypi.core.indexes import MAIN_FOLDER
from ghpypi.core.model import File, Offer, Project
from ghpypi.core.negotiate import Form
from ghpypi.core.serving import Snapshot
from ghpypi.core.shelved import file_path
from ghpypi.core.simple import (
    project_document,
    project_html,
    root_document,
    root_html,
    to_json,
)
from ghpypi.server.revision import (
    Page,
    Record,
    Revision,
    find_indexes,
    make_revision,
    read_records,
)

PAGES = 12 << 20
"""Bytes of pages that are kept."""

OVERLAY_SECONDS = 3600.0
"""How long a new file is shown that no catalog has taken up."""


_Key = tuple[str, str, Form, frozenset[str]]


@dataclass(slots=True)
class _Kept:
    page: Page
    source: object
    config: Config


class Shelf:
    """The catalog of one store, and its pages.

    Args:
        store: The origin of the store's own files.
        now: Tells seconds that only grow.
        pages: How many bytes of pages are kept.
    """

    def __init__(
        self, store: str, *, now: Callable[[], float] = time.monotonic, pages: int = PAGES
    ) -> None:
        self._store = store
        self._now = now
        self._limit = pages
        self._lock = Lock()
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._size = 0
        self._base: Mapping[NormalizedName, Record] = {}
        self._added: dict[tuple[NormalizedName, str], tuple[float, File]] = {}
        self.revision = make_revision(store, {}, Config(), 0)
        self.changed = time.time()
        """When the revision came, in seconds since 1970."""

    @property
    def store(self) -> str:
        """The origin of the store's own files."""
        return self._store

    @property
    def cached(self) -> int:
        """Bytes of pages that are kept."""
        return self._size

    @property
    def count(self) -> int:
        """How many files there are."""
        return sum(record.files for record in self.revision.records.values())

    def take(self, snapshot: Snapshot) -> None:
        """Go on with another catalog; what did not change is kept.

        Raises:
            FailedError: It is none.
        """
        records = dict(read_records(snapshot.catalog, self._store)) if snapshot.catalog else {}
        with self._lock:
            self._base = records
            self._rebuild(snapshot.config)

    def add(self, name: NormalizedName, file: File) -> None:
        """Show a file that no catalog has yet."""
        with self._lock:
            self._added[name, file_path(file, self._store)] = self._now(), file
            self._rebuild(self.revision.config)

    def files(self, name: NormalizedName) -> tuple[File, ...]:
        """List all that is known of a project."""
        line = self.revision.records.get(name)
        return line.entry().project.files if line else ()

    def find(self, name: NormalizedName, path: str) -> File | None:
        """Find a file by its address below the store, decoded."""
        return next(
            (x for x in self.files(name) if unquote(file_path(x, self._store)) == path), None
        )

    def origins(self, name: NormalizedName) -> tuple[str, ...]:
        """Name the repositories that the files of a project are from."""
        record = self.revision.records.get(name)
        return record.origins if record else ()

    def has(self, name: NormalizedName) -> bool:
        """Tell whether anything is known of a project, in whatever index."""
        return name in self.revision.records

    def has_index(self, index: str) -> bool:
        """Tell whether there is an index of this name."""
        return index in self.revision.indexes.names

    def project(
        self, index: str, name: NormalizedName, form: Form, visible: frozenset[str]
    ) -> Page | None:
        """Give the page of a project in an index; `None` if the index does not hold it.

        Args:
            index: The index.
            name: The project.
            form: HTML or JSON.
            visible: The repositories whose files may be on it.
        """
        revision = self.revision
        record = revision.records.get(name)
        if record is None:
            return None
        key = index, name, form if form is Form.JSON else Form.HTML, visible
        kept = self._kept.get(key)
        if kept and kept.source == record.sign and kept.config is revision.config:
            return kept.page
        seen = revision.seen(record, visible)
        content = self.render(revision, index, seen, form) if seen else None
        return None if content is None else self._keep(key, content, record.sign, revision.config)

    def root(self, index: str, form: Form, visible: frozenset[str]) -> Page | None:
        """Give the list of an index's projects; `None` if there is no such index.

        Args:
            index: The index.
            form: HTML or JSON.
            visible: The repositories whose projects are listed.
        """
        revision = self.revision
        if index not in revision.indexes.names:
            return None
        key = index, "", form if form is Form.JSON else Form.HTML, visible
        kept = self._kept.get(key)
        if kept and kept.source is revision:
            return kept.page
        holding = revision.indexes.holding
        seen = (revision.seen(record, visible) for record in revision.records.values())
        names = (x.name for x in seen if x and index in holding(x.standing))
        document = root_document(names)
        content = to_json(document) if form is Form.JSON else root_html(document)
        return self._keep(key, content, revision, revision.config)

    def render(self, revision: Revision, index: str, record: Record, form: Form) -> bytes | None:
        """Write the page of a project; `None` if the index does not hold it."""
        offer = self.offer(revision, index, record)
        if offer is None:
            return None
        document = project_document(
            record.name,
            offer,
            yanked=revision.config.yanked.get(record.name, {}),
            status=revision.config.statuses.get(record.name),
            root="../../" if index == MAIN_FOLDER else "../../../",
        )
        return to_json(document) if form is Form.JSON else project_html(document)

    def offer(self, revision: Revision, index: str, record: Record) -> Offer | None:
        """Say what an index offers of a project, with our addresses; `None` for nothing."""
        indexes = revision.indexes
        if index not in indexes.names or index not in indexes.holding(record.standing):
            return None
        _, offer = next(iter(indexes.offers(record.entry(), [index])))
        files = (x._replace(url=file_path(x, self._store), provenance=None) for x in offer.files)
        return offer._replace(files=tuple(files))

    def _keep(self, key: _Key, content: bytes, source: object, config: Config) -> Page:
        page = Page.of(content)
        with self._lock:
            before = self._kept.pop(key, None)
            self._size += _weight(page) - (_weight(before.page) if before else 0)
            self._kept[key] = _Kept(page, source, config)
            while self._size > self._limit and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._size -= _weight(gone.page)
        return page

    def _rebuild(self, config: Config) -> None:
        records = dict(self._base)
        indexes = find_indexes(config, self._store, records)
        for name, files in self._missing():
            known = records[name].entry() if name in records else _nothing(name)
            project = Project(name=name, files=(*known.project.files, *files))
            line = replace(known, project=project).line(indexes.stand(project))
            records[name] = Record.of(line, line.text)
        if config == self.revision.config:
            config = self.revision.config
        self.revision = make_revision(self._store, records, config, self.revision.number + 1)
        self.changed = time.time()

    def _missing(self) -> Iterator[tuple[NormalizedName, list[File]]]:
        """Sort what was added by project, and forget what the catalog has by now."""
        oldest = self._now() - OVERLAY_SECONDS
        found: dict[NormalizedName, list[File]] = {}
        for (name, path), (arrived, file) in list(self._added.items()):
            line = self._base.get(name)
            known = {file_path(x, self._store) for x in line.entry().project.files} if line else ()
            if path in known or arrived < oldest:
                del self._added[name, path]
            else:
                found.setdefault(name, []).append(file)
        yield from found.items()


def _nothing(name: NormalizedName) -> Entry:
    return Entry(fingerprint="0", project=Project(name=name, files=()))


def _weight(page: Page) -> int:
    return len(page.plain) + len(page.packed) + 400
