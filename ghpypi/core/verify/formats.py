"""Rules for the two forms of a project page: HTML and JSON have to agree."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ghpypi.core.quantities import first_of
from ghpypi.core.verify.file_rules import FileRule
from ghpypi.core.verify.finding import VerifyFinding
from ghpypi.core.verify.page import ListedFile, ParsedPage
from ghpypi.core.verify.pages import distributions
from ghpypi.core.verify.roots import SHOWN
from ghpypi.core.verify.rules import VerifyRule

_VALUES = ("size", "upload-time", "provenance")
"""Values that HTML may leave out."""


def format_findings(html: ParsedPage, json: ParsedPage) -> Iterator[VerifyFinding]:
    """Compare the forms of a page.

    Args:
        html: The HTML form; findings are about it.
        json: The JSON form.
    """
    ours = {file.name: file for file in distributions(html)}
    theirs = {file.name: file for file in distributions(json)}
    for form, only in (("HTML", ours.keys() - theirs), ("JSON", theirs.keys() - ours)):
        if only:
            detail = f"only in {form}: {first_of(sorted(only), SHOWN)}"
            yield html.finding(FileRule.FORMATS_FILES, detail)
    if _marker(html) != _marker(json):
        detail = f"{_marker(html)} in HTML, {_marker(json)} in JSON"
        yield html.finding(FileRule.FORMATS_STATUS, detail)
    for name in ours.keys() & theirs:
        for rule, value in _COMPARED:
            one, other = value(ours[name]), value(theirs[name])
            if one != other:
                detail = f"{one or 'nothing'} in HTML, {other or 'nothing'} in JSON"
                yield html.about(ours[name], rule, detail)
        yield from _values(html, ours[name], theirs[name])


def _values(html: ParsedPage, one: ListedFile, other: ListedFile) -> Iterator[VerifyFinding]:
    for key in _VALUES:
        ours, theirs = one.values.get(key), other.values.get(key)
        if ours is not None and theirs is not None and ours != theirs:
            detail = f"'{key}' is {ours} in HTML, {theirs} in JSON"
            yield html.about(one, FileRule.FORMATS_VALUES, detail)


def _marker(page: ParsedPage) -> str:
    return str(page.status.get("status")) if isinstance(page.status, Mapping) else "active"


def _hash(file: ListedFile) -> str:
    return file.sha256


def _yanked(file: ListedFile) -> str:
    return "yanked" if file.yanked else ""


def _requires_python(file: ListedFile) -> str:
    return str(file.values.get("requires-python") or "")


def _metadata(file: ListedFile) -> str:
    digest = file.metadata_hash
    return "" if digest is None else digest or "true"


_COMPARED: tuple[tuple[VerifyRule, Callable[[ListedFile], Any]], ...] = (
    (FileRule.FORMATS_HASHES, _hash),
    (FileRule.FORMATS_YANKED, _yanked),
    (FileRule.FORMATS_REQUIRES_PYTHON, _requires_python),
    (FileRule.FORMATS_METADATA, _metadata),
)
"""What must be the same in both forms, by rule."""
