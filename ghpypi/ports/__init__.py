"""What jobs need of the world, as protocols, and the values that pass between.

An implementation raises only the errors of `ghpypi.errors`: `NotAllowedError`, `NotFoundError` and
`TryLaterError` from any method, and the ones a method names.
"""

import io
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

from packaging.utils import NormalizedName

from ghpypi.core.digest import digest_of
from ghpypi.core.model import Asset, File, StoredRelease
from ghpypi.core.names import Sha256
from ghpypi.core.progress import BYTES
from ghpypi.core.secret import Secret
from ghpypi.core.serving import Range, Rights, Snapshot
from ghpypi.core.site.tree import Page
from ghpypi.core.upload.checks import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRelease:
    """A release to be made.

    Attributes:
        tag: Its tag.
        title: Its heading for people.
        notes: Its text for people.
        prerelease: To be marked as a prerelease.
    """

    tag: str
    title: str
    notes: str
    prerelease: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAsset:
    """A file to be stored.

    Attributes:
        name: The name it is to have.
        size: Bytes.
        sha256: Its digest.
        open: Opens it at the start; may be called again for another attempt.
    """

    name: str
    size: int
    sha256: Sha256
    open: Callable[[], BinaryIO]

    @classmethod
    def of(cls, name: str, content: bytes) -> "NewAsset":
        """Describe a small file that is in memory."""
        return cls(
            name=name,
            size=len(content),
            sha256=digest_of(content),
            open=lambda: io.BytesIO(content),
        )


Advance = Callable[[int], None]
"""Counts bytes, or other units, that were done; negative when an attempt begins again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Why nothing of a certain origin is listed.

    Attributes:
        reason: What is wrong with it.
        hint: What to do about it; may be empty.
    """

    reason: str
    hint: str = ""


class FileSource(Protocol):
    """Something that holds releases with files."""

    @property
    def name(self) -> str:
        """Say what it is, as on the command line."""
        ...

    def releases(self) -> Iterator[StoredRelease]:
        """List all releases, drafts included where the token may see them, in any order."""
        ...

    def absence(self, origin: str) -> Absence | None:
        """Explain why the releases of an origin are not listed; `None` if they are.

        Args:
            origin: Where files came from that an index has, such as `OWNER/REPO`.
        """
        ...

    def stream(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a stored file to be read from its start to where the caller has enough.

        Raises:
            NotFoundError: It is gone.
        """
        ...

    def seekable(self, asset: Asset) -> AbstractContextManager[BinaryIO]:
        """Open a stored file to be read in places.

        Raises:
            NotFoundError: It is gone.
        """
        ...


class FileStore(FileSource, Protocol):
    """A source that also takes files."""

    @property
    def origin(self) -> str:
        """What releases that are made here have as their origin."""
        ...

    @property
    def rules(self) -> Rules:
        """What it can hold."""
        ...

    @property
    def freezes(self) -> bool:
        """Whether a published release takes no more files; also true where that is not known."""
        ...

    def draft(self, release: NewRelease) -> StoredRelease:
        """Make an unpublished release, or return the one that is there under this tag.

        Processes that call it at the same time get the same release, as far as the store can tell.

        Raises:
            ConflictError: The tag cannot be used any more.
            RefusedError: The store takes no release, or none of this tag.
        """
        ...

    def put(
        self,
        release: StoredRelease,
        asset: NewAsset,
        advance: Advance,
        *,
        overwrite: bool = False,
    ) -> Asset:
        """Store a file, whole and verified, or not at all.

        The same file being there already is success. Where another process is sending it, this
        waits; what an interrupted attempt left behind under the name is removed first.

        Args:
            release: Where it belongs.
            asset: The file.
            advance: Called with each further number of bytes.
            overwrite: Put it in the place of another file of its name. Only for what is made from
                other files, such as metadata files: a published distribution never changes.

        Raises:
            ConflictError: Another file has the name, and is not to be replaced.
            NotFoundError: The release is gone.
            RefusedError: The release takes no files any more.
            FailedError: What arrived is not what was sent.
        """
        ...

    def current(self, release: StoredRelease) -> StoredRelease:
        """Read a release as it is now.

        Raises:
            NotFoundError: It is gone.
        """
        ...

    def settled(self, release: StoredRelease) -> StoredRelease:
        """Wait until no other process is sending a file into a release; return it as it is then.

        Raises:
            NotFoundError: The release is gone.
            TryLaterError: The store ran out of patience.
        """
        ...

    def publish(self, release: StoredRelease) -> StoredRelease:
        """Make a draft public, and return the published release of its tag.

        That is another release where another process published one of the same tag before. A
        published release stays as it is.

        Raises:
            ConflictError: The tag cannot be used any more.
            NotFoundError: The release is gone.
            RefusedError: No release can have this tag.
        """
        ...

    def discard(self, draft: StoredRelease, held: Mapping[str, Sha256]) -> StoredRelease | None:
        """Delete a draft that holds no other files than these.

        Args:
            draft: The draft.
            held: Names and digests of the files that may go with it.

        Returns:
            The release as it is, if it stays: it was published, holds another file, or another
            process is sending one.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteChange:
    """Pages to write and to remove.

    Attributes:
        pages: What has to be published; pages that are published already are left alone.
        removed: Paths to be removed, unless they are among the pages.
        owned: The paths that may be replaced or removed, because earlier runs wrote them. A file
            at any other path belongs to someone else.
        added: The paths that pages may be written to and `owned` lacks.
        message: What happened, for a log that keeps such things.
    """

    pages: Callable[[], Iterable[Page]]
    removed: Iterable[str] = ()
    owned: Container[str] = ()
    added: Callable[[], Iterable[str]] = tuple
    message: str = "Update the index"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a change would do to a site.

    Attributes:
        written: The pages that are missing or different.
        removed: The pages that would be removed.
        occupied: The files of others in the way; nothing can be published before they are gone.
    """

    written: tuple[str, ...]
    removed: tuple[str, ...]
    occupied: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What writing came to.

    Attributes:
        written: How many pages were new or different.
        removed: How many went.
        revision: What the site calls this state, such as a commit; may be empty.
    """

    written: int
    removed: int
    revision: str = ""

    @property
    def changed(self) -> bool:
        """Tell whether anything had to be done."""
        return bool(self.written or self.removed)


class Site(Protocol):
    """Where the generated pages go. The catalog among them is what tells its states apart."""

    @property
    def name(self) -> str:
        """Say what it is, for people."""
        ...

    def catalog(self) -> bytes | None:
        """Read the published catalog; `None` if nothing was ever published."""
        ...

    def read(self, paths: Sequence[str]) -> Mapping[str, bytes]:
        """Read published pages, where there are any: while publishing, of what is written over."""
        ...

    def compare(self, change: SiteChange) -> Comparison:
        """Find out what publishing a change would do, and write nothing."""
        ...

    def publish(self, change: SiteChange, *, base: bytes | None) -> Published:
        """Write pages, so that no reader ever sees half of one.

        Args:
            change: What has to be different afterwards.
            base: The catalog that the change was computed from.

        Raises:
            OutdatedError: Another catalog is published by now; nothing was written.
            OccupiedError: Files of others are in the way; nothing was written.
        """
        ...


NOT_BEGUN = "not begun"
"""The state of a run that was asked for and has not appeared, though it would be visible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRun:
    """A run that rebuilds an index somewhere else, such as a run of a GitHub Actions workflow.

    Attributes:
        url: The page of the run; as long as it is not known which run it is, that of its workflow.
        number: The number of the run; `None` as long as it is not known.
        state: What it does, such as `queued`, `in_progress` or `NOT_BEGUN`; empty if that is not
            known.
        conclusion: How it ended, such as `success` or `failure`; empty before.
    """

    url: str
    number: int | None = None
    state: str = ""
    conclusion: str = ""

    @property
    def succeeded(self) -> bool:
        """Tell whether it has ended, and well."""
        return self.conclusion == "success"

    @property
    def failed(self) -> bool:
        """Tell whether it has ended otherwise."""
        return bool(self.conclusion) and not self.succeeded


class IndexBuilder(Protocol):
    """Rebuilds an index on request, in a run somewhere else."""

    @property
    def name(self) -> str:
        """Name the store that the index belongs to."""
        ...

    def start(self) -> IndexRun:
        """Start a run; it reads everything that is published by now.

        Raises:
            NoIndexWorkflowError: Nothing there listens to the request.
            NotAllowedError: The token may not start it.
            NotFoundError: The store does not exist, or the token may not see it.
            RefusedError: What listens is switched off.
        """
        ...

    def current(self, run: IndexRun) -> IndexRun:
        """Return a run as it is now, or the later one that took its place."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPage:
    """The page of a project as anyone sees it on the web.

    Attributes:
        digests: Filename to SHA-256, which may be unknown.
        problem: Why the page cannot be read now, such as `answers HTTP 503`; empty if it can, or
            does not exist.
        closed: Only those who sign in may read it.
    """

    digests: Mapping[str, str | None] = field(default_factory=dict)
    problem: str = ""
    closed: bool = False


class PageReader(Protocol):
    """Reads pages of an index as installers do, without credentials."""

    def read(self, url: str) -> ProjectPage:
        """Read a page; one that does not exist lists no files."""
        ...


class Upstream(Protocol):
    """Reads upstream indexes."""

    def files(
        self, base: str, name: NormalizedName, *, known: bool = False
    ) -> list[dict[str, Any]]:
        """List the files that an index has of a project, with the keys of the Simple API's JSON.

        Args:
            base: The address of the index, ending in `/`.
            name: The project; one that is not there has no files.
            known: The index had files of this project before. Then an answer that may mean
                something else than "no such project", such as 403 or a page to sign in, is an
                error instead of an empty list.

        Raises:
            FailedError: The index cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A description as HTML.

    Attributes:
        html: Harmless HTML.
        problem: Why the markup was not rendered and the text is shown as it is; mostly empty.
    """

    html: str
    problem: str = ""


class Renderer(Protocol):
    """Renders what others wrote: descriptions of projects, and templates of sites."""

    def render(self, description: str, content_type: str) -> Rendered:
        """Render a description, or show it as plain text; never raises.

        Args:
            description: The text.
            content_type: Its markup, such as `text/markdown`; reStructuredText if empty.
        """
        ...

    def template(
        self, name: str, sources: tuple[tuple[str, str], ...], facts: Mapping[str, Any]
    ) -> bytes:
        """Render a template of a site.

        Args:
            name: Its name.
            sources: All templates of the site: name and text.
            facts: The variables that it gets.

        Raises:
            FailedError: It is wrong, or takes too long or too much memory.
        """
        ...


class StoreReader(Protocol):
    """What the server reads of a store. Every method takes the caller's token, and blocks.

    Every method may raise `TryLaterError`.
    """

    def snapshot(self, token: Secret | None, known: Snapshot | None) -> Snapshot | None:
        """Read the published catalog and configuration; `None` if they are those that are known.

        Raises:
            NotFoundError: The token may not read the store.
            NotAllowedError: The token is invalid.
        """
        ...

    def rights(self, repository: str, token: Secret | None) -> Rights:
        """Return what a token may do with a repository."""
        ...

    def link(self, file: File, suffix: str, token: Secret | None) -> str:
        """Return a URL with which everyone can read a file for a while; empty if there is none.

        Args:
            file: The file.
            suffix: Of the file beside it that is meant instead, such as `.metadata`.
            token: Of the caller.

        Raises:
            NotFoundError: The file is gone, or the token may not read it.
            NotAllowedError: The token may not read it.
        """
        ...

    def page(self, path: str, token: Secret | None, known: Snapshot | None) -> bytes | None:
        """Read a published page for people; `None` if there is none."""
        ...

    def open(
        self, file: File, suffix: str, token: Secret | None, part: Range | None
    ) -> AbstractContextManager[BinaryIO]:
        """Open a file for reading, at the beginning of a part of it if one is given.

        Raises:
            NotFoundError: The file is gone, or the token may not read it.
            NotAllowedError: The token may not read it.
        """
        ...


class UploadTarget(Protocol):
    """Opens a store for those who may write to it. Blocks."""

    def open(self, token: Secret | None) -> FileStore:
        """Open the store.

        Raises:
            NotAllowedError: The token may not write.
        """
        ...

    def start_index(self, token: Secret | None) -> None:
        """Start the index job of the store.

        Raises:
            GhpypiError: It cannot be started; what was uploaded stays.
        """
        ...


class Reporter(Protocol):
    """Tells people what is going on. Results are not its business."""

    def step(self, text: str) -> None:
        """Say what is being done now."""
        ...

    def note(self, text: str) -> None:
        """Say something about the current step, such as why it waits and for how long."""
        ...

    def warn(self, text: str) -> None:
        """Say what somebody should know, though the work goes on."""
        ...

    def progress(
        self, label: str, total: int | None = None, *, unit: str = BYTES
    ) -> AbstractContextManager[Advance]:
        """Show that a task is going on, and how far it is.

        Args:
            label: What is being done.
            total: How many units there are; `None` if that is not known, 0 if there is nothing
                to show.
            unit: What is counted: bytes, or a noun in the plural such as `files`.
        """
        ...

    def close(self) -> None:
        """End what was begun, so that results stand by themselves."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What somebody who looked has seen; all right, if it says nothing.

    Attributes:
        missing: What it is still to be, such as "created" or "switched on".
        left: What is otherwise than it might be, and is not ours to change.
    """

    missing: str = ""
    left: str = ""


class SetupStep(Protocol):
    """One thing that a store has to have, to be or to allow."""

    @property
    def title(self) -> str:
        """Name it in a word or two."""
        ...

    @property
    def page(self) -> str:
        """Give the address where it can be done by hand; may be empty."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """Name the titles of steps that have to be all right before."""
        ...

    def look(self) -> Finding:
        """See how things are, and change nothing.

        Raises:
            GhpypiError: It cannot be done, and why.
        """
        ...

    def mend(self) -> str:
        """Do what is missing; return why it was left after all, if it was.

        Raises:
            GhpypiError: It cannot be done, and why.
        """
        ...
