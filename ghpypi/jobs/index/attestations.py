"""Provenance for files that have none beside them, from what other tools have attested (PEP 740).

    file without provenance ─► bundles of its release, or of GitHub ─convert─► page of the site

What was found is remembered in the catalog, and that nothing was found too, so that a run in which
no file is new asks for nothing. Attestations may be made after a release was published: files
without any are looked up again while they are new, in the runs that update counts.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple
from zlib import compress

from ghpypi.core.catalog.changes import Change
from ghpypi.core.catalog.entry import Refused
from ghpypi.core.catalog.stock import Found
from ghpypi.core.catalog.upload_times import place_of
from ghpypi.core.model import File
from ghpypi.core.names import Filename
from ghpypi.core.provenance_pages import (
    NONE_FOUND,
    is_open,
    kept_provenance,
    page_digest,
    page_of,
    page_url,
)
from ghpypi.core.quantities import count_of, first_of
from ghpypi.core.upload.bundles import Bundle, usable
from ghpypi.errors import FailedError, TryLaterError
from ghpypi.jobs.index.provenance import signer_of
from ghpypi.ports import AttestationSource, Convert, FileSource, Reporter
from ghpypi.stored_files import released_bundles

NEW_DAYS = 30
"""How long a file without attestations counts as new, in days."""

MOST_NAMES = 3
"""Files that a warning names."""


class AttestationSettings(NamedTuple):
    """How attestations are found.

    Attributes:
        convert: Verifies and converts bundles.
        stored: Returns what has stored attestations of the files of a repository; `None` for
            nothing.
    """

    convert: Convert
    stored: Callable[[str], AttestationSource | None]


class Attested(NamedTuple):
    """The files of a project, as far as their attestations are known.

    Attributes:
        files: The files that are offered.
        refused: Files that were read in this run, and have an invalid attestation.
        pages: The compressed provenance that was found, by the path of its page.
    """

    files: list[File]
    refused: list[Refused]
    pages: Mapping[str, bytes]


class _Lookup(NamedTuple):
    """The outcome for one file.

    Attributes:
        file: The file, with its provenance.
        document: The provenance; `None` if there is none.
        fault: Why its attestation is invalid; mostly empty.
    """

    file: File
    document: bytes | None = None
    fault: str = ""


@dataclass(kw_only=True)
class AttestationFinder:
    """Looks up the attestations of files, in a run.

    Attributes:
        source: The store.
        settings: How attestations are found.
        reporter: Receives why files have no provenance.
        now: The time.
        ended: Tells whether the run reads no more.
    """

    source: FileSource
    settings: AttestationSettings
    reporter: Reporter
    now: datetime
    ended: Callable[[], bool]
    _lock: Lock = field(default_factory=Lock)
    _released: dict[tuple[str, str], list[Bundle]] = field(default_factory=dict)
    _obstacles: dict[str, set[str]] = field(default_factory=dict)
    _unread: str = ""

    def complete(
        self, change: Change, files: Iterable[File], pool: ThreadPoolExecutor, *, refresh: bool
    ) -> Attested:
        """Look up the files of a project that need it.

        Args:
            change: The project.
            files: Its files, with what is known of them.
            pool: The threads for requests.
            refresh: Look up new files again for which nothing was found.

        Raises:
            NotAllowedError: The token may not read attestations.
        """
        listed = {found.place: found for found in change.found}
        read = {found.asset.name for _, found in change.wanted}
        since = f"{self.now - timedelta(days=NEW_DAYS):%Y-%m-%dT%H:%M:%SZ}"
        made = Attested([], [], pages := {})

        def wanted(file: File) -> bool:
            again = refresh and file.provenance == NONE_FOUND and file.uploaded_at >= since
            return (is_open(file) or again) and place_of(file) in listed

        def look_up(file: File) -> _Lookup:
            return self._look_up(file, listed[place_of(file)]) if wanted(file) else _Lookup(file)

        for file, document, fault in pool.map(look_up, files):
            if fault and file.filename in read:
                found = listed[place_of(file)]
                made.refused.append(found.refused(f"its attestation is invalid: {fault}"))
                continue
            if fault:
                self._note(f"it is invalid: {fault}", file)
            if document:
                pages[page_of(file, change.name)] = compress(document)
            made.files.append(file)
        return made

    def report(self) -> None:
        """Warn about attestations that could not be used, once for each reason."""
        for reason, names in sorted(self._obstacles.items()):
            self.reporter.warn(
                f"no provenance of {count_of(len(names), 'file')} "
                f"({first_of(sorted(names), MOST_NAMES)}) from an attestation: {reason}"
            )
        if self._unread:
            self.reporter.warn(
                f"attestations of some files could not be looked up; the next run does it "
                f"({self._unread})"
            )
        self._obstacles.clear()

    def _look_up(self, file: File, found: Found) -> _Lookup:
        if self._unread or self.ended():
            return _Lookup(file)
        filename = Filename.parse(file.filename)
        try:
            bundles = [*self._released_bundles(found), *self._stored_bundles(file)]
            document, obstacles = self.settings.convert(bundles, filename, file.sha256)
            for obstacle in obstacles if document is None else ():
                self._note(obstacle, file)
            if document is None:
                return _Lookup(file._replace(provenance=NONE_FOUND))
            url = page_url(filename.project, file.filename, page_digest(document))
            signer = signer_of(document, filename, file.sha256, verified=True)
        except (TryLaterError, FailedError) as error:
            self._unread = str(error)
            return _Lookup(file)
        except (ValueError, KeyError, TypeError) as error:
            return _Lookup(file._replace(provenance=NONE_FOUND), fault=str(error))
        return _Lookup(file._replace(provenance=url, signer=signer), document)

    def _stored_bundles(self, file: File) -> list[Bundle]:
        stored = self.settings.stored(file.origin)
        return usable(stored.bundles(file.sha256)) if stored else []

    def _released_bundles(self, found: Found) -> list[Bundle]:
        """Read the bundles of a release once."""
        release = found.release
        key = release.origin, release.tag
        with self._lock:
            if key not in self._released:
                self._released[key], faults = released_bundles(self.source, release)
                for fault in faults:
                    self.reporter.warn(f"{found.where}: {fault}")
            return self._released[key]

    def _note(self, reason: str, file: File) -> None:
        with self._lock:
            self._obstacles.setdefault(reason, set()).add(file.filename)


def remembered(published: Iterable[File], files: Iterable[File]) -> list[File]:
    """Return files with what earlier runs have found of their attestations."""
    known = {(file.filename, file.sha256): file for file in published}
    return [kept_provenance(file, known.get((file.filename, file.sha256))) for file in files]


def dropped_pages(change: Change, files: Iterable[File]) -> set[str]:
    """Return the paths of published pages with provenance that a project needs no more."""
    before = change.before.project.files if change.before else ()
    kept = {page_of(file, change.name) for file in files}
    return {page_of(file, change.name) for file in before} - kept - {""}
