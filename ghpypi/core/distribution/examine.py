"""From an open file to its metadata and all that is wrong with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ghpypi.core.distribution.contents import Contents, InvalidArchiveError, reason
from ghpypi.core.distribution.core_metadata import metadata_issues
from ghpypi.core.distribution.limits import JSON_LIMIT
from ghpypi.core.distribution.rules import Issue, Rule, Verdict
from ghpypi.core.distribution.sdist import keep_in_sdist, sdist_issues
from ghpypi.core.distribution.tar_reader import read_tar, skim_tar
from ghpypi.core.distribution.wheel import (
    keep_in_wheel,
    keep_metadata,
    metadata_path,
    wheel_issues,
)
from ghpypi.core.distribution.zip_reader import list_zip, read_zip
from ghpypi.core.metadata import InvalidMetadataError, Metadata
from ghpypi.core.names import Filename
from ghpypi.core.parsing import parse_json
from ghpypi.core.quantities import count_of, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found out about a distribution.

    Attributes:
        text: METADATA or PKG-INFO byte for byte; `None` if there is none.
        metadata: The same, parsed; `None` if it cannot be.
        verdict: What is wrong with the file.
    """

    text: bytes | None = None
    metadata: Metadata | None = None
    verdict: Verdict


def examine(file: BinaryIO, filename: Filename, size: int) -> Examined:
    """Read a distribution to its end and check it, for an upload.

    Args:
        file: The file, open for reading at its start, and seekable.
        filename: Its name.
        size: Its bytes.

    Raises:
        OSError: The file cannot be read.
    """
    if not size:
        return Examined(verdict=Verdict.of([Issue(Rule.DAMAGED, "it is empty")]))
    if filename.kind == "variants":
        return Examined(verdict=Verdict.of(_json_issues(file, size)))
    if filename.text.endswith(".tar.gz"):
        return _examined(filename, lambda: read_tar(file, keep_in_sdist))
    keep = keep_in_wheel if filename.kind == "wheel" else keep_in_sdist
    return _examined(filename, lambda: read_zip(file, size, keep))


def skim(file: BinaryIO, filename: Filename) -> Examined:
    """Read the metadata of a distribution and little else, for the index.

    A wheel is read from its end: its table of contents and METADATA, so a file that fetches ranges
    on demand costs a few kilobytes. A `.tar.gz` is a stream, read up to its PKG-INFO.

    Args:
        file: The archive, open for reading. Must be seekable for `.whl` and `.zip`.
        filename: Its name, which says what to look for.

    Raises:
        InvalidMetadataError: No installer can use the file; the message says why.
    """
    if filename.text.endswith(".tar.gz"):
        found = _examined(filename, lambda: skim_tar(file, keep_in_sdist))
    else:
        keep = keep_metadata if filename.kind == "wheel" else keep_in_sdist
        found = _examined(filename, lambda: list_zip(file, keep))
    if found.verdict.unusable:
        raise InvalidMetadataError("; ".join(found.verdict.unusable))
    return found


def _examined(filename: Filename, read: Callable[[], Contents]) -> Examined:
    """Read an archive, and collect what is wrong with it and its metadata."""
    try:
        contents = read()
    except InvalidArchiveError as error:
        return Examined(verdict=Verdict.of([error.issue]))
    except Exception as error:  # noqa: BLE001 - libraries raise anything for broken archives
        issue = Issue(Rule.DAMAGED, f"it is not a readable archive ({reason(error)})")
        return Examined(verdict=Verdict.of([issue]))
    issues = [*contents.issues, *_issues(contents, filename)]
    text, metadata = _metadata_of(contents, filename), None
    if text is None and Verdict.of(issues).unusable:
        return Examined(verdict=Verdict.of(issues))  # whatever it lacks follows from that
    try:
        metadata = Metadata.parse(text) if text is not None else None
        issues += metadata_issues(metadata, filename)
    except InvalidMetadataError as error:
        issues.append(Issue(Rule.METADATA, str(error)))
    return Examined(text=text, metadata=metadata, verdict=Verdict.of(issues))


def _issues(contents: Contents, filename: Filename) -> Iterator[Issue]:
    return wheel_issues(contents, filename) if filename.kind == "wheel" else sdist_issues(contents)


def _metadata_of(contents: Contents, filename: Filename) -> bytes | None:
    if filename.kind == "wheel":
        return contents.texts.get(metadata_path(contents, filename) or "")
    return next(iter(contents.texts.values()), None)


def _json_issues(file: BinaryIO, size: int) -> Iterator[Issue]:
    """Check the description of variants; installers read it as a whole."""
    if size > JSON_LIMIT:
        yield Issue(
            Rule.TOO_LARGE, f"it has {count_of(size, 'byte')}, the limit is {number(JSON_LIMIT)}"
        )
        return
    try:
        parse_json(file.read())
    except ValueError as error:
        yield Issue(Rule.NO_JSON, f"it is not JSON ({error})")
