"""Reading what is not known yet: of files, and of what indexes elsewhere have of our names."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple
from zlib import compress

from ghpypi.core.about import About
from ghpypi.core.archive import METADATA_LIMIT, read_metadata
from ghpypi.core.catalog import Entry, Refused, Shown
from ghpypi.core.differences import count_files
from ghpypi.core.digest import digest_file, digest_of
from ghpypi.core.facts import Facts, offer
from ghpypi.core.indexes import Indexes
from ghpypi.core.metadata import InvalidMetadataError, Metadata
from ghpypi.core.model import File, Project
from ghpypi.core.names import Filename
from ghpypi.core.shown import shown_file, shown_of
from ghpypi.core.stock import Change, Found
from ghpypi.core.tree import Look
from ghpypi.core.upstream import higher_version
from ghpypi.errors import FailedError, NotFoundError
from ghpypi.ports import FileSource, Reporter, Upstream

UNJUDGED = "0"
"""Stamp of a file, and fingerprint of its project, that has to be looked at again next time."""

AHEAD = 4
"""So many times as many projects as threads are read ahead, and no more are held in memory."""


class Learnt(NamedTuple):
    """What was found out of one project.

    Attributes:
        entry: For the catalog.
        about: What its page says, written down and compressed; `None` if nothing was read of it.
        unread: Indexes elsewhere that could not be read, and why.
    """

    entry: Entry
    about: bytes | None
    unread: dict[str, str]


class _Elsewhere(NamedTuple):
    """What indexes elsewhere have of a project.

    Attributes:
        upstream: Their files, of those indexes that are bases of ours.
        later: The higher version of the public index, if it has one.
        unread: What could not be read, and why.
    """

    upstream: dict[str, list[dict[str, Any]]]
    later: str
    unread: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads, several projects at once.

    Attributes:
        source: Where the files are.
        upstream: Asks indexes elsewhere.
        look: For the configuration.
        reporter: Is told what is odd.
        parallel: Projects read at once.
    """

    source: FileSource
    upstream: Upstream
    look: Look
    reporter: Reporter
    parallel: int

    def learn(self, changes: Iterable[Change], indexes: Indexes) -> Iterator[Learnt]:
        """Read all that is new of projects, in their order."""
        changes = list(changes)
        wanted = sum(len(change.wanted) for change in changes)
        if wanted:
            self.reporter.step(f"reading the metadata of {count_files(wanted)}")
        with (
            ThreadPoolExecutor(self.parallel, thread_name_prefix="file") as files,
            ThreadPoolExecutor(self.parallel, thread_name_prefix="project") as projects,
        ):
            try:
                yield from _ahead(
                    (projects.submit(self._learn, change, indexes, files) for change in changes),
                    self.parallel * AHEAD,
                )
            except BaseException:
                for pool in (projects, files):
                    pool.shutdown(wait=False, cancel_futures=True)
                raise

    def about(self, found: Found) -> bytes | None:
        """Read again what a page says, from the file it is about."""
        metadata = self._reread(found)
        return _packed(metadata) if metadata else None

    def _learn(self, change: Change, indexes: Indexes, pool: ThreadPoolExecutor) -> Learnt:
        read: dict[str, Metadata] = {}
        files, refused = list(change.kept), list(change.refused)
        for verdict in pool.map(partial(self._judge, change, read), change.wanted):
            if isinstance(verdict, Refused):
                refused.append(verdict)
            else:
                files.append(verdict)
        project = Project(name=change.name, files=tuple(files))
        bases = indexes.selection.public_bases(project)
        there = self._elsewhere(change, project, bases)
        settled = all(each.stamp != UNJUDGED for each in refused) and all(
            base in there.upstream for base in bases
        )
        shown, about = self._show(change, project, read)
        entry = Entry(
            fingerprint=change.fingerprint if settled else UNJUDGED,
            project=project,
            refused=tuple(sorted(refused, key=lambda x: (x.filename, x.where))),
            shown=shown._replace(later=there.later),
            upstream=there.upstream,
        )
        return Learnt(entry, about, there.unread)

    def _judge(
        self, change: Change, read: dict[str, Metadata], wanted: tuple[Filename, Found]
    ) -> File | Refused:
        filename, found = wanted
        try:
            facts = self._facts(change, filename, found)
            file, warning = offer(filename, found, facts)
        except InvalidMetadataError as error:
            return found.refused(str(error))
        except NotFoundError:
            # Not remembered: some remotes list a file moments before they hand it out.
            return replace(found.refused("it was listed, but is gone"), stamp=UNJUDGED)
        if warning:
            self.reporter.warn(warning)
        if facts.metadata:
            read[file.stamp] = facts.metadata
        return file

    def _facts(self, change: Change, filename: Filename, found: Found) -> Facts:
        """Read what there is to know of one file, by the cheapest way there is."""
        digest = found.asset.sha256 or change.known_digest(found)
        if digest is None:
            if not self.look.config.index.hash_missing:
                raise InvalidMetadataError(
                    "the store has no digest of it (missing-digest is 'skip')"
                )
            with self.source.stream(found.asset) as file:
                digest = digest_file(file)
        if filename.kind == "variants":
            return Facts(sha256=digest, metadata=None, sidecar=None)
        metadata, sidecar = self._metadata(found, filename)
        return Facts(sha256=digest, metadata=metadata, sidecar=sidecar)

    def _metadata(self, found: Found, filename: Filename) -> tuple[Metadata, bytes | None]:
        described = self._sidecar(found)
        if described:
            return described
        tar = filename.text.endswith(".tar.gz")
        with (self.source.stream if tar else self.source.seekable)(found.asset) as file:
            return Metadata.parse(read_metadata(file, filename)), None

    def _sidecar(self, found: Found) -> tuple[Metadata, bytes] | None:
        """Read the sidecar of a wheel; one that is not metadata at all counts as none."""
        if found.sidecar is None or not found.asset.name.endswith(".whl"):
            return None
        if found.sidecar.size > METADATA_LIMIT:
            return None
        with self.source.stream(found.sidecar) as file:
            content = file.read(METADATA_LIMIT)
        expected = found.sidecar.sha256
        if expected and digest_of(content) != expected:
            raise FailedError(
                f"{found.sidecar.name} in {found.where} does not have the digest "
                "its store vouches for"
            )
        try:
            return Metadata.parse(content), content
        except InvalidMetadataError:
            return None

    def _show(
        self, change: Change, project: Project, read: dict[str, Metadata]
    ) -> tuple[Shown, bytes | None]:
        """Say what lists and the page of a project show, from what was read if possible."""
        file = shown_file(project, self.look.config.yanked.get(project.name, {}))
        if file is None:
            return Shown(), None
        before = change.before.shown if change.before else Shown()
        metadata = read.get(file.stamp)
        if metadata is None and before.version == file.version:
            return before, None
        if metadata is None and (found := change.find(file)):
            metadata = self._reread(found)
        if metadata is None:
            return Shown(version=file.version, uploaded_at=file.uploaded_at), None
        return shown_of(project, file, metadata), self._about(metadata)

    def _reread(self, found: Found) -> Metadata | None:
        """Read the metadata of a file whose facts are known."""
        try:
            return self._metadata(found, Filename.parse(found.asset.name))[0]
        except (InvalidMetadataError, NotFoundError):
            return None

    def _about(self, metadata: Metadata) -> bytes | None:
        return _packed(metadata) if self.look.config.site.pages else None

    def _elsewhere(self, change: Change, project: Project, bases: tuple[str, ...]) -> _Elsewhere:
        """Ask what indexes elsewhere have of a project; what was known stands if they fail."""
        check = self.look.config.index.public_check if project.files else ""
        found = dict(change.before.upstream) if change.before else {}
        later = change.before.shown.later if change.before and check else ""
        unread: dict[str, str] = {}
        for base in dict.fromkeys(filter(None, [*bases, check])):
            try:
                known = bool(found.get(base))
                found[base] = self.upstream.files(base, project.name, known=known)
            except FailedError as error:
                unread[base] = str(error)
            else:
                later = higher_version(project, found[base]) if base == check else later
        return _Elsewhere({x: found[x] for x in bases if x in found}, later, unread)


def _packed(metadata: Metadata) -> bytes:
    return compress(About.of(metadata).dump())


def _ahead(begun: Iterator[Future[Learnt]], most: int) -> Iterator[Learnt]:
    """Give results in order, with a certain number begun ahead of them."""
    pending: deque[Future[Learnt]] = deque()
    for future in begun:
        pending.append(future)
        if len(pending) > most:
            yield pending.popleft().result()
    while pending:
        yield pending.popleft().result()
