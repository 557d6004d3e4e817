"""Reading a file of a store: its digest, its metadata, and a check of its metadata file (PEP 658).

The metadata of a wheel is read from the wheel itself, by range requests near its end. That takes no
more requests than reading the metadata file, and is the only proof that the metadata file belongs
to the wheel: either of the two may have been replaced. The metadata file is advertised if its
digest, as listed by GitHub, is that of the metadata in the wheel. Both digests are part of the
stamp in the catalog, so that each pair is read once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from packaging.utils import NormalizedName

from ghpypi.core.catalog.catalog import UNREAD
from ghpypi.core.catalog.entry import Refused
from ghpypi.core.catalog.facts import Facts, offer
from ghpypi.core.catalog.stock import Found
from ghpypi.core.config.index import IndexConfig
from ghpypi.core.digest import digest_of
from ghpypi.core.distribution.limits import JSON_LIMIT, METADATA_LIMIT
from ghpypi.core.distribution.rules import Rule, Verdict
from ghpypi.core.metadata import InvalidMetadataError, Metadata
from ghpypi.core.model import File
from ghpypi.core.names import Filename, Sha256
from ghpypi.core.quantities import mebibytes
from ghpypi.core.variant_metadata import Document, InvalidVariantsError, parse_variants
from ghpypi.errors import (
    DamagedError,
    NotFoundError,
    RefusedError,
)
from ghpypi.jobs.index.defaults import NoUpstream
from ghpypi.jobs.index.digests import DigestFinder
from ghpypi.jobs.index.provenance import read_signer
from ghpypi.ports import FileSource, ProvenanceVerifier
from ghpypi.stored_files import hash_stored, hashed_file, read_hashed, read_stored

if TYPE_CHECKING:  # for speed, as in `_skim`
    from ghpypi.core.distribution.examine import Examined

COPY_LIMIT = 256 * 1024 * 1024
"""Bytes at most of a remote file that is kept in the temporary folder while it is read."""

UNKNOWN_DIGEST = Sha256("")


class RenamedWheelError(InvalidMetadataError):
    """The metadata of a wheel lacks the local version of its filename."""


LIST_RENAMED = 'renamed = "include" in [index] offers it to users of uv'


def is_renamed(verdict: Verdict) -> bool:
    """Return whether the metadata of a wheel lacks the local version of its filename."""
    return any(issue.rule is Rule.LOCAL_VERSION for issue in verdict.issues)


class FileVerdict(NamedTuple):
    """The result of reading a file.

    Attributes:
        file: The file for the catalog, or as it is published if it could not be read again;
            `None` if it is excluded.
        metadata: Its core metadata; `None` if it has none, or is excluded.
        refused: The file or its metadata file with the reason, if excluded.
    """

    file: File | None
    metadata: Metadata | None
    refused: tuple[Refused, ...]
    warning: str = ""
    """Why some installers reject the file, although it is listed; usually empty."""
    variants: Document | None = None
    """The metadata of variants that the file contains."""
    postponed: bool = False
    """Whether it is left for the next batch or run; until then a published file is not changed."""

    @property
    def unread(self) -> bool:
        """Whether the file, or the metadata file beside it, could not be read."""
        return any(refused.stamp == UNREAD for refused in self.refused)


class Wanted(NamedTuple):
    """A file that is to be read.

    Attributes:
        project: The normalized name of its project.
        filename: Its parsed name.
        found: The file.
        known: Its digest in the catalog, if the file itself has not changed since.
    """

    project: NormalizedName
    filename: Filename
    found: Found
    known: Sha256 | None


def portable(several: Iterable[Wanted]) -> Iterator[Wanted]:
    """Yield the same for another process, without the lists of all files of their releases."""
    listed = bare = None
    for wanted in several:
        # Files of a release that follow each other share it, so that it is pickled once.
        if bare is None or wanted.found.release is not listed:
            listed = wanted.found.release
            bare = listed._replace(assets=())
        yield wanted._replace(found=wanted.found._replace(release=bare))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReader:
    """Reads files of a store.

    Attributes:
        source: Where they are.
        server: The address of the GitHub that its files are on; `None` for not to compare.
        index: The configuration: what is done about files whose digest is not known.
        digests: Finds digests.
        verifier: Verifies the provenance of files; `None` to leave that to others.
    """

    source: FileSource
    server: str | None
    index: IndexConfig
    digests: DigestFinder
    verifier: ProvenanceVerifier | None = None

    def read(self, wanted: Wanted) -> FileVerdict:
        """Read a file, and decide whether it is listed.

        Raises:
            TryLaterError: A rate limit or outage.
        """
        project, filename, found, known = wanted
        try:
            if not found.asset.sha256:
                found = found._replace(asset=self.source.detailed(found.asset))
            digest = self.digests.find(project, found, known)
            if digest is None and self.index.missing_digest == "download":
                return self._download(filename, found)
            return self._read(filename, found, self._optional(digest))
        except RenamedWheelError as error:
            judged = found.judged_on([self.index.renamed_condition])
            return FileVerdict(None, None, (judged.refused(f"{error}; {LIST_RENAMED}"),))
        except (InvalidMetadataError, RefusedError) as error:
            return FileVerdict(None, None, (found.refused(str(error)),))
        except NotFoundError:
            # The listing may be ahead of or behind downloads.
            return FileVerdict(None, None, (found.unread("it is listed, but not found"),))
        except DamagedError as error:
            return FileVerdict(None, None, (found.unread(str(error)),))

    def detached(self) -> "FileReader":
        """Return a copy for another process, without connections; for `portable` readers only."""
        digests = DigestFinder(source=self.source, upstream=NoUpstream())
        return replace(self, digests=digests)

    @property
    def portable(self) -> bool:
        """Whether it reads nothing but files of this machine, so that any process could."""
        return self.source.local and not self.digests.page and self.verifier is None

    def read_all(self, several: Iterable[Wanted]) -> list[FileVerdict]:
        """Read several files, see `read`."""
        return [self.read(each) for each in several]

    def metadata(self, found: Found, sha256: Sha256) -> Metadata | None:
        """Read the metadata of a file that an earlier run accepted; `None` if it has none.

        Raises:
            NotFoundError: The file is gone.
            TryLaterError: The file cannot be read now.
        """
        filename = Filename.parse(found.asset.name)
        try:
            return read_stored(
                self.source,
                found.asset,
                sha256,
                lambda file: _skim(file, filename).metadata,
            )
        except (InvalidMetadataError, RefusedError):
            return None

    def _optional(self, digest: Sha256 | None) -> Sha256:
        if digest is None and self.index.needs_digests:
            raise InvalidMetadataError(
                "the store lists no digest for it (missing-digest is 'exclude')"
            )
        return digest or UNKNOWN_DIGEST

    def _download(self, filename: Filename, found: Found) -> FileVerdict:
        """Read a whole file once, to compute its digest and to read its metadata."""
        if found.asset.size > COPY_LIMIT and not self.source.local:
            return self._read(filename, found, hash_stored(self.source, found.asset))
        with hashed_file(self.source, found.asset) as (digest, file):
            return self._read(filename, found, digest, file)

    def _read(
        self, filename: Filename, found: Found, digest: Sha256, hashed: BinaryIO | None = None
    ) -> FileVerdict:
        if filename.kind == "variants":
            judged = self._judged(found, digest, Verdict())
            file, _ = offer(filename, judged, Facts(sha256=digest), server=self.server)
            variants = self._released_variants(found, digest, hashed)
            return FileVerdict(file, None, (), variants=variants)
        beside, refused = self._beside(filename, found)
        signer = read_signer(self.source, found, filename, digest, self.verifier)

        def read(file: BinaryIO) -> "Examined":
            inside = _skim(file, filename)
            if is_renamed(inside.verdict) and not self.index.list_renamed:
                raise RenamedWheelError("; ".join(inside.verdict.remarks))
            return inside

        inside = (
            read_hashed(hashed, read)
            if hashed
            else read_stored(self.source, found.asset, digest, read)
        )
        metadata, variants = inside.metadata, inside.variants
        same = bool(beside and inside.text is not None and beside == digest_of(inside.text))
        facts = Facts(
            sha256=digest,
            metadata=metadata,
            core_metadata=beside if same else None,
            signer=signer,
            verdict=inside.verdict,
        )
        judged = self._judged(found, digest, inside.verdict)
        file, warning = offer(filename, judged, facts, server=self.server)
        if refused:
            # This stamp matches no listing, so that the next run reads the pair again. Its first
            # half, which identifies the file itself, stays.
            file = file._replace(stamp=file.stamp + UNREAD)
            return FileVerdict(file, metadata, refused, warning, variants)
        wrong = filename.kind == "wheel" and found.sidecar is not None and not same
        refused = (found.foreign_sidecar(),) if wrong else ()
        return FileVerdict(file, metadata, refused, warning, variants)

    def _released_variants(
        self, found: Found, digest: Sha256, hashed: BinaryIO | None
    ) -> Document | None:
        """Read `NAME-VERSION-variants.json` of a release; `None` if it is of an unknown kind."""
        if found.asset.size > JSON_LIMIT:
            raise InvalidMetadataError(f"it has more than {mebibytes(JSON_LIMIT)}")

        def read(file: BinaryIO) -> bytes:
            return file.read(JSON_LIMIT)

        text = (
            read_hashed(hashed, read)
            if hashed
            else read_stored(self.source, found.asset, digest, read)
        )
        try:
            return parse_variants(text)
        except InvalidVariantsError:
            return None

    def _judged(self, found: Found, digest: Sha256, verdict: Verdict) -> Found:
        """Give a file the stamp that includes the settings that it depends on."""
        index = self.index
        conditions = [
            *([] if digest else [index.no_digest_condition]),
            *([index.renamed_condition] if is_renamed(verdict) else []),
        ]
        return found.judged_on(conditions)

    def _beside(
        self, filename: Filename, found: Found
    ) -> tuple[Sha256 | None, tuple[Refused, ...]]:
        """Return the digest of a wheel's metadata file, or why it cannot be read."""
        sidecar = found.sidecar
        if sidecar is None or filename.kind != "wheel":
            return None, ()
        if sidecar.sha256 or sidecar.size > METADATA_LIMIT:
            return sidecar.sha256, ()
        try:
            return hash_stored(self.source, sidecar), ()
        except RefusedError as error:
            return None, (found.refused_sidecar(str(error)),)
        except (NotFoundError, DamagedError) as error:
            return None, (found.unread_sidecar(str(error)),)


def _skim(file: BinaryIO, filename: Filename) -> "Examined":
    """Read a distribution; the formats of archives are slow to import, and most runs read none."""
    from ghpypi.core.distribution.examine import skim  # noqa: PLC0415

    return skim(file, filename)
