"""Validation of core metadata, and its comparison with the filename."""

from collections.abc import Iterator

from packaging.requirements import InvalidRequirement
from packaging.version import InvalidVersion

from ghpypi.core.distribution.contents import printable, quoted
from ghpypi.core.distribution.limits import SHOWN
from ghpypi.core.distribution.rules import Issue, Rule
from ghpypi.core.metadata import Metadata
from ghpypi.core.names import Filename, normalize
from ghpypi.core.parsing import parse_requirement, parse_version
from ghpypi.core.quantities import first_of
from ghpypi.core.remembered import remembered


def metadata_issues(metadata: Metadata | None, filename: Filename) -> Iterator[Issue]:
    """Compare metadata with the filename, and validate the fields that installers use."""
    if metadata is None:
        if filename.kind == "sdist":
            yield Issue(
                Rule.NO_PKG_INFO,
                "it has no PKG-INFO in its top folder, so installers build it to read metadata",
            )
        return
    yield from _name_and_version(metadata, filename)
    if not metadata.utf8:
        yield Issue(
            Rule.ENCODING,
            "its metadata is not UTF-8, as the specification requires, and pip cannot read it",
        )
    specifier = metadata.requires_python
    if specifier and not metadata.valid_requires_python:
        yield Issue(
            Rule.REQUIRES_PYTHON,
            f"its Requires-Python {quoted(specifier)} is not a version specifier (PEP 440), "
            "and installers ignore it",
        )
    for fault in metadata.faults[:SHOWN]:
        yield Issue(
            Rule.METADATA_FIELD,
            f"its metadata is not valid, and PyPI refuses it: {printable(fault)}",
        )
    unreadable = [text for text in metadata.requires_dist if not _is_requirement(text)]
    if unreadable:
        shown = first_of([quoted(text) for text in unreadable], SHOWN)
        yield Issue(
            Rule.REQUIRES_DIST,
            f"its Requires-Dist cannot be read (PEP 508), and pip ignores the file: {shown}",
        )


def _name_and_version(metadata: Metadata, filename: Filename) -> Iterator[Issue]:
    if normalize(metadata.name) != filename.project:
        yield Issue(
            Rule.CONTRADICTION,
            f"its metadata has the project name {quoted(metadata.name)}, "
            f"its filename '{filename.project}'",
        )
    try:
        version = parse_version(metadata.version)
    except InvalidVersion:
        yield Issue(
            Rule.METADATA,
            f"the version {quoted(metadata.version)} in its metadata is not valid (PEP 440)",
        )
        return
    if version == filename.version:
        return
    if filename.kind == "wheel" and version == parse_version(filename.version.public):
        yield Issue(
            Rule.LOCAL_VERSION,
            f"its metadata has version '{version}', its filename '{filename.version}': uv "
            "installs it, pip rejects it as 'inconsistent version'; build it with that version "
            "instead of renaming it, or let 'ghpypi upload --fix-local-version' write it",
        )
        return
    yield Issue(
        Rule.CONTRADICTION,
        f"its metadata has version '{version}', its filename '{filename.version}': "
        "pip rejects it as 'inconsistent version'; build it with that version "
        "instead of renaming it",
    )


@remembered(4096)
def _is_requirement(text: str) -> bool:
    """Return whether a dependency is valid; cached, as most files of a project share them."""
    try:
        parse_requirement(text)
    except InvalidRequirement:
        return False
    return True
