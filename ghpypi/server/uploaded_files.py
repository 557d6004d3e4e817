"""Files that were uploaded through this server, shown until a catalog contains them.

The index is rebuilt some time after an upload. Until then, uploaded files are added to the records
of the catalog in use, so that an installer finds a file as soon as its upload has succeeded.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from packaging.utils import NormalizedName

from ghpypi.core.catalog.entry import Entry
from ghpypi.core.config.config import Config
from ghpypi.core.model import File, Project
from ghpypi.core.served_paths import file_path
from ghpypi.errors import ConfigError
from ghpypi.server.revision import Record, find_indexes

SHOWN_SECONDS = 3600.0
"""How long an uploaded file is shown if it does not appear in a new catalog."""

_log = logging.getLogger("ghpypi")


class UploadedFiles:
    """The uploaded files of one store that are in no catalog yet. Not thread-safe.

    Args:
        store: The `File.origin` of the store's own files.
        now: Monotonic clock, in seconds.
    """

    def __init__(self, store: str, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        self._added: dict[tuple[NormalizedName, str], tuple[float, File]] = {}

    def add(self, name: NormalizedName, file: File) -> None:
        """Show a file of a project from now on."""
        self._added[name, file_path(file, self._store)] = self._now(), file

    def merged(
        self, records: Mapping[NormalizedName, Record], config: Config
    ) -> dict[NormalizedName, Record]:
        """Return the records of a catalog with the files that it lacks.

        Files that the catalog contains, and files that were uploaded too long ago, are dropped.

        Args:
            records: The records of the catalog.
            config: The configuration, which decides the indexes of the files, and whether the index
                shows new files at all.
        """
        found = dict(records)
        if config.hold:
            return found  # the index shows an earlier state, without new files
        indexes = find_indexes(config, self._store, found)
        for name, files in self._missing(records):
            known = found[name].entry() if name in found else _empty_entry(name)
            project = Project(name=name, files=(*known.project.files, *files))
            try:
                membership = indexes.membership(project)
            except ConfigError as error:
                _log.warning(
                    "%s: %s is not shown before the next index run: %s", self._store, name, error
                )
                continue
            line = replace(known, project=project).line(membership)
            found[name] = Record.of(line)
        return found

    def _missing(
        self, records: Mapping[NormalizedName, Record]
    ) -> Iterator[tuple[NormalizedName, list[File]]]:
        """Yield the files that a catalog lacks, by project; drop all others."""
        oldest = self._now() - SHOWN_SECONDS
        for name in {name for name, _ in self._added}:
            line = records.get(name)
            if line and line.text is None:
                continue  # which of its files the catalog contains is not known
            known = {file_path(x, self._store) for x in line.entry().project.files} if line else ()
            files = []
            for key in [key for key in self._added if key[0] == name]:
                received, file = self._added[key]
                if key[1] in known or received < oldest:
                    del self._added[key]
                else:
                    files.append(file)
            if files:
                yield name, files


def _empty_entry(name: NormalizedName) -> Entry:
    return Entry(fingerprint="0", project=Project(name=name, files=()))
