"""Validation of source distributions (source distribution format, PEP 625)."""

from collections.abc import Iterator

from ghpypi.core.distribution.contents import Contents, listed
from ghpypi.core.distribution.limits import METADATA_LIMIT
from ghpypi.core.distribution.members import link_issues, path_issues, top_of
from ghpypi.core.distribution.rules import Issue, Rule


def keep_in_sdist(name: str) -> int:
    """Return the limit for reading a `PKG-INFO` directly in a top folder; 0 for other members."""
    parts = name.removeprefix("./").split("/")
    return METADATA_LIMIT if len(parts) == 2 and parts[1] == "PKG-INFO" else 0  # noqa: PLR2004


def sdist_issues(contents: Contents) -> Iterator[Issue]:
    """Compare a source distribution with the specification."""
    names = contents.members.names
    yield from path_issues(contents.members)
    yield from link_issues(contents.members, within_top=True)
    tops = {top_of(name) for name in names if _is_content(name)}
    files = contents.members.names_without_folders
    if len(tops) != 1 or any("/" not in name.removeprefix("./") for name in files):
        yield Issue(
            Rule.TOP_FOLDER,
            f"it does not have exactly one folder at the top, but {listed(tops) or 'nothing'}",
        )


def _is_content(name: str) -> bool:
    return name.rstrip("/") not in {"", "."}
