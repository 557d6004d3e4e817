"""Checking stored files: existence, size, metadata, hash, and the files beside them."""

from collections.abc import Iterator
from dataclasses import dataclass

from ghpypi.core.distribution.examine import Examined, glance
from ghpypi.core.names import SIDECAR_SUFFIX
from ghpypi.core.parsing import split_url
from ghpypi.core.verify.contents import (
    answer_of_file,
    checked_algorithm,
    examined_findings,
    hash_findings,
    metadata_findings,
    provenance_findings,
    signature_findings,
    signer_findings,
    variants_findings,
)
from ghpypi.core.verify.file_rules import FileRule
from ghpypi.core.verify.finding import VerifyFinding
from ghpypi.core.verify.links import is_fetchable
from ghpypi.core.verify.listing_rules import ListingRule
from ghpypi.core.verify.page import ListedFile, ParsedPage
from ghpypi.core.verify.report import VerifyCounts
from ghpypi.core.verify.sampling import Sampling
from ghpypi.jobs.verify.projects import CheckedPage
from ghpypi.ports import IndexFetcher, ProvenanceVerifier, RemoteFile
from ghpypi.ports.verify import FILE_LIMIT

_START = 512
"""Bytes of a response that show what it is."""


@dataclass(frozen=True, slots=True)
class FileChecker:
    """Checks files.

    Attributes:
        fetcher: Reads files.
        sampling: Which files are downloaded for their hash.
        verifier: Verifies the provenance of each file, which then must have some; `None` for no
            check.
    """

    fetcher: IndexFetcher
    sampling: Sampling
    verifier: ProvenanceVerifier | None = None

    def check(
        self, checked: CheckedPage, wanted: tuple[ListedFile, bool]
    ) -> tuple[list[VerifyFinding], VerifyCounts]:
        """Check a file.

        Args:
            checked: Its page.
            wanted: The file, and whether to check its hash.
        """
        page, (file, hashed) = checked.page, wanted
        if page is None or not is_fetchable(page, file):
            return [], VerifyCounts()
        check = _FileCheck(self.fetcher, page, file, self.verifier)
        findings = list(check.look())
        count = VerifyCounts(files=1)
        if hashed and check.exists and check.size and self._may_download(check.size):
            algorithm = checked_algorithm(file)
            findings += check.hash(algorithm) if algorithm else ()
            count += VerifyCounts(hashed=1 if algorithm else 0)
        return findings, count

    def _may_download(self, size: int | None) -> bool:
        most = self.sampling.hashed_size
        return most is None or (size is not None and size <= most)


class _FileCheck:
    """The check of one file."""

    def __init__(
        self,
        fetcher: IndexFetcher,
        page: ParsedPage,
        file: ListedFile,
        verifier: ProvenanceVerifier | None,
    ) -> None:
        self._fetcher = fetcher
        self._page = page
        self._file = file
        self._verifier = verifier
        self.exists = False
        self.size: int | None = None

    def look(self) -> Iterator[VerifyFinding]:
        """Check everything but the hash."""
        page, file = self._page, self._file
        with self._fetcher.open(file.address) as remote:
            answer = list(answer_of_file(page, file, remote.fetched))
            self.exists = remote.fetched.found and not remote.fetched.is_html
            self.size = remote.fetched.length
            if not self.exists and self._is_escaped():
                yield page.about(file, ListingRule.PLUS_UNESCAPED, file.address)
                return
            yield from answer
            if not self.exists or not self.size:
                return
            examined = self._examine(remote)
        yield from self._problems(remote)
        if examined:
            yield from examined_findings(page, file, examined)
        yield from self._beside(examined.text if examined else None)

    def hash(self, algorithm: str) -> Iterator[VerifyFinding]:
        """Download the file, and compare its hash."""
        found = self._fetcher.hash(self._file.address, algorithm)
        if found.problem:
            yield self._page.about(self._file, FileRule.FILE_UNAVAILABLE, found.problem)
        else:
            yield from hash_findings(self._page, self._file, algorithm, found.value)

    def _examine(self, remote: RemoteFile) -> Examined | None:
        """Read the metadata of a file with a table of contents at its end."""
        filename = self._file.parsed
        seekable = filename and filename.kind != "variants" and filename.text.endswith(_ZIPS)
        if not filename or not seekable or remote.file is None:
            return None
        found = glance(remote.file, filename)
        return None if remote.problem else found

    def _problems(self, remote: RemoteFile) -> Iterator[VerifyFinding]:
        page, file = self._page, self._file
        if not remote.ranges and file.name.endswith(".whl") and file.metadata_hash is None:
            host = split_url(remote.fetched.url).netloc
            yield page.finding(FileRule.RANGES, host)
        elif remote.ranges and remote.problem:
            yield page.about(file, FileRule.FILE_UNAVAILABLE, remote.problem)

    def _beside(self, inside: bytes | None) -> Iterator[VerifyFinding]:
        """Check the files beside it that the page offers."""
        page, file = self._page, self._file
        if file.parsed and file.parsed.kind == "variants":
            fetched = self._fetcher.get(file.address, limit=FILE_LIMIT)
            yield from variants_findings(page, file, fetched)
            return
        plain = not split_url(file.address).query
        if file.metadata_hash is not None and plain:
            fetched = self._fetcher.get(f"{file.address}{SIDECAR_SUFFIX}", limit=FILE_LIMIT)
            yield from metadata_findings(page, file, fetched, inside)
        if file.values.get("gpg-sig") in {True, "true"}:
            fetched = self._fetcher.get(f"{file.address}.asc", limit=_START)
            yield from signature_findings(page, file, fetched)
        yield from self._provenance()

    def _provenance(self) -> Iterator[VerifyFinding]:
        page, file = self._page, self._file
        address, fetched = file.values.get("provenance"), None
        if isinstance(address, str) and address.startswith("https://"):
            fetched = self._fetcher.get(address, limit=FILE_LIMIT)
            yield from provenance_findings(page, file, fetched)
        if self._verifier:
            yield from signer_findings(page, file, fetched, self._verifier.fault)

    def _is_escaped(self) -> bool:
        """Return whether the file exists if a plain `+` in its name is escaped."""
        folder, _, name = self._file.address.rpartition("/")
        if "+" not in name:
            return False
        return self._fetcher.get(f"{folder}/{name.replace('+', '%2B')}", limit=_START).found


_ZIPS = (".whl", ".zip")
