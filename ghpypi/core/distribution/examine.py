"""Reading an open distribution file: its metadata and all issues."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from ghpypi.core.distribution.contents import Contents, InvalidArchiveError, reason
from ghpypi.core.distribution.core_metadata import metadata_issues
from ghpypi.core.distribution.limits import JSON_LIMIT
from ghpypi.core.distribution.rules import Issue, Rule, Verdict
from ghpypi.core.distribution.sdist import keep_in_sdist, sdist_issues
from ghpypi.core.distribution.tar_reader import read_tar, skim_tar
from ghpypi.core.distribution.wheel import (
    VARIANT_FILE,
    dist_info_folder,
    keep_in_wheel,
    keep_metadata,
    wheel_issues,
)
from ghpypi.core.distribution.zip_reader import list_zip, read_zip
from ghpypi.core.metadata import InvalidMetadataError, Metadata
from ghpypi.core.names import Filename, split_label
from ghpypi.core.parsing import parse_json
from ghpypi.core.quantities import count_of, number
from ghpypi.core.remembered import remembered
from ghpypi.core.variant_metadata import (
    Document,
    InvalidVariantsError,
    only_label,
    parse_variants,
)

LONGEST_REMEMBERED = 100_000
"""Maximum size of metadata that is remembered, in bytes; more than almost all files have."""


class Examined(NamedTuple):
    """The result of reading a distribution.

    Attributes:
        verdict: The violated rules.
        text: The bytes of METADATA or PKG-INFO; `None` if it is missing.
        metadata: The parsed metadata; `None` if it is invalid.
        variants: The metadata of variants that it contains; `None` if there is none.
    """

    verdict: Verdict
    text: bytes | None = None
    metadata: Metadata | None = None
    variants: Document | None = None


def examine(file: BinaryIO, filename: Filename, size: int) -> Examined:
    """Read and check a whole distribution, for an upload.

    Args:
        file: The file, seekable and at its start.
        filename: Its name.
        size: Its size in bytes.

    Raises:
        OSError: The file cannot be read.
    """
    if not size:
        return Examined(Verdict.of([Issue(Rule.DAMAGED, "it is empty")]))
    if filename.kind == "variants":
        return Examined(Verdict.of(_json_issues(file, size)))
    if filename.text.endswith(".tar.gz"):
        return _examined(filename, lambda: read_tar(file, keep_in_sdist))
    keep = keep_in_wheel if filename.kind == "wheel" else keep_in_sdist
    return _examined(filename, lambda: read_zip(file, size, keep))


def skim(file: BinaryIO, filename: Filename) -> Examined:
    """Read the metadata of a distribution with as few bytes as possible, for the index.

    A wheel is read from its end: the central directory and METADATA, a few kilobytes with range
    requests. A `.tar.gz` is read as a stream up to its PKG-INFO.

    Args:
        file: The archive, open for reading; seekable for `.whl` and `.zip`.
        filename: Its name.

    Raises:
        InvalidMetadataError: No installer can use the file; the message has the reason.
    """
    found = glance(file, filename)
    if found.verdict.unusable:
        raise InvalidMetadataError("; ".join(found.verdict.unusable))
    return found


def glance(file: BinaryIO, filename: Filename) -> Examined:
    """Read the same as `skim`, and return all issues, also of a file that no installer can use."""
    if filename.text.endswith(".tar.gz"):
        return _examined(filename, lambda: skim_tar(file, keep_in_sdist))
    keep = keep_metadata if filename.kind == "wheel" else keep_in_sdist
    return _examined(filename, lambda: list_zip(file, keep))


def _examined(filename: Filename, read: Callable[[], Contents]) -> Examined:
    """Read an archive, and collect the issues of it and its metadata."""
    try:
        contents = read()
    except InvalidArchiveError as error:
        return Examined(Verdict.of([error.issue]))
    except Exception as error:  # noqa: BLE001 - libraries raise anything for broken archives
        issue = Issue(Rule.DAMAGED, f"it is not a readable archive ({reason(error)})")
        return Examined(Verdict.of([issue]))
    return _judged(contents, filename)


def _judged(contents: Contents, filename: Filename) -> Examined:
    wheel = filename.kind == "wheel"
    folder = dist_info_folder(contents, filename) if wheel else ""
    found = wheel_issues(contents, filename, folder) if wheel else sdist_issues(contents)
    issues = [*contents.issues, *found]
    texts = contents.texts
    text = texts.get(f"{folder}/METADATA") if wheel else next(iter(texts.values()), None)
    if text is None and Verdict.of(issues).unusable:
        return Examined(Verdict.of(issues))  # further issues would be consequences
    metadata: Metadata | None = None
    try:
        metadata = _parsed(text) if text is not None else None
        issues += metadata_issues(metadata, filename)
    except InvalidMetadataError as error:
        issues.append(Issue(Rule.METADATA, str(error)))
    variants: Document | None = None
    try:
        variants = _variants_of(contents, filename, folder)
    except InvalidVariantsError as error:
        issues.append(Issue(Rule.VARIANT, f"its {VARIANT_FILE} cannot be used: {error}"))
    return Examined(Verdict.of(issues), text, metadata, variants)


@remembered(32, longest=LONGEST_REMEMBERED)
def _parsed(text: bytes) -> Metadata:
    """Parse metadata; that of the last files is remembered, as all files of a version share it.

    Raises:
        InvalidMetadataError: See `Metadata.parse`.
    """
    return Metadata.parse(text)


def _variants_of(contents: Contents, filename: Filename, folder: str) -> Document | None:
    """Read what a variant wheel needs.

    Raises:
        InvalidVariantsError: It does not say so, or is of another variant than its filename.
    """
    label = split_label(filename.text)[1] if filename.kind == "wheel" else ""
    if not label:
        return None
    text = contents.texts.get(f"{folder}/{VARIANT_FILE}")
    if text is None:
        raise InvalidVariantsError("it is missing, and a variant wheel has to have it (PEP 825)")
    document = parse_variants(text)
    if not only_label(document, label):
        raise InvalidVariantsError(f"it has to be of the variant '{label}', and of no other")
    return document


def _json_issues(file: BinaryIO, size: int) -> Iterator[Issue]:
    """Check a variants.json file, which installers load as a whole."""
    if size > JSON_LIMIT:
        yield Issue(
            Rule.TOO_LARGE, f"it has {count_of(size, 'byte')}, the limit is {number(JSON_LIMIT)}"
        )
        return
    try:
        parse_json(file.read())
    except ValueError as error:
        yield Issue(Rule.NO_JSON, f"it is not JSON ({error})")
